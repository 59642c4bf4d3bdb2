"""Which queues ring a seat: the desk tells who sits there and what they speak, and Asterisk is told.

Asterisk keeps it itself (`persistentmembers`), so that seats ring on while the program is away."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.asterisk.manager import Manager, ManagerError
from ivr.routing.rules import queue_of, rank
from ivr.settings import Settings

_AS_WANTED = ("Already there", "Not there", "Member not dynamic", "not found")
"""Refusals that mean: it is so already, or cannot be otherwise."""

_AWAY = frozenset({"4", "5"})
"""AST_DEVICE_INVALID and AST_DEVICE_UNAVAILABLE: nothing is registered there."""


def queues_of(settings: Settings, seat: str, languages: Sequence[str]) -> list[str]:
    """The queues that ring a seat while somebody with these languages sits there."""
    spoken = [queue_of(one, settings.language) for one in settings.languages if one in languages]
    return [*spoken, f"seat-{seat}"]


class SeatQueues:
    """Every method raises ManagerError when Asterisk cannot be told; telling the same again changes nothing."""

    def __init__(self, settings: Settings, manager: Manager) -> None:
        self._settings, self._manager = settings, manager
        self._wanted: dict[str, list[str]] = {}
        """Seat → the queues that ring it for whoever sits there."""

    async def enter(
        self, seat: str, agent: str, languages: Sequence[str], *, paused: bool = True, reason: str = ""
    ) -> None:
        """Somebody sits down, or speaks other languages from now on: rung for these, not for others."""
        wanted = self._wanted[seat] = queues_of(self._settings, seat, languages)
        for queue in queues_of(self._settings, seat, self._settings.languages):
            if queue in wanted:
                await self._add(queue, seat, paused=paused)
            else:
                await self._do("QueueRemove", Queue=queue, Interface=f"PJSIP/{seat}")
        await self._manager.store("agent", seat, agent)
        await self._manager.store("at", agent, seat)
        await self.pause(seat, paused=paused, reason=reason)

    async def pause(self, seat: str, *, paused: bool, reason: str = "") -> None:
        """Ready, or not, in all queues."""
        await self._pause(seat, paused=paused, reason=reason)
        wanted = self._wanted.get(seat)
        if paused or wanted is None:
            return
        for queue in queues_of(self._settings, seat, self._settings.languages):
            if queue not in wanted:  # a member of the configuration cannot be removed: it is not rung instead
                await self._pause(seat, paused=True, reason="language", queue=queue)

    async def leave(self, seat: str, agent: str) -> None:
        """Somebody gets up: the seat is rung for nobody."""
        self._wanted.pop(seat, None)
        await self.pause(seat, paused=True, reason="left")
        for queue in queues_of(self._settings, seat, self._settings.languages):
            await self._do("QueueRemove", Queue=queue, Interface=f"PJSIP/{seat}")
        await self._manager.forget("agent", seat)
        await self._manager.forget("at", agent)

    async def phone_connected(self, seat: str) -> bool | None:
        """Whether the seat's phone is registered; None when it is a member of no queue yet."""
        members = await self._manager.queue_members(f"seat-{seat}")
        found = [one for one in members if one.get("Interface", one.get("Location")) == f"PJSIP/{seat}"]
        return found[0].get("Status") not in _AWAY if found else None

    async def raise_band(self, leg: str, wanted_epoch_s: int, band: str) -> bool:
        """A waiting caller turns out to be of a higher band; False when that leg waits in no queue.

        `wanted_epoch_s` is when they asked for a person: HOTLINE_WANTED of the leg. Whoever was with a person before
        keeps the head start for that, HOTLINE_AHEAD_S, or the higher band would move them back."""
        routing = self._settings.routing
        heads = {"emergency": routing.emergency_head_s, "vulnerable": routing.vulnerable_head_s}
        try:
            told = await self._manager.action("Getvar", Channel=leg, Variable="HOTLINE_AHEAD_S")
            ahead_s = told.get("Value", "")
            known = rank(wanted_epoch_s, band, heads | {"elder": routing.elder_head_s})
            priority = str(known + (int(ahead_s) if ahead_s.isdecimal() else 0))
            await self._manager.set_variable(leg, "HOTLINE_BAND", band)
            await self._manager.set_variable(leg, "QUEUE_PRIO", priority)  # of the queues that come after this one
        except ManagerError as error:
            if error.code != "refused":
                raise
            return False  # the leg is gone
        for language in self._settings.languages:
            queue = queue_of(language, self._settings.language)
            try:
                await self._manager.action(
                    "QueueChangePriorityCaller", Queue=queue, Caller=leg, Priority=priority, Immediate="true"
                )
            except ManagerError as error:
                if error.code != "refused":
                    raise
                continue
            return True
        return False

    async def _add(self, queue: str, seat: str, *, paused: bool) -> None:
        await self._do(
            "QueueAdd",
            Queue=queue,
            Interface=f"PJSIP/{seat}",
            MemberName=seat,
            StateInterface=f"PJSIP/{seat}",
            Paused="true" if paused else "false",
        )

    async def _pause(self, seat: str, *, paused: bool, reason: str, queue: str = "") -> None:
        where = {"Queue": queue} if queue else {}
        state = "true" if paused else "false"
        await self._do("QueuePause", Interface=f"PJSIP/{seat}", Paused=state, Reason=reason, **where)

    async def _do(self, action: str, **fields: str) -> None:
        try:
            await self._manager.action(action, **fields)
        except ManagerError as error:
            if error.code != "refused" or not any(sign in str(error) for sign in _AS_WANTED):
                raise
