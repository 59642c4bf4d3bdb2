"""The staff: who they are, how they sign in, and what their role lets them do."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from integrations.database.audit import append
from integrations.database.desk_models import SeatState, Staff, StaffSession
from integrations.database.store import Database

PASSWORD_MIN, PASSWORD_MAX = 10, 200
FREE_FAILURES = 4
"""Wrong tries before each further one has to wait."""
LOCK_AFTER = 10
LOCK_S = 900
USER = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
"""Checked when there is no such user, so that the time taken does not tell."""


class Role(StrEnum):
    """What a member of staff is."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What a role may do."""

    TAKE_CALLS = "take_calls"
    SEE_CALLS = "see_calls"
    SEE_WALL = "see_wall"
    LISTEN = "listen"
    EDIT_KNOWLEDGE = "edit_knowledge"
    MANAGE_STAFF = "manage_staff"
    READ_AUDIT = "read_audit"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.AGENT: frozenset({Right.TAKE_CALLS, Right.SEE_CALLS}),
    Role.SUPERVISOR: frozenset({Right.TAKE_CALLS, Right.SEE_CALLS, Right.SEE_WALL, Right.LISTEN, Right.EDIT_KNOWLEDGE}),
    Role.EDITOR: frozenset({Right.EDIT_KNOWLEDGE}),
    # An administrator manages people and sees figures, and no caller's story: the fewest who need it, see it.
    Role.ADMINISTRATOR: frozenset({Right.MANAGE_STAFF, Right.EDIT_KNOWLEDGE, Right.SEE_WALL}),
    Role.AUDITOR: frozenset({Right.READ_AUDIT}),
}


class PeopleError(Exception):
    """It cannot be done. Codes: `bad_user`, `bad_password`, `bad_role`, `user_exists`, `no_user`, `wrong`, `locked`,
    `seat_taken`, `no_person`, `closed`, `linked`. `str()` is a sentence for people; `wait_s` says how long to wait,
    where that helps."""

    def __init__(self, code: str, message: str, wait_s: int = 0) -> None:
        super().__init__(message)
        self.code, self.wait_s = code, wait_s


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff as others may know them."""

    staff_id: int
    user: str
    name: str
    role: Role
    languages: tuple[str, ...]
    active: bool

    def may(self, right: Right) -> bool:
        """Whether the role has this right."""
        return right in RIGHTS[self.role]


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What only the one who adds a person gets to see, once."""

    person: Person
    password: str
    totp_secret: str


