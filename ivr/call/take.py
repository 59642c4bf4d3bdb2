"""One take: what a speaker said after the tone, and whether it can be used as an example."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from voices.audio import RATE_HZ, from_pcm, rms_db

CHUNK_BYTES = 1024
CHUNK_S = 0.032
"""The voice activity model works on 512 samples."""
SPEECH_AT = 0.5
START_S = 7.0
"""Silence after the tone for which nobody is hurried."""
END_S = 1.1
"""Silence that ends a phrase: it is said slowly."""
PRE_S, POST_S = 0.3, 0.3
"""Kept from before the first sound and from after the last."""
SHORTEST_S = 0.16
"""Of speech; a quick “yes” lasts longer."""
STRANGE_SHORTEST_S = 1.2
"""Of speech that is no phrase: less could as well be one."""
FAINT_DB = -48.0
CLIPPED_AT, CLIPPED_SHARE = 0.97, 0.004
"""A-law ends at 0.984 of full scale. Of a loud but sound voice fewer samples come so near to it."""


class Fault(StrEnum):
    """Why a take is no use. The value names the sentence that asks for another one (`voices/prompts/teaching.yaml`)."""

    SILENT = "silent"
    FAINT = "faint"
    LOUD = "loud"
    SHORT = "short"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a take may be, in seconds of speech and the pauses within."""

    shortest_s: float = SHORTEST_S
    longest_s: float = 3.6
    """Examples are compared on 4 s, silence at both ends included."""


PHRASE = Limits()
STRANGE = Limits(STRANGE_SHORTEST_S, 12.0)


@dataclass(frozen=True, slots=True)
class Taken:
    """A take that is over: 16 kHz s16le, without the silence around it; and what is wrong with it, if anything."""

    pcm: bytes
    fault: Fault | None = None


class Take:
    """Takes chunks of 512 samples until the speaker has finished, or does not begin. For one tone."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._audio = bytearray()
        self._voiced: list[bool] = []
        self._silent_s = 0.0
        self._began = False

    def feed(self, chunk: bytes, probability: float) -> Taken | None:
        """The take, once it is over."""
        voiced = probability >= SPEECH_AT
        self._audio += chunk
        self._voiced.append(voiced)
        self._began = self._began or voiced
        self._silent_s = 0.0 if voiced else self._silent_s + CHUNK_S
        if not self._began:
            return Taken(b"", Fault.SILENT) if self._silent_s >= START_S else None
        if self._silent_s >= END_S:
            return self._judged()
        too_long = self._span_s > self._limits.longest_s + END_S
        return Taken(b"", Fault.LONG) if too_long else None

    def finish(self) -> Taken | None:
        """The take as far as it is, for a speaker who presses a key as soon as the phrase is said; None before it."""
        return self._judged() if self._began else None

    @property
    def _span_s(self) -> float:
        return (len(self._voiced) - self._voiced.index(True)) * CHUNK_S

    def _judged(self) -> Taken:
        first = self._voiced.index(True)
        last = len(self._voiced) - self._voiced[::-1].index(True)
        said = bytes(self._audio[first * CHUNK_BYTES : last * CHUNK_BYTES])
        if sum(self._voiced) * CHUNK_S < self._limits.shortest_s:
            return Taken(b"", Fault.SHORT)
        if (last - first) * CHUNK_S > self._limits.longest_s:
            return Taken(b"", Fault.LONG)
        samples = from_pcm(said)
        if float(np.mean(np.abs(samples) >= CLIPPED_AT)) > CLIPPED_SHARE:
            return Taken(b"", Fault.LOUD)
        if rms_db(samples) < FAINT_DB:
            return Taken(b"", Fault.FAINT)
        before = max(0, first * CHUNK_BYTES - round(PRE_S * RATE_HZ) * 2)
        return Taken(bytes(self._audio[before : last * CHUNK_BYTES + round(POST_S * RATE_HZ) * 2]))
