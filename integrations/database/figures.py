"""Figures over many calls, for the supervisor's wall and the work ledger: waits, ratings, services, counties.

Calls are those of callers: the call-back that answers one is not counted as another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from integrations.database.models import CALLBACK_PREFIX, Call, CallEventRow, Person
from integrations.database.store import Database

_WANTED, _ANSWERED = "human_wanted", "agent_answered"
SCORES = ("satisfied", "fair", "unsatisfied")


@dataclass(frozen=True, slots=True)
class OfficeFigures:
    """How one service behind the hotline answered."""

    office: str
    asked: int
    failed: int
    last_code: str
    """Of the newest failure; empty when there was none."""


class Figures:
    """Times are UTC without a zone. Every method raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waits(self, first: datetime, last: datetime) -> list[tuple[datetime, float | None]]:
        """(when a person was wanted, seconds until one answered or None), the first time of each call."""
        wanted = select(CallEventRow.call_id, CallEventRow.kind, CallEventRow.at).where(
            CallEventRow.kind.in_((_WANTED, _ANSWERED)),
            ~CallEventRow.call_id.startswith(CALLBACK_PREFIX),
            CallEventRow.at >= first,
            CallEventRow.at < last + timedelta(hours=1),
        )
        asked: dict[str, datetime] = {}
        waits: dict[str, float] = {}
        with self._database.session() as session:
            for call_id, kind, at in session.execute(wanted.order_by(CallEventRow.at)):
                if kind == _WANTED and at < last:
                    asked.setdefault(call_id, at)
                elif kind == _ANSWERED and call_id in asked:
                    waits.setdefault(call_id, (at - asked[call_id]).total_seconds())
        return [(at, waits.get(call_id)) for call_id, at in asked.items()]

    def begun(self, first: datetime, last: datetime) -> list[datetime]:
        """When the calls of this time began."""
        with self._database.session() as session:
            rows = select(Call.started_at).where(*_calls(first, last))
            return list(session.scalars(rows))

    def ratings(self, first: datetime, last: datetime) -> dict[str, int]:
        """`asked`, and the number of answers by score: one a call, the first."""
        counts = Counter[str]({"asked": 0} | dict.fromkeys(SCORES, 0))
        rows = select(CallEventRow).where(
            CallEventRow.kind.in_(("rating_asked", "rated")), CallEventRow.at >= first, CallEventRow.at < last
        )
        seen: set[tuple[str, str]] = set()
        with self._database.session() as session:
            for row in session.scalars(rows.order_by(CallEventRow.at)):
                if (row.call_id, row.kind) in seen:
                    continue
                seen.add((row.call_id, row.kind))
                name = "asked" if row.kind == "rating_asked" else str(row.data.get("score"))
                counts[name] += 1
        return dict(counts)

    def offices(self, first: datetime, last: datetime, failures: Collection[str]) -> list[OfficeFigures]:
        """What the offices answered, those with failures first. `failures`: codes that mean that it did not work."""
        rows = select(CallEventRow.data).where(
            CallEventRow.kind == "office_answered", CallEventRow.at >= first, CallEventRow.at < last
        )
        asked, failed, newest = Counter[str](), Counter[str](), dict[str, str]()
        with self._database.session() as session:
            for data in session.scalars(rows.order_by(CallEventRow.at)):
                office, code = str(data.get("office")), str(data.get("code"))
                asked[office] += 1
                if code in failures:
                    failed[office] += 1
                    newest[office] = code
        found = [
            OfficeFigures(office, count, failed[office], newest.get(office, "")) for office, count in asked.items()
        ]
        return sorted(found, key=lambda one: (-one.failed, one.office))

    def counties(self, numbers: Collection[str]) -> dict[str, str]:
        """Number → the county where its person is registered, of those who are known."""
        with self._database.session() as session:
            rows = select(Person.phone, Person.county).where(Person.phone.in_(numbers), Person.county.is_not(None))
            return {phone: county for phone, county in session.execute(rows) if county}

    def by_outcome(self, first: datetime, last: datetime) -> dict[str, int]:
        """Outcome → calls that began in this time."""
        rows = select(Call.outcome, func.count()).where(*_calls(first, last))
        with self._database.session() as session:
            return {str(outcome): int(count) for outcome, count in session.execute(rows.group_by(Call.outcome))}


def _calls(first: datetime, last: datetime) -> tuple[ColumnElement[bool], ...]:
    return Call.started_at >= first, Call.started_at < last, ~Call.id.startswith(CALLBACK_PREFIX)
