"""Keyed hashes: what tells that two things are the same without telling what they are."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy.orm import Session

from integrations.database.models import Secret


def keyed_hash(session: Session, key: str, text: str) -> str:
    """64 hexadecimal digits. `key` names a key of this database, made when it is first wanted."""
    secret = session.get(Secret, key)
    if secret is None:
        secret = Secret(name=key, value=secrets.token_hex(32))
        session.add(secret)
        session.flush()
    return hmac.new(bytes.fromhex(secret.value), text.encode(), hashlib.sha256).hexdigest()
