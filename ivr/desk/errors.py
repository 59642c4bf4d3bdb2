"""What the API says when it cannot do what was asked."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """An answer with a stable code and a sentence for people (Chinese, then English)."""

    def __init__(self, status: int, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.details = status, code, details


def not_allowed() -> Refusal:
    """The role does not have the right."""
    return Refusal(403, "not_allowed", "您的角色不能做这件事。 Your role may not do this.")
