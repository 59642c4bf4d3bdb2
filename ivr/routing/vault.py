"""Recordings at rest: AES-256-GCM in pieces, each bound to its place, so that none can be changed, moved or cut off."""

from __future__ import annotations

import os
import secrets
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"YLREC1\n"
PIECE_BYTES = 1 << 20
_TAG_BYTES = 16
_HEAD_BYTES = len(MAGIC) + 8


class VaultError(Exception):
    """A recording cannot be kept or opened. Codes: `key_unreadable`, `damaged`."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code, self.remedy = code, remedy


def load_key(file: Path) -> bytes:
    """The key of this hotline (32 bytes, 0600), made once. Raises VaultError(`key_unreadable`)."""
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(secrets.token_bytes(32))
        elif file.stat().st_mode & 0o077:
            file.chmod(0o600)
        key = file.read_bytes()
    except OSError as error:
        raise VaultError(
            "key_unreadable", f"{file}: {error.strerror}.", "Let us read and write that folder."
        ) from error
    if len(key) != 32:
        raise VaultError("key_unreadable", f"{file} is no key of 32 bytes.", "Restore it from the backup.")
    return key


class Plain(Protocol):
    """What can be sealed: an open file, or what reads like one."""

    def read(self, count: int, /) -> bytes:
        """So many bytes; fewer only at the end."""
        ...


def seal(plain: Plain, target: Path, key: bytes, header: bytes) -> None:
    """Encrypt `header` followed by what can be read into `target` (0600), which is whole or absent. Raises OSError."""
    salt, cipher = secrets.token_bytes(8), AESGCM(key)
    fresh = target.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(MAGIC + salt)
        piece, number = header + plain.read(PIECE_BYTES - len(header)), 0
        while True:
            following = plain.read(PIECE_BYTES)
            last = not following
            out.write(cipher.encrypt(salt + struct.pack(">I", number), piece, b"last" if last else b"more"))
            if last:
                break
            piece, number = following, number + 1
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(target)


def plain_bytes(file: Path) -> int:
    """How long it is when it is unsealed. Raises OSError."""
    sealed = max(0, file.stat().st_size - _HEAD_BYTES)
    return sealed - _TAG_BYTES * -(-sealed // (PIECE_BYTES + _TAG_BYTES))


def unseal(file: Path, key: bytes, start: int = 0) -> Iterator[bytes]:
    """What was sealed, from the byte `start` on, piece by piece; only the pieces that are taken are read.

    Raises VaultError(`damaged`) where it was changed, and OSError."""
    cipher, sealed_bytes = AESGCM(key), PIECE_BYTES + _TAG_BYTES
    with file.open("rb") as source:
        head = source.read(_HEAD_BYTES)
        salt = head[len(MAGIC) :]
        if not head.startswith(MAGIC) or len(salt) != 8:
            raise _damaged(file)
        number, skip = divmod(start, PIECE_BYTES)
        source.seek(_HEAD_BYTES + number * sealed_bytes)
        piece = source.read(sealed_bytes)
        while True:
            following = source.read(sealed_bytes)
            nonce = salt + struct.pack(">I", number)
            try:
                plain = cipher.decrypt(nonce, piece, b"more" if following else b"last")
            except (InvalidTag, ValueError) as error:
                raise _damaged(file) from error
            yield plain[skip:]
            skip = 0
            if not following:
                return
            piece, number = following, number + 1


def _damaged(file: Path) -> VaultError:
    return VaultError("damaged", f"{file} was changed, cut off, or sealed with another key.", "Restore it.")
