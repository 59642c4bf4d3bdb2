"""What the tests of understanding share."""

from __future__ import annotations

from datetime import datetime

from nlu.understand import ParseContext

WEDNESDAY = datetime(2026, 3, 11, 10)  # noqa: DTZ001  # local time of the call, as the interface has it


def context(*expect: str, **phrases: tuple[str, ...]) -> ParseContext:
    """A call on Wednesday the eleventh of March 2026, ten in the morning."""
    return ParseContext(WEDNESDAY, expect=expect, phrases=phrases)
