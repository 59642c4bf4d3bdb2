"""How long a wait is likely to be, measured from the answers of the last minutes; silence where it cannot be known."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable

from ivr.asterisk.manager import Manager, ManagerError, ManagerEvent
from ivr.routing.rules import DEFAULT_QUEUE

log = logging.getLogger(__name__)

LOOK_EVERY_S = 15.0
RECENT_S = 1200.0
LEAST_GAPS = 5
"""Fewer tell nothing."""
QUANTILE = 0.8
"""Four of five places took no longer: a promise that is kept is worth more than a short one."""


class WaitEstimate:
    """Seconds that one place in the queue takes. `event` is quick and never raises. `now`: epoch seconds."""

    def __init__(self, now: Callable[[], float], queue: str = DEFAULT_QUEUE) -> None:
        self._now, self._queue = now, queue
        self._last: float | None = None
        self._gaps: deque[tuple[float, float]] = deque(maxlen=500)

    def event(self, event: ManagerEvent) -> None:
        """A manager event; a seat that took a caller is counted.

        A gap between two answers tells what a place takes only if somebody waited for the whole of it."""
        if event.name != "AgentConnect" or event.fields.get("Queue") != self._queue:
            return
        now, held = self._now(), event.fields.get("HoldTime", "")
        if self._last is not None and held.isdigit() and int(held) >= now - self._last:
            self._gaps.append((now, now - self._last))
        self._last = now

    @property
    def seconds(self) -> int | None:
        """For one place, rounded up; None when too little was measured lately."""
        since = self._now() - RECENT_S
        recent = sorted(gap for at, gap in self._gaps if at >= since)
        if len(recent) < LEAST_GAPS:
            return None
        return max(1, math.ceil(recent[math.ceil(QUANTILE * len(recent)) - 1]))

    async def keep(self, manager: Manager) -> None:
        """Tell the dialplan, which takes it for two minutes at most. Runs until cancelled."""
        told = False
        while True:
            await manager.connected.wait()
            seconds = self.seconds
            try:
                if seconds is not None:
                    await manager.store("estimate", self._queue, f"{int(self._now())}/{seconds}")
                    told = True
                elif told:
                    await manager.forget("estimate", self._queue)
                    told = False
            except ManagerError as error:
                log.warning("the likely wait is not told to Asterisk: %s", error)
            await asyncio.sleep(LOOK_EVERY_S)
