"""The database: opened, brought up to date, and its failures in plain words."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from integrations.database.models import Base
from integrations.errors import DatabaseError

SCHEMA = 1
"""Version of the tables; a step in `_STEPS` leads from each version to the next."""
BUSY_TIMEOUT_MS = 3000
_SIGNS = (
    ("readonly", "read_only", "Make the file and its folder writable for the user that runs the hotline."),
    ("read-only", "read_only", "Make the file and its folder writable for the user that runs the hotline."),
    ("is full", "disk_full", "Free space on the disk."),
    ("unable to open", "unavailable", "Check that the folder exists and may be written to."),
)


def _first(connection: Connection) -> None:
    Base.metadata.create_all(connection)


_STEPS = {0: _first}


class Database:
    """One database. Sessions are synchronous: asynchronous callers use a thread. Raises DatabaseError everywhere."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._file = Path(address.removeprefix("sqlite:///")) if address.startswith("sqlite:///") else None
        self._engine: Engine = create_engine(address, pool_pre_ping=not self._file)
        if self._file:
            event.listen(self._engine, "connect", _pragmas)
        self._sessions = sessionmaker(self._engine, expire_on_commit=False)

    def migrate(self) -> None:
        """Bring the tables up to date. Codes: `read_only`, `disk_full`, `unavailable`, `newer_schema`."""
        with self._in_words():
            if self._file:
                self._private(self._file)
            with self._engine.begin() as connection:
                connection.execute(text("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)"))
                found = connection.execute(text("SELECT max(version) FROM schema_version")).scalar()
                version = int(found or 0)
                if version > SCHEMA:
                    raise DatabaseError(
                        "newer_schema",
                        f"The database has version {version}, this program knows up to {SCHEMA}.",
                        "Use the newer program, or restore the backup from before.",
                    )
                for number in range(version, SCHEMA):
                    _STEPS[number](connection)
                    connection.execute(text("INSERT INTO schema_version VALUES (:v)"), {"v": number + 1})

    def tables(self) -> list[str]:
        """Names of the tables that exist."""
        with self._in_words():
            return inspect(self._engine).get_table_names()

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction: committed at the end, rolled back by any exception."""
        with self._in_words(), self._sessions.begin() as session:
            yield session

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @staticmethod
    def _private(file: Path) -> None:
        """It holds what people told us: nobody else may read it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = str(getattr(error, "orig", None) or error)
            for sign, code, remedy in _SIGNS:
                if sign in cause.lower():
                    raise DatabaseError(code, f"The database cannot be written or read: {cause}.", remedy) from error
            remedy = f"See whether {self._file or 'the database server'} is there and whole."
            raise DatabaseError("unavailable", f"The database failed: {cause}.", remedy) from error
        except OSError as error:
            code = "disk_full" if error.errno == errno.ENOSPC else "unavailable"
            raise DatabaseError(
                code, f"The database file cannot be made: {error}.", "Check disk and rights."
            ) from error


def _pragmas(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        with contextlib.suppress(Exception):  # a read-only file refuses WAL; the first write then says why
            cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
