"""What a listener hears of a caller."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from voices.recognition.hypothesis import Hypothesis


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller began to speak: a prompt that may be interrupted falls silent now."""

    goes_on: bool = False
    """They go on with the utterance before, so soon after its end that it had not ended."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the caller said between two pauses. `hypothesis` is None when no recogniser could hear it."""

    hypothesis: Hypothesis | None
    duration_s: float
    error: str = ""
    silence_s: float = 0.0
    """Silence after the last word, when the turn was taken to be over."""
    audio: bytes = field(default=b"", repr=False, compare=False)
    """What was heard, 16 kHz s16le."""
    late: bool = False
    """Whether the question that it was said to had been answered otherwise before the words were known."""
    usual_s: float = 0.0
    """Silence that this caller's pauses would have asked for, where words that answer ended the turn sooner; else 0."""
    goes_on: bool = False
    """Whether it holds the utterance before once more, with what was said after that had been taken to be over."""


Heard: TypeAlias = SpeechBegan | Utterance


class Untaken(asyncio.Queue[Heard]):
    """What was heard and nobody has taken yet, in order."""

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self._came = asyncio.Event()

    def _put(self, item: Heard) -> None:
        super()._put(item)
        self._came.set()

    async def there(self) -> None:
        """Wait until something is there. It is not taken by that: who stops waiting in that moment loses nothing."""
        while self.empty():
            self._came.clear()
            await self._came.wait()

    def late(self) -> None:
        """The question was answered otherwise: of what was said to it only the words matter, and they are late."""
        for _ in range(self.qsize()):
            if isinstance(item := self.get_nowait(), Utterance):
                self.put_nowait(replace(item, late=True))
