"""Who may hear which recording just now: a listen begins with an entry in the audit log, and ends by itself."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

LISTEN_S = 4 * 3600.0
"""A player that is left open over lunch goes on; one that is left open over night does not."""
LISTENS_MAX = 2000


class Listens:
    """Grants, each for one recording in one session. A new server knows none: the page asks again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._granted: dict[str, tuple[str, int, float]] = {}

    def grant(self, session: str, recording: int) -> str:
        """A word that opens this recording in this session. The oldest of too many is forgotten."""
        while len(self._granted) >= LISTENS_MAX:
            del self._granted[next(iter(self._granted))]
        word = secrets.token_urlsafe(16)
        self._granted[word] = (session, recording, self._clock() + LISTEN_S)
        return word

    def good(self, word: str, session: str, recording: int) -> bool:
        """Whether it still opens it."""
        known = self._granted.get(word)
        return known is not None and known[:2] == (session, recording) and self._clock() < known[2]
