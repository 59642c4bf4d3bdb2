"""Hospital appointments on our own database, with the real-name rules."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.database.models import Booking, ClinicSession, Hospital
from integrations.database.store import Database
from integrations.errors import OfficeError

NEAREST_MAX = 6
CODE_TRIES = 20


class Appointments:
    """`integrations.ports.AppointmentsPort`. Every method raises DatabaseError."""

    def __init__(
        self, database: Database, now: Callable[[], datetime], last_day_ahead: int = 14, cancel_until_hour: int = 15
    ) -> None:
        self._database, self._now = database, now
        self._last_day_ahead, self._cancel_until_hour = last_day_ahead, cancel_until_hour

    def _window(self) -> tuple[date, date]:
        today = self._now().date()
        return today + timedelta(days=1), today + timedelta(days=self._last_day_ahead)

    def _check_day(self, day: date | None) -> None:
        first, last = self._window()
        reach = {"bookable_from": first.isoformat(), "bookable_to": last.isoformat()}
        if day is None or day < first:
            raise OfficeError("too_early", f"{day} is before {first}", **reach)
        if day > last:
            raise OfficeError("too_late", f"{day} is after {last}", **reach)

    def _bookable(self) -> ColumnElement[bool]:
        first, last = self._window()
        return (ClinicSession.day >= first) & (ClinicSession.day <= last) & _free()

    def list_departments(self, hospital: str | None = None) -> dict[str, Any]:
        """See the port."""
        free = func.sum(ClinicSession.capacity - ClinicSession.booked)
        query = (
            select(ClinicSession.department)
            .where(self._bookable())
            .group_by(ClinicSession.department)
            .order_by(free.desc(), ClinicSession.department)
        )
        if hospital is not None:
            query = query.join(Hospital).where(Hospital.name == hospital)
        with self._database.session() as session:
            return {"departments": list(session.scalars(query))}

    def list_hospitals(self) -> dict[str, Any]:
        """See the port."""
        with self._database.session() as session:
            return {"hospitals": list(session.scalars(select(Hospital.name).order_by(Hospital.id)))}

    def find_sessions(
        self,
        department: str,
        hospital: str | None = None,
        doctor: str | None = None,
        date: str = "",
        part_of_day: str = "am",
    ) -> dict[str, Any]:
        """See the port."""
        day = _day(date)
        with self._database.session() as session:
            known = select(ClinicSession.id).where(ClinicSession.department == department).limit(1)
            if session.scalar(known) is None:
                raise OfficeError("unknown_department", f"there is no {department}", department=department)
            self._check_day(day)
            assert day is not None
            wanted = _of(department, hospital, doctor).where(self._bookable())
            exact = wanted.where(ClinicSession.day == day, ClinicSession.part_of_day == part_of_day)
            found = [_facts(one) for one in session.scalars(exact.order_by(ClinicSession.id))]
            nearest = [] if found else self._nearest(session, wanted, day, part_of_day)
        return {"sessions": found, "nearest": nearest}

    @staticmethod
    def _nearest(session: Session, wanted: Select[ClinicSession], day: date, part_of_day: str) -> list[dict[str, Any]]:
        """Other times, one session for each, the nearest first; later before earlier at the same distance."""
        times: dict[tuple[date, str], ClinicSession] = {}
        for one in session.scalars(wanted.order_by(ClinicSession.id)):
            times.setdefault((one.day, one.part_of_day), one)
        order = sorted(
            times.values(),
            key=lambda one: (abs((one.day - day).days), one.day < day, one.part_of_day != part_of_day),
        )
        return [_facts(one) for one in order[:NEAREST_MAX]]

    def book(
        self,
        session_id: int,
        patient: str,
        patient_name: str | None = None,
        phone: str | None = None,
        person_id: int | None = None,
    ) -> dict[str, Any]:
        """See the port. Never more bookings than places, however many ask at once."""
        for _ in range(CODE_TRIES):
            code = str(secrets.randbelow(90_000_000) + 10_000_000)
            try:
                with self._database.session() as session:
                    return self._book(session, session_id, code, patient, patient_name or None, phone, person_id)
            except _CodeTakenError:
                continue
        raise OfficeError("unavailable", "no free code was found")

    def _book(
        self,
        session: Session,
        session_id: int,
        code: str,
        patient: str,
        patient_name: str | None,
        phone: str | None,
        person_id: int | None,
    ) -> dict[str, Any]:
        one = self._take(session, session_id)
        key = _person_key(patient, patient_name, phone, person_id, code)
        booking = Booking(
            code=code,
            session_id=session_id,
            department=one.department,
            day=one.day,
            person_key=key,
            phone=phone,
            patient_name=patient_name if patient == "other" else None,
            person_id=person_id,
            created_at=datetime.now(UTC).replace(tzinfo=None),
        )
        session.add(booking)
        try:
            session.flush()
        except IntegrityError as error:
            broken = str(error.orig)
            if "booking.code" in broken:
                raise _CodeTakenError from error
            if "booking.person_key" in broken or "uq_booking_real_name" in broken:
                raise OfficeError("already_booked", "this department is booked already on that day") from error
            raise
        session.refresh(one)
        return {"code": code, "patient_name": booking.patient_name, **_without(_facts(one), "session_id", "remaining")}

    def _take(self, session: Session, session_id: int) -> ClinicSession:
        """Take a place; nothing is taken where it is refused, for the transaction is given up."""
        # The write comes first: it takes the database's lock, so that what is read below cannot change any more.
        taken = session.execute(
            update(ClinicSession).where(ClinicSession.id == session_id, _free()).values(booked=ClinicSession.booked + 1)
        )
        one = session.get(ClinicSession, session_id)
        if one is None:
            raise OfficeError("not_found", f"there is no session {session_id}")
        self._check_day(one.day)
        if taken.rowcount == 0:  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult, typed as Result
            raise OfficeError("session_full", f"session {session_id} has no place left")
        return one

    def find_bookings(self, phone: str | None = None, code: str | None = None) -> dict[str, Any]:
        """See the port."""
        if not phone and not code:
            return {"bookings": []}
        query = select(Booking).where(Booking.cancelled_at.is_(None), Booking.day >= self._now().date())
        query = query.where(Booking.code == code) if code else query.where(Booking.phone == phone)
        with self._database.session() as session:
            found = session.scalars(query.order_by(Booking.day, Booking.id)).all()
            soonest = sorted(found, key=lambda one: (one.day, one.session.part_of_day))
            return {"bookings": [self._booking(one) for one in soonest]}

    def _booking(self, one: Booking) -> dict[str, Any]:
        facts = _without(_facts(one.session), "session_id", "remaining")
        return {
            "code": one.code,
            "patient_name": one.patient_name,
            "cancellable": self._cancellable(one.day),
            **facts,
        }

    def _cancellable(self, day: date) -> bool:
        before = datetime.combine(day - timedelta(days=1), datetime.min.time())
        return self._now() < before + timedelta(hours=self._cancel_until_hour)

    def move(self, code: str, session_id: int, phone: str | None = None) -> dict[str, Any]:
        """See the port. The old place is given back only when the new one is taken."""
        del phone  # as in `cancel`
        with self._database.session() as session:
            one = self._take(session, session_id)
            wanted = select(Booking).where(Booking.code == code, Booking.cancelled_at.is_(None))
            booking = session.scalar(wanted.with_for_update())  # nobody cancels it meanwhile
            if booking is None:
                raise OfficeError("not_found", f"there is no booking {code}")
            if not self._cancellable(booking.day):
                raise OfficeError("too_late", f"{code} cannot be changed any more")
            left = booking.session_id
            booking.session_id, booking.department, booking.day = one.id, one.department, one.day
            try:
                session.flush()
            except IntegrityError as error:
                raise OfficeError("already_booked", "this department is booked already on that day") from error
            session.execute(
                update(ClinicSession).where(ClinicSession.id == left).values(booked=ClinicSession.booked - 1)
            )
            session.refresh(one)
            facts = _without(_facts(one), "session_id", "remaining")
            return {"code": code, "patient_name": booking.patient_name, **facts}

    def cancel(self, code: str, phone: str | None = None) -> dict[str, Any]:
        """See the port. The place is free again."""
        del phone  # whoever knows the code may cancel: a daughter calls from her own phone
        with self._database.session() as session:
            now = datetime.now(UTC).replace(tzinfo=None)
            changed = session.execute(
                update(Booking).where(Booking.code == code, Booking.cancelled_at.is_(None)).values(cancelled_at=now)
            )
            one = session.scalar(select(Booking).where(Booking.code == code))
            if one is None or changed.rowcount == 0:  # type: ignore[attr-defined]  # as in _book
                raise OfficeError("not_found", f"there is no booking {code}")
            if not self._cancellable(one.day):
                raise OfficeError("too_late", f"{code} cannot be cancelled any more")
            session.execute(
                update(ClinicSession).where(ClinicSession.id == one.session_id).values(booked=ClinicSession.booked - 1)
            )
            return {"code": code}


class _CodeTakenError(Exception):
    """The random code exists already."""


def _free() -> ColumnElement[bool]:
    return ClinicSession.booked < ClinicSession.capacity


def _of(department: str, hospital: str | None, doctor: str | None) -> Select[ClinicSession]:
    query = select(ClinicSession).where(ClinicSession.department == department)
    if hospital:
        query = query.join(Hospital).where(Hospital.name == hospital)
    if doctor:
        query = query.where(ClinicSession.doctor.startswith(doctor))
    return query


def _facts(one: ClinicSession) -> dict[str, Any]:
    return {
        "session_id": one.id,
        "hospital": one.hospital.name,
        "department": one.department,
        "doctor": one.doctor,
        "date": one.day.isoformat(),
        "part_of_day": one.part_of_day,
        "fee_yuan": float(one.fee_yuan),
        "remaining": one.capacity - one.booked,
    }


def _without(facts: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in names}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _person_key(patient: str, name: str | None, phone: str | None, person_id: int | None, code: str) -> str:
    """Who may have one booking a day and department. Nobody is asked for an identity number by phone: a number, and
    under it a name, is what tells people apart; the window checks the identity card."""
    who = f"phone:{phone}" if phone else f"anonymous:{code}"
    if patient == "other":
        return f"{who}/name:{name or ''}"
    return f"person:{person_id}" if person_id is not None else who
