"""What a recogniser heard, and the interface of every recogniser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The words that a recogniser makes of a piece of audio."""

    text: str
    """Simplified Chinese for zh, without spaces; empty when nothing was said."""
    confidence: float
    """0 to 1, from the mean log probability of the words."""
    final: bool = True
    duration_s: float = 0.0
    """Length of the audio."""
    work_s: float = 0.0
    """Time that the recogniser worked on it, without the wait in the queue."""
    recogniser: str = ""


class Recogniser(Protocol):
    """One recogniser behind the calls. Safe for many calls at once."""

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        """Recognise 16 kHz, 16-bit mono PCM; `hint` is words in the style of what is expected.

        Raises VoiceError (`busy`, `timeout`, `crashed`, `unavailable`)."""
        ...
