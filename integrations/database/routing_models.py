"""The tables of who answers: call-backs, tickets, opening hours, recordings, stories."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from integrations.database.models import Base


class CallbackRow(Base):
    """A call that we owe, or owed: one for each call that ended so."""

    __tablename__ = "callback"
    __table_args__ = (Index("ix_callback_state", "state", "next_at"), Index("ix_callback_number", "number"))
    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """The call from which it is owed."""
    number: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(12))
    band: Mapped[str] = mapped_column(String(12))
    wanted_at: Mapped[datetime]
    """Since when the caller waits: the place in the queue."""
    state: Mapped[str] = mapped_column(String(12))
    """owed, placed (in the queue for a person, or being dialled), reached, unreached, void."""
    tries: Mapped[int]
    next_at: Mapped[datetime]
    placed_at: Mapped[datetime | None]
    status: Mapped[str | None] = mapped_column(String(20))
    """What became of the last try; why it is void."""
    seat: Mapped[str | None] = mapped_column(String(40))


class TicketRow(Base):
    """工单: something that a person must see to."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index("uq_ticket_source", "call_id", "kind", "staff_id", unique=True),
        Index("ix_ticket_state", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """message, unreached, or a kind that the desk gives."""
    call_id: Mapped[str] = mapped_column(String(64))
    staff_id: Mapped[int] = mapped_column(default=0, server_default="0")
    """The agent whose wrap-up asked for it; 0: no agent's."""
    number: Mapped[str | None] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(12))
    file: Mapped[str | None] = mapped_column(String(300))
    """The recording of a message."""
    transcript: Mapped[str | None] = mapped_column(Text)
    """As the recogniser heard it; None until it has listened."""
    heard_with: Mapped[float | None]
    """The recogniser's confidence, 0 to 1."""
    state: Mapped[str] = mapped_column(String(12))
    """open or closed."""
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class OpeningHours(Base):
    """When persons are there, by weekday."""

    __tablename__ = "opening_hours"
    weekday: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1 is Monday."""
    spans: Mapped[str] = mapped_column(String(60))
    """`closed`, or `0830-1200+1400-1800`."""


class Holiday(Base):
    """A day that is not as its weekday is."""

    __tablename__ = "holiday"
    day: Mapped[date] = mapped_column(primary_key=True)
    spans: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(40))


class RecordingRow(Base):
    """One encrypted recording."""

    __tablename__ = "recording"
    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(String(64), index=True)
    file: Mapped[str] = mapped_column(String(300), unique=True)
    kept_as: Mapped[str] = mapped_column(String(20))
    """Its class, which says how long it is kept."""
    began_at: Mapped[datetime]
    seconds: Mapped[float]
    delete_on: Mapped[date] = mapped_column(index=True)


class StoryRow(Base):
    """What the next person must know of a call, as it was when a person was wanted."""

    __tablename__ = "call_story"
    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]
    story: Mapped[dict[str, Any]]
