"""pyttsx3 over espeak-ng: one process a sentence, a whole file, the right voice, or a clear error."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from voices.audio import rms_db
from voices.errors import VoiceError
from voices.synthesis import espeak, speak_once
from voices.synthesis.espeak import Espeak
from voices.synthesis.worker import synthesiser

pytestmark = pytest.mark.skipif(
    not espeak.installed(), reason="espeak-ng is not installed: sudo apt-get install espeak-ng (`make setup` tries)"
)


@pytest.mark.parametrize(
    ("voice", "text"),
    [("trk/kk", "Сәлеметсіз бе, бірді басыңыз."), ("trk/ug", "بىرنى بېسىڭ."), ("ko", "일번을 누르세요.")],
)
def test_a_sentence_becomes_a_whole_recording(voice: str, text: str) -> None:
    samples = Espeak(voice).render(text)
    assert 0.5 < len(samples) / 16_000 < 6
    assert rms_db(samples.astype(np.float32) / 32768.0) > -40


def test_half_the_speed_takes_longer_and_two_sentences_do_not_get_mixed() -> None:
    voice = Espeak("ko")
    quick, slow = voice.render("내일 오전"), voice.render("내일 오전", speed=0.6)
    assert len(slow) > 1.2 * len(quick)
    assert len(voice.render("내일 오전에 병원에 가시겠어요?")) > 1.5 * len(quick)


def test_a_voice_that_does_not_exist_is_an_error_with_a_remedy() -> None:
    with pytest.raises(VoiceError, match="espeak-ng has no voice trk/xx") as caught:
        Espeak("trk/xx").render("안녕")
    assert caught.value.code == "no_voice"
    assert "espeak-ng --voices" in caught.value.remedy


def test_pyttsx3_itself_lets_a_wrong_voice_pass_or_raises_so_that_it_must_be_asked_which_voice_it_has() -> None:
    """Why `speak_once` looks at the list: with this version nothing tells a program that the voice is another one."""
    code = """
        import os, sys, pyttsx3
        engine = pyttsx3.init("espeak")
        before = engine.getProperty("voice")
        try:
            engine.setProperty("voice", "trk/xx")
            engine.startLoop(False); engine.iterate()
        except Exception:
            pass
        print(engine.getProperty("voice") == "trk/xx", flush=True)
        os._exit(0)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout.strip().endswith("False")


def test_what_has_no_words_is_not_spoken() -> None:
    with pytest.raises(VoiceError) as caught:
        Espeak("ko").render("… !")
    assert caught.value.code == "text_unspeakable"


def test_a_sentence_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "SENTENCE_TIMEOUT_S", 0.01)
    with pytest.raises(VoiceError) as caught:
        Espeak("ko").render("안녕하세요")
    assert caught.value.code == "timeout"


@pytest.mark.parametrize(
    ("exit_code", "code"), [(speak_once.NO_ENGINE, "unavailable"), (speak_once.NO_SOUND, "crashed"), (-11, "crashed")]
)
def test_a_process_that_fails_says_what_to_do(monkeypatch: pytest.MonkeyPatch, exit_code: int, code: str) -> None:
    def failed(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, exit_code, "", "it broke")

    monkeypatch.setattr(subprocess, "run", failed)
    with pytest.raises(VoiceError, match="it broke") as caught:
        Espeak("ko").render("안녕하세요")
    assert (caught.value.code, caught.value.remedy) == (code, espeak.REMEDY)


def test_an_engine_that_is_not_ours_is_refused() -> None:
    with pytest.raises(VoiceError, match="no voice engine “festival”"):
        synthesiser("festival", "x", "en", Path())
