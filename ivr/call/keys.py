"""Keys of one call: which belong to one answer, and which were pressed by mistake and belong to none."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from flows.actions import Listen

KEY_PAUSE_S = 3.0
"""A number is over when no key follows for so long."""
TWICE_S = 1.0
"""The same key so soon after the one that answered was pressed twice; no key so soon after a yes-or-no question began
can be meant for it."""
MOST = 64
"""Keys that wait for their question."""


@dataclass(frozen=True, slots=True)
class Press:
    """One key, and when it was pressed."""

    key: str
    at: float


class Keys:
    """The keys that nobody has used yet. One task at a time may wait for them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: deque[Press] = deque()
        self._came = asyncio.Event()
        self._last = Press("", 0.0)
        """The last one that was used."""
        self._whole = False
        """It was the last digit of a number, which nothing needed to end."""

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def press(self, key: str) -> None:
        """A key was pressed."""
        if len(self._waiting) < MOST:
            self._waiting.append(Press(key, self._clock()))
            self._came.set()

    def take(self) -> str:
        """The first one that waits, to be used."""
        self._last, self._whole = self._waiting.popleft(), False
        return self._last.key

    async def answer(self, listen: Listen, unheard: Callable[[], bool], ignored: Callable[[str], None]) -> None:
        """Wait until a key is there that may answer the question. It waits on to be taken: where words answer first, it
        is there for the next question. Those that cannot answer are handed to `ignored`. `unheard` tells whether the
        question is still being said."""
        began = self._clock()
        while True:
            await self._until(1)
            if not unheard() or not await self._by_mistake(self._waiting[0], listen, began):
                return
            ignored(self._waiting.popleft().key)

    async def number(self, first: str, digits: int) -> str:
        """Up to `digits` keys from the first on, ended by # or a pause. Takes (digits - 1) * KEY_PAUSE_S at most. A
        star may be the first: it is the zero of a number; alone, it asks to hear the question again."""
        found = first
        while len(found) < digits and first != "#":
            try:
                async with asyncio.timeout(KEY_PAUSE_S):
                    await self._until(1)
            except TimeoutError:
                return found
            key = self.take()
            if key == "#":
                return found
            found += key
        self._whole = len(found) == digits > 1
        return found

    async def _until(self, count: int) -> None:
        """Wait until so many are there."""
        while len(self._waiting) < count:
            self._came.clear()
            await self._came.wait()

    async def _by_mistake(self, press: Press, listen: Listen, began: float) -> bool:
        """Whether a key that comes before the question was heard cannot be the answer to it.

        Who knows the way dials ahead: other keys than the last one count, and so does every digit of a number, which
        may well begin with the digit that chose in the menu. A digit too few makes a wrong number that nobody notices,
        so one is left out only when nothing follows it: a number that is dialled ahead goes on at once, a finger that
        slipped waits for the question. A person (0) is never too soon, and to hear the question again (*) is no yes."""
        if press.key == "0":
            return False
        if listen.keys > 1:
            return self._over(press) and (press.key == "#" or await self._alone(press))
        at_once = "affirm" in listen.expect and press.key != "*" and press.at - began < TWICE_S
        return at_once or self._over(press)

    def _over(self, press: Press) -> bool:
        """Whether it belongs to the answer before: pressed twice, or the # after a number that was whole without it."""
        since = press.at - self._last.at
        if press.key == "#" and self._whole:
            return since < KEY_PAUSE_S
        return press.key == self._last.key and since < TWICE_S

    async def _alone(self, press: Press) -> bool:
        """Whether no other key follows this one at once."""
        try:
            async with asyncio.timeout(max(0.0, press.at + TWICE_S - self._clock())):
                await self._until(2)
        except TimeoutError:
            return True
        return self._waiting[1].at - press.at >= TWICE_S
