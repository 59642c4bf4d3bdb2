"""Who sits where and takes calls. Kept in the database, so that a restart of the pages' server changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from integrations.database.audit import append
from integrations.database.desk_models import SeatState, Staff
from integrations.database.people import PeopleError, Person
from integrations.database.store import Database

STATES = ("ready", "paused", "wrap_up")


@dataclass(frozen=True, slots=True)
class Sitting:
    """One agent at one seat."""

    staff_id: int
    user: str
    name: str
    seat: str
    state: str
    """ready, paused or wrap_up."""
    reason: str | None
    language: str
    since: datetime
    """UTC."""


class Seats:
    """Every method raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Sitting]:
        """Everybody who sits somewhere."""
        with self._database.session() as session:
            rows = session.execute(select(SeatState, Staff).join(Staff, Staff.id == SeatState.staff_id))
            return [_sitting(state, staff) for state, staff in rows]

    def take(self, person: Person, seat: str, language: str) -> Sitting:
        """Sit down, paused until the agent is ready. Raises PeopleError `seat_taken`, which names who sits there."""
        with self._database.session() as session:
            other = session.execute(
                select(Staff.name)
                .join(SeatState, SeatState.staff_id == Staff.id)
                .where(SeatState.seat == seat, SeatState.staff_id != person.staff_id)
            ).scalar()
            if other is not None:
                raise _taken(other)
            row = session.get(SeatState, person.staff_id)
            if row is None:
                row = SeatState(staff_id=person.staff_id)
                session.add(row)
            row.seat, row.state, row.reason, row.language, row.since = seat, "paused", "just_in", language, _now()
            append(session, person.user, "seat_taken", seat, {"language": language})
            try:
                session.flush()
            except IntegrityError as error:  # somebody sat down between the look and the flush
                raise _taken("另一位同事 a colleague") from error
            staff = session.get(Staff, person.staff_id)
            assert staff is not None
            return _sitting(row, staff)

    def change(self, staff_id: int, state: str, reason: str | None) -> Sitting | None:
        """Ready, paused, wrap_up; None when that person sits nowhere."""
        with self._database.session() as session:
            row, staff = session.get(SeatState, staff_id), session.get(Staff, staff_id)
            if row is None or staff is None:
                return None
            row.state, row.reason, row.since = state, reason, _now()
            return _sitting(row, staff)

    def leave(self, staff_id: int) -> Sitting | None:
        """Get up; None when that person sat nowhere."""
        with self._database.session() as session:
            row, staff = session.get(SeatState, staff_id), session.get(Staff, staff_id)
            if row is None or staff is None:
                return None
            left = _sitting(row, staff)
            session.delete(row)
            append(session, staff.user, "seat_left", row.seat, {})
            return left


def _sitting(row: SeatState, staff: Staff) -> Sitting:
    return Sitting(staff.id, staff.user, staff.name, row.seat, row.state, row.reason, row.language, row.since)


def _taken(by: str) -> PeopleError:
    return PeopleError(
        "seat_taken", f"这个座席已有人：{by}。请换一个。 This seat is taken by {by}; please choose another."
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
