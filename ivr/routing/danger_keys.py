"""120, 119 or 110 on the keypad of somebody who speaks with the dialogue, or whose keys Asterisk loses while they wait.

At the dialogue 0 brings a person by itself, and no sooner with us: we add that it is an emergency, and to 119 we bring
a person as well. What the dialplan can hear alone it does without us (`queue-keys`)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from ivr.asterisk.manager import Manager, ManagerError, ManagerEvent

log = logging.getLogger(__name__)

NUMBERS = frozenset({"120", "119", "110"})
PAUSE_S = 2.0
"""After such a pause a key begins a new number."""
SETTLED_S = {"0": 0.4, "9": 1.0}
"""Last key → when no other has come for so long, it was the whole number, and no beginning of one that was asked for.
A 0 has ended the dialogue anyway: the sooner we come, the less a seat has rung for what was no emergency yet."""
WAITING_MAX = 100
_UNANSWERED = frozenset(
    {"human", "key0", "queue-keys", "callback", "caller", "hours", "tape", "estimate", "closed", "message"}
)
"""Contexts of a leg that a person is sought for, or that a first key has sent on its way out; at night a 0 has it with
the person on duty before we come. Whoever talks to somebody there is in a bridge."""
_NOT_ON_THE_WAY = frozenset({"hotline", "queue-keys", "callback", "message"})
"""Here not even who is an emergency already comes to a person: the 1 of a 120 that is dialled slowly has asked for a
call later. Elsewhere a second alarm would only begin anew what rings."""


class DangerKeys:
    """Hears every manager event by `event`; `run` raises the alarm."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager
        self._pressed: dict[str, tuple[str, float]] = {}
        """Leg → the keys since the last pause, and when the last one was pressed."""
        self._dialled: asyncio.Queue[tuple[str, str, float]] = asyncio.Queue(WAITING_MAX)

    def event(self, event: ManagerEvent) -> None:
        """One key more, or a leg less."""
        channel = event.fields.get("Channel", "")
        if event.name == "Hangup":
            self._pressed.pop(channel, None)
        if event.name != "DTMFEnd" or event.fields.get("Direction") != "Received":
            return
        now = asyncio.get_running_loop().time()
        before, at = self._pressed.get(channel, ("", 0.0))
        keys = (before if now - at < PAUSE_S else "")[:4] + event.fields.get("Digit", "")
        self._pressed[channel] = keys, now
        if keys in NUMBERS and not self._dialled.full():
            self._dialled.put_nowait((channel, keys, now))

    async def run(self) -> None:
        """Look after each number in its turn, until cancelled."""
        while True:
            channel, keys, at = await self._dialled.get()
            await asyncio.sleep(max(0.0, at + SETTLED_S[keys[-1]] - asyncio.get_running_loop().time()))
            if self._pressed.get(channel) != (keys, at):
                continue
            try:
                await self._raise_alarm(channel, keys)
            except ManagerError as error:
                log.warning("%s dialled %s, and nobody could be told: %s", channel, keys, error)

    async def _raise_alarm(self, channel: str, keys: str) -> None:
        legs = {leg.get("Channel"): leg for leg in await self._manager.channels()}
        if channel not in legs or not _alone(legs[channel]):
            return
        if await self._is(channel, "HOTLINE_TEACHING", "1"):  # a teacher keys a code
            return
        on_the_way = legs[channel].get("Context") not in _NOT_ON_THE_WAY
        if on_the_way and await self._is(channel, "HOTLINE_BAND", "emergency"):
            return
        log.warning("%s dialled %s: a person comes", channel, keys)
        await self._manager.redirect(channel, "keyed-danger", keys)

    async def _is(self, channel: str, name: str, value: str) -> bool:
        return (await self._manager.action("Getvar", Channel=channel, Variable=name)).get("Value") == value


def _alone(leg: Mapping[str, str]) -> bool:
    """Whether no person is with this caller: one who is hears the keys."""
    if leg.get("Context") == "hotline":
        return leg.get("Application") == "Dial"
    return leg.get("Context") in _UNANSWERED and not leg.get("BridgeId")
