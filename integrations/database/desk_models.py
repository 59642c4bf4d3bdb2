"""The tables of the desk: staff, their sessions and states, the audit log, notes, wrap-ups, knowledge."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from integrations.database.models import Base


class Staff(Base):
    """A person who works at the hotline."""

    __tablename__ = "staff"
    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column("login", String(40), unique=True)  # "user" means something else to PostgreSQL
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(16))
    """agent, supervisor, editor, administrator or auditor."""
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_secret: Mapped[str] = mapped_column(String(64))
    totp_last: Mapped[int] = mapped_column(default=0)
    """Number of the last 30 s interval whose code was taken: each code is good for one sign-in."""
    languages: Mapped[str] = mapped_column(String(60), default="zh")
    """Codes of language packs, with commas between."""
    active: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    """Wrong passwords or codes in a row."""
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class StaffSession(Base):
    """One sign-in, in one browser."""

    __tablename__ = "staff_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the cookie, which itself is not kept."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    agent_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the browser's User-Agent."""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class StaffLink(Base):
    """Who a person of the town's identity provider is here."""

    __tablename__ = "staff_link"
    issuer: Mapped[str] = mapped_column(String(200), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    """The provider's own name for the person (`sub`), which never passes to somebody else."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    made_at: Mapped[datetime]


class AuditRow(Base):
    """One entry of the audit log. Entries are only ever added; each carries the hash of the one before."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(120))
    data: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(String(64))


class SeatState(Base):
    """Where a signed-in agent sits and whether they take calls. One person to a seat, one seat to a person."""

    __tablename__ = "seat_state"
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    seat: Mapped[str] = mapped_column(String(40), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    """ready, paused or wrap_up."""
    reason: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(12))
    since: Mapped[datetime]


class CallNote(Base):
    """What an agent wrote about a call while it went on."""

    __tablename__ = "call_note"
    __table_args__ = (UniqueConstraint("call_id", "staff_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(String(64), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    text: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    """Counts the savings: an old tab cannot overwrite what was written since."""
    changed_at: Mapped[datetime]


class WrapUp(Base):
    """What was agreed when an agent was done with a call: one for each agent who had it."""

    __tablename__ = "wrap_up"
    __table_args__ = (Index("ix_wrap_up_follow_up", "follow_up_on"),)
    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    result: Mapped[str] = mapped_column(String(16))
    """solved, handed_on, follow_up, no_need or nuisance."""
    subject: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text)
    ticket: Mapped[bool] = mapped_column(default=False)
    follow_up_on: Mapped[date | None]
    done_at: Mapped[datetime]


class KnowledgeArticle(Base):
    """Something that an agent may want to look up, as Markdown."""

    __tablename__ = "knowledge_article"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    intents: Mapped[str] = mapped_column(String(200), default="")
    """Intents that this article fits, with commas between."""
    body: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(40))
