"""From each version of the tables to the next. Steps are numbered by the version that they lead to: never change one
that was released, only add. A new database gets the newest tables at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, text

from integrations.database import (
    desk_first,
    desk_models,
    desk_second,
    listening_first,
    listening_models,
    models,
    routing_first,
    routing_models,
)
from integrations.errors import DatabaseError

SCHEMA = 6
"""Version of the tables in `models`."""

_MODULES = (models, routing_models, desk_models, listening_models)
"""All modules with tables: one that is not imported here would have none in a new database."""

_SECOND = (
    "ALTER TABLE hospital ADD COLUMN county VARCHAR(20)",
    "ALTER TABLE caller_speech ADD COLUMN language VARCHAR(12)",
    "ALTER TABLE call ADD COLUMN info JSON",
    # One payment a month instead of the last one only: SQLite changes a primary key by making the table anew.
    "DROP INDEX ix_pension_identity_hash",
    "ALTER TABLE pension RENAME TO pension_before",
    """CREATE TABLE pension (person_id INTEGER NOT NULL, month VARCHAR(7) NOT NULL, identity_hash VARCHAR(64) NOT NULL,
    status VARCHAR(10) NOT NULL, amount_yuan NUMERIC(10, 2) NOT NULL, paid_on DATE, reason VARCHAR(80),
    PRIMARY KEY (person_id, month), FOREIGN KEY(person_id) REFERENCES person (id))""",
    """INSERT INTO pension (person_id, month, identity_hash, status, amount_yuan, paid_on, reason)
    SELECT person_id, month, identity_hash, status, amount_yuan, paid_on, reason FROM pension_before""",
    "DROP TABLE pension_before",
    "CREATE INDEX ix_pension_identity_hash ON pension (identity_hash)",
)


def _second(connection: Connection) -> None:
    for statement in _SECOND:
        connection.execute(text(statement))


STEPS: Mapping[int, Callable[[Connection], None]] = {
    2: _second,
    3: routing_first.make,
    4: desk_first.make,
    5: desk_second.make,
    6: listening_first.make,
}


def bring_up_to_date(connection: Connection) -> None:
    """Bring the tables to SCHEMA, within the transaction of `connection`. Raises DatabaseError `newer_schema`.

    It always writes: a database that can only be read is found out here and not by the first caller."""
    connection.execute(text("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)"))
    version = int(connection.execute(text("SELECT max(version) FROM schema_version")).scalar() or 0)
    if version > SCHEMA:
        raise DatabaseError(
            "newer_schema",
            f"The database has version {version}, this program knows up to {SCHEMA}.",
            "Use the newer program, or restore the backup from before.",
        )
    if version == 0:
        models.Base.metadata.create_all(connection)
        _note(connection, SCHEMA)
    else:
        for number in range(version + 1, SCHEMA + 1):
            STEPS[number](connection)
            _note(connection, number)
        connection.execute(text("UPDATE schema_version SET version = version"))


def _note(connection: Connection, version: int) -> None:
    connection.execute(text("INSERT INTO schema_version VALUES (:version)"), {"version": version})
