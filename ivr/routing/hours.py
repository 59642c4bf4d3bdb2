"""Opening hours where the dialplan finds them by itself: Asterisk's own database, brought there from ours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from integrations.database.hours import HoursTable
from integrations.errors import DatabaseError
from ivr.asterisk.manager import Manager, ManagerError
from ivr.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY_S = 10.0
RETRY_S = 2.0


def open_at(spans: str, hhmm: str) -> bool:
    """Whether persons are there at `hhmm` (0830); the dialplan's context `hours` decides the same way."""
    if spans == "closed":
        return False
    pairs = [span.split("-") for span in spans.split("+")]
    if any(len(pair) != 2 for pair in pairs):
        return True  # better a queue than nobody
    return any(begin <= hhmm < end for begin, end in pairs)


class Hours:
    """Knows when persons are there, and tells Asterisk."""

    def __init__(self, settings: Settings, manager: Manager, table: HoursTable, now: Callable[[], datetime]) -> None:
        self._week = settings.hours.week
        self._manager, self._table, self._now = manager, table, now
        self._stored: dict[tuple[str, str], str] = {}

    async def is_open(self) -> bool:
        """Now. A database that is away counts as the settings say."""
        now = self._now()
        try:
            week = await asyncio.to_thread(self._table.week)
            holidays = await asyncio.to_thread(self._table.holidays, now.date())
        except DatabaseError as error:
            log.warning("opening hours are taken from the settings: %s", error)
            week, holidays = {}, {}
        return open_at(spans_of(now.date(), self._week, week, holidays), now.strftime("%H%M"))

    async def keep(self) -> None:
        """Bring hours and holidays to Asterisk, at once and when they change. Runs until cancelled."""
        failed = False
        while True:
            await self._manager.connected.wait()
            try:
                await self._bring()
                failed = False
            except (ManagerError, DatabaseError) as error:
                if not failed:
                    log.warning("opening hours are not up to date in Asterisk: %s", error)
                failed = True
                self._stored.clear()
                await asyncio.sleep(RETRY_S)
                continue
            await asyncio.sleep(LOOK_EVERY_S)

    async def _bring(self) -> None:
        yesterday = self._now().date() - timedelta(days=1)
        week = await asyncio.to_thread(self._table.week)
        holidays = await asyncio.to_thread(self._table.holidays, yesterday)
        wanted = {("hours", str(day)): spans for day, spans in week.items()}
        wanted |= {("holiday", day.strftime("%Y%m%d")): spans for day, (spans, _) in holidays.items()}
        if not self._stored:  # what an earlier run left there may have been taken back since
            for family in ("hours", "holiday"):
                await self._manager.forget(family)
        for gone in self._stored.keys() - wanted.keys():
            await self._manager.forget(*gone)
        for (family, key), spans in wanted.items():
            if self._stored.get((family, key)) != spans:
                await self._manager.store(family, key, spans)
        self._stored = wanted


def spans_of(day: date, default: list[str], week: Mapping[int, str], holidays: Mapping[date, tuple[str, str]]) -> str:
    """The day's entry, else the weekday's, else the settings'."""
    if day in holidays:
        return holidays[day][0]
    return week.get(day.isoweekday(), default[day.isoweekday() - 1])
