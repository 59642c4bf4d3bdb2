"""Calls as the desk needs them: what is new, who called before, notes and wrap-ups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import aliased

from integrations.database.audit import append
from integrations.database.desk_models import CallNote, Staff, WrapUp
from integrations.database.models import CALLBACK_PREFIX, Call, CallEventRow, Person
from integrations.database.owed import OWED_ALREADY
from integrations.database.routing_models import CallbackRow, TicketRow
from integrations.database.store import Database
from integrations.database.tickets import OPEN, keep_of_wrap_up

NOTE_MAX = 20_000
"""Characters."""
SUBJECT_MAX = 80
RESULTS = ("solved", "handed_on", "follow_up", "no_need", "nuisance")


class DeskError(Exception):
    """It cannot be kept. Codes: `too_long`, `changed_elsewhere`, `no_call`, `bad_value`."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code, self.details = code, details


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One event of a call, with its place in the order in which events came to the database."""

    number: int
    call_id: str
    at: datetime
    """UTC."""
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a list of calls shows."""

    call_id: str
    number: str | None
    name: str | None
    started_at: datetime
    outcome: str | None
    subject: str | None
    """From the wrap-up."""
    ticket: bool
    """Whether a ticket of that call is open."""


@dataclass(frozen=True, slots=True)
class Note:
    """What one agent has written about one call."""

    text: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Wrapped:
    """What an agent agreed with the caller, when done with the call."""

    result: str
    subject: str
    note: str
    ticket: bool = False
    follow_up_on: date | None = None


@dataclass(frozen=True, slots=True)
class Colleague:
    """What another agent of the same call wrote."""

    name: str
    wrapped: Wrapped | None
    """None while they have not finished with it."""
    note: str


