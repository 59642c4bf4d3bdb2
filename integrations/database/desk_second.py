"""Version 5 of the tables, a step of the migrations that never changes again: each agent of a call has a wrap-up and a
ticket of their own, people have a county, staff may sign in with the town's provider."""

from __future__ import annotations

from sqlalchemy import (
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
    text,
)

_BEFORE = (
    "ALTER TABLE person ADD COLUMN county VARCHAR(20)",
    "ALTER TABLE ticket ADD COLUMN staff_id INTEGER DEFAULT 0 NOT NULL",
    """UPDATE ticket SET staff_id = COALESCE((SELECT staff_id FROM wrap_up WHERE wrap_up.call_id = ticket.call_id), 0)
    WHERE kind = 'wrap_up'""",
    "DROP INDEX uq_ticket_source",
    "CREATE UNIQUE INDEX uq_ticket_source ON ticket (call_id, kind, staff_id)",
    # SQLite changes a primary key by making the table anew.
    "DROP INDEX ix_wrap_up_follow_up",
    "ALTER TABLE wrap_up RENAME TO wrap_up_before",
)
_AFTER = (
    """INSERT INTO wrap_up (call_id, staff_id, result, subject, note, ticket, follow_up_on, done_at)
    SELECT call_id, staff_id, result, subject, note, ticket, follow_up_on, done_at FROM wrap_up_before""",
    "DROP TABLE wrap_up_before",
)


def make(connection: Connection) -> None:
    """Bring the tables from version 4 to version 5."""
    for statement in _BEFORE:
        connection.execute(text(statement))
    tables = MetaData()
    Table("staff", tables, Column("id", Integer, primary_key=True))  # is there: only what points at it is made
    Table(
        "wrap_up",
        tables,
        Column("call_id", String(64), primary_key=True),
        Column("staff_id", Integer, ForeignKey("staff.id"), primary_key=True),
        Column("result", String(16), nullable=False),
        Column("subject", String(80), nullable=False),
        Column("note", Text, nullable=False),
        Column("ticket", Boolean, nullable=False),
        Column("follow_up_on", Date),
        Column("done_at", DateTime(timezone=False), nullable=False),
        Index("ix_wrap_up_follow_up", "follow_up_on"),
    )
    Table(
        "staff_link",
        tables,
        Column("issuer", String(200), primary_key=True),
        Column("subject", String(255), primary_key=True),
        Column("staff_id", Integer, ForeignKey("staff.id"), nullable=False, index=True),
        Column("made_at", DateTime(timezone=False), nullable=False),
    )
    tables.create_all(connection)
    for statement in _AFTER:
        connection.execute(text(statement))
