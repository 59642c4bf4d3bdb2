"""Speech made slower without changing its pitch: “慢一点” acts at once, on every sentence and on recordings too.

Waveform-similarity overlap-add (W. Verhelst, M. Roelands, ICASSP 1993): frames are laid further apart than they were,
each shifted by a few milliseconds to where it continues the one before it best."""

from __future__ import annotations

import numpy as np

from voices.audio import RATE_HZ, Samples, from_pcm, to_pcm

FRAME = RATE_HZ * 30 // 1000
HOP = FRAME // 2
REACH = RATE_HZ * 8 // 1000
"""How far a frame may be shifted, either way: more than half a period of a low voice."""


def stretched(pcm: bytes, factor: float) -> bytes:
    """16 kHz PCM, `factor` times as long (1.0 to 2.0). What is shorter than two frames is given back as it is."""
    if not 1.0 <= factor <= 2.0:
        raise ValueError(f"a factor of {factor} is not for speech")
    samples = from_pcm(pcm)
    if factor < 1.01 or len(samples) < 2 * FRAME:
        return pcm
    return to_pcm(_overlap_add(samples, factor))


def _overlap_add(samples: Samples, factor: float) -> Samples:
    window = np.hanning(FRAME + 1)[:FRAME].astype(np.float32)
    padded = np.concatenate([np.zeros(REACH, np.float32), samples, np.zeros(REACH + 2 * FRAME, np.float32)])
    length = round(len(samples) * factor)
    out = np.zeros(length + 2 * FRAME, dtype=np.float32)
    at = REACH
    for start in range(0, length, HOP):
        out[start : start + FRAME] += window * padded[at : at + FRAME]
        natural = padded[at + HOP : at + HOP + FRAME]  # what would follow if nothing were stretched
        centre = min(round((start + HOP) / factor) + REACH, len(padded) - FRAME - REACH)
        search = padded[centre - REACH : centre + REACH + FRAME]
        if len(natural) < FRAME or len(search) < FRAME + 2 * REACH:
            break
        at = centre - REACH + int(np.argmax(np.correlate(search, natural, mode="valid")))
    return out[:length]