class DeskCalls:
    """Every method raises DatabaseError, and DeskError where it says so. Times are UTC without a zone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self) -> int:
        """Number of the newest event; 0 when there is none."""
        with self._database.session() as session:
            return int(session.scalar(select(func.max(CallEventRow.id))) or 0)

    def after(self, number: int, limit: int = 1000) -> list[NewEvent]:
        """Events that came to the database after that one, in order."""
        wanted = select(CallEventRow).where(CallEventRow.id > number).order_by(CallEventRow.id).limit(limit)
        with self._database.session() as session:
            return [_event(row) for row in session.scalars(wanted)]

    def of_call(self, call_id: str) -> list[NewEvent]:
        """The events of one call, in the order in which they happened."""
        wanted = select(CallEventRow).where(CallEventRow.call_id == call_id)
        with self._database.session() as session:
            return [_event(row) for row in session.scalars(wanted.order_by(CallEventRow.at, CallEventRow.id))]

    def answered_by(self, call_id: str) -> list[str]:
        """The calls that a call-back answers, in their order: the one that owes it, and those of the same caller that
        were joined to it. None where `call_id` is no call-back."""
        if not call_id.startswith(CALLBACK_PREFIX):
            return []
        first = call_id.removeprefix(CALLBACK_PREFIX)
        with self._database.session() as session:
            owed = session.get(CallbackRow, first)
            if owed is None:
                return [first]
            of_caller = (CallbackRow.number == owed.number, CallbackRow.call_id != first)
            later = select(CallbackRow).where(*of_caller, CallbackRow.wanted_at >= owed.wanted_at)
            joined = takewhile(
                lambda row: row.status == OWED_ALREADY, session.scalars(later.order_by(CallbackRow.wanted_at))
            )
            return [first, *(row.call_id for row in joined)]

    def open_calls(self) -> list[str]:
        """Calls that have no outcome yet."""
        with self._database.session() as session:
            return list(session.scalars(select(Call.id).where(Call.outcome.is_(None))))

    def person(self, number: str | None) -> tuple[str, str] | None:
        """(name, band) of whoever is known by that number."""
        if not number:
            return None
        with self._database.session() as session:
            row = session.scalar(select(Person).where(Person.phone == number))
            return (row.name, row.band) if row else None

    def earlier(self, number: str | None, before_call: str, limit: int = 8) -> list[CallFacts]:
        """Earlier calls of that number, the newest first."""
        if not number:
            return []
        ticket = select(TicketRow.id).where(TicketRow.call_id == Call.id, TicketRow.state == OPEN).exists()
        wanted = (
            select(Call, WrapUp.subject, ticket)
            .outerjoin(WrapUp, last_wrap_up(WrapUp.call_id == Call.id))
            .where(Call.number == number, Call.id != before_call)
            .order_by(Call.started_at.desc())
            .limit(limit)
        )
        with self._database.session() as session:
            return [_facts(call, subject, ticket) for call, subject, ticket in session.execute(wanted)]

    def note(self, call_id: str, staff_id: int) -> Note:
        """What this agent has written so far."""
        with self._database.session() as session:
            row = session.scalar(select(CallNote).where(CallNote.call_id == call_id, CallNote.staff_id == staff_id))
            return Note(row.text, row.version) if row else Note()

    def keep_note(self, call_id: str, staff_id: int, text: str, version: int) -> Note:
        """Replace the note of that version. DeskError: too_long; changed_elsewhere, with what stands there now."""
        if len(text) > NOTE_MAX:
            raise DeskError(
                "too_long",
                f"备注最多 {NOTE_MAX} 字，现在 {len(text)} 字。请缩短后再保存。 "
                f"A note has at most {NOTE_MAX} characters; this one has {len(text)}.",
            )
        now = _now()
        with self._database.session() as session:
            mine = (CallNote.call_id == call_id, CallNote.staff_id == staff_id)
            changed = update(CallNote).where(*mine, CallNote.version == version)
            done = session.execute(changed.values(text=text, version=version + 1, changed_at=now))
            if done.rowcount:  # type: ignore[attr-defined]  # a CursorResult at run time
                return Note(text, version + 1)
            row = session.scalar(select(CallNote).where(*mine))
            if row is not None:
                raise DeskError(
                    "changed_elsewhere",
                    "这条备注在另一个窗口改过了。 This note was changed in another window.",
                    text=row.text,
                    version=row.version,
                )
            session.add(CallNote(call_id=call_id, staff_id=staff_id, text=text, version=1, changed_at=now))
            return Note(text, 1)

    def wrapped(self, call_id: str, staff_id: int) -> Wrapped | None:
        """The wrap-up that this agent made of a call."""
        with self._database.session() as session:
            row = session.get(WrapUp, (call_id, staff_id))
            return _wrapped(row) if row else None

    def colleagues(self, call_id: str, staff_id: int = 0) -> list[Colleague]:
        """What the other agents of this call wrote, in the order in which they began: their wrap-ups, and the notes

        of those who have not made theirs yet."""
        others = select(WrapUp, Staff.name).join(Staff, Staff.id == WrapUp.staff_id)
        notes = select(CallNote, Staff.name).join(Staff, Staff.id == CallNote.staff_id)
        with self._database.session() as session:
            found: dict[int, tuple[datetime, Colleague]] = {}
            for note, name in session.execute(notes.where(CallNote.call_id == call_id)):
                if note.text:
                    found[note.staff_id] = (note.changed_at, Colleague(name, None, note.text))
            for row, name in session.execute(others.where(WrapUp.call_id == call_id)):
                found[row.staff_id] = (row.done_at, Colleague(name, _wrapped(row), row.note))
        found.pop(staff_id, None)
        return [one for _, one in sorted(found.values(), key=lambda pair: pair[0])]

    def wrap_up(self, call_id: str, staff_id: int, who: str, what: Wrapped) -> None:
        """Keep this agent's wrap-up, and its ticket, in one transaction; a later one of the same agent replaces both,

        and the audit log has each. What the other agents of the call agreed stays as it is.

        DeskError: bad_value, too_long."""
        if what.result not in RESULTS:
            raise DeskError("bad_value", f"There is no result {what.result!r}. Results: {', '.join(RESULTS)}.")
        if len(what.note) > NOTE_MAX or len(what.subject) > SUBJECT_MAX:
            raise DeskError(
                "too_long", f"主题最多 {SUBJECT_MAX} 字，备注最多 {NOTE_MAX} 字。 The subject or the note is too long."
            )
        with self._database.session() as session:
            row = session.get(WrapUp, (call_id, staff_id))
            if row is None:
                row = WrapUp(call_id=call_id, staff_id=staff_id)
                session.add(row)
            wanted_before = bool(row.ticket)
            row.result, row.subject, row.note = what.result, what.subject, what.note
            row.ticket, row.follow_up_on, row.done_at = what.ticket, what.follow_up_on, _now()
            keep_of_wrap_up(session, row, wanted_before=wanted_before, now=row.done_at)
            told = {"result": what.result, "ticket": what.ticket, "follow_up_on": what.follow_up_on}
            append(session, who, "wrapped_up", call_id, told)


def last_wrap_up(of_call: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that joins one wrap-up to a call: that of the agent who was done with it last."""
    later = aliased(WrapUp)
    after = or_(later.done_at > WrapUp.done_at, and_(later.done_at == WrapUp.done_at, later.staff_id > WrapUp.staff_id))
    return and_(of_call, ~select(later.call_id).where(later.call_id == WrapUp.call_id, after).exists())


def _wrapped(row: WrapUp) -> Wrapped:
    return Wrapped(row.result, row.subject, row.note, row.ticket, row.follow_up_on)


def _event(row: CallEventRow) -> NewEvent:
    return NewEvent(row.id, row.call_id, row.at, row.kind, row.data)


def _facts(call: Call, subject: str | None, ticket: bool) -> CallFacts:
    name = (call.info or {}).get("name")
    return CallFacts(call.id, call.number, name, call.started_at, call.outcome, subject, ticket)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
