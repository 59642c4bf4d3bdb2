"""Pensions on our own database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.database.keyed import keyed_hash
from integrations.database.models import PensionRecord
from integrations.database.store import Database
from integrations.errors import OfficeError

KEY_NAME = "identity_key"


class Pension:
    """`integrations.ports.PensionPort`. Raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last_payment(
        self, identity_number: str | None = None, person_id: int | None = None, phone: str | None = None
    ) -> dict[str, Any]:
        """See the port."""
        del phone  # a number tells who may have called, not whose pension this is
        with self._database.session() as session:
            wanted = identity_hash(session, identity_number) if identity_number else None
            query = select(PensionRecord).order_by(PensionRecord.month.desc()).limit(1)
            if person_id is not None:
                record = session.scalar(query.where(PensionRecord.person_id == person_id))
            else:
                record = session.scalar(query.where(PensionRecord.identity_hash == wanted)) if wanted else None
            if record is None:
                raise OfficeError("identity_unknown", "no pension is known for this identity")
            if wanted and record.identity_hash != wanted:
                raise OfficeError("identity_mismatch", "this identity number belongs to somebody else")
            return {
                "status": record.status,
                "month": record.month,
                "amount_yuan": float(record.amount_yuan),
                "paid_on": record.paid_on.isoformat() if record.paid_on else None,
                "reason": record.reason,
            }


def identity_hash(session: Session, identity_number: str) -> str:
    """Keyed hash of an identity number: the number itself is never kept."""
    return keyed_hash(session, KEY_NAME, identity_number.upper())
