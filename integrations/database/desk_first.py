"""The tables of the desk as they were first made: a step of the migrations, which never changes again."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
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

from integrations.database.columns import create, moment, string


def make(connection: Connection) -> None:
    """Create them, in the words of whatever database this is."""
    create(connection, _people, _calls)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


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
        *(string("name", 60), string("role", 16), string("password_hash", 200), string("totp_secret", 64)),
        *(_number("totp_last"), string("languages", 60), _flag("active"), _number("failures")),
        *(moment("locked_until", needed=False), moment("created_at")),
    )
    Table(
        "staff_session",
        tables,
        Column("token_hash", String(64), primary_key=True),
        _staff_id(index=True),
        *(string("csrf", 64), string("address", 64), string("agent_hash", 64)),
        *(moment("created_at"), moment("seen_at"), moment("ended_at", needed=False)),
    )
    Table(
        "audit",
        tables,
        Column("id", Integer, primary_key=True),
        *(moment("at"), string("who", 40), string("what", 40), string("target", 120)),
        Column("data", JSON, nullable=False),
        string("hash", 64),
    )
    Table(
        "seat_state",
        tables,
        _staff_id(primary_key=True),
        Column("seat", String(40), nullable=False, unique=True),
        string("state", 12),
        Column("reason", String(40)),
        *(string("language", 12), moment("since")),
    )


def _calls(tables: MetaData) -> None:
    Table(
        "call_note",
        tables,
        Column("id", Integer, primary_key=True),
        Column("call_id", String(64), nullable=False, index=True),
        _staff_id(),
        Column("text", Text, nullable=False),
        *(_number("version"), moment("changed_at")),
        UniqueConstraint("call_id", "staff_id"),
    )
    Table(
        "wrap_up",
        tables,
        Column("call_id", String(64), primary_key=True),
        _staff_id(),
        *(string("result", 16), string("subject", 80)),
        Column("note", Text, nullable=False),
        _flag("ticket"),
        Column("follow_up_on", Date),
        moment("done_at"),
        Index("ix_wrap_up_follow_up", "follow_up_on"),
    )
    Table(
        "knowledge_article",
        tables,
        Column("id", Integer, primary_key=True),
        Column("slug", String(60), nullable=False, unique=True),
        *(string("title", 120), string("intents", 200)),
        Column("body", Text, nullable=False),
        *(moment("changed_at"), string("changed_by", 40)),
    )
