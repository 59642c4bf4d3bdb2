"""Seats: who sits where, and whether they take calls. The database is right; Asterisk is told (`SeatQueues`)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

from integrations.database.people import Person
from integrations.database.seats import Seats, Sitting
from integrations.errors import DatabaseError
from ivr.asterisk.manager import ManagerError
from ivr.desk.errors import Refusal
from ivr.desk.feed import WALL, Feed
from ivr.routing.seats import SeatQueues

log = logging.getLogger(__name__)

REASONS = ("just_in", "break", "meal", "training", "paperwork", "unanswered", "other")


class Seating:
    """All changes of seats go through here. Whoever sits down takes calls in `default`, too, whatever they speak:

    the last place where callers of every language wait is the queue of the default language."""

    def __init__(self, seats: Seats, queues: SeatQueues, feed: Feed, names: tuple[str, ...], default: str) -> None:
        self._seats, self._queues, self._feed = seats, queues, feed
        self.names = names
        self._default = default
        self._telling: dict[str, asyncio.Lock] = {}
        """What is told of a seat takes several actions: those of one leave and the next entry must not mix."""
        self._left: dict[str, str] = {}
        """Seat → who left it, while Asterisk could not be told."""
        self.sitting: dict[int, Sitting] = {}
        """By staff_id."""
        self.wraps: dict[int, str] = {}
        """staff_id → the call whose wrap-up the seat is in; nothing after a start, until the next call has ended."""

    async def load(self) -> None:
        """Read who sits where. Raises DatabaseError."""
        found = await asyncio.to_thread(self._seats.all)
        self.sitting = {one.staff_id: one for one in found if one.seat in self.names}

    def at(self, seat: str) -> Sitting | None:
        """Who sits at a seat."""
        return next((one for one in self.sitting.values() if one.seat == seat), None)

    async def take(self, person: Person, seat: str, language: str) -> Sitting:
        """Sit down, paused. Raises Refusal, PeopleError `seat_taken`, DatabaseError."""
        if seat not in self.names:
            raise Refusal(404, "no_seat", "没有这个座席。 There is no such seat.")
        if (old := self.sitting.get(person.staff_id)) is not None and old.seat != seat:
            await self._left_seat(old)
        new = await asyncio.to_thread(self._seats.take, person, seat, language)
        self._wraps(person.staff_id)
        await self._entered(new, joined=True)
        return new

    async def change(self, staff_id: int, state: str, reason: str | None = None, wraps: str | None = None) -> Sitting:
        """Ready, paused, or wrap_up of the call `wraps`. Raises Refusal when they sit nowhere, DatabaseError."""
        new = await asyncio.to_thread(self._seats.change, staff_id, state, reason)
        if new is None:
            raise Refusal(409, "no_seat", "请先选座席。 Please choose a seat first.")
        self._wraps(staff_id, wraps)
        await self._entered(new, joined=False)
        return new

    def _wraps(self, staff_id: int, call_id: str | None = None) -> None:
        self.wraps.pop(staff_id, None)
        if call_id is not None:
            self.wraps[staff_id] = call_id

    async def leave(self, staff_id: int) -> None:
        """Get up. Raises DatabaseError."""
        old = await asyncio.to_thread(self._seats.leave, staff_id)
        self.sitting.pop(staff_id, None)
        self._wraps(staff_id)
        if old is not None:
            await self._left_seat(old)
        self._feed.publish(staff_id, "seat", seat=None)
        self._feed.publish(WALL, "agents", agents=self.facts())

    async def _entered(self, new: Sitting, *, joined: bool) -> None:
        """The pages are told first: they show what the database has, and Asterisk is told until it has it, too."""
        self.sitting[new.staff_id] = new
        self._feed.publish(new.staff_id, "seat", seat=as_facts(new))
        self._feed.publish(WALL, "agents", agents=self.facts())
        if joined:
            await self._sits(new)
        else:
            await self._pause(new.seat, new.reason or new.state, paused=new.state != "ready")

    async def phone_connected(self, seat: str) -> bool | None:
        """Whether a phone is registered at that seat; None while Asterisk cannot be asked."""
        try:
            return await self._queues.phone_connected(seat)
        except ManagerError as error:
            log.info("whether seat %s has a phone is not known: %s", seat, error)
            return None

    def facts(self) -> list[dict[str, object]]:
        """Everybody, for the wall."""
        return [as_facts(one) for one in self.sitting.values()]

    async def call_began(self, seat: str) -> None:
        """Nobody rings a seat that talks, and none rings it in the moment between a call and its wrap-up."""
        if self.at(seat) is not None:
            await self._pause(seat, "in_call", paused=True)

    async def call_ended(self, seat: str, call_id: str, unanswered: bool) -> None:
        """Wrap-up after a call; a pause for whoever let it ring."""
        who = self.at(seat)
        if who is None:
            return
        try:
            if unanswered:
                await self.change(who.staff_id, "paused", "unanswered")
            else:
                await self.change(who.staff_id, "wrap_up", wraps=call_id)
        except (DatabaseError, Refusal) as error:
            log.warning("seat %s could not be taken out of the queue: %s", seat, error)

    async def wrapped_up(self, staff_id: int, call_id: str, then: str) -> None:
        """What follows the wrap-up of that call: `ready` or `paused`.

        The form of an earlier call may be sent late, when the seat is ready again or in the wrap-up of another: then
        nothing follows. Raises DatabaseError."""
        sitting = self.sitting.get(staff_id)
        if sitting is not None and sitting.state == "wrap_up" and self.wraps.get(staff_id, call_id) == call_id:
            await self.change(staff_id, then, "break" if then == "paused" else None)

    async def _sits(self, who: Sitting) -> None:
        """Rung for the language chosen at the seat and no longer for the one before."""
        self._left.pop(who.seat, None)
        languages, paused = {self._default, who.language}, who.state != "ready"
        reason = who.reason or who.state
        await self._told(who.seat, self._queues.enter(who.seat, who.user, [*languages], paused=paused, reason=reason))

    async def _left_seat(self, who: Sitting) -> None:
        """An empty seat must not ring: it is remembered until Asterisk knows."""
        self._left[who.seat] = who.user
        if await self._told(who.seat, self._queues.leave(who.seat, who.user)):
            self._left.pop(who.seat, None)

    async def _pause(self, seat: str, reason: str, *, paused: bool) -> None:
        await self._told(seat, self._queues.pause(seat, paused=paused, reason=reason))

    async def _told(self, seat: str, work: Awaitable[None]) -> bool:
        """Whether Asterisk took it. What it cannot be told of now it is told when the connection is back: `resync`."""
        try:
            async with self._telling.setdefault(seat, asyncio.Lock()):
                await work
        except ManagerError as error:
            log.warning("Asterisk's queues were not told of %s; they are after the next connection: %s", seat, error)
            return False
        return True

    async def resync(self) -> None:
        """Tell Asterisk of everybody: it forgets when it is started anew."""
        for seat, user in list(self._left.items()):
            if self.at(seat) is None and await self._told(seat, self._queues.leave(seat, user)):
                self._left.pop(seat, None)
        for staff_id in list(self.sitting):
            if (who := self.sitting.get(staff_id)) is not None:  # as they sit now, not when this began
                await self._sits(who)


def as_facts(one: Sitting) -> dict[str, object]:
    """For pages."""
    return {
        "user": one.user,
        "name": one.name,
        "seat": one.seat,
        "state": one.state,
        "reason": one.reason,
        "language": one.language,
        "since": one.since.isoformat(timespec="seconds") + "Z",
    }
