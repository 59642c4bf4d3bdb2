"""What one side of a talk says, cut into utterances where it pauses."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from ivr.call.listener import Detector
from ivr.talks.tape import RATE_HZ, Sound
from voices.audio import pcm_to_rate

CHUNK = 256
"""Samples: 32 ms, as the voice activity model takes them at twice the rate."""
CHUNK_S = CHUNK / RATE_HZ
QUIET = 50
"""Sample value: what stays below it (-56 dB) nobody hears on a phone."""
SPEECH_AT, SILENCE_AT = 0.5, 0.35
PAUSE_S = 0.6
"""Shorter than the bot's patience: nobody waits for an answer here, and the page shall show words soon."""
LONGEST_S = 9.0
"""The recogniser's window is 10 s; and a caller who speaks to the bot never waits longer than for one of these."""
SHORTEST_S = 0.25
PRE_ROLL_S = 0.3


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance of one side, not yet recognised."""

    call_id: str
    language: str
    side: str
    """agent or caller."""
    at: datetime
    """UTC: when it began."""
    pcm: bytes
    """16 kHz s16le mono."""

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return len(self.pcm) / 32_000


class Side:
    """Cuts one channel. `now` is wall-clock; the sound is taken to be new when it is fed."""

    def __init__(self, call_id: str, language: str, side: str, detector: Detector) -> None:
        self._call_id, self._language, self._side, self._detector = call_id, language, side, detector
        self._rest: Sound = np.zeros(0, dtype=np.int16)
        self._before: deque[Sound] = deque(maxlen=round(PRE_ROLL_S / CHUNK_S))
        self._speech: list[Sound] = []
        self._voiced_s = self._silent_s = 0.0

    def feed(self, samples: Sound, now: datetime | None = None) -> list[Said]:
        """Take new sound of this side, 8 kHz; returns what was said to its end."""
        now = now or datetime.now(UTC)
        self._rest = np.concatenate([self._rest, samples])
        found = []
        while len(self._rest) >= CHUNK:
            chunk, self._rest = self._rest[:CHUNK], self._rest[CHUNK:]
            if self._take(chunk):
                lag_s = len(self._rest) / RATE_HZ
                found += self._cut(now - timedelta(seconds=lag_s))
        return found

    def end(self, now: datetime | None = None) -> list[Said]:
        """The talk is over: what was being said."""
        return self._cut(now or datetime.now(UTC))

    def _take(self, chunk: Sound) -> bool:
        """Whether an utterance ends with this chunk."""
        # Nothing is there in half of all sound, and in a pause of the recording: the model is not asked.
        loud = int(np.abs(chunk.astype(np.int32)).max()) >= QUIET
        probability = self._detector.probability(_twice(chunk)) if loud else 0.0
        voiced = probability >= (SILENCE_AT if self._speech else SPEECH_AT)
        if not self._speech and not voiced:
            self._before.append(chunk)
            return False
        if not self._speech:
            self._speech, self._voiced_s = list(self._before), 0.0
            self._before.clear()
        self._speech.append(chunk)
        self._voiced_s += CHUNK_S if voiced else 0.0
        self._silent_s = 0.0 if voiced else self._silent_s + CHUNK_S
        return self._silent_s >= PAUSE_S or len(self._speech) * CHUNK_S >= LONGEST_S

    def _cut(self, ended: datetime) -> list[Said]:
        speech, voiced_s = self._speech, self._voiced_s
        self._speech, self._voiced_s, self._silent_s = [], 0.0, 0.0
        if voiced_s < SHORTEST_S:
            return []
        pcm = pcm_to_rate(np.concatenate(speech).tobytes(), RATE_HZ, 2 * RATE_HZ)
        began = ended - timedelta(seconds=len(pcm) / 32_000)
        return [Said(self._call_id, self._language, self._side, began, pcm)]


def _twice(chunk: Sound) -> bytes:
    """At twice the rate, by straight lines: good enough to tell speech, and a twentieth of the work of a filter."""
    following = np.append(chunk[1:], chunk[-1:]).astype(np.int32)
    double = np.empty(2 * len(chunk), dtype="<i2")
    double[0::2], double[1::2] = chunk, (chunk + following) // 2
    return double.tobytes()
