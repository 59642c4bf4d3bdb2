"""Tickets (工单): messages that were left, callers who could not be reached, and what was agreed at the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from integrations.database.desk_models import WrapUp
from integrations.database.models import Call, CallEventRow
from integrations.database.owed import ALL_EVERY, LOOK_BACK, RECENT
from integrations.database.routing_models import CallbackRow, TicketRow
from integrations.database.store import Database

OPEN, CLOSED = "open", "closed"
WRAP_UP = "wrap_up"
"""Kind of those that an agent asks for at the end of a call."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket. Times are UTC."""

    id: int
    kind: str
    call_id: str
    number: str | None
    language: str
    file: str | None
    transcript: str | None
    heard_with: float | None
    state: str
    note: str | None
    created_at: datetime
    closed_at: datetime | None
    follow_up_on: date | None = None
    """From the wrap-up of its call."""


class Tickets:
    """Every method raises DatabaseError."""

    def __init__(self, database: Database, language: str = "zh") -> None:
        self._database, self._language = database, language
        self._looked_back = datetime.min  # noqa: DTZ901 - as the database keeps times: UTC without a zone

    def collect(self, now: datetime) -> int:
        """Open a ticket for every message that was left and every caller who was not reached; returns how many.

        `now` is UTC."""
        plain = now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now
        since = plain - RECENT
        if plain - self._looked_back > ALL_EVERY:
            since, self._looked_back = plain - LOOK_BACK, plain
        with self._database.session() as session:
            had = select(TicketRow.id).where(TicketRow.call_id == CallEventRow.call_id, TicketRow.kind == "message")
            messages = session.scalars(
                select(CallEventRow)
                .join(Call, Call.id == CallEventRow.call_id)
                .where(
                    Call.started_at > since,
                    Call.outcome.in_(("message_left", "person")),
                    CallEventRow.kind == "message_left",
                    ~had.exists(),
                )
                .order_by(CallEventRow.at)
            ).all()
            for event in messages:
                call = session.get(Call, event.call_id)
                language = str((call.info or {}).get("language") or self._language) if call else self._language
                session.add(
                    TicketRow(
                        kind="message",
                        call_id=event.call_id,
                        number=call.number if call else None,
                        language=language,
                        file=str(event.data.get("file", ""))[:300],
                        state=OPEN,
                        created_at=event.at,
                    )
                )
                session.flush()
            had = select(TicketRow.id).where(TicketRow.call_id == CallbackRow.call_id, TicketRow.kind == "unreached")
            lost = session.scalars(select(CallbackRow).where(CallbackRow.state == "unreached", ~had.exists())).all()
            for row in lost:
                session.add(
                    TicketRow(
                        kind="unreached",
                        call_id=row.call_id,
                        number=row.number,
                        language=row.language,
                        state=OPEN,
                        created_at=row.next_at,
                    )
                )
            return len(messages) + len(lost)

    def open_one(self, kind: str, call_id: str, now: datetime, *, number: str | None = None, note: str = "") -> int:
        """A ticket that a person writes; returns its number. One call has one of each kind: a second is the first."""
        with self._database.session() as session:
            row = session.scalar(select(TicketRow).where(TicketRow.call_id == call_id, TicketRow.kind == kind))
            if row is None:
                row = TicketRow(
                    kind=kind,
                    call_id=call_id,
                    number=number,
                    language=self._language,
                    state=OPEN,
                    note=note or None,
                    created_at=now,
                )
                session.add(row)
                session.flush()
            return row.id

    def unheard(self, limit: int = 5) -> list[Ticket]:
        """Messages to which the recogniser has not listened yet."""
        with self._database.session() as session:
            rows = session.scalars(
                select(TicketRow)
                .where(TicketRow.kind == "message", TicketRow.transcript.is_(None), TicketRow.file.is_not(None))
                .order_by(TicketRow.id)
                .limit(limit)
            )
            return [_ticket(row) for row in rows]

    def heard(self, ticket: int, transcript: str, confidence: float) -> None:
        """Keep what the recogniser understood."""
        with self._database.session() as session:
            row = session.get(TicketRow, ticket)
            if row is not None:
                row.transcript, row.heard_with = transcript, confidence

    def all(self, state: str = OPEN) -> list[Ticket]:
        """Tickets in this state, the oldest first."""
        with self._database.session() as session:
            rows = session.execute(_with_its_call().where(TicketRow.state == state).order_by(TicketRow.id))
            return [_ticket(row, number, day) for row, number, day in rows]

    def open_of(self, number: str | None, limit: int = 8) -> list[Ticket]:
        """Open tickets of whoever calls from that number, the newest first."""
        if not number:
            return []
        theirs = _with_its_call().where(TicketRow.state == OPEN, or_(TicketRow.number == number, Call.number == number))
        with self._database.session() as session:
            rows = session.execute(theirs.order_by(TicketRow.id.desc()).limit(limit))
            return [_ticket(row, known, day) for row, known, day in rows]

    def with_old_sound(self, closed_before: datetime) -> list[Ticket]:
        """Tickets closed before that moment (UTC) that still have a recording."""
        with self._database.session() as session:
            rows = session.scalars(
                select(TicketRow).where(
                    TicketRow.state == CLOSED, TicketRow.file.is_not(None), TicketRow.closed_at < closed_before
                )
            )
            return [_ticket(row) for row in rows]

    def forget_sound(self, ticket: int) -> None:
        """Its recording is gone."""
        with self._database.session() as session:
            row = session.get(TicketRow, ticket)
            if row is not None:
                row.file = None

    def close(self, ticket: int, now: datetime, note: str = "") -> bool:
        """Close it; False when there is no such open ticket."""
        with self._database.session() as session:
            row = session.get(TicketRow, ticket)
            if row is None or row.state == CLOSED:
                return False
            row.state, row.closed_at, row.note = CLOSED, now, note or row.note
            return True


