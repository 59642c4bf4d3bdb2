"""Every call's events and its one outcome, from both witnesses: the program, and Asterisk's own ledger.

The ledger is read on from where the last run stopped, so that what happened while the program was away is not lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from integrations.database.journal import CallJournal, JournalWriter
from integrations.errors import DatabaseError
from ivr.asterisk.config import ledger_file
from ivr.asterisk.manager import Manager, ManagerError
from ivr.call.events import CallEvent, Kind, Outcome
from ivr.routing.ledger_file import LedgerFile
from ivr.routing.numbers import caller_number
from ivr.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
ORPHANS_EVERY_S = 10.0
AT_ONCE = 1000
FLUSH_S = 5.0
SETTLED_S = 5.0
"""A call whose channel is seen no more gets so long for its last ledger line to be read: it tells the true outcome."""


class Records:
    """Writes down what happens in calls."""

    def __init__(
        self,
        settings: Settings,
        journal: CallJournal,
        writer: JournalWriter,
        manager: Manager,
        listener: Callable[[CallEvent], None] = lambda _: None,
    ) -> None:
        self._ledger = LedgerFile(ledger_file(settings), settings.var_dir / "ledger.offset")
        self._journal, self._writer, self._manager = journal, writer, manager
        self._listener = listener
        self._lost = writer.lost
        self._missed_since: dict[str, datetime] = {}
        """By call that is open here: when its channel was first looked for in vain."""

    def record(self, event: CallEvent) -> None:
        """Keep one event. Never waits, never raises."""
        self._writer.event(event.call_id, event.at, event.kind.value, event.data)
        self._listener(event)
        if event.kind is Kind.CALL_STARTED:
            self._writer.begin(event.call_id, event.data.get("number"), event.at)
        elif event.kind is Kind.CALL_ENDED:
            self._writer.end(event.call_id, event.at, str(event.data["outcome"]))

    async def run(self) -> None:
        """Follow the ledger until cancelled."""
        looked = 0.0
        clock = asyncio.get_running_loop().time
        while True:
            await self.catch_up()
            if clock() - looked > ORPHANS_EVERY_S:
                looked = clock()
                await self._close_orphans()
            await asyncio.sleep(LOOK_EVERY_S)

    async def catch_up(self) -> None:
        """Write down what the ledger has told since the last time."""
        events = await asyncio.to_thread(self._ledger.fresh)
        for first in range(0, len(events), AT_ONCE):
            if first:  # after a long absence there is more than the writer takes at once
                await asyncio.to_thread(self._writer.flushed, FLUSH_S)
            for event in events[first : first + AT_ONCE]:
                self.record(_with_number(event))
        if self._ledger.ahead and await asyncio.to_thread(self._writer.flushed, FLUSH_S):
            # Only now: a crash before this reads those lines again, and the same event is kept once.
            if self._writer.lost == self._lost:
                await asyncio.to_thread(self._ledger.kept)
            else:
                self._lost = self._writer.lost
                self._ledger.again()
        await asyncio.to_thread(self._ledger.tidy)

    async def _close_orphans(self) -> None:
        """A call that is open here and unknown to Asterisk was cut off with it: a call-back is owed."""
        if not self._manager.connected.is_set():
            return
        try:
            still_open = await asyncio.to_thread(self._journal.open_calls)
            if not still_open:
                return
            channels = await self._manager.channels()
        except (ManagerError, DatabaseError) as error:
            log.warning("calls that were cut off cannot be looked for just now: %s", error)
            return
        alive = {c.get("Uniqueid", "") for c in channels} | {c.get("Linkedid", "") for c in channels}
        now = datetime.now(UTC)
        self._missed_since = {one: self._missed_since.get(one, now) for one in still_open if one not in alive}
        for call_id, since in self._missed_since.items():
            if (now - max(since, still_open[call_id])).total_seconds() > SETTLED_S:
                self.record(CallEvent(call_id, now, Kind.CALL_ENDED, {"outcome": Outcome.ABANDONED.value}))


def _with_number(event: CallEvent) -> CallEvent:
    if event.kind is not Kind.CALL_STARTED:
        return event
    return CallEvent(event.call_id, event.at, event.kind, {"number": caller_number(str(event.data.get("number", "")))})
