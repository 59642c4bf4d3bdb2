"""The tables. Times are UTC, days are local dates of the hotline."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """All tables."""

    type_annotation_map = {  # noqa: RUF012 - read once by SQLAlchemy, never changed
        dict[str, Any]: JSON,
        datetime: DateTime(timezone=False),
        Decimal: Numeric(10, 2),
    }


class Hospital(Base):
    """A hospital that gives places to the hotline."""

    __tablename__ = "hospital"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    county: Mapped[str | None] = mapped_column(String(20))


class ClinicSession(Base):
    """One doctor's morning or afternoon in one department."""

    __tablename__ = "clinic_session"
    __table_args__ = (
        UniqueConstraint("hospital_id", "department", "doctor", "day", "part_of_day"),
        Index("ix_session_search", "department", "day", "part_of_day"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    hospital_id: Mapped[int] = mapped_column(ForeignKey("hospital.id"))
    hospital: Mapped[Hospital] = relationship(lazy="joined")
    department: Mapped[str] = mapped_column(String(40))
    doctor: Mapped[str] = mapped_column(String(40))
    day: Mapped[date]
    part_of_day: Mapped[str] = mapped_column(String(4))
    """am or pm."""
    capacity: Mapped[int]
    booked: Mapped[int] = mapped_column(default=0)
    fee_yuan: Mapped[Decimal]


class Person(Base):
    """A caller who is known."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(20), unique=True)
    band: Mapped[str] = mapped_column(String(12), default="elder")
    """emergency, vulnerable, elder or general."""
    county: Mapped[str | None] = mapped_column(String(20))
    """Where they are registered: the official name of a county or district; None where nobody noted it."""


class CallerSpeech(Base):
    """How a number wants to be spoken to."""

    __tablename__ = "caller_speech"
    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    rate: Mapped[str] = mapped_column(String(12))
    loudness: Mapped[str] = mapped_column(String(12))
    language: Mapped[str | None] = mapped_column(String(12))
    """Code of a language pack; None until the caller has chosen."""


class Booking(Base):
    """One appointment."""

    __tablename__ = "booking"
    __table_args__ = (
        # The real-name rule, kept by the database itself: one booking per person, department and day.
        Index(
            "uq_booking_real_name",
            "person_key",
            "department",
            "day",
            unique=True,
            sqlite_where=text("cancelled_at IS NULL"),
            postgresql_where=text("cancelled_at IS NULL"),
        ),
        Index("ix_booking_phone", "phone"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("clinic_session.id"))
    session: Mapped[ClinicSession] = relationship(lazy="joined")
    department: Mapped[str] = mapped_column(String(40))
    day: Mapped[date]
    person_key: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(20))
    patient_name: Mapped[str | None] = mapped_column(String(60))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class PensionRecord(Base):
    """One monthly pension payment of a person."""

    __tablename__ = "pension"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    """2026-03."""
    identity_hash: Mapped[str] = mapped_column(String(64), index=True)
    """Keyed hash of the identity number, which itself is not kept."""
    status: Mapped[str] = mapped_column(String(10))
    """paid, pending or stopped."""
    amount_yuan: Mapped[Decimal]
    paid_on: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(String(80))


class Secret(Base):
    """Keys made once for this database."""

    __tablename__ = "secret"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))


CALLBACK_PREFIX = "callback-"
"""A call-back has the id of the call that it answers, after this: it is no call of a caller."""


class Call(Base):
    """One call and its one outcome."""

    __tablename__ = "call"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[str | None] = mapped_column(String(20))
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    info: Mapped[dict[str, Any] | None]
    """Who called and which seat answered, as the events told: name, band, language, seat, waited_s,
    score (of the question at the end)."""


class CallEventRow(Base):
    """One thing that happened in a call."""

    __tablename__ = "call_event"
    __table_args__ = (UniqueConstraint("call_id", "at", "kind"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(30))
    data: Mapped[dict[str, Any]]
