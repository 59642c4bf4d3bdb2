"""What happened in a recorded call, by the clock of the recording: who spoke when, and how long the other waited."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voices.audio import read_wav

FRAME_S = 0.01
SPEECH_DBFS = -42.0
"""A-law's own noise and the smallest comfort noise stay below."""
PAUSE_S = 0.55
"""Shorter silence belongs to the speech around it."""
BURST_S = 0.05
"""A shorter sound is a click, not speech."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Speech between two pauses, in seconds from the beginning of the recording."""

    start_s: float
    end_s: float


def segments(file: Path, pause_s: float = PAUSE_S) -> list[Segment]:
    """The speech in a recording. Raises VoiceError `audio_unreadable`."""
    samples, rate_hz = read_wav(file)
    return _segments(_loud(samples, rate_hz), pause_s)


def _loud(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.bool_]:
    size = int(rate_hz * FRAME_S)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.mean(frames.astype(np.float64) ** 2, axis=1)
    return np.asarray(10 * np.log10(power + 1e-12) > SPEECH_DBFS)


def _segments(loud: NDArray[np.bool_], pause_s: float) -> list[Segment]:
    found: list[Segment] = []
    edges = np.flatnonzero(np.diff(np.concatenate(([0], loud.astype(np.int8), [0]))))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        start_s, end_s = float(start) * FRAME_S, float(end) * FRAME_S
        if found and start_s - found[-1].end_s < pause_s:
            found[-1] = Segment(found[-1].start_s, end_s)
        else:
            found.append(Segment(start_s, end_s))
    return [one for one in found if one.end_s - one.start_s >= BURST_S]


def answer_delays(heard: list[Segment], said: list[Segment]) -> list[float]:
    """Seconds from the end of each thing said to the first sound of what came back; unanswered ones are left out."""
    delays = []
    for number, own in enumerate(said):
        until = said[number + 1].start_s if number + 1 < len(said) else float("inf")
        answer = next((s.start_s for s in heard if own.end_s <= s.start_s < until), None)
        if answer is not None:
            delays.append(answer - own.end_s)
    return delays


def stop_delays(heard_file: Path, said: list[Segment]) -> list[float]:
    """Seconds from the beginning of speech over a prompt to the prompt's last sound.

    A pause of 0.12 s ends the prompt here: words within it are closer together than that after a flush."""
    fine = segments(heard_file, 0.12)
    delays = []
    for own in said:
        over = [s for s in fine if s.start_s < own.start_s < s.end_s]
        delays += [s.end_s - own.start_s for s in over]
    return delays
