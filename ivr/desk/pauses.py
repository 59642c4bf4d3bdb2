"""Pauses of the recording while identity digits or codes are said or entered: silence in the file, never for ever."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC

from integrations.database.desk_calls import NewEvent
from integrations.errors import DatabaseError
from ivr.asterisk.manager import Manager, ManagerError
from ivr.call.events import Kind
from ivr.desk.board import Board, LiveCall
from ivr.routing.callbacks import talk_of

log = logging.getLogger(__name__)

PAUSE_S = 90.0
"""Of an agent's pause: longer than anybody reads an identity number aloud."""
KEYS_S = 12.0
"""Of the pause that a caller's key begins, counted from the last key."""
WORDS_S = 30.0
"""Of the pause that the words of the talk begin ("您的身份证号是多少"): to fetch the card and to read it aloud."""
HOLD_S = 600.0
"""Of the pause while the agent's own phone holds: no caller is left there for so long."""
AGAIN_S = 3.0
ON, OFF = "1", "0"


def left_open(events: Iterable[NewEvent], since: float) -> bool:
    """Whether the last thing on record of a recording that began then (wall-clock second) is that it was paused."""
    ours = [e for e in events if e.kind in {Kind.RECORDING_PAUSED, Kind.RECORDING_RESUMED}]
    return (
        bool(ours) and ours[-1].kind == Kind.RECORDING_PAUSED and ours[-1].at.replace(tzinfo=UTC).timestamp() >= since
    )


def recording_leg(call: LiveCall) -> str:
    """Where it is recorded just now; empty while it is not."""
    return call.tape.leg if call.tape is not None else ""


