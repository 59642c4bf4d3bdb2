"""Errors of offices and of the database."""

from __future__ import annotations

from typing import Any


class OfficeError(Exception):
    """An office refused or failed. `code` is stable; `details` are values that a prompt may speak."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


class DatabaseError(Exception):
    """The database cannot be used. `code` is stable; `remedy` tells a person what to do."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy
