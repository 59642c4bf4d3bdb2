"""The audit log: it only grows, and each entry carries the hash of the one before, so that a change is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from integrations.database.desk_models import AuditRow
from integrations.database.store import Database

FIRST = "0" * 64
"""What stands in for the hash before the first entry."""
PAGE = 1000
RECENT = 50_000
"""Some days of a busy hotline: `has` asks while somebody waits, and the log only grows."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry."""

    number: int
    at: datetime
    """UTC."""
    who: str
    what: str
    target: str
    data: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the whole log found."""

    entries: int
    head: str
    """Hash of the last entry: written down elsewhere, it also shows that the end was not cut off."""
    broken_at: int | None
    """Number of the first entry that does not fit; None when all fit."""


class AuditLog:
    """Adds and reads. There is no way to change or remove an entry. Every method raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, who: str, what: str, target: str = "", **data: Any) -> None:
        """Write one entry in a transaction of its own."""
        with self._database.session() as session:
            append(session, who, what, target, data)

    def verify(self) -> Verdict:
        """Go through all entries and compute their hashes anew."""
        before, count, expected = FIRST, 0, 1
        with self._database.session() as session:
            while True:
                rows = session.scalars(
                    select(AuditRow).where(AuditRow.id >= expected).order_by(AuditRow.id).limit(PAGE)
                ).all()
                for row in rows:
                    if row.id != expected or row.hash != _hash(before, _entry(row)):
                        return Verdict(count, before, expected)
                    before, count, expected = row.hash, count + 1, expected + 1
                if len(rows) < PAGE:
                    return Verdict(count, before, None)
                session.expunge_all()

    def has_head(self, head: str) -> bool:
        """Whether an entry has this hash: one that was once the last is still there."""
        with self._database.session() as session:
            return session.scalar(select(AuditRow.id).where(AuditRow.hash == head)) is not None

    def has(self, who: str, what: str, target: str) -> bool:
        """Whether somebody did that with this target, in the last `RECENT` entries."""
        newest = select(func.max(AuditRow.id)).scalar_subquery()
        wanted = select(AuditRow.id).where(
            AuditRow.id > newest - RECENT, AuditRow.target == target, AuditRow.who == who, AuditRow.what == what
        )
        with self._database.session() as session:
            return session.scalar(wanted.limit(1)) is not None

    def entries(self, limit: int = 200, before: int | None = None, target: str = "") -> list[AuditEntry]:
        """The newest entries, newest first; `before` is a number to page on from."""
        wanted = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(AuditRow.id < before)
        if target:
            wanted = wanted.where(AuditRow.target == target)
        with self._database.session() as session:
            return [_entry(row) for row in session.scalars(wanted)]


def append(session: Session, who: str, what: str, target: str, data: Mapping[str, Any]) -> None:
    """Write one entry within a transaction, so that it stands or falls with what it tells of."""
    # Two writers must not build on the same entry: SQLite is told to begin writing before the last hash is read,
    # and PostgreSQL lets one of them wait.
    if session.connection().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
    else:
        session.execute(text("UPDATE audit SET who = who WHERE id < 0"))
    last = session.execute(select(AuditRow.id, AuditRow.hash).order_by(AuditRow.id.desc()).limit(1)).first()
    number, before = (last.id + 1, last.hash) if last else (1, FIRST)
    plain: dict[str, Any] = json.loads(json.dumps(dict(data), ensure_ascii=False, default=str))
    row = AuditRow(id=number, at=_now(), who=who[:40], what=what[:40], target=target[:120], data=plain, hash="")
    row.hash = _hash(before, _entry(row))
    session.add(row)
    session.flush()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(row.id, row.at, row.who, row.what, row.target, row.data, row.hash)


def _hash(before: str, entry: AuditEntry) -> str:
    told = [before, entry.number, entry.at.isoformat(), entry.who, entry.what, entry.target, entry.data]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
