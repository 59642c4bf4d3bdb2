"""The tables of the desk as they were first made: a step of the migrations, which never changes again."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.sql.schema import SchemaItem


def make(connection: Connection) -> None:
    """Create them, in the words of whatever database this is."""
    tables = MetaData()
    _people(tables)
    _calls(tables)
    tables.create_all(connection)


def _text(name: str, length: int) -> Column[str]:
    return Column(name, String(length), nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _time(name: str, *, needed: bool = True) -> SchemaItem:
    return Column(name, DateTime(timezone=False), nullable=not needed)


def _staff_id(*, index: bool = False, primary_key: bool = False) -> SchemaItem:
    return Column(
        "staff_id", Integer, ForeignKey("staff.id"), nullable=False, index=index or None, primary_key=primary_key
    )


def _people(tables: MetaData) -> None:
    Table(
        "staff",
        tables,
        Column("id", Integer, primary_key=True),
        Column("login", String(40), nullable=False, unique=True),
        *(_text("name", 60), _text("role", 16), _text("password_hash", 200), _text("totp_secret", 64)),
        *(_number("totp_last"), _text("languages", 60), _flag("active"), _number("failures")),
        *(_time("locked_until", needed=False), _time("created_at")),
    )
    Table(
        "staff_session",
        tables,
        Column("token_hash", String(64), primary_key=True),
        _staff_id(index=True),
        *(_text("csrf", 64), _text("address", 64), _text("agent_hash", 64)),
        *(_time("created_at"), _time("seen_at"), _time("ended_at", needed=False)),
    )
    Table(
        "audit",
        tables,
        Column("id", Integer, primary_key=True),
        *(_time("at"), _text("who", 40), _text("what", 40), _text("target", 120)),
        Column("data", JSON, nullable=False),
        _text("hash", 64),
    )
    Table(
        "seat_state",
        tables,
        _staff_id(primary_key=True),
        Column("seat", String(40), nullable=False, unique=True),
        _text("state", 12),
        Column("reason", String(40)),
        *(_text("language", 12), _time("since")),
    )


def _calls(tables: MetaData) -> None:
    Table(
        "call_note",
        tables,
        Column("id", Integer, primary_key=True),
        Column("call_id", String(64), nullable=False, index=True),
        _staff_id(),
        Column("text", Text, nullable=False),
        *(_number("version"), _time("changed_at")),
        UniqueConstraint("call_id", "staff_id"),
    )
    Table(
        "wrap_up",
        tables,
        Column("call_id", String(64), primary_key=True),
        _staff_id(),
        *(_text("result", 16), _text("subject", 80)),
        Column("note", Text, nullable=False),
        _flag("ticket"),
        Column("follow_up_on", Date),
        _time("done_at"),
        Index("ix_wrap_up_follow_up", "follow_up_on"),
    )
    Table(
        "knowledge_article",
        tables,
        Column("id", Integer, primary_key=True),
        Column("slug", String(60), nullable=False, unique=True),
        *(_text("title", 120), _text("intents", 200)),
        Column("body", Text, nullable=False),
        *(_time("changed_at"), _text("changed_by", 40)),
    )