class People:
    """The staff on record. Times are UTC. Every method raises DatabaseError, and PeopleError where it says so."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._clock = now

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC).replace(tzinfo=None)

    def add(self, by: str, user: str, name: str, role: str, *, password: str = "", languages: str = "zh") -> NewPerson:
        """Add a person; makes a password when none is given. PeopleError: bad_user, bad_password, bad_role,

        user_exists."""
        if not USER.fullmatch(user):
            raise PeopleError(
                "bad_user", "A user name is 2 to 40 small letters, digits, dots or dashes, and begins with a letter."
            )
        if role not in set(Role):
            raise PeopleError("bad_role", f"There is no role {role!r}. Roles: {', '.join(Role)}.")
        password = password or secrets.token_urlsafe(12)
        made = Staff(
            user=user,
            name=name.strip()[:60] or user,
            role=role,
            password_hash=hash_password(password),
            totp_secret=pyotp.random_base32(),
            languages=languages[:60],
            active=True,
            created_at=self._now(),
        )
        with self._database.session() as session:
            if session.scalar(select(Staff.id).where(Staff.user == user)) is not None:
                raise PeopleError("user_exists", f"There is a user {user} already.")
            session.add(made)
            session.flush()
            append(session, by, "staff_added", user, {"role": role})
            return NewPerson(as_person(made), password, made.totp_secret)

    def list(self) -> list[Person]:
        """All people, by user name."""
        with self._database.session() as session:
            return [as_person(row) for row in session.scalars(select(Staff).order_by(Staff.user))]

    def renew(self, by: str, user: str, password: str = "") -> NewPerson:
        """A new password and a new second factor; ends all sessions and unlocks. PeopleError: no_user, bad_password."""
        password = password or secrets.token_urlsafe(12)
        hashed = hash_password(password)
        with self._database.session() as session:
            staff = _find(session, user)
            staff.password_hash, staff.totp_secret = hashed, pyotp.random_base32()
            staff.failures, staff.locked_until, staff.totp_last = 0, None, 0
            self._end_sessions(session, staff.id)
            append(session, by, "staff_renewed", user, {})
            return NewPerson(as_person(staff), password, staff.totp_secret)

    def set_active(self, by: str, user: str, active: bool) -> None:
        """Let a person in, or keep them out and end their sessions at once. PeopleError: no_user."""
        with self._database.session() as session:
            staff = _find(session, user)
            staff.active = active
            if active:
                staff.failures, staff.locked_until = 0, None
            else:
                self._end_sessions(session, staff.id)
                session.execute(delete(SeatState).where(SeatState.staff_id == staff.id))
            append(session, by, "staff_active" if active else "staff_closed", user, {})

    def set_role(self, by: str, user: str, role: str) -> None:
        """Change what a person may do; their sessions end, so that nothing of the old role is left."""
        if role not in set(Role):
            raise PeopleError("bad_role", f"There is no role {role!r}. Roles: {', '.join(Role)}.")
        with self._database.session() as session:
            staff = _find(session, user)
            before, staff.role = staff.role, role
            self._end_sessions(session, staff.id)
            append(session, by, "staff_role", user, {"before": before, "after": role})

    def check(self, user: str, password: str, code: str, address: str) -> Person:
        """Who this is, by password and second factor. PeopleError: `wrong` (which of the two is not told), `locked`.

        Wrong tries beyond the fourth make the next one wait, twice as long each time; ten lock for a quarter of an
        hour. The password check takes some 50 ms on purpose: call it from a thread."""
        failure: PeopleError | None = None
        with self._database.session() as session:
            staff = session.scalar(select(Staff).where(Staff.user == user[:40]))
            self._refuse_locked(staff)
        good_password = verify_password(staff.password_hash if staff else _NOBODY, password)
        with self._database.session() as session:
            # A hundred tries at once must be counted one after the other: the row is ours before it is read.
            session.execute(update(Staff).where(Staff.user == user[:40]).values(failures=Staff.failures))
            staff = session.scalar(select(Staff).where(Staff.user == user[:40]))
            self._refuse_locked(staff)
            interval = self._code_interval(staff, code) if staff else None
            if staff is None or not staff.active or not good_password or interval is None:
                failure = self._failed(session, staff, user, address)
            else:
                staff.failures, staff.locked_until, staff.totp_last = 0, None, interval
                append(session, staff.user, "signed_in", staff.user, {"address": address})
        if failure is not None:  # raised outside: the count of failures must be kept, not rolled back
            raise failure
        assert staff is not None
        return as_person(staff)

    def check_code(self, user: str, code: str, address: str) -> Person:
        """Who this is, by second factor alone: somebody else has vouched for the first. PeopleError: `wrong`, `locked`.

        Wrong codes count as wrong tries of that account, and wait and lock in the same way."""
        failure: PeopleError | None = None
        with self._database.session() as session:
            session.execute(update(Staff).where(Staff.user == user).values(failures=Staff.failures))
            staff = session.scalar(select(Staff).where(Staff.user == user))
            self._refuse_locked(staff)
            interval = self._code_interval(staff, code) if staff else None
            if staff is None or not staff.active or interval is None:
                failure = self._failed(session, staff, user, address)
            else:
                staff.failures, staff.locked_until, staff.totp_last = 0, None, interval
        if failure is not None:  # raised outside: the count of failures must be kept, not rolled back
            raise failure
        assert staff is not None
        return as_person(staff)

    def _refuse_locked(self, staff: Staff | None) -> None:
        if staff is not None and staff.locked_until is not None and staff.locked_until > self._now():
            raise _locked(staff.locked_until - self._now(), staff.failures)

    def _code_interval(self, staff: Staff, code: str) -> int | None:
        """The 30 s interval that the code belongs to: this one or a neighbour, and later than the last one used."""
        now = int(self._now().replace(tzinfo=UTC).timestamp()) // 30
        totp = pyotp.TOTP(staff.totp_secret)
        plain = re.sub(r"\s", "", code)[:8].encode("ascii", "replace")
        for interval in (now, now - 1, now + 1):
            right = secrets.compare_digest(totp.generate_otp(interval).encode(), plain)
            if right and interval > staff.totp_last:
                return interval
        return None

    def _failed(self, session: Session, staff: Staff | None, user: str, address: str) -> PeopleError:
        append(session, user[:40] or "?", "sign_in_failed", user[:40], {"address": address})
        if staff is None:
            return _wrong()
        staff.failures += 1
        if staff.failures <= FREE_FAILURES:
            return _wrong()
        wait_s = LOCK_S if staff.failures >= LOCK_AFTER else 2 ** (staff.failures - FREE_FAILURES)
        staff.locked_until = self._now() + timedelta(seconds=wait_s)
        if staff.failures >= LOCK_AFTER:
            append(session, "yinling", "locked", staff.user, {"failures": staff.failures, "address": address})
        return _locked(timedelta(seconds=wait_s), staff.failures)

    @staticmethod
    def _end_sessions(session: Session, staff_id: int) -> None:
        now = datetime.now(UTC).replace(tzinfo=None)
        open_ones = update(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        session.execute(open_ones.values(ended_at=now))


def hash_password(password: str) -> str:
    """argon2id with the package's own parameters (RFC 9106, low memory). PeopleError `bad_password`."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise PeopleError("bad_password", f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters.")
    return _HASHER.hash(password)


def verify_password(hashed: str, password: str) -> bool:
    """Whether this is the password."""
    if len(password) > PASSWORD_MAX:
        return False
    try:
        return _HASHER.verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


def fingerprint(value: str) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(value.encode("utf-8", errors="replace")).hexdigest()


def _find(session: Session, user: str) -> Staff:
    staff = session.scalar(select(Staff).where(Staff.user == user))
    if staff is None:
        raise PeopleError("no_user", f"There is no user {user}.")
    return staff


def as_person(row: Staff) -> Person:
    """As others may know them."""
    languages = tuple(code for code in row.languages.split(",") if code)
    return Person(row.id, row.user, row.name, Role(row.role), languages, row.active)


def _wrong() -> PeopleError:
    return PeopleError(
        "wrong",
        "用户名、密码或验证码不对；验证码总不对，请核对手机的时间。 "
        "The user name, password or code is not right; if the code never is, check the clock of your phone.",
    )


def _locked(rest: timedelta, failures: int) -> PeopleError:
    seconds = max(1, round(rest.total_seconds()))
    if failures >= LOCK_AFTER:
        minutes = -(-seconds // 60)
        return PeopleError(
            "locked",
            f"错误次数太多，这个账号锁定 {minutes} 分钟。急用请找管理员。 "
            f"Too many wrong tries: this account is locked for {minutes} min. An administrator can open it.",
            seconds,
        )
    return PeopleError("locked", f"请等 {seconds} 秒再试。 Please wait {seconds} s before the next try.", seconds)
