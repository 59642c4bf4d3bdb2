"""What routing does beside the calls: hours, call-backs, messages, recordings. The dialplan needs none of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from integrations.database.calls import CallJournal
from integrations.database.hours import HoursTable
from integrations.database.owed import Owed
from integrations.database.pauses import Pauses
from integrations.database.recordings import RecordingList
from integrations.database.store import Database
from integrations.database.tickets import Tickets
from ivr.asterisk.manager import Manager
from ivr.routing.acquainted import keep_forgetting
from ivr.routing.callbacks import CallbackDialer
from ivr.routing.danger_keys import DangerKeys
from ivr.routing.estimate import WaitEstimate
from ivr.routing.hours import Hours
from ivr.routing.lost_keys import LostKeys
from ivr.routing.messages import Messages
from ivr.routing.ratings import Ratings
from ivr.routing.recordings import Recordings
from ivr.routing.rounds import look_every
from ivr.settings import Settings
from voices.recognition.hypothesis import Recogniser

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 30.0
PAUSES_EVERY_S = 6 * 3600.0
"""How often it is looked how long callers have not called, whether anybody calls or not."""


class Routing:
    """What routing does beside the calls."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        manager: Manager,
        recogniser: Recogniser | None,
        local_now: Callable[[], datetime],
    ) -> None:
        self._hours = Hours(settings, manager, HoursTable(database), local_now)
        owed = Owed(database, settings.language)
        self._callbacks = CallbackDialer(settings, manager, owed, self._hours.is_open)
        self._manager, self._days = manager, settings.routing.familiar_days
        self.estimate = WaitEstimate(time.time)
        self.keys, self.danger = LostKeys(manager), DangerKeys(manager)
        self.recordings = Recordings(settings, RecordingList(database))
        self._messages = Messages(
            Tickets(database, settings.language), recogniser, settings.recording.keep_messages_days
        )
        self._pauses = Pauses(database)
        self._ratings = Ratings(settings.ratings_dir, CallJournal(database), recogniser, settings.language)

    def start(self) -> list[asyncio.Task[None]]:
        """The tasks; whoever calls this owns them. None ends by itself, whatever goes wrong in it."""
        work: dict[str, Callable[[], Awaitable[None]]] = {
            "hours": self._hours.keep,
            "callbacks": self._callbacks.run,
            "messages": self._messages.run,
            "ratings": self._ratings.run,
            "recordings": self.recordings.run,
            "lost keys": self.keys.run,
            "keys of danger": self.danger.run,
            "pauses": lambda: look_every(PAUSES_EVERY_S, self._forget_pauses, "old pauses of callers"),
            "estimate": lambda: self.estimate.keep(self._manager),
            "acquainted": lambda: keep_forgetting(self._manager, self._days, time.time),
        }
        return [asyncio.create_task(go_on(name, what), name=name) for name, what in work.items()]

    async def _forget_pauses(self) -> None:
        await asyncio.to_thread(self._pauses.forget_old)


async def go_on(name: str, work: Callable[[], Awaitable[None]], pause_s: float = AGAIN_AFTER_S) -> None:
    """Do `work` until cancelled. What nobody foresaw in it is on record, and must not end the calls beside it."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("%s broke; it goes on in %.0f s", name, pause_s)
        await asyncio.sleep(pause_s)
