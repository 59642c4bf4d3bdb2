"""Keys that Asterisk loses: pressed by a waiting caller while it tells that they are second or later in the queue.

`say_position` of app_queue (22.10.1) joins the results of its three recordings with `||`, so that every key becomes the
value 1 and fits nothing. We hear the key from the manager, wait until Asterisk would have acted on it, and then do what
it meant. Only keys of who waited already: those pressed at the dialogue, a moment before 0 brought the caller here,
were heard there. Without the program the caller presses once more: in the offers and as the next in line the keys work.
So does who waited when the program was started anew."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Mapping

from ivr.asterisk.manager import Manager, ManagerError, ManagerEvent

log = logging.getLogger(__name__)

KEYS = frozenset("12")
"""The keys of the context queue-keys."""
SETTLED_S = 0.6
"""So long after the key Asterisk has acted on it, if it did."""
WAITING_MAX = 100


class LostKeys:
    """Hears every manager event by `event`; `run` does what was lost."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager
        self._pressed: asyncio.Queue[tuple[float, str, str, int]] = asyncio.Queue(WAITING_MAX)
        self._waiting: dict[str, int] = {}
        """Legs that are in a queue, as their events tell → the number of their last key there, or of their coming."""
        self._numbers = itertools.count()

    def event(self, event: ManagerEvent) -> None:
        """A key that was pressed by somebody who waits is looked after."""
        fields = event.fields
        match event.name:
            case "QueueCallerJoin":
                self._waiting[fields.get("Channel", "")] = next(self._numbers)
            case "QueueCallerLeave" | "Hangup":
                self._waiting.pop(fields.get("Channel", ""), None)
            case "DTMFEnd" if fields.get("Channel") in self._waiting:
                self._key(fields)

    def _key(self, fields: Mapping[str, str]) -> None:
        if fields.get("Direction") != "Received":
            return
        number = self._waiting[fields["Channel"]] = next(self._numbers)
        if fields.get("Digit") not in KEYS:
            return
        if self._pressed.full():  # a hundred keys within a second: whoever waits presses once more
            log.warning("a key of %s is not looked after: too many at once", fields.get("Channel"))
            return
        due = asyncio.get_running_loop().time() + SETTLED_S
        self._pressed.put_nowait((due, fields["Channel"], fields["Digit"], number))

    async def run(self) -> None:
        """Look after each key in its turn, until cancelled."""
        while True:
            due, channel, digit, number = await self._pressed.get()
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            if self._waiting.get(channel) != number:  # has left, or has pressed more: 1-2-0 is neither 1 nor 2
                continue
            try:
                await self._check(channel, digit)
            except ManagerError as error:
                log.warning("a key of %s could not be looked after: %s", channel, error)

    async def _check(self, channel: str, digit: str) -> None:
        for leg in await self._manager.channels():
            waits = leg.get("Application") == "Queue" and not leg.get("BridgeId")
            if leg.get("Channel") == channel and waits:
                log.info("%s pressed %s while its place was told", channel, digit)
                await self._manager.redirect(channel, "queue-keys", digit)
