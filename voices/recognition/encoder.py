"""Speech of any language as vectors: the encoder of Whisper on a window of 4 s, cut to what was said."""

from __future__ import annotations

from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

from voices.audio import Samples, from_pcm
from voices.errors import VoiceError

RATE_HZ = 16_000
WINDOW_FRAMES = 400
"""10 ms each."""
VECTORS_PER_S = 50
QUIET_DB = 30.0
"""Frames that are quieter than the loudest by more than this are not speech."""
MARGIN_S = 0.06
SHORTEST_S = 0.12
FRAME = RATE_HZ // 100


def spoken_part(samples: Samples) -> Samples:
    """Without the silence at both ends; at most one window. Raises VoiceError `no_speech`."""
    count = len(samples) // FRAME
    if count == 0:
        raise VoiceError("no_speech", "the recording is empty", "Record it again, closer to the phone.")
    power = np.mean(np.square(samples[: count * FRAME].reshape(count, FRAME), dtype=np.float64), axis=1)
    loud = np.flatnonzero(power > max(1e-7, float(power.max()) * 10 ** (-QUIET_DB / 10)))
    if len(loud) * FRAME < SHORTEST_S * RATE_HZ:
        raise VoiceError("no_speech", "there is no speech in the recording", "Record it again, closer to the phone.")
    margin = round(MARGIN_S * RATE_HZ)
    first, last = loud[0] * FRAME - margin, (loud[-1] + 1) * FRAME + margin
    return samples[max(0, first) : min(last, max(0, first) + WINDOW_FRAMES * FRAME)]


class Encoder:
    """One copy of the model on one thread. Not safe for several threads at once."""

    def __init__(self, folder: Path) -> None:
        self._model = ctranslate2.models.Whisper(str(folder), compute_type="int8", intra_threads=1, inter_threads=1)
        self._features = FeatureExtractor()

    def vectors(self, pcm: bytes) -> NDArray[np.float32]:
        """16 kHz PCM → one vector for every 20 ms of speech, shape (steps, 512). Raises VoiceError `no_speech`."""
        samples = spoken_part(from_pcm(pcm))
        padded = np.pad(samples, (0, max(0, WINDOW_FRAMES * FRAME - len(samples))))
        mel = self._features(padded, padding=0)[:, :WINDOW_FRAMES]
        encoded = self._model.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None])))
        states = np.asarray(encoded.to_device(ctranslate2.Device.cpu), dtype=np.float32)[0]
        steps = max(1, min(len(states), round(len(samples) / RATE_HZ * VECTORS_PER_S)))
        return np.asarray(states[:steps], dtype=np.float32)
