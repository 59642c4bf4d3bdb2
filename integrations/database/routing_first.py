"""The tables of who answers as they were first made: a step of the migrations, which never changes again."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

from integrations.database.columns import create, moment, string


def make(connection: Connection) -> None:
    """Create them, in the words of whatever database this is."""
    create(connection, _owed, _hours, _kept)
    # What is owed is looked for every few seconds, among the calls of the last hours.
    connection.execute(text("CREATE INDEX ix_call_started_at ON call (started_at)"))


def _owed(tables: MetaData) -> None:
    Table(
        "callback",
        tables,
        Column("call_id", String(64), primary_key=True),
        *(string("number", 20), string("language", 12), string("band", 12), moment("wanted_at"), string("state", 12)),
        Column("tries", Integer, nullable=False),
        *(moment("next_at"), moment("placed_at", needed=False)),
        *(string("status", 20, needed=False), string("seat", 40, needed=False)),
        Index("ix_callback_state", "state", "next_at"),
        Index("ix_callback_number", "number"),
    )
    Table(
        "ticket",
        tables,
        Column("id", Integer, primary_key=True),
        *(string("kind", 20), string("call_id", 64), string("number", 20, needed=False), string("language", 12)),
        *(string("file", 300, needed=False), Column("transcript", Text), Column("heard_with", Double)),
        *(string("state", 12), Column("note", Text), moment("created_at"), moment("closed_at", needed=False)),
        Index("uq_ticket_source", "call_id", "kind", unique=True),
        Index("ix_ticket_state", "state"),
    )


def _hours(tables: MetaData) -> None:
    Table(
        "opening_hours",
        tables,
        Column("weekday", Integer, primary_key=True, autoincrement=False),
        string("spans", 60),
    )
    Table("holiday", tables, Column("day", Date, primary_key=True), string("spans", 60), string("name", 40))


def _kept(tables: MetaData) -> None:
    Table(
        "recording",
        tables,
        Column("id", Integer, primary_key=True),
        Column("call_id", String(64), nullable=False, index=True),
        Column("file", String(300), nullable=False, unique=True),
        *(string("kept_as", 20), moment("began_at"), Column("seconds", Double, nullable=False)),
        Column("delete_on", Date, nullable=False, index=True),
    )
    Table(
        "call_story",
        tables,
        Column("call_id", String(64), primary_key=True),
        moment("at"),
        Column("story", JSON, nullable=False),
    )
