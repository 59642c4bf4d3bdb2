"""Calls that are owed are made: each takes its caller's place in the queue, an agent answers first, then the caller is

dialled. Asterisk holds the place (templates/extensions_callback.conf), so that a restart of the program loses none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from integrations.database.owed import Callback, Owed, dialable
from ivr.asterisk.manager import Manager, ManagerError
from ivr.routing.rounds import look_every
from ivr.routing.rules import BANDS
from ivr.settings import Settings

log = logging.getLogger(__name__)

PREFIX, PLACE = "callback-", "place-"
LOOK_EVERY_S = 2.0
PLACE_MAX_S = 3700
"""Longest stay of a place holder; the dialplan ends it after an hour."""
LOST_AFTER = timedelta(seconds=20)
"""A place holder without a leg and without a result for so long was cut off with Asterisk."""


def place_id(leg: str) -> str:
    """The id of the half that is with the agent, by that of the half that dials: it stands for the caller's leg."""
    return f"{PLACE}{leg}"


def talk_of(leg: str) -> str:
    """The talk whose caller's leg has this id: the leg's own id, but for a place holder. Empty for the half that dials,
    which is nobody's leg."""
    return "" if leg.startswith(PREFIX) else leg.removeprefix(PLACE)


def leg_id(call_id: str) -> str:
    """Uniqueid of the place holder's leg."""
    return f"{PREFIX}{call_id}"


class CallbackDialer:
    """Runs beside the calls. `is_open` tells whether persons are there now; may fail, which counts as open."""

    def __init__(
        self, settings: Settings, manager: Manager, owed: Owed, is_open: Callable[[], Awaitable[bool]]
    ) -> None:
        self._settings, self._manager, self._owed, self._is_open = settings, manager, owed, is_open

    async def run(self) -> None:
        """Look every two seconds until cancelled. A database that is away is tried again: nothing is forgotten."""
        await look_every(LOOK_EVERY_S, self.look, "call-backs")

    async def look(self) -> None:
        """One round: note what is owed, take results, place what is due."""
        now = datetime.now(UTC)
        await asyncio.to_thread(self._owed.collect, now)
        placed = await asyncio.to_thread(self._owed.placed)
        going_on = await self._take_results(placed, now)
        free = self._settings.callbacks.at_once - going_on
        if free <= 0 or not self._settings.sip.trunk_out or not self._manager.connected.is_set():
            return
        if not await self._is_open():
            return
        for callback in await asyncio.to_thread(self._owed.due, now, free):
            await self._place(callback, now)

    async def _take_results(self, placed: list[Callback], now: datetime) -> int:
        """How many still go on."""
        if not placed:
            return 0
        known = self._manager.connected.is_set()
        alive = {leg.get("Linkedid", "") for leg in await self._manager.channels()} if known else set()
        going_on = 0
        for one in placed:
            result = await asyncio.to_thread(self._owed.result, one.call_id)
            if result is None:
                since = (one.placed_at or now.replace(tzinfo=None)).replace(tzinfo=UTC)
                if not known or leg_id(one.call_id) in alive or now - since < LOST_AFTER:
                    going_on += 1
                    continue
                result = ("LOST", "")
            state = await asyncio.to_thread(
                self._owed.tried,
                one.call_id,
                now,
                *result,
                self._settings.callbacks.tries,
                self._settings.callbacks.spacing_s,
            )
            log.info("call-back of call %s: %s, now %s", one.call_id, result[0], state)
        return going_on

    async def _place(self, callback: Callback, now: datetime) -> None:
        if not dialable(callback.number):  # checked when it was noted; a database may be edited
            await asyncio.to_thread(self._owed.place, callback.call_id, now)
            await asyncio.to_thread(self._owed.tried, callback.call_id, now, "INVALID", "", 1, [0])
            return
        if not await asyncio.to_thread(self._owed.place, callback.call_id, now):
            return
        since = int(callback.wanted_at.replace(tzinfo=UTC).timestamp())
        values = {
            "CB_CALL": callback.call_id,
            "CB_NUMBER": callback.number,
            "CB_SINCE": str(since),
            "CB_BAND": callback.band if callback.band in BANDS else "general",
            "CB_LANG": callback.language if callback.language in self._settings.languages else self._settings.language,
        }
        try:
            await self._manager.action(
                "Originate",
                Channel="Local/s@callback-place/n",
                ChannelId=leg_id(callback.call_id),
                OtherChannelId=place_id(leg_id(callback.call_id)),
                Context="callback-dial",
                Exten="s",
                Priority="1",
                Timeout=str(PLACE_MAX_S * 1000),
                CallerID=callback.number,
                Variable=",".join(f"__{name}={value}" for name, value in values.items()),
                Async="true",
            )
        except ManagerError:
            # It may have been taken or not: the leg is looked for, and after LOST_AFTER it is owed again.
            log.warning("the call-back of call %s may not have been placed; it is looked for", callback.call_id)
            raise
