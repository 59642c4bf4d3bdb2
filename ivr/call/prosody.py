"""How the last sound before a pause was said: drawn out by somebody who is searching for words, or not."""

from __future__ import annotations

import numpy as np

from ivr.call.bargein import periodicity
from voices.audio import RATE_HZ, Samples, from_pcm, rms_db

FRAME = 512
HOP = 256
LOOK_BACK_S = 1.0
DRAWN_S = 0.4
"""A steady vowel so long is no syllable: fluent ones last 0.1 to 0.3 s, at the end of a sentence up to 0.35."""
NEAR_DB = 15.0
STEADY = 0.93
"""Likeness of neighbouring spectra within one held sound."""
BANDS = 24


def drawn_out(pcm: bytes, silence_s: float) -> bool:
    """Whether the speech in `pcm` (16 kHz s16le), which ends with `silence_s` of silence, ends with a held sound."""
    return held_s(pcm, silence_s) >= DRAWN_S


def held_s(pcm: bytes, silence_s: float) -> float:
    """Seconds of the steady, pitched sound with which the speech ends."""
    samples = from_pcm(pcm)
    end = max(0, len(samples) - int(max(0.0, silence_s - 0.1) * RATE_HZ))
    samples = samples[max(0, end - int((LOOK_BACK_S + 0.1) * RATE_HZ)) : end]
    frames = [samples[at : at + FRAME] for at in range(0, len(samples) - FRAME + 1, HOP)]
    if not frames:
        return 0.0
    levels = [rms_db(frame) for frame in frames]
    near = max(levels) - NEAR_DB
    last = max(n for n, level in enumerate(levels) if level >= near)
    held, after = 0, _spectrum(frames[last])
    for n in range(last, -1, -1):
        spectrum = _spectrum(frames[n])
        if levels[n] < near or periodicity(frames[n]) < 0.5 or float(spectrum @ after) < STEADY:
            break
        held, after = held + 1, spectrum
    return held * HOP / RATE_HZ


def _spectrum(frame: Samples) -> Samples:
    """Shape of the spectrum up to 4 kHz, of length 1, without its level."""
    power = np.abs(np.fft.rfft(frame * np.hanning(len(frame)))[: FRAME // 4]) ** 2
    size = len(power) // BANDS
    bands = np.log(power[: size * BANDS].reshape(BANDS, size).sum(axis=1) + 1e-8)
    bands -= bands.mean()
    norm = float(np.linalg.norm(bands)) or 1.0
    return np.asarray(bands / norm, dtype=np.float32)
