"""What one turn says, one Say after the other: it stops, waits or goes on as the caller speaks over it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from flows.actions import Say
from ivr.call.events import Kind
from ivr.call.speaker import Speaker

HUSH_S = 1.0
ADVICE_PIECES = 2
"""Of the prompts `emergency.call_…`: hold on; somebody else dials on another phone."""
WAITS_MAX = 3
"""So often a prompt waits for what was no answer; then it is heard to its end, unless words come that are one."""


class LegEndedError(Exception):
    """The caller hung up, or key 0 took the call away."""


class LegEnd:
    """The end of the media leg. Nothing is waited for beyond it."""

    def __init__(self) -> None:
        self._come = asyncio.Event()

    def come(self) -> None:
        """It is there."""
        self._come.set()

    async def or_end(self, work: Awaitable[Any]) -> Any:
        """Await `work`, but no longer than the leg lives. Raises LegEndedError."""
        task = asyncio.ensure_future(work)
        ended = asyncio.create_task(self._come.wait())
        try:
            await asyncio.wait({task, ended}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise LegEndedError
        finally:
            for t in (task, ended):
                t.cancel()
            await asyncio.gather(task, ended, return_exceptions=True)


class Telling:
    """Of one call."""

    def __init__(self, speaker: Speaker, record: Callable[..., None], leg: LegEnd) -> None:
        self._speaker, self._record, self._leg = speaker, record, leg
        self.barged = False
        """Whether the caller has interrupted what this turn says: the rest of it is not said."""
        self.waits = False
        """Whether a prompt waits until it is known what was said over it."""
        self.pieces_heard = 0
        self._ignored = 0
        """How often what was said over it was no answer."""

    def begin(self) -> None:
        """A turn begins: what comes now was not interrupted by anybody."""
        self.barged, self._ignored = False, 0
        self.go_on()

    def advice(self, says: Sequence[Say], by_asterisk: bool) -> Sequence[Say]:
        """In an emergency a seat rings while the caller is told what to do: Asterisk says it, where it speaks the
        caller's language; else the dialogue says to hold on and which number somebody else should dial, and no more."""
        if not by_asterisk:
            return [replace(say, pieces=say.pieces[:ADVICE_PIECES]) for say in says[:1]]
        for say in says:
            self._record(Kind.PROMPT_STARTED, prompt=say.prompt, text="".join(say.pieces), by="asterisk")
        return []

    async def say_all(self, says: Sequence[Say]) -> None:
        """Say them until the caller interrupts. Raises LegEndedError."""
        for say in says[1:]:
            self._speaker.prepare(say.pieces, say.language)
        for say in says:
            if self.barged or await self._leg.or_end(self.say(say)):
                return

    async def say(self, say: Say) -> bool:
        """True when the caller interrupted: what would have followed is not said."""
        self._record(Kind.PROMPT_STARTED, prompt=say.prompt, text="（不记录）" if say.private else "".join(say.pieces))
        spoken = await self._speaker.say(say.pieces, say.language)
        self.pieces_heard += spoken.pieces_heard
        self._record(
            Kind.PROMPT_ENDED, prompt=say.prompt, heard_s=round(spoken.heard_s, 2), interrupted=spoken.interrupted
        )
        return spoken.interrupted

    async def aside(self, say: Say) -> None:
        """Say it at once: a prompt that waits goes on waiting, and is told later whether it goes on."""
        if not self.waits:
            await self.say(say)
            return
        self._record(Kind.PROMPT_STARTED, prompt=say.prompt, text="".join(say.pieces))
        spoken = await self._speaker.aside(say.pieces, say.language)
        self._record(
            Kind.PROMPT_ENDED, prompt=say.prompt, heard_s=round(spoken.heard_s, 2), interrupted=spoken.interrupted
        )

    async def wait(self) -> None:
        """Somebody speaks: silence, until it is known what it was."""
        if self._ignored < WAITS_MAX:
            self.waits = True
            await self._speaker.wait()

    def ignored(self) -> None:
        """What was said was no answer."""
        self._ignored += 1
        self.go_on()

    def go_on(self) -> None:
        """From the piece that was cut off."""
        self.waits = False
        self._speaker.go_on()

    async def hush(self, talking: asyncio.Task[None]) -> None:
        """Be silent for good: the caller answers. `talking` says all that is to be said."""
        self.waits = False
        if not talking.done():
            self.barged = True
            await self._speaker.stop()
            await asyncio.wait({talking}, timeout=HUSH_S)  # then it is known what was heard
