"""Several recognisers in an order, by language: when one is lost, the next one hears the utterance again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from voices.errors import VoiceError
from voices.recognition.hearing import Audio
from voices.recognition.hypothesis import ANYTHING, Expectation, Hearing, Hypothesis, OnPartial

log = logging.getLogger(__name__)

ANY_LANGUAGE = "*"
SICK_S, SICK_MAX_S = 15.0, 240.0
"""A recogniser that failed is left alone for so long while there is another, and twice as long each further time: not
every caller shall wait for its time-out."""
WELL_CODES = ("busy", "language_unknown")
"""Errors of a recogniser that is in order."""
FIRST_SHARE = 0.5
"""Of the time that is left: what one recogniser gets while another is behind it."""


class Member(Protocol):
    """A `StreamingRecogniser` that is started and closed."""

    @property
    def would_wait_s(self) -> float:
        """See `StreamingRecogniser`."""
        ...

    async def start(self) -> None:
        """Raises VoiceError."""
        ...

    async def close(self) -> None:
        """End everything that it began."""
        ...

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        """See `StreamingRecogniser`."""
        ...


class RecogniserChain:
    """A `StreamingRecogniser` over others. `order` names, for each language or `*`, who hears it, the best first."""

    def __init__(self, members: Mapping[str, Member], order: Mapping[str, Sequence[str]]) -> None:
        self._members, self._order = members, order
        self._sick: dict[str, tuple[float, float]] = {}
        """Name → until when (monotonic), and how long that was."""

    async def start(self) -> dict[str, VoiceError]:
        """Start all; returns those that did not start, and why. They are tried again when nobody else is there.

        Raises VoiceError when none started."""
        names = list(self._members)
        results = await asyncio.gather(*(self._members[name].start() for name in names), return_exceptions=True)
        failed: dict[str, VoiceError] = {}
        for name, result in zip(names, results, strict=True):
            if isinstance(result, VoiceError):
                failed[name] = result
                self.lost(name, result)
            elif isinstance(result, BaseException):
                raise result
        if len(failed) == len(names):
            await self.close()
            raise failed[names[0]]
        return failed

    async def close(self) -> None:
        """End all."""
        await asyncio.gather(*(member.close() for member in self._members.values()), return_exceptions=True)

    @property
    def would_wait_s(self) -> float:
        """See `StreamingRecogniser`: of the one that would wait least, among those that are well."""
        well = [name for name in self._members if not self._is_sick(name)] or list(self._members)
        return min(self._members[name].would_wait_s for name in well)

    def order(self, language: str) -> list[str]:
        """Who hears this language, the best first; those that failed lately come last."""
        names = list(self._order.get(language, self._order.get(ANY_LANGUAGE, ())))
        return sorted(names, key=self._is_sick)  # the sort keeps the order of equals

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        """See `StreamingRecogniser`."""
        return ChainHearing(self, language, expect, on_partial)

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        """See `Recogniser`."""
        hearing = self.listen(language, Expectation(hint=hint))
        try:
            hearing.feed(pcm)
            return await hearing.final(timeout_s=timeout_s)
        finally:
            hearing.close()

    def member(self, name: str) -> Member:
        """One of the recognisers."""
        return self._members[name]

    def lost(self, name: str, error: VoiceError) -> None:
        """It failed: others come first for a while."""
        log.warning("the recogniser %s failed (%s): %s %s", name, error.code, error, error.remedy)
        if error.code not in WELL_CODES:
            pause_s = min(SICK_MAX_S, 2 * self._sick[name][1] if name in self._sick else SICK_S)
            self._sick[name] = (time.monotonic() + pause_s, pause_s)

    def well(self, name: str) -> None:
        """It has heard an utterance."""
        self._sick.pop(name, None)

    def _is_sick(self, name: str) -> bool:
        return name in self._sick and self._sick[name][0] > time.monotonic()


class ChainHearing:
    """See `Hearing`. Keeps the audio, so that the next recogniser can hear all of it."""

    def __init__(
        self, chain: RecogniserChain, language: str, expect: Expectation, on_partial: OnPartial | None
    ) -> None:
        self._chain, self._language, self._expect, self._on_partial = chain, language, expect, on_partial
        self._audio = Audio()
        self._left = chain.order(language)
        self._name = ""
        self._error = VoiceError("unavailable", f"no recogniser is set for the language {language}")
        self._hearing: Hearing | None = None
        self._next()

    @property
    def partial(self) -> Hypothesis | None:
        """See `Hearing`."""
        return self._hearing.partial if self._hearing is not None else None

    def feed(self, pcm: bytes) -> None:
        """See `Hearing`."""
        self._audio.add(pcm)
        if self._hearing is not None:
            self._hearing.feed(pcm)

    async def final(self, *, timeout_s: float) -> Hypothesis:
        """See `Hearing`. The time-out is for all recognisers together."""
        until = time.monotonic() + timeout_s
        while self._hearing is not None:
            left_s = max(0.05, until - time.monotonic())
            try:
                heard = await self._hearing.final(timeout_s=left_s * (FIRST_SHARE if self._left else 1.0))
            except VoiceError as problem:
                self._error = problem
                self._chain.lost(self._name, problem)
                self._next()
            else:
                self._chain.well(self._name)
                return heard
        raise self._error

    def close(self) -> None:
        """See `Hearing`."""
        if self._hearing is not None:
            self._hearing.close()
            self._hearing = None

    def _next(self) -> None:
        """The next recogniser hears everything again; none is left: None."""
        self.close()
        if not self._left:
            return
        self._name = self._left.pop(0)
        self._hearing = self._chain.member(self._name).listen(self._language, self._expect, self._on_partial)
        if len(self._audio):
            self._hearing.feed(self._audio.since())
