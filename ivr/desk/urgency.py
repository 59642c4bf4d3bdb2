"""A call that turns out to be more urgent than it was taken for: its band is raised while it goes on, never lowered.

The sign may come late, when the caller has pressed 0 over the dialogue's answer and waits already, or from a person."""

from __future__ import annotations

import logging
import time

from integrations.database.bands import RAISES, more_urgent
from ivr.asterisk.manager import Manager, ManagerError
from ivr.desk.board import LiveCall
from ivr.routing.seats import SeatQueues

log = logging.getLogger(__name__)


class Urgency:
    """Tells Asterisk. What it is told stays with the call, however often it is handed on."""

    def __init__(self, queues: SeatQueues, manager: Manager) -> None:
        self._queues, self._manager = queues, manager

    async def raise_band(self, call: LiveCall, sign: str) -> bool:
        """Whether the band changed. Raises ManagerError when Asterisk cannot be told; the band is the old one then."""
        band, before = RAISES.get(sign, ""), call.band
        if not more_urgent(band, before) or not call.channel:
            return False
        call.band = band
        try:
            await self._tell(call, band)
        except ManagerError:
            call.band = before
            raise
        log.info("call %s: %s → %s (%s)", call.call_id, before, band, sign)
        return True

    async def _tell(self, call: LiveCall, band: str) -> None:
        if call.state not in {"waiting", "ringing"}:
            await self._manager.set_variable(call.channel, "HOTLINE_BAND", band)
            return
        in_queue = await self._queues.raise_band(call.channel, int(call.waiting_since or time.time()), band)
        # Not in a queue of a language: with the person of last time, with a menu, or leaving a message. An emergency
        # waits for nobody in particular.
        if not in_queue and band == "emergency" and call.state == "waiting":
            await self._manager.redirect(call.channel, "desk-raise")
