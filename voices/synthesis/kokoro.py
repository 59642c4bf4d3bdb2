"""The voice of Mandarin and English: Kokoro-82M on one thread. Slower than a caller would wait for, so prompts are
rendered ahead."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from scipy.signal import resample_poly

from voices.errors import VoiceError
from voices.synthesis import english

MODEL_RATE_HZ = 24_000
TOKENS_MAX = 508
LOUDNESS_DBFS = -20.0
PEAK = 0.9
SPEED = 0.9
"""Slower than the voice's own pace: its callers are old."""


class Kokoro:
    """One voice. Not safe for several threads at once."""

    def __init__(self, folder: Path, voice: str = "zf_xiaobei", language: str = "zh") -> None:
        """Raises VoiceError `no_voice` or `model_unknown`."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
        vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        self._ids: dict[str, int] = vocabulary.get("vocab", vocabulary)
        style = folder / f"{voice}.bin"
        if not style.exists():
            raise VoiceError("no_voice", f"Kokoro has no voice {voice} in {folder}", "make setup")
        self._styles = np.fromfile(style, dtype=np.float32).reshape(-1, 1, 256)
        self._phonemes = _phonemes(language)

    def speak_phonemes(self, front_end: Callable[[str], str]) -> None:
        """Take another way from text to phonemes: the model speaks what it is given, in any language."""
        self._phonemes = front_end

    def render(self, text: str, rate_hz: int = 16_000, speed: float = SPEED) -> NDArray[np.int16]:
        """Speak one sentence: 16-bit mono samples at `rate_hz`; speed 1 is the voice's own.

        Raises VoiceError `text_unspeakable`."""
        ids = [self._ids[c] for c in self._phonemes(text) if c in self._ids][:TOKENS_MAX]
        if not ids:
            raise VoiceError("text_unspeakable", f"there is nothing to say in {text!r}", "Write words.")
        feed = {
            "tokens": np.array([[0, *ids, 0]], dtype=np.int64),
            "style": self._styles[len(ids)],
            "speed": np.array([speed], dtype=np.float32),
        }
        audio = self._session.run(None, feed)[0].squeeze()
        common = math.gcd(rate_hz, MODEL_RATE_HZ)
        audio = resample_poly(audio, rate_hz // common, MODEL_RATE_HZ // common)
        gain = 10 ** (LOUDNESS_DBFS / 20) / max(1e-6, float(np.sqrt(np.mean(audio**2))))
        audio = np.clip(audio * min(gain, PEAK / max(1e-6, float(np.abs(audio).max()))), -1, 1)
        samples: NDArray[np.int16] = (audio * 32767).astype(np.int16)
        return samples


def _phonemes(language: str) -> Callable[[str], str]:
    """Text → phonemes. Raises VoiceError `model_unknown` for a language that the model does not know."""
    if language == "en":
        return english.phonemes
    if language != "zh":
        raise VoiceError("model_unknown", f"Kokoro is not used for “{language}”", "Use another voice in the pack.")
    from misaki import zh  # noqa: PLC0415 - its dictionary takes a second, and English needs none

    # It reports the loading of its dictionary as it goes, and sets its level itself when it is imported.
    logging.getLogger("jieba").setLevel(logging.WARNING)
    front_end = zh.ZHG2P()
    return lambda text: str(front_end(text)[0])
