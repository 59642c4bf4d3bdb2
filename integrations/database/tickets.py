"""Tickets (工单): messages that were left, and callers who could not be reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from integrations.database.models import Call, CallEventRow
from integrations.database.owed import ALL_EVERY, LOOK_BACK, RECENT
from integrations.database.routing_models import CallbackRow, TicketRow
from integrations.database.store import Database

OPEN, CLOSED = "open", "closed"


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
            rows = session.scalars(select(TicketRow).where(TicketRow.state == state).order_by(TicketRow.id))
            return [_ticket(row) for row in rows]

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


def _ticket(row: TicketRow) -> Ticket:
    return Ticket(
        row.id,
        row.kind,
        row.call_id,
        row.number,
        row.language,
        row.file,
        row.transcript,
        row.heard_with,
        row.state,
        row.note,
        row.created_at,
        row.closed_at,
    )
