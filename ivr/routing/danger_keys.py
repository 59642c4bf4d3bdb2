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
KEYS_MAX, LEGS_MAX = 7, 1000
"""Keys of one number and legs that are remembered: 0, the number, and the number once more."""
TRIES, RECONNECT_S = 2, 5.0
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
        keys = (before if now - at < PAUSE_S else "")[:KEYS_MAX] + event.fields.get("Digit", "")
        self._pressed[channel] = keys, now
        if len(self._pressed) > LEGS_MAX:  # of legs whose end was told while there was no connection
            self._pressed = {leg: one for leg, one in self._pressed.items() if now - one[1] < PAUSE_S}
        if not dialled(keys):
            return
        if self._dialled.full():
            log.warning("%s dialled %s, and too many have before", channel, keys)
        else:
            self._dialled.put_nowait((channel, keys, now))

    async def run(self) -> None:
        """Look after each number in its turn, until cancelled."""
        while True:
            channel, keys, at = await self._dialled.get()
            number = dialled(keys)
            await asyncio.sleep(max(0.0, at + SETTLED_S[number[-1]] - asyncio.get_running_loop().time()))
            if self._pressed.get(channel) != (keys, at):
                continue
            for left in reversed(range(TRIES)):
                try:
                    await self._raise_alarm(channel, number)
                    break
                except ManagerError as error:
                    log.warning("%s dialled %s, and nobody could be told: %s", channel, number, error)
                    if left:
                        await self._connected()

    async def _connected(self) -> None:
        """Until Asterisk can be told again, or for as long as somebody may be waited for."""
        try:
            async with asyncio.timeout(RECONNECT_S):
                await self._manager.connected.wait()
        except TimeoutError:
            log.warning("Asterisk cannot be told of a danger for %.0f s", RECONNECT_S)

    async def _raise_alarm(self, channel: str, number: str) -> None:
        """Where the leg is is asked last: whoever has been answered meanwhile is not taken out of the talk."""
        teaches = await self._is(channel, "HOTLINE_TEACHING", "1")  # a teacher keys a code
        known = await self._is(channel, "HOTLINE_BAND", "emergency")
        legs = {leg.get("Channel"): leg for leg in await self._manager.channels()}
        if teaches or channel not in legs or not _alone(legs[channel]):
            return
        if known and legs[channel].get("Context") not in _NOT_ON_THE_WAY:
            return
        log.warning("%s dialled %s: a person comes", channel, number)
        await self._manager.redirect(channel, "keyed-danger", number)

    async def _is(self, channel: str, name: str, value: str) -> bool:
        try:
            return (await self._manager.action("Getvar", Channel=channel, Variable=name)).get("Value") == value
        except ManagerError as error:
            if error.code != "refused":  # else the leg is gone
                raise
            return False


def dialled(keys: str) -> str:
    """The number that was dialled; empty when it is none. 0 before it, # behind it, and a second time do not matter."""
    said = keys.lstrip("0").rstrip("#")
    half = len(said) // 2
    said = said[half:] if said[:half] == said[half:] else said
    return said if said in NUMBERS else ""


def _alone(leg: Mapping[str, str]) -> bool:
    """Whether no person is with this caller: one who is hears the keys."""
    if leg.get("Context") == "hotline":
        return leg.get("Application") == "Dial"
    return leg.get("Context") in _UNANSWERED and not leg.get("BridgeId")
