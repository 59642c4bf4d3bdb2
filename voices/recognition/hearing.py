"""Hearing an utterance with a recogniser that takes only whole ones: no partial hypotheses, the same interface."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from voices.errors import VoiceError
from voices.recognition.hypothesis import (
    ANYTHING,
    Expectation,
    Hearing,
    Hypothesis,
    OnPartial,
    Recogniser,
    StreamingRecogniser,
)

RATE_HZ = 16_000
UTTERANCE_MAX_BYTES = 60 * RATE_HZ * 2
"""A minute: the listener ends an utterance long before. What is beyond is not kept."""


class Audio:
    """The audio of one utterance, kept so that it can be heard again by another worker or recogniser."""

    def __init__(self) -> None:
        self._pcm = bytearray()

    def add(self, pcm: bytes) -> None:
        """Keep what fits."""
        self._pcm += pcm[: UTTERANCE_MAX_BYTES - len(self._pcm)]

    def __len__(self) -> int:
        """Bytes."""
        return len(self._pcm)

    def since(self, offset: int = 0) -> bytes:
        """Everything from this byte on."""
        return bytes(self._pcm[offset:])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self._pcm) / RATE_HZ / 2


class WholeHearing:
    """A `Hearing` that recognises once, at the end."""

    def __init__(self, recogniser: Recogniser, language: str, expect: Expectation) -> None:
        self._recogniser, self._language, self._expect = recogniser, language, expect
        self._audio = Audio()
        self._closed = False

    @property
    def partial(self) -> Hypothesis | None:
        """There is none."""
        return None

    def feed(self, pcm: bytes) -> None:
        """See `Hearing`."""
        self._audio.add(pcm)

    async def final(self, *, timeout_s: float) -> Hypothesis:
        """See `Hearing`."""
        if self._closed:
            raise VoiceError("unavailable", "the utterance was closed")
        return await self._recogniser.transcribe(
            self._audio.since(), self._language, timeout_s=timeout_s, hint=self._expect.hint
        )

    def close(self) -> None:
        """See `Hearing`."""
        self._closed = True


def hear(
    recogniser: Recogniser, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None
) -> Hearing:
    """Hear one utterance with any recogniser: with partial hypotheses where it has them."""
    if isinstance(recogniser, StreamingRecogniser):
        return recogniser.listen(language, expect, on_partial)
    return WholeHearing(recogniser, language, expect)


async def hear_whole(
    recogniser: StreamingRecogniser, pcm: bytes, language: str, *, timeout_s: float, hint: str = ""
) -> Hypothesis:
    """Hear a whole utterance with a recogniser that only listens. Raises what `Hearing.final` raises."""
    hearing = recogniser.listen(language, Expectation(hint=hint))
    try:
        hearing.feed(pcm)
        return await hearing.final(timeout_s=timeout_s)
    finally:
        hearing.close()


@runtime_checkable
class Roomy(Protocol):
    """A recogniser that knows whether it has time for work that may be thrown away."""

    @property
    def to_spare(self) -> bool:
        """Whether such work delays nobody."""
        ...


def to_spare(recogniser: object) -> bool:
    """See `Roomy`; False for one that does not know."""
    return isinstance(recogniser, Roomy) and recogniser.to_spare


@runtime_checkable
class SecondEar(Protocol):
    """Recognisers one of which can hear an utterance beside the one that heard it first."""

    def has_second(self, language: str, expect: Expectation, first: str) -> bool:
        """Whether one is there that could answer now without letting anybody wait, and that knows something of what
        this question can take; `first` is who has heard it already (`Hypothesis.recogniser`)."""
        ...

    async def second(
        self, pcm: bytes, language: str, expect: Expectation, first: str, *, timeout_s: float
    ) -> Hypothesis | None:
        """What it made of the utterance; None when nothing that is sure, or nothing in time. Never raises."""
        ...


def would_wait_s(recogniser: Recogniser | None, language: str) -> float:
    """See `StreamingRecogniser.would_wait_s`; 0 for one that does not know."""
    return recogniser.would_wait_s(language) if isinstance(recogniser, StreamingRecogniser) else 0.0