def keep_of_wrap_up(session: Session, wrap: WrapUp, *, wanted_before: bool, now: datetime) -> None:
    """Make the ticket of a wrap-up what it says now: one for each agent of a call, in the transaction of `session`.

    `wanted_before` is whether the wrap-up asked for one until now: only who asks anew opens one that is closed, for
    whoever mends a word in an old wrap-up does not want the work done again."""
    own = (TicketRow.call_id == wrap.call_id, TicketRow.kind == WRAP_UP, TicketRow.staff_id == wrap.staff_id)
    row = session.scalar(select(TicketRow).where(*own))
    if not wrap.ticket:
        if row is not None and row.state == OPEN:
            row.state, row.closed_at = CLOSED, now
        return
    if row is None:
        call = session.get(Call, wrap.call_id)
        language = str((call.info or {}).get("language") or "zh") if call else "zh"
        row = TicketRow(kind=WRAP_UP, call_id=wrap.call_id, staff_id=wrap.staff_id, language=language)
        row.state, row.created_at = OPEN, now
        row.number = call.number if call else None
        session.add(row)
    elif row.state == CLOSED:
        if wanted_before:
            return
        row.state, row.closed_at = OPEN, None
    row.note = "：".join(part for part in (wrap.subject, wrap.note) if part) or None


def _with_its_call() -> Select[TicketRow, str | None, date | None]:
    """Tickets with the number of their call, which may have been journalled after the ticket, and the follow-up."""
    chosen: Select[TicketRow, str | None, date | None] = select(TicketRow, Call.number, WrapUp.follow_up_on)
    return chosen.outerjoin(Call, Call.id == TicketRow.call_id).outerjoin(
        WrapUp,
        and_(WrapUp.call_id == TicketRow.call_id, WrapUp.staff_id == TicketRow.staff_id, TicketRow.kind == WRAP_UP),
    )


def _ticket(row: TicketRow, number: str | None = None, follow_up_on: date | None = None) -> Ticket:
    return Ticket(
        row.id,
        row.kind,
        row.call_id,
        row.number or number,
        row.language,
        row.file,
        row.transcript,
        row.heard_with,
        row.state,
        row.note,
        row.created_at,
        row.closed_at,
        follow_up_on,
    )
