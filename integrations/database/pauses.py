"""How long each caller pauses, from call to call: by a hash of the number, and forgotten when they call no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete

from integrations.database.keyed import keyed_hash
from integrations.database.listening_models import CallerPause
from integrations.database.store import Database

KEY = "caller_key"
KEEP = timedelta(days=365)
"""After so long without a call a caller's pauses are forgotten."""


class Pauses:
    """Every method raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, number: str) -> float:
        """Seconds that this caller's pauses add to the silence that ends a turn; 0 where nothing is known."""
        with self._database.session() as session:
            found = session.get(CallerPause, keyed_hash(session, KEY, number))
            return found.added_s if found is not None else 0.0

    def remember(self, number: str, added_s: float, now: datetime | None = None) -> None:
        """Keep it for the next call."""
        now = now or datetime.now(UTC).replace(tzinfo=None)
        with self._database.session() as session:
            session.merge(CallerPause(caller=keyed_hash(session, KEY, number), added_s=added_s, changed_at=now))

    def forget_old(self, now: datetime | None = None) -> None:
        """Forget those who have not called for a year."""
        now = now or datetime.now(UTC).replace(tzinfo=None)
        with self._database.session() as session:
            session.execute(delete(CallerPause).where(CallerPause.changed_at < now - KEEP))

    def pseudonym(self, number: str) -> str:
        """A name for the caller of this number that does not tell the number: 16 hexadecimal digits."""
        with self._database.session() as session:
            return keyed_hash(session, KEY, number)[:16]

    def forget(self, number: str) -> None:
        """Delete what is known of this caller's pauses."""
        with self._database.session() as session:
            session.execute(delete(CallerPause).where(CallerPause.caller == keyed_hash(session, KEY, number)))
