"""The phones in the pages, as Asterisk sees them: a page that is gone must not leave its caller in silence."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

GONE_S = 12.0
"""A page that is loaded anew registers again within a few seconds; one that is closed never does."""
_LOST, _BACK = frozenset({"Removed", "Unreachable"}), frozenset({"Created", "Reachable", "NonQualified", "Updated"})


class Phones:
    """Which seats have no phone at the moment, from Asterisk's ContactStatus events."""

    def __init__(self, seats: frozenset[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._seats, self._clock = seats, clock
        self._lost: dict[str, float] = {}

    def on_contact(self, fields: Mapping[str, str]) -> None:
        """A phone registered, or its registration ended with its connection."""
        seat, status = fields.get("AOR", ""), fields.get("ContactStatus", "")
        if seat not in self._seats:
            return
        if status in _LOST:
            self._lost.setdefault(seat, self._clock())
        elif status in _BACK:
            self._lost.pop(seat, None)

    def gone(self) -> list[str]:
        """Seats whose phone has been away for too long; each is told once for each time that it goes."""
        now = self._clock()
        found = [seat for seat, since in self._lost.items() if now - since > GONE_S]
        for seat in found:
            del self._lost[seat]
        return found
