"""Seats: who sits where, and whether Asterisk's queue rings them. The database is right; Asterisk is told."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from integrations.database.people import Person
from integrations.database.seats import Seats, Sitting
from integrations.errors import DatabaseError
from ivr.asterisk.manager import Manager, ManagerError
from ivr.desk.errors import Refusal
from ivr.desk.feed import WALL, Feed
from ivr.routing.rules import queue_of

log = logging.getLogger(__name__)

QUEUE = "human"
REASONS = ("just_in", "break", "meal", "training", "paperwork", "unanswered", "other")


class Seating:
    """All changes of seats go through here. `static` seats (desk phones) are in their queues by Asterisk's

    configuration, `default` is the language of the queue that everybody is in."""

    def __init__(
        self, seats: Seats, manager: Manager, feed: Feed, names: tuple[str, ...], static: frozenset[str], default: str
    ) -> None:
        self._seats, self._manager, self._feed = seats, manager, feed
        self.names = names
        self._static, self._default = static, default
        self.sitting: dict[int, Sitting] = {}
        """By staff_id."""

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
            await self._tell_asterisk(old, member=False)
        new = await asyncio.to_thread(self._seats.take, person, seat, language)
        await self._entered(new, joined=True)
        return new

    async def change(self, staff_id: int, state: str, reason: str | None = None) -> Sitting:
        """Ready, paused or wrap_up. Raises Refusal when that person sits nowhere, DatabaseError."""
        new = await asyncio.to_thread(self._seats.change, staff_id, state, reason)
        if new is None:
            raise Refusal(409, "no_seat", "请先选座席。 Please choose a seat first.")
        await self._entered(new, joined=False)
        return new

    async def leave(self, staff_id: int) -> None:
        """Get up. Raises DatabaseError."""
        old = await asyncio.to_thread(self._seats.leave, staff_id)
        self.sitting.pop(staff_id, None)
        if old is not None:
            await self._tell_asterisk(old, member=False)
        self._feed.publish(staff_id, "seat", seat=None)
        self._feed.publish(WALL, "agents", agents=self.facts())

    async def _entered(self, new: Sitting, *, joined: bool) -> None:
        """The pages are told first: they show what the database has, and Asterisk is told until it has it, too."""
        self.sitting[new.staff_id] = new
        self._feed.publish(new.staff_id, "seat", seat=as_facts(new))
        self._feed.publish(WALL, "agents", agents=self.facts())
        if joined:
            await self._tell_asterisk(new, member=True)
        else:
            await self._pause(new.seat, new.reason or new.state, paused=new.state != "ready")

    def facts(self) -> list[dict[str, object]]:
        """Everybody, for the wall."""
        return [as_facts(one) for one in self.sitting.values()]

    async def call_began(self, seat: str) -> None:
        """Nobody rings a seat that talks, and none rings it in the moment between a call and its wrap-up."""
        if self.at(seat) is not None:
            await self._pause(seat, "in_call", paused=True)

    async def call_ended(self, seat: str, unanswered: bool) -> None:
        """Wrap-up after a call; a pause for whoever let it ring."""
        who = self.at(seat)
        if who is None:
            return
        try:
            state, reason = ("paused", "unanswered") if unanswered else ("wrap_up", None)
            await self.change(who.staff_id, state, reason)
        except (DatabaseError, Refusal) as error:
            log.warning("seat %s could not be taken out of the queue: %s", seat, error)

    async def _tell_asterisk(self, who: Sitting, *, member: bool) -> None:
        """A seat that Asterisk cannot be told of now is told when the connection is back (`resync`)."""
        if not member:
            for queue in self._queues(who):
                await self._do("QueueRemove", Queue=queue, Interface=f"PJSIP/{who.seat}")
            await self._forget(who)
            return
        paused = who.state != "ready"
        for queue in self._queues(who):
            await self._do(
                "QueueAdd",
                Queue=queue,
                Interface=f"PJSIP/{who.seat}",
                MemberName=who.seat,
                StateInterface=f"PJSIP/{who.seat}",
                Paused="true" if paused else "false",
            )
        await self._remember(who)
        await self._pause(who.seat, who.reason or who.state, paused=paused)

    def _queues(self, who: Sitting) -> list[str]:
        """Everybody's, that of the language, and the seat's own, for callers whom this person has helped."""
        own = queue_of(who.language, self._default)
        return [*dict.fromkeys((QUEUE, own)), f"seat-{who.seat}"] if who.seat not in self._static else []

    async def _remember(self, who: Sitting) -> None:
        """Who sits where, for the dialplan: a caller is known to a person, wherever that person sits today."""
        with contextlib.suppress(ManagerError):  # told again by `resync`
            await self._manager.store("agent", who.seat, who.user)
            await self._manager.store("at", who.user, who.seat)

    async def _forget(self, who: Sitting) -> None:
        with contextlib.suppress(ManagerError):  # the seat is in no queue: nobody is sent there
            await self._manager.forget("agent", who.seat)
            await self._manager.forget("at", who.user)

    async def _pause(self, seat: str, reason: str, *, paused: bool) -> None:
        """In all queues of the seat at once."""
        await self._do("QueuePause", Interface=f"PJSIP/{seat}", Paused="true" if paused else "false", Reason=reason)

    async def _do(self, action: str, **fields: str) -> None:
        try:
            await self._manager.action(action, **fields)
        except ManagerError as error:
            if error.code == "refused" and ("Already there" in str(error) or "Not there" in str(error)):
                return  # it is as it should be
            log.warning("Asterisk's queue was not told (%s); it is told when the connection is back: %s", action, error)

    async def resync(self) -> None:
        """Tell Asterisk of everybody: it forgets when it is started anew."""
        for who in list(self.sitting.values()):
            await self._tell_asterisk(who, member=True)


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
