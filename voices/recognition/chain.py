"""Several recognisers in an order, by language: when one is lost, the next one hears the utterance again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from voices.errors import VoiceError
from voices.recognition.hearing import Audio, hear_whole, to_spare
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
EMPTY_WAIT_S = 0.8
"""For the next recogniser, where one made nothing of what voice activity took for speech. Mostly it was a cough, and
nobody waits for an answer; sometimes it was words, and then this costs less than asking again would."""


class Member(Protocol):
    """A `StreamingRecogniser` that is started and closed."""

    def would_wait_s(self, language: str) -> float:
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


@runtime_checkable
class Beside(Protocol):
    """A member that can also say something about an utterance which another one has heard."""

    def knows(self, language: str, expect: Expectation) -> bool:
        """Whether it could answer now, about what this question can take."""
        ...

    async def beside(self, pcm: bytes, language: str, expect: Expectation, *, timeout_s: float) -> Hypothesis | None:
        """What was said, when it is sure of it; None when not, or not in time. Raises VoiceError when it failed."""
        ...


@runtime_checkable
class Afar(Protocol):
    """A member whose line and whose health are not known here."""

    @property
    def answer_s(self) -> float:
        """After the end of speech it answers within this, or is taken for lost where another recogniser is well."""
        ...


@runtime_checkable
class Selective(Protocol):
    """A member of which one language can be away while it hears others."""

    def hears(self, language: str) -> bool:
        """Whether this language is there."""
        ...


class RecogniserChain:
    """A `StreamingRecogniser` over others. `order` names, for each language or `*`, who hears it, the best first."""

    def __init__(
        self,
        members: Mapping[str, Member],
        order: Mapping[str, Sequence[str]],
        codes: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        """`codes`: (recogniser, language) → what it calls the language, where that is another word than ours."""
        self._members, self._order, self._codes = members, order, codes or {}
        self._sick: dict[str, tuple[float, float]] = {}
        """Name → until when (monotonic), and how long that was."""
        self._down: set[str] = set()
        """Those that did not start, and have heard nothing since."""

    async def start(self) -> dict[str, VoiceError]:
        """Start all; returns those that did not start, and why. They are tried again when nobody else is there.

        Raises VoiceError when none started, or none is there."""
        names = list(self._members)
        if not names:
            raise VoiceError("unavailable", "no recogniser is there", "yinling prepare")
        results = await asyncio.gather(*(self._members[name].start() for name in names), return_exceptions=True)
        failed: dict[str, VoiceError] = {}
        for name, result in zip(names, results, strict=True):
            if isinstance(result, VoiceError):
                failed[name] = result
                self._down.add(name)
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

    def would_wait_s(self, language: str) -> float:
        """See `StreamingRecogniser`: of the one that hears this language first now. Another one that is idle does not
        make it shorter; 0 for a language that nobody hears, whose calls go by key."""
        order = self.order(language)
        well = [name for name in order if name not in self._down and not self._is_sick(name)]
        return self.waits_s((well or order)[0], language) if order else 0.0

    def waits_s(self, name: str, language: str) -> float:
        """How long a turn would wait for this recogniser."""
        return self._members[name].would_wait_s(self.code(name, language))

    def order(self, language: str) -> list[str]:
        """Who hears this language, the best first; those that failed lately come last."""
        names = list(self._order.get(language, self._order.get(ANY_LANGUAGE, ())))
        return sorted(names, key=self._is_sick)  # the sort keeps the order of equals

    @property
    def to_spare(self) -> bool:
        """Whether each of its recognisers that is well has a worker for what may be thrown away."""
        well = [member for name, member in self._members.items() if not self._is_sick(name)]
        return bool(well) and all(to_spare(member) for member in well)

    def hears(self, language: str) -> bool:
        """Whether somebody hears this language; those that did not start do not count until they have heard a word.

        One that failed lately counts: it may be well again before the caller has said a word."""
        names = self._order.get(language, self._order.get(ANY_LANGUAGE, ()))
        return any(name not in self._down and self._has(name, language) for name in names)

    def _has(self, name: str, language: str) -> bool:
        member = self._members[name]
        return not isinstance(member, Selective) or member.hears(self.code(name, language))

    def code(self, name: str, language: str) -> str:
        """What this recogniser calls the language."""
        return self._codes.get((name, language), language)

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        """See `StreamingRecogniser`."""
        return ChainHearing(self, language, expect, on_partial)

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        """See `Recogniser`."""
        return await hear_whole(self, pcm, language, timeout_s=timeout_s, hint=hint)

    def has_second(self, language: str, expect: Expectation, first: str) -> bool:
        """See `SecondEar`."""
        return self._second(language, expect, first) is not None

    async def second(
        self, pcm: bytes, language: str, expect: Expectation, first: str, *, timeout_s: float
    ) -> Hypothesis | None:
        """See `SecondEar`. One that fails is left alone for a while, like any other recogniser."""
        found = self._second(language, expect, first)
        if found is None:
            return None
        name, member = found
        try:
            heard = await member.beside(pcm, self.code(name, language), expect, timeout_s=timeout_s)
        except VoiceError as problem:
            self.lost(name, problem)
            return None
        if heard is not None:
            self.well(name)
        return heard

    def _second(self, language: str, expect: Expectation, first: str) -> tuple[str, Beside] | None:
        """Who is asked beside `first`; nobody while any turn of this language would wait for its recogniser."""
        well = [name for name in self.order(language) if name not in self._down and not self._is_sick(name)]
        if any(self.waits_s(name, language) > 0 for name in well):
            return None
        for name in well:
            member = self._members[name]
            if name != first and isinstance(member, Beside) and member.knows(self.code(name, language), expect):
                return name, member
        return None

    def member(self, name: str) -> Member:
        """One of the recognisers."""
        return self._members[name]

    def share_s(self, name: str, behind: Sequence[str], left_s: float) -> float:
        """How much of the time that is left this one gets, with these behind it."""
        if not behind:
            return left_s
        member, share_s = self._members[name], FIRST_SHARE * left_s
        others = any(one not in self._down and not self._is_sick(one) for one in behind)
        return min(share_s, member.answer_s) if isinstance(member, Afar) and others else share_s

    def free(self, name: str, language: str) -> bool:
        """Whether it is well, and could hear an utterance that it is not first for without letting anybody wait.

        Phrases taught by example are no such recogniser: beside another one they count only where their threshold is
        proven, which `second` sees to, also of empty answers."""
        member = self._members[name]
        well = name not in self._down and not self._is_sick(name)
        return well and not isinstance(member, Beside) and self.waits_s(name, language) == 0

    def lost(self, name: str, error: VoiceError) -> None:
        """It failed: others come first for a while. The calls that fail at the same moment fail for the same reason."""
        log.warning("the recogniser %s failed (%s): %s %s", name, error.code, error, error.remedy)
        if error.code not in WELL_CODES and not self._is_sick(name):
            pause_s = min(SICK_MAX_S, 2 * self._sick[name][1] if name in self._sick else SICK_S)
            self._sick[name] = (time.monotonic() + pause_s, pause_s)

    def well(self, name: str) -> None:
        """It has heard an utterance."""
        self._sick.pop(name, None)
        self._down.discard(name)

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
        self._closed = False
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
        """See `Hearing`. The time-out is for all recognisers together. After all have failed the order is taken anew:
        who was busy, or died, may be well again, and the utterance is still here."""
        until = time.monotonic() + timeout_s
        if self._hearing is None and not self._closed:
            self._left = self._chain.order(self._language)
            self._next()
        while self._hearing is not None:
            left_s = max(0.05, until - time.monotonic())
            try:
                heard = await self._hearing.final(timeout_s=self._chain.share_s(self._name, self._left, left_s))
            except VoiceError as problem:
                self._error = problem
                if self._closed:
                    raise
                self._chain.lost(self._name, problem)
                self._next()
            else:
                self._chain.well(self._name)
                return heard if heard.text else await self._by_another(heard, until)
        raise VoiceError("unavailable", "the utterance was closed") if self._closed else self._error

    def close(self) -> None:
        """See `Hearing`."""
        self._closed = True
        self._let_go()

    def _let_go(self) -> None:
        if self._hearing is not None:
            self._hearing.close()
            self._hearing = None

    def _next(self) -> None:
        """The next recogniser hears everything again; none is left: None."""
        self._let_go()
        if self._left:
            self._name = self._left.pop(0)
            self._hearing = self._begin(self._name, self._on_partial)

    def _begin(self, name: str, on_partial: OnPartial | None = None) -> Hearing:
        language = self._chain.code(name, self._language)
        hearing = self._chain.member(name).listen(language, self._expect, on_partial)
        if len(self._audio):
            hearing.feed(self._audio.since())
        return hearing

    async def _by_another(self, empty: Hypothesis, until: float) -> Hypothesis:
        """What the next recogniser that is free makes of it, this once; else the empty answer."""
        name = next((name for name in self._left if self._chain.free(name, self._language)), None)
        wait_s = min(EMPTY_WAIT_S, until - time.monotonic())
        if name is None or wait_s <= 0:
            return empty
        hearing = self._begin(name)
        try:
            heard = await hearing.final(timeout_s=wait_s)
        except VoiceError as problem:
            if problem.code != "timeout":  # it had less time than it is due
                self._chain.lost(name, problem)
            return empty
        finally:
            hearing.close()
        self._chain.well(name)
        return heard if heard.text else empty
