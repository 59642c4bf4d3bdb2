"""When to stop asking a server that fails, and when to try it again. No I/O, no clock of its own."""

from __future__ import annotations

from collections.abc import Callable

FAILURES = 2
"""Failures in a row after which nobody asks any more."""
FIRST_WAIT_S = 2.0
"""From there to the first probe; each probe that fails doubles it."""
LONGEST_WAIT_S = 60.0


class Circuit:
    """Closed: ask. Open: do not ask; now and then one probe may. It begins open, for nothing is known of the server."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._failures = FAILURES
        self._wait_s = FIRST_WAIT_S
        self._probe_at = clock()

    @property
    def closed(self) -> bool:
        """True while the server may be asked."""
        return self._failures < FAILURES

    def probe_due(self) -> bool:
        """True when the server may be probed now. The caller reports what came of it before the next."""
        return not self.closed and self._clock() >= self._probe_at

    def succeeded(self) -> None:
        """The server answered in time and sensibly."""
        self._failures, self._wait_s = 0, FIRST_WAIT_S

    def failed(self) -> None:
        """A request failed while closed."""
        was_closed = self.closed
        self._failures += 1
        if was_closed and not self.closed:
            self._wait_s = FIRST_WAIT_S
            self._probe_at = self._clock() + self._wait_s

    def probe_failed(self) -> None:
        """The probe failed: the next comes later."""
        self._wait_s = min(LONGEST_WAIT_S, self._wait_s * 2)
        self._probe_at = self._clock() + self._wait_s
