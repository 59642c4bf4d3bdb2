"""Sign-ins: a cookie that is good for one person, one browser, one address, and not for ever."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from integrations.database.audit import append
from integrations.database.desk_models import Staff, StaffSession
from integrations.database.people import Person, as_person, fingerprint
from integrations.database.store import Database

SEEN_EVERY_S = 30
"""`seen_at` is written at most this often: a page asks many things in a second."""


class SessionError(Exception):
    """The cookie is not good (any more). Codes: `none`, `ended`, `elsewhere`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Opened:
    """What the browser is given."""

    token: str
    csrf: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a request comes from."""

    person: Person
    csrf: str
    key: str
    """Of the session, as the database knows it."""
    ends_at: datetime
    """UTC; the latest, whatever is done."""


class Sessions:
    """The sign-ins on record. Every method raises DatabaseError."""

    def __init__(
        self,
        database: Database,
        idle_s: float,
        longest_s: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._idle, self._longest = timedelta(seconds=idle_s), timedelta(seconds=longest_s)
        self._clock = now

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC).replace(tzinfo=None)

    def open(self, person: Person, address: str, user_agent: str) -> Opened:
        """Begin a session."""
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        with self._database.session() as session:
            session.add(
                StaffSession(
                    token_hash=fingerprint(token),
                    staff_id=person.staff_id,
                    csrf=csrf,
                    address=address,
                    agent_hash=fingerprint(user_agent),
                    created_at=self._now(),
                    seen_at=self._now(),
                )
            )
        return Opened(token, csrf)

    def look(self, token: str, address: str, user_agent: str) -> SignedIn:
        """Who this is. Raises SessionError.

        A cookie that comes from another address or browser is refused and its session ended: whoever it was taken from
        signs in again, whoever took it cannot go on."""
        now = self._now()
        problem: SessionError | None = None
        with self._database.session() as session:
            row = session.get(StaffSession, fingerprint(token))
            staff = session.get(Staff, row.staff_id) if row else None
            if row is None or staff is None:
                raise SessionError("none", "请先登录。 Please sign in.")
            if row.ended_at is not None or not staff.active:
                raise SessionError("ended", "登录已结束，请重新登录。 Your session has ended; please sign in again.")
            if now - row.seen_at > self._idle or now - row.created_at > self._longest:
                row.ended_at = now
                problem = SessionError(
                    "ended",
                    "登录时间太久，请重新登录。写好的内容还在。 "
                    "Your session is too old; please sign in again. What you wrote is kept.",
                )
            elif row.address != address or row.agent_hash != fingerprint(user_agent):
                row.ended_at = now
                append(session, staff.user, "session_elsewhere", staff.user, {"was": row.address, "now": address})
                problem = SessionError(
                    "elsewhere",
                    "这次登录来自另一个地址，已结束；请重新登录。 "
                    "This session was used from another address and has been ended; please sign in again.",
                )
            elif (now - row.seen_at).total_seconds() > SEEN_EVERY_S:
                row.seen_at = now
            if problem is None:
                return SignedIn(as_person(staff), row.csrf, row.token_hash, row.created_at + self._longest)
        raise problem

    def end(self, key: str, who: str) -> None:
        """Sign out."""
        with self._database.session() as session:
            session.execute(update(StaffSession).where(StaffSession.token_hash == key).values(ended_at=self._now()))
            append(session, who, "signed_out", who, {})

    def still_open(self, key: str) -> bool:
        """Whether a session that was good before still is: asked by pages that stay open."""
        now = self._now()
        with self._database.session() as session:
            row = session.scalar(select(StaffSession).where(StaffSession.token_hash == key))
            if row is None or row.ended_at is not None or now - row.created_at > self._longest:
                return False
            staff = session.get(Staff, row.staff_id)
            return staff is not None and staff.active
