"""espeak-ng, through pyttsx3: the voice of languages that have no better one. Clear enough to choose by key, no more.

It is a program of the system, under the GPL: `apt-get install espeak-ng` puts it there, nothing of it is in Yinling."""

from __future__ import annotations

import ctypes.util
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voices.audio import read_wav, resample
from voices.errors import VoiceError
from voices.synthesis.speak_once import NO_ENGINE, NO_VOICE

SENTENCE_TIMEOUT_S = 8.0
WORDS_PER_MINUTE = 150
"""At speed 1; pyttsx3's own 200 is too fast for older people."""
TEXT_MAX = 300
REMEDY = "sudo apt-get install espeak-ng"


def installed() -> bool:
    """Whether the library is on this machine."""
    return ctypes.util.find_library("espeak-ng") is not None


class Espeak:
    """One voice. Each sentence is a process of its own, of 8 s at most."""

    def __init__(self, voice: str) -> None:
        self._voice = voice

    def render(self, text: str, rate_hz: int = 16_000, speed: float = 1.0) -> NDArray[np.int16]:
        """Speak a sentence. Raises VoiceError (`text_unspeakable`, `unavailable`, `no_voice`, `timeout`, `crashed`)."""
        words = " ".join(text[:TEXT_MAX].split())
        if not any(c.isalnum() for c in words):
            raise VoiceError("text_unspeakable", f"there is nothing to say in {text!r}", "Write words.")
        with tempfile.TemporaryDirectory(prefix="sentence-") as folder:
            file = Path(folder) / "out.wav"
            self._run(words, file, max(80, round(WORDS_PER_MINUTE * speed)))
            samples, from_hz = read_wav(file)
        spoken = resample(samples, from_hz, rate_hz)
        return np.asarray(np.clip(spoken * 32767, -32768, 32767), dtype=np.int16)

    def _run(self, words: str, file: Path, words_per_minute: int) -> None:
        command = [sys.executable, "-m", "voices.synthesis.speak_once", self._voice, str(words_per_minute), str(file)]
        try:
            done = subprocess.run(
                command, input=words, text=True, capture_output=True, timeout=SENTENCE_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise VoiceError("timeout", f"“{words[:30]}” was not spoken within {SENTENCE_TIMEOUT_S:.0f} s") from None
        why = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        if done.returncode == NO_ENGINE:
            raise VoiceError("unavailable", f"espeak-ng cannot be used: {why}", REMEDY)
        if done.returncode == NO_VOICE:
            raise VoiceError("no_voice", why, "`espeak-ng --voices` lists them; correct the language pack.")
        if done.returncode != 0:
            raise VoiceError("crashed", f"“{words[:30]}” was not spoken: {why}", REMEDY)
