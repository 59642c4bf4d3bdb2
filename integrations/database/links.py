"""Who a person of the town's identity provider is here."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import pyotp
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from integrations.database.audit import append
from integrations.database.desk_models import Staff, StaffLink, StaffSession
from integrations.database.people import USER, PeopleError, Person, Role, as_person, hash_password
from integrations.database.store import Database


class Links:
    """Every method raises DatabaseError, and PeopleError where it says so."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def link(self, by: str, user: str, issuer: str, subject: str) -> None:
        """This member of staff is that person of the provider. PeopleError: no_user, linked."""
        with self._database.session() as session:
            staff = session.scalar(select(Staff).where(Staff.user == user))
            if staff is None:
                raise PeopleError("no_user", f"There is no user {user}.")
            if session.get(StaffLink, (issuer, subject)) is not None:
                raise PeopleError("linked", f"{subject} is somebody here already.")
            session.add(StaffLink(issuer=issuer, subject=subject, staff_id=staff.id, made_at=_now()))
            append(session, by, "staff_linked", user, {"issuer": issuer, "subject": subject})

    def come(self, issuer: str, subject: str, user: str, name: str, role: str, *, add: bool) -> Person:
        """Who comes with the provider's word for it, in the role that the provider gives.

        PeopleError: `no_person` (and `add` is off, or the name is taken by somebody of our own, who must not be taken
        over by a name alone), `closed`, `bad_user`."""
        with self._database.session() as session:
            link = session.get(StaffLink, (issuer, subject))
            staff = session.get(Staff, link.staff_id) if link else None
            if staff is None:
                staff = self._added(session, issuer, subject, user, name, role, add=add)
            if not staff.active:
                raise PeopleError("closed", f"{staff.user} is closed.")
            if staff.role != role:
                append(session, "oidc", "staff_role", staff.user, {"before": staff.role, "after": role})
                staff.role = role
                open_ones = update(StaffSession).where(
                    StaffSession.staff_id == staff.id, StaffSession.ended_at.is_(None)
                )
                session.execute(open_ones.values(ended_at=_now()))
            return as_person(staff)

    @staticmethod
    def _added(session: Session, issuer: str, subject: str, user: str, name: str, role: str, *, add: bool) -> Staff:
        if not add:
            raise PeopleError("no_person", f"{subject} is nobody here, and people are not added by themselves.")
        if not USER.fullmatch(user):
            raise PeopleError("bad_user", f"The provider's user name {user[:40]!r} cannot be one here.")
        if session.scalar(select(Staff.id).where(Staff.user == user)) is not None:
            raise PeopleError("no_person", f"There is a {user} of our own: `yinling users link` joins them.")
        staff = Staff(
            user=user,
            name=name.strip()[:60] or user,
            role=Role(role).value,
            # Nobody knows either: they come with the provider, until an administrator gives them new ones.
            password_hash=hash_password(secrets.token_urlsafe(32)),
            totp_secret=pyotp.random_base32(),
            languages="zh",
            active=True,
            created_at=_now(),
        )
        session.add(staff)
        session.flush()
        session.add(StaffLink(issuer=issuer, subject=subject, staff_id=staff.id, made_at=_now()))
        append(session, "oidc", "staff_added", user, {"role": role, "issuer": issuer, "subject": subject})
        return staff


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