class Pauses:
    """Who is not recorded just now, and until when. `tell(call)` is called with each change, in the event loop.

    What Asterisk mutes is every MixMonitor of the leg that records, so that nobody can read along either. A pause
    belongs to that recording and ends with it: the next one begins with sound."""

    def __init__(
        self,
        manager: Manager,
        board: Board,
        record: Callable[..., Awaitable[None]],
        tell: Callable[[LiveCall], None],
    ) -> None:
        self._manager, self._board, self._record, self._tell = manager, board, record, tell
        self._until: dict[str, float] = {}
        """Call → wall-clock second at which its recording goes on by itself."""
        self._legs: dict[str, str] = {}
        """Call → the leg whose recording is paused."""
        self._before_hold: dict[str, float] = {}
        """Call on hold → until when it was paused before; 0 when it was not."""
        self._resuming: dict[str, asyncio.Task[None]] = {}
        self._keyed: dict[str, asyncio.Task[None]] = {}
        """Calls whose caller has pressed a key, while Asterisk is being told."""
        self._locks: dict[str, asyncio.Lock] = {}
        """A key that is pressed while the recording is taken up again must be silenced after that, not before."""

    def until(self, call_id: str) -> float | None:
        """When the recording of this call goes on by itself; None while it is recorded."""
        return self._until.get(call_id)

    async def pause(self, call: LiveCall, by: str, seconds: float = PAUSE_S) -> float:
        """Silence from now on; returns until when. A second pause makes the first one longer, never shorter.

        Raises ManagerError when Asterisk did not do it: then it is recorded. No database is needed for it."""
        async with self._locks.setdefault(call.call_id, asyncio.Lock()):
            fresh, leg = call.call_id not in self._until, recording_leg(call)
            if fresh:
                await self._mute(leg, ON)
                if recording_leg(call) != leg:  # what is said on the next leg is recorded
                    raise ManagerError("refused", "the recording ended while it was paused")
                self._legs[call.call_id] = leg
            until = max(self._until.get(call.call_id, 0.0), time.time() + seconds)
            self._until[call.call_id] = until
            if by != "hold" and call.call_id in self._before_hold:  # asked for during a hold: it outlives that
                self._before_hold[call.call_id] = max(self._before_hold[call.call_id], time.time() + seconds)
            self._later(call)
        self._tell(call)
        if fresh:
            await self._note(call, Kind.RECORDING_PAUSED, by=by, seconds=round(seconds))
        return until

    async def resume(self, call: LiveCall, by: str) -> None:
        """Record again. Raises ManagerError."""
        async with self._locks.setdefault(call.call_id, asyncio.Lock()):
            await self._mute(recording_leg(call), OFF)
            self._legs.pop(call.call_id, None)
            paused = self._until.pop(call.call_id, None) is not None
            task = self._resuming.pop(call.call_id, None)
            if task is not None and task is not asyncio.current_task():
                task.cancel()
        if paused:
            self._tell(call)
            await self._note(call, Kind.RECORDING_RESUMED, by=by)

    def key(self, fields: Mapping[str, str]) -> None:
        """A key went down somewhere (Asterisk's DTMFBegin). One of a caller who talks with an agent begins a pause."""
        if fields.get("Direction") != "Received":
            return
        call = self._board.calls.get(talk_of(fields.get("Uniqueid", "")))
        if call is None or call.tape is None or call.call_id in self._keyed:
            return
        task = asyncio.create_task(self._on_key(call), name=f"keys of {call.call_id}")
        self._keyed[call.call_id] = task
        task.add_done_callback(lambda _: self._keyed.pop(call.call_id, None))

    def adopt(self, call: LiveCall) -> None:
        """A pause that was begun before our start, and that nobody has ended: it ends a whole pause from now."""
        if call.call_id not in self._until:
            self._legs[call.call_id] = recording_leg(call)
            self._until[call.call_id] = time.time() + PAUSE_S
            self._later(call)
            self._tell(call)

    def follow(self, call: LiveCall) -> None:
        """After every change of a call: where another leg records, or none, the pause has ended with its recording."""
        leg = self._legs.get(call.call_id)
        if leg is not None and leg != recording_leg(call):
            self._forget(call.call_id)
            self._tell(call)

    def ended(self, call_id: str) -> None:
        """The call is over."""
        self._forget(call_id)
        self._locks.pop(call_id, None)
        if (task := self._keyed.pop(call_id, None)) is not None:
            task.cancel()

    def _forget(self, call_id: str) -> None:
        self._until.pop(call_id, None)
        self._legs.pop(call_id, None)
        self._before_hold.pop(call_id, None)
        if (task := self._resuming.pop(call_id, None)) is not None:
            task.cancel()

    async def close(self) -> None:
        """Let go of all. The next server adopts what is paused."""
        tasks = [*self._resuming.values(), *self._keyed.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def on_words(self, call: LiveCall) -> None:
        """An identity number or a code was asked for."""
        if call.tape is None:
            return
        await self._unasked(call, "words", WORDS_S)

    async def on_hold(self, call: LiveCall) -> None:
        """The agent's phone holds: what the caller says meanwhile is meant for nobody here."""
        if call.tape is None:
            return
        self._before_hold.setdefault(call.call_id, self._until.get(call.call_id, 0.0))
        await self._unasked(call, "hold", HOLD_S)

    async def off_hold(self, call: LiveCall) -> None:
        """The agent is back: recorded again, unless it was paused before and still would be."""
        async with self._locks.setdefault(call.call_id, asyncio.Lock()):  # the hold may not be through yet
            before = self._before_hold.pop(call.call_id, None)
            if before is None or call.call_id not in self._until:
                return
            self._until[call.call_id] = max(before, time.time())
            self._later(call)
        self._tell(call)

    async def _on_key(self, call: LiveCall) -> None:
        await self._unasked(call, "keys", KEYS_S)

    async def _unasked(self, call: LiveCall, by: str, seconds: float) -> None:
        try:
            await self.pause(call, by, seconds)
        except ManagerError as error:
            log.warning("call %s: the recording could not be paused (%s): %s", call.call_id, by, error)

    def _later(self, call: LiveCall) -> None:
        if (old := self._resuming.pop(call.call_id, None)) is not None:
            old.cancel()
        task = asyncio.create_task(self._resume_when_due(call), name=f"pause of {call.call_id}")
        self._resuming[call.call_id] = task

    async def _resume_when_due(self, call: LiveCall) -> None:
        await asyncio.sleep(max(0.0, self._until[call.call_id] - time.time()))
        while self._board.calls.get(call.call_id) is call and call.tape is not None:
            try:
                await self.resume(call, "yinling")
            except ManagerError as error:  # the page goes on saying that nothing is recorded, for so it is
                log.warning("call %s: its recording cannot be taken up again yet: %s", call.call_id, error)
                await asyncio.sleep(AGAIN_S)
            else:
                return
        self._until.pop(call.call_id, None)
        self._legs.pop(call.call_id, None)

    async def _mute(self, leg: str, state: str) -> None:
        if not leg:
            raise ManagerError("refused", "nothing is recorded in this call")
        await self._manager.action("MixMonitorMute", Channel=leg, Direction="both", State=state)

    async def _note(self, call: LiveCall, kind: Kind, **data: object) -> None:
        try:
            await self._record(call.call_id, kind.value, **data)
        except DatabaseError as error:
            log.warning("call %s: %s is not on record: %s", call.call_id, kind.value, error)
