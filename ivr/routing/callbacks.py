"""Calls that are owed are made: each takes its caller's place in the queue, an agent answers first, then the caller is

dialled. Asterisk holds the place (templates/extensions_callback.conf), so that a restart of the program loses none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from integrations.database.bands import BANDS, EMERGENCY
from integrations.database.models import CALLBACK_PREFIX
from integrations.database.owed import NO_SPEAKER, Callback, Owed, dialable
from ivr.asterisk.manager import Manager, ManagerError
from ivr.routing.rounds import look_every
from ivr.settings import Settings

log = logging.getLogger(__name__)

PREFIX, PLACE = CALLBACK_PREFIX, "place-"
LOOK_EVERY_S = 2.0
PLACE_MAX_S = 3700
"""Longest stay of a place holder; the dialplan ends it after an hour."""
LOST_AFTER = timedelta(seconds=20)
"""A place holder whose leg is seen no more and which has no result for so long was cut off with Asterisk. The time does
not begin when it was placed: the ledger's line that tells the end of a talk is read a moment after the leg is gone, and
a caller who was reached must not be called again."""


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
        self._missed_since: dict[str, datetime] = {}
        """By call: when its leg was first looked for in vain."""

    async def run(self) -> None:
        """Look every two seconds until cancelled. A database that is away is tried again: nothing is forgotten."""
        await look_every(LOOK_EVERY_S, self.look, "call-backs")

    async def look(self) -> None:
        """One round: note what is owed, take results, place what is due."""
        now = datetime.now(UTC)
        await asyncio.to_thread(self._owed.collect, now)
        placed = await asyncio.to_thread(self._owed.placed)
        await self._take_results(placed, now)
        at_once = self._settings.callbacks.at_once
        if at_once <= 0 or not self._settings.sip.trunk_out or not self._manager.connected.is_set():
            return
        # Nights and holidays: who is in danger is called back by the person on duty (`callback-duty`), nobody else.
        room = at_once if await self._is_open() else 0
        for callback in await asyncio.to_thread(self._owed.due, now, room):
            await self._place(callback, now)

    async def _take_results(self, placed: list[Callback], now: datetime) -> None:
        missed = {one: since for one, since in self._missed_since.items() if any(one == p.call_id for p in placed)}
        self._missed_since = missed
        if not placed:
            return
        known = self._manager.connected.is_set()
        legs = await self._manager.channels() if known else []
        alive = {leg.get("Linkedid", "") for leg in legs}
        for one in placed:
            result = await asyncio.to_thread(self._owed.result, one.call_id)
            if result is None:
                if not known or leg_id(one.call_id) in alive:
                    missed.pop(one.call_id, None)
                    await self._withdraw_if_served(one, legs, now)
                    continue
                if now - missed.setdefault(one.call_id, now) < LOST_AFTER:
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

    async def _withdraw_if_served(self, one: Callback, legs: list[Mapping[str, str]], now: datetime) -> None:
        """Who has called again meanwhile and got what they came for is not rung for nothing; as long as no person has
        taken the call-back up. Who was reached and lost their seat waits in `human`, at the other end of this leg."""
        place = next((leg for leg in legs if leg.get("Uniqueid") == place_id(leg_id(one.call_id))), None)
        waits = place is not None and (place.get("Context"), place.get("Application")) == ("callback-place", "Queue")
        if place is None or not waits or place.get("BridgeId"):
            return
        if not await asyncio.to_thread(self._owed.served, one.call_id):
            return
        try:  # before it is noted: what is noted is looked at no more
            await self._manager.action("Hangup", Channel=place.get("Channel", ""))
        except ManagerError as error:
            log.warning("the call-back of call %s could not be taken back: %s; it is tried again", one.call_id, error)
            return
        await asyncio.to_thread(self._owed.withdraw, one.call_id, now)
        log.info("call-back of call %s: withdrawn, its caller was served meanwhile", one.call_id)

    def _any_seat(self, callback: Callback, now: datetime) -> bool:
        """Whether somebody who does not speak the caller's language may make this call, and calls in an interpreter: in
        danger, or when speakers were looked for in vain for long."""
        waited = now - callback.wanted_at.replace(tzinfo=UTC)
        in_vain = callback.status == NO_SPEAKER and waited.total_seconds() > self._settings.callbacks.speaker_wait_s
        return callback.band == EMERGENCY or in_vain

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
            "CB_ANY": "1" if self._any_seat(callback, now) else "0",
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
