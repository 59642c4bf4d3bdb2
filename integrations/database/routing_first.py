"""The tables of who answers as they were first made: a step of the migrations, which never changes again."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.sql.schema import SchemaItem


def make(connection: Connection) -> None:
    """Create them, in the words of whatever database this is."""
    tables = MetaData()
    _owed(tables)
    _hours(tables)
    _kept(tables)
    tables.create_all(connection)
    # What is owed is looked for every few seconds, among the calls of the last hours.
    connection.execute(text("CREATE INDEX ix_call_started_at ON call (started_at)"))


def _text(name: str, length: int, *, needed: bool = True) -> SchemaItem:
    return Column(name, String(length), nullable=not needed)


def _time(name: str, *, needed: bool = True) -> SchemaItem:
    return Column(name, DateTime(timezone=False), nullable=not needed)


def _owed(tables: MetaData) -> None:
    Table(
        "callback",
        tables,
        Column("call_id", String(64), primary_key=True),
        *(_text("number", 20), _text("language", 12), _text("band", 12), _time("wanted_at"), _text("state", 12)),
        Column("tries", Integer, nullable=False),
        *(_time("next_at"), _time("placed_at", needed=False)),
        *(_text("status", 20, needed=False), _text("seat", 40, needed=False)),
        Index("ix_callback_state", "state", "next_at"),
        Index("ix_callback_number", "number"),
    )
    Table(
        "ticket",
        tables,
        Column("id", Integer, primary_key=True),
        *(_text("kind", 20), _text("call_id", 64), _text("number", 20, needed=False), _text("language", 12)),
        *(_text("file", 300, needed=False), Column("transcript", Text), Column("heard_with", Double)),
        *(_text("state", 12), Column("note", Text), _time("created_at"), _time("closed_at", needed=False)),
        Index("uq_ticket_source", "call_id", "kind", unique=True),
        Index("ix_ticket_state", "state"),
    )


def _hours(tables: MetaData) -> None:
    Table(
        "opening_hours",
        tables,
        Column("weekday", Integer, primary_key=True, autoincrement=False),
        _text("spans", 60),
    )
    Table("holiday", tables, Column("day", Date, primary_key=True), _text("spans", 60), _text("name", 40))


def _kept(tables: MetaData) -> None:
    Table(
        "recording",
        tables,
        Column("id", Integer, primary_key=True),
        Column("call_id", String(64), nullable=False, index=True),
        Column("file", String(300), nullable=False, unique=True),
        *(_text("kept_as", 20), _time("began_at"), Column("seconds", Double, nullable=False)),
        Column("delete_on", Date, nullable=False, index=True),
    )
    Table(
        "call_story",
        tables,
        Column("call_id", String(64), primary_key=True),
        _time("at"),
        Column("story", JSON, nullable=False),
    )
