"""What routing does beside the calls: hours, call-backs, messages, recordings. The dialplan needs none of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from integrations.database.hours import HoursTable
from integrations.database.owed import Owed
from integrations.database.recordings import RecordingList
from integrations.database.store import Database
from integrations.database.tickets import Tickets
from ivr.asterisk.manager import Manager
from ivr.routing.callbacks import CallbackDialer
from ivr.routing.estimate import WaitEstimate
from ivr.routing.hours import Hours
from ivr.routing.lost_keys import LostKeys
from ivr.routing.messages import Messages
from ivr.routing.recordings import Recordings
from ivr.settings import Settings
from voices.recognition.hypothesis import Recogniser


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
        self._manager = manager
        self.estimate = WaitEstimate(time.time)
        self.keys = LostKeys(manager)
        self.recordings = Recordings(settings, manager, RecordingList(database))
        self._messages = Messages(Tickets(database, settings.language), recogniser)

    def start(self) -> list[asyncio.Task[None]]:
        """The tasks; whoever calls this owns them. None ends by itself."""
        return [
            asyncio.create_task(self._hours.keep(), name="hours"),
            asyncio.create_task(self._callbacks.run(), name="callbacks"),
            asyncio.create_task(self._messages.run(), name="messages"),
            asyncio.create_task(self.estimate.keep(self._manager), name="estimate"),
            asyncio.create_task(self.recordings.run(), name="recordings"),
            asyncio.create_task(self.keys.run(), name="lost keys"),
        ]
