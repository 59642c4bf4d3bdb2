"""Errors of hearing and speaking."""

from __future__ import annotations


class VoiceError(Exception):
    """Hearing or speaking failed. `code` is stable; `remedy` tells a person what to do."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy
