"""Figures for the supervisor: of this moment, of the hour and the day, of days and weeks.

GB/T 33358 asks that 95 % of those who want a person are answered within 15 s; 30 s is shown beside it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from integrations.database.figures import SCORES, Figures
from integrations.database.owed import Owed
from integrations.database.store import Database
from ivr.desk.board import Board
from ivr.desk.counties import county_of
from ivr.desk.seating import Seating

GOAL = 0.95
FIGURES_EVERY_S = 5.0
OVERDUE_AFTER = timedelta(hours=2)
"""A call-back that is owed for longer is shown as overdue."""
OFFICE_FAILED = frozenset({"unavailable"})
"""Codes of an office that mean that it did not work; the others are answers."""
AGENT_STATES = ("ready", "ringing", "talking", "wrap_up", "paused")
DAYS, WEEKS = 14, 12
"""How far back the charts by day and by week go."""


@dataclass(frozen=True, slots=True)
class Service:
    """How soon people were answered."""

    wanted: int
    answered: int
    within_15_s: int
    within_30_s: int
    longest_s: float

    def facts(self) -> dict[str, Any]:
        """For pages; shares are None when nobody wanted a person."""

        def share(part: int) -> float | None:
            return round(part / self.wanted, 4) if self.wanted else None

        return {
            "wanted": self.wanted,
            "answered": self.answered,
            "share_15": share(self.within_15_s),
            "share_30": share(self.within_30_s),
            "longest_s": self.longest_s,
            "goal": GOAL,
        }


class Wall:
    """Figures. Methods that ask the database raise DatabaseError."""

    def __init__(self, database: Database, board: Board, seating: Seating, timezone: str) -> None:
        self._board, self._seating, self._zone = board, seating, ZoneInfo(timezone)
        self._owed, self._of = Owed(database), Figures(database)
        self._figures: dict[str, Any] = {}
        self._figures_at = 0.0

    async def now(self) -> dict[str, Any]:
        """Everything that the wall shows."""
        calls = list(self._board.calls.values())
        if time.monotonic() - self._figures_at > FIGURES_EVERY_S:
            self._figures = await asyncio.to_thread(self._read_figures, {c.number for c in calls if c.number})
            self._figures_at = time.monotonic()
        registered = self._figures["registered"]
        county = {c.call_id: county_of(c.county, registered.get(c.number), c.number) for c in calls}
        waits = [time.time() - c.waiting_since for c in calls if c.waiting_since]
        agents = self._agents()
        return {
            "by_state": dict(Counter(c.state for c in calls)),
            "by_language": dict(Counter(c.language for c in calls)),
            "by_county": dict(Counter(county.values())),
            "waiting": len(waits),
            "longest_wait_s": round(max(waits, default=0.0)),
            "agents": agents,
            "agents_by_state": {state: sum(a["state"] == state for a in agents) for state in AGENT_STATES},
            "calls": [
                c.facts() | {"number": masked(c.number), "county": county[c.call_id]}
                for c in sorted(calls, key=lambda c: c.waiting_since or float("inf"))[:100]
            ],
            **{name: value for name, value in self._figures.items() if name != "registered"},
        }

    def _agents(self) -> list[dict[str, Any]]:
        calls = self._board.calls.values()
        busy = {c.seat: c.state for c in calls if c.state in {"talking", "ringing"}}
        return [{**a, "state": busy.get(str(a["seat"]), a["state"])} for a in self._seating.facts()]

    def _read_figures(self, numbers: set[str]) -> dict[str, Any]:
        now = datetime.now(UTC).replace(tzinfo=None)
        today = datetime.now(self._zone).date()
        midnight = local_midnight(today, self._zone)
        owed = self._owed.all()
        return {
            "hour": self.service(now - timedelta(hours=1), now).facts(),
            "day": self.service(midnight, now).facts(),
            "owed": len(owed),
            "overdue": sum(now - one.wanted_at > OVERDUE_AFTER for one in owed),
            "by_hour": self.by_hour(today),
            "offices": [asdict(one) for one in self._of.offices(midnight, now, OFFICE_FAILED)],
            "satisfaction": satisfaction(self._of.ratings(midnight, now)),
            "registered": self._of.counties(numbers),
        }

    def service(self, first: datetime, last: datetime) -> Service:
        """Of the calls that asked for a person in this time (UTC)."""
        return service_of(self._of.waits(first, last))

    def by_hour(self, day: date) -> list[dict[str, Any]]:
        """Calls and service of each hour of a local day."""
        first, last = local_midnight(day, self._zone), days_end(day, self._zone)
        hours = round((last - first).total_seconds() / 3600)
        edges = [first + timedelta(hours=hour) for hour in range(hours + 1)]
        return [{"hour": hour, **facts} for hour, facts in enumerate(self._between(edges))]

    def by_day(self, last: date, days: int = DAYS) -> list[dict[str, Any]]:
        """Calls and service of each of the local days up to `last`."""
        dates = [last - timedelta(days=days - 1 - ahead) for ahead in range(days)]
        return self._by_date(dates, dates[-1])

    def by_week(self, last: date, weeks: int = WEEKS) -> list[dict[str, Any]]:
        """Calls and service of each week up to the one of `last`; a week begins on Monday and has its date."""
        monday = last - timedelta(days=last.weekday())
        dates = [monday - timedelta(weeks=weeks - 1 - ahead) for ahead in range(weeks)]
        return self._by_date(dates, monday + timedelta(days=6))

    def _by_date(self, begins: list[date], last: date) -> list[dict[str, Any]]:
        edges = [*(local_midnight(day, self._zone) for day in begins), days_end(last, self._zone)]
        return [{"day": day.isoformat(), **facts} for day, facts in zip(begins, self._between(edges), strict=True)]

    def _between(self, edges: list[datetime]) -> list[dict[str, Any]]:
        """Calls and service between each edge and the next."""
        begun, waits = self._of.begun(edges[0], edges[-1]), self._of.waits(edges[0], edges[-1])
        found = []
        for start, end in pairwise(edges):
            of_part = [(at, s) for at, s in waits if start <= at < end]
            found.append({"calls": sum(start <= at < end for at in begun), **service_of(of_part).facts()})
        return found


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a local day as UTC without a zone."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def days_end(day: date, zone: ZoneInfo) -> datetime:
    """The end of a local day as UTC without a zone."""
    return local_midnight(day + timedelta(days=1), zone)


def satisfaction(ratings: dict[str, int]) -> dict[str, Any]:
    """For pages: `share` is None when nobody has answered."""
    rated = sum(ratings[score] for score in SCORES)
    return {**ratings, "rated": rated, "share": round(ratings["satisfied"] / rated, 4) if rated else None}


def masked(number: str | None) -> str:
    """A number for places where many look: 139****0001."""
    if not number:
        return ""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 9 else "****"


def service_of(waits: list[tuple[datetime, float | None]]) -> Service:
    """Of these waits: (when a person was wanted, seconds until one answered or None)."""
    answered = [seconds for _, seconds in waits if seconds is not None]
    return Service(
        len(waits), len(answered), sum(s <= 15 for s in answered), sum(s <= 30 for s in answered),
        round(max(answered, default=0.0), 1),
    )  # fmt: skip
