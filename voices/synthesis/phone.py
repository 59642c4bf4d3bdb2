"""Speech made ready for a phone: one loudness for every prompt, and the band that older ears miss raised a little.

Age takes the high frequencies first, and with them s, sh, x, f, t, k; a phone passes 300 to 3400 Hz. So the upper half
of what the phone passes is raised against the lower."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from voices.audio import RATE_HZ, Samples, from_pcm, to_pcm
from voices.filters import SectionsFilter

TARGET_DBFS: Mapping[str, float] = {"normal": -20.0, "loud": -14.0}
"""Level of the speech itself, without its pauses."""
EMPHASIS_DB = 4.0
EMPHASIS_HZ = 1400.0
LOW_CUT_HZ = 180.0
"""Below a phone's band: it would only take room from what is heard."""
KNEE = 0.7
CEILING = 0.98
"""Of full scale: peaks above the knee are bent towards the ceiling, not cut."""
FRAME = RATE_HZ // 50
BELOW_LOUDEST_DB = 25.0
"""Frames that are quieter than the loudest by more than this are pauses."""


def active_level_dbfs(samples: Samples) -> float:
    """Mean level of the frames of 20 ms that hold speech, in dB below full scale; -120 for silence."""
    if len(samples) < FRAME:
        return _db(float(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else -120.0
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    loud = power[power > power.max() * 10 ** (-BELOW_LOUDEST_DB / 10)]
    return _db(float(loud.mean())) if len(loud) else -120.0


def _db(power: float) -> float:
    return max(-120.0, 10.0 * math.log10(power + 1e-12))


@cache
def _shelf(gain_db: float) -> SectionsFilter:
    """High shelf and low cut (second-order sections by the formulas of the Audio EQ Cookbook, R. Bristow-Johnson)."""
    return SectionsFilter([_high_shelf(gain_db, EMPHASIS_HZ), _high_pass(LOW_CUT_HZ)])


def _high_shelf(gain_db: float, corner_hz: float) -> NDArray[np.float64]:
    a = 10 ** (gain_db / 40)
    w = 2 * math.pi * corner_hz / RATE_HZ
    cos, alpha = math.cos(w), math.sin(w) / 2 * math.sqrt(2)
    root = 2 * math.sqrt(a) * alpha
    b = [a * ((a + 1) + (a - 1) * cos + root), -2 * a * ((a - 1) + (a + 1) * cos), a * ((a + 1) + (a - 1) * cos - root)]
    d = [(a + 1) - (a - 1) * cos + root, 2 * ((a - 1) - (a + 1) * cos), (a + 1) - (a - 1) * cos - root]
    return np.array([*b, *d]) / d[0]


def _high_pass(corner_hz: float) -> NDArray[np.float64]:
    w = 2 * math.pi * corner_hz / RATE_HZ
    cos, alpha = math.cos(w), math.sin(w) / math.sqrt(2)
    b = [(1 + cos) / 2, -(1 + cos), (1 + cos) / 2]
    d = [1 + alpha, -2 * cos, 1 - alpha]
    return np.array([*b, *d]) / d[0]


def for_phone(pcm: bytes, loudness: str = "normal", emphasis_db: float = EMPHASIS_DB) -> bytes:
    """16 kHz PCM at the level of `loudness`, with emphasis. Silence stays silence."""
    samples = from_pcm(pcm)
    level = active_level_dbfs(samples)
    if level < -70.0:
        return pcm
    shaped = _shelf(emphasis_db)(samples)
    target = TARGET_DBFS.get(loudness, TARGET_DBFS["normal"])
    gain = 10 ** ((target - active_level_dbfs(shaped)) / 20)
    return to_pcm(bent(shaped * np.float32(gain)))


def bent(samples: Samples) -> Samples:
    """Peaks above the knee bent so that they stay below full scale; what is below the knee is left alone."""
    size = np.abs(samples)
    over = np.maximum(size - KNEE, 0.0) / (CEILING - KNEE)
    limited = np.where(size > KNEE, KNEE + (CEILING - KNEE) * over / (1.0 + over), size)
    return np.asarray(np.sign(samples) * limited, dtype=np.float32)
