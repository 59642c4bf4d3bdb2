"""The table of callers' pauses, as it was when it came. Never change it: `migrations` numbers it."""

from __future__ import annotations

from sqlalchemy import Connection, text

_STATEMENTS = (
    """CREATE TABLE caller_pause (caller VARCHAR(64) NOT NULL, added_s FLOAT NOT NULL, changed_at DATETIME NOT NULL,
    PRIMARY KEY (caller))""",
    "CREATE INDEX ix_caller_pause_changed_at ON caller_pause (changed_at)",
)


def make(connection: Connection) -> None:
    """Make the table."""
    for statement in _STATEMENTS:
        connection.execute(text(statement))
