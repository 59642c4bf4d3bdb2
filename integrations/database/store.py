"""The database: opened, brought up to date, and its failures in plain words."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from integrations.database.migrations import SCHEMA, bring_up_to_date
from integrations.errors import DatabaseError

__all__ = ["SCHEMA", "Database"]

BUSY_TIMEOUT_MS = 3000
FULL_BYTES = 65_536
"""With less free than this, a failure that SQLite has no name for is the disk's."""
_REMEDIES = {
    "read_only": "Make the file and its folder writable for the user that runs the hotline.",
    "disk_full": "Free space on the disk.",
}
_SIGNS = (("readonly", "read_only"), ("read-only", "read_only"), ("is full", "disk_full"))
_CODES = {errno.ENOSPC: "disk_full", errno.EDQUOT: "disk_full", errno.EROFS: "read_only", errno.EACCES: "read_only"}


class Database:
    """One database. Sessions are synchronous: asynchronous callers use a thread. Raises DatabaseError everywhere."""

    def __init__(self, address: str) -> None:
        url = make_url(address)
        self._sqlite = url.get_backend_name() == "sqlite"
        self._file = _file(url) if self._sqlite else None
        self.address = address
        self._engine: Engine = create_engine(url, pool_pre_ping=not self._sqlite)
        if self._sqlite:
            event.listen(self._engine, "connect", _pragmas)
        self._sessions = sessionmaker(self._engine, expire_on_commit=False)

    def migrate(self) -> None:
        """Bring the tables up to date, all of it or nothing. Codes: `read_only`, `disk_full`, `unavailable`,

        `newer_schema`."""
        with self._in_words():
            if self._file:
                _private(self._file)
            with self._engine.begin() as connection:
                if self._sqlite:  # Python begins no transaction for CREATE TABLE; two programs may start at once
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                bring_up_to_date(connection)

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

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = str(getattr(error, "orig", None) or error)
            code = self._code(cause.lower())
            remedy = _REMEDIES.get(code, f"See whether {self._file or 'the database server'} is there and whole.")
            raise DatabaseError(code, f"The database cannot be written or read: {cause}.", remedy) from error
        except OSError as error:
            code = _CODES.get(error.errno or 0, "unavailable")
            remedy = _REMEDIES.get(code, "Check that the folder exists and may be written to.")
            raise DatabaseError(code, f"The database file cannot be made: {error}.", remedy) from error

    def _code(self, cause: str) -> str:
        for sign, code in _SIGNS:
            if sign in cause:
                return code
        if self._file and self._file.exists() and ("unable to open" in cause or "disk i/o" in cause):
            if not (os.access(self._file, os.W_OK) and os.access(self._file.parent, os.W_OK)):
                return "read_only"  # SQLite cannot make the files that it needs beside the database
            if shutil.disk_usage(self._file.parent).free < FULL_BYTES:
                return "disk_full"
        return "unavailable"


def _file(url: URL) -> Path | None:
    """The file of a SQLite database; None when it is in memory or addressed in SQLite's own way."""
    name = url.database
    return Path(name) if name and name != ":memory:" and not name.startswith("file:") else None


def _private(file: Path) -> None:
    """It holds what people told us: nobody else may read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
    elif file.stat().st_mode & 0o077:
        file.chmod(0o600)


def _pragmas(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=NORMAL", "journal_mode=WAL"):
        with contextlib.suppress(sqlite3.Error):  # a read-only file refuses WAL; the first write then says why
            cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
