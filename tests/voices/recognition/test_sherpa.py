"""sherpa-onnx: every family loads and hears through its real code, with models that are made for the purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.voices.recognition import made_models
from voices.errors import VoiceError
from voices.recognition.engine import load
from voices.recognition.hypothesis import ANYTHING, Expectation
from voices.recognition.pool import RecogniserPool
from voices.recognition.sherpa import tidy, words

SILENCE = bytes(32_000)
SOUND = (np.random.default_rng(7).normal(0, 8_000, 16_000)).clip(-32_000, 32_000).astype("<i2").tobytes()
Make = Callable[[Path], None]
WHOLE = [
    ("sherpa-onnx-dolphin-base-ctc", made_models.dolphin),
    ("sherpa-onnx-sense-voice-zh", made_models.sense_voice),
    ("sherpa-onnx-omnilingual-asr-ctc", made_models.omnilingual),
]
STREAMING = [
    ("sherpa-onnx-streaming-zipformer", made_models.transducer),
    ("sherpa-onnx-streaming-paraformer", made_models.paraformer),
]


@pytest.mark.parametrize(("name", "make"), WHOLE)
def test_a_ctc_family_hears_each_sound_and_when_it_was(tmp_path: Path, name: str, make: Make) -> None:
    make(tmp_path / name)
    engine = load("sherpa", tmp_path / name)
    assert engine.transcribe(SILENCE, "zh", ANYTHING).text == ""
    heard = engine.transcribe(SILENCE + SOUND + SILENCE + SOUND, "zh", ANYTHING)
    assert heard.text == "喂喂"
    assert heard.recogniser == name
    assert heard.duration_s == pytest.approx(4.0)
    assert heard.confidence > 0
    if name != "sherpa-onnx-dolphin-base-ctc":  # its frames are taken for 40 ms, and these are 10
        assert [round(word.start_s) for word in heard.words] == [1, 3]


@pytest.mark.parametrize(("name", "make"), STREAMING)
def test_a_streaming_model_hears_while_the_sound_goes_on(tmp_path: Path, name: str, make: Make) -> None:
    make(tmp_path / name)
    engine = load("sherpa", tmp_path / name)
    stream = engine.open("zh", ANYTHING)
    assert stream.feed(SILENCE).text == ""
    first = stream.feed(SOUND)
    assert set(first.text) == {"喂"}
    assert not first.final
    second = stream.feed(SOUND)
    assert len(second.text) > len(first.text)
    last = stream.finish()
    assert last.final
    assert len(last.text) >= len(second.text)
    assert last.duration_s == pytest.approx(3.0)
    assert engine.transcribe(SILENCE + SOUND + SOUND, "zh", ANYTHING).text == last.text


def test_a_streaming_transducer_takes_the_expected_phrases_and_tells_when_words_began(tmp_path: Path) -> None:
    made_models.transducer(tmp_path / "zipformer")
    engine = load("sherpa", tmp_path / "zipformer")
    stream = engine.open("zh", Expectation(phrases=("喂喂", "不认识的字")))
    stream.feed(SILENCE + SOUND)
    heard = stream.finish()
    assert heard.words[0].start_s == pytest.approx(1.0, abs=0.15)
    assert all(word.text == "喂" for word in heard.words)
    assert 0 < heard.confidence <= 1


async def test_a_streaming_model_works_behind_the_pool(tmp_path: Path) -> None:
    made_models.transducer(tmp_path / "zipformer")
    pool = RecogniserPool(tmp_path / "zipformer", 1, tmp_path, kind="sherpa")
    await pool.start()
    try:
        hearing = pool.listen("zh")
        hearing.feed(SOUND)
        hearing.feed(SOUND)
        assert set((await hearing.final(timeout_s=20)).text) == {"喂"}
    finally:
        await pool.close()


async def test_a_folder_without_a_model_is_refused_with_the_reason(tmp_path: Path) -> None:
    pool = RecogniserPool(tmp_path, 1, tmp_path, kind="sherpa")
    with pytest.raises(VoiceError) as caught:
        await pool.start()
    assert caught.value.code == "model_unusable"
    assert "tokens.txt" in str(caught.value)
    assert pool.pids == []


def test_a_model_of_no_known_family_is_refused_with_the_families(tmp_path: Path) -> None:
    made_models.dolphin(tmp_path / "my-model")
    with pytest.raises(VoiceError) as caught:
        load("sherpa", tmp_path / "my-model")
    assert "sense-voice" in caught.value.remedy


def test_spaces_between_chinese_characters_go_and_those_between_words_stay() -> None:
    assert tidy(" 我 要 挂号 ") == "我要挂号"
    assert tidy("我 要 see a doctor 明天") == "我要 see a doctor 明天"
    assert tidy("ئەتە چۈشتىن كېيىن") == "ئەتە چۈشتىن كېيىن"


def test_pieces_of_a_word_are_joined_and_keep_the_first_time() -> None:
    found = words(["▁HEL", "LO", "你", "好"], [0.1, 0.3, 0.6, 0.8], [-0.1, -0.2, 0.0, 0.0], 1.0)
    assert [(word.text, word.start_s) for word in found] == [("HELLO", 0.1), ("你", 0.6), ("好", 0.8)]
    assert found[-1].end_s == pytest.approx(1.0)
    assert words(["你"], [], [], 1.0) == ()
