"""The calls on record: what happened in each, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from integrations.database.models import CALLBACK_PREFIX, Call, CallEventRow
from integrations.database.store import Database

BEGIN, EVENT, END, CORRECTION = "begin", "event", "end", "correction"
"""What an entry tells; a correction is an end that replaces the outcome on record."""
INFO = {"call_started": ("name", "band", "language"), "agent_answered": ("seat", "waited_s"), "rated": ("score",)}
"""Kind of event → what of it is kept with the call itself, to list calls without reading their events."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call as it is listed."""

    call_id: str
    number: str | None
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    info: Mapping[str, Any] = field(default_factory=dict)
    """name, band, language, seat, waited_s, score, county, as far as the events told."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line to be written: begin, event or end of a call. Whatever it is made of, it can be stored."""

    what: str
    call_id: str
    at: datetime
    """UTC."""
    value: str | None = None
    """Number of a begin, outcome of an end, kind of an event."""
    data: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.what not in {BEGIN, EVENT, END, CORRECTION}:
            raise ValueError(f"an entry cannot be a {self.what!r}")
        object.__setattr__(self, "call_id", _text(self.call_id))
        object.__setattr__(self, "value", None if self.value is None else _text(self.value))
        object.__setattr__(self, "data", None if self.data is None else _data(self.data))

    def to_json(self) -> str:
        """One line of the file in which entries wait."""
        return json.dumps(
            [self.what, self.call_id, self.at.isoformat(), self.value, self.data], ensure_ascii=False, default=str
        )

    @classmethod
    def from_json(cls, line: str) -> Entry:
        """Back from such a line. Raises ValueError or TypeError when it is none."""
        what, call_id, at, value, data = json.loads(line)
        return cls(what, call_id, datetime.fromisoformat(at), value, data)


class CallJournal:
    """Calls and their events. Every method raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, call_id: str, number: str | None, at: datetime) -> None:
        """A call began."""
        self.write([Entry(BEGIN, call_id, at, number)])

    def add(self, call_id: str, at: datetime, kind: str, data: Mapping[str, Any]) -> None:
        """Something happened in a call."""
        self.write([Entry(EVENT, call_id, at, kind, data)])

    def end(self, call_id: str, at: datetime, outcome: str, force: bool = False) -> None:
        """A call ended. It has exactly one outcome: the first, unless a later one is forced."""
        self.write([Entry(CORRECTION if force else END, call_id, at, outcome)])

    def write(self, entries: list[Entry]) -> None:
        """All of them or none. Writing the same again changes nothing."""
        with self._database.session() as session:
            for entry in entries:
                _write(session, entry)
                session.flush()

    def calls(self, limit: int = 200) -> list[CallRecord]:
        """The newest calls, oldest first."""
        with self._database.session() as session:
            rows = session.scalars(select(Call).order_by(Call.started_at.desc()).limit(limit)).all()
            return [_record(row) for row in reversed(rows)]

    def story(self, call_id: str) -> tuple[CallRecord, list[tuple[datetime, str, dict[str, Any]]]] | None:
        """A call and its events (time, kind, data) in order; None when there is no such call."""
        with self._database.session() as session:
            call = session.get(Call, call_id)
            if call is None:
                return None
            rows = session.scalars(
                select(CallEventRow).where(CallEventRow.call_id == call_id).order_by(CallEventRow.at, CallEventRow.id)
            )
            return _record(call), [(row.at, row.kind, row.data) for row in rows]

    def open_calls(self) -> dict[str, datetime]:
        """Calls without an outcome → time (UTC) of their last event."""
        with self._database.session() as session:
            last = func.coalesce(func.max(CallEventRow.at), Call.started_at)
            rows = session.execute(
                select(Call.id, last)
                .outerjoin(CallEventRow, CallEventRow.call_id == Call.id)
                .where(Call.outcome.is_(None))
                .group_by(Call.id)
            )
            return {call_id: at.replace(tzinfo=UTC) for call_id, at in rows}


def _write(session: Session, entry: Entry) -> None:
    at = _plain(entry.at)
    call = session.get(Call, entry.call_id)
    if call is None:  # events may come before the begin: two witnesses tell of each call
        call = Call(id=entry.call_id, started_at=at)
        session.add(call)
    call.started_at = min(call.started_at, at)
    if entry.what == BEGIN:
        call.number = call.number or entry.value
    elif entry.what == EVENT:
        _write_event(session, call, entry, at)
    elif call.id.startswith(CALLBACK_PREFIX) and entry.value == "person":  # one of several tries
        call.outcome, call.ended_at = entry.value, at
    elif call.outcome is None or entry.what == CORRECTION:
        call.outcome, call.ended_at = entry.value, call.ended_at or at


def _write_event(session: Session, call: Call, entry: Entry, at: datetime) -> None:
    kind, data = entry.value or "", dict(entry.data or {})
    known = select(CallEventRow.id).where(
        CallEventRow.call_id == call.id, CallEventRow.at == at, CallEventRow.kind == kind
    )
    if session.scalar(known) is not None:
        return
    session.add(CallEventRow(call_id=call.id, at=at, kind=kind, data=data))
    told = {name: data[name] for name in INFO.get(kind, ()) if data.get(name) is not None}
    if kind == "understood" and isinstance(slots := data.get("slots"), dict) and slots.get("county"):
        told["county"] = str(slots["county"])[:20]
    if told:
        call.info = told | (call.info or {})


def _record(call: Call) -> CallRecord:
    return CallRecord(call.id, call.number, call.started_at, call.ended_at, call.outcome, call.info or {})


def _plain(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def _text(value: object) -> str:
    """Half a character, as a phone may send it, would be refused by files and databases."""
    return str(value).encode("utf-8", errors="replace").decode("utf-8")


def _data(data: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON knows it: what cannot be stored is stored as its text."""
    try:
        text = json.dumps(dict(data), ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps({"unreadable": repr(data)[:1000]}, ensure_ascii=False)
    plain: dict[str, Any] = json.loads(_text(text))
    return plain
