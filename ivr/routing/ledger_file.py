"""Asterisk's ledger as a file: read on from where the last run stopped, and taken away when it is old.

Its lines name callers, and what they tell is in the database, which forgets in its own time: the file must not keep it.
Asterisk opens it anew for each line, so one that was renamed grows no more once a line under way is written."""

from __future__ import annotations

import csv
import logging
import time
from collections.abc import Callable
from pathlib import Path

from ivr.call.events import CallEvent
from ivr.routing.ledger import read

log = logging.getLogger(__name__)

OLD_S = 86_400.0
"""No line is kept much longer than that, while there is a program to read it."""
FULL_BYTES = 10 << 20
LOOK_EVERY_S = 60.0
RESTS_S = 5.0
"""By then Asterisk has written the line during which the file was renamed."""


class LedgerFile:
    """For one thread at a time. Whenever it is not certain that a line is safe, it is read once more: that changes
    nothing."""

    def __init__(self, file: Path, offset_file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file, self._offset_file, self._clock = file, offset_file, clock
        self._old = file.with_name(f"{file.name}.old")
        self._read_to, self._old_read_to = self._stored(), 0
        self._safe = (self._read_to, 0)
        self._renamed_at = clock()
        self._look_at = clock()

    @property
    def ahead(self) -> bool:
        """Whether more was read than is known to be safe."""
        return (self._read_to, self._old_read_to) != self._safe

    def fresh(self) -> list[CallEvent]:
        """Events that were written since the last time, the oldest first."""
        late, self._old_read_to = read(self._old, self._old_read_to)
        events, self._read_to = read(self._file, self._read_to)
        return late + events

    def kept(self) -> None:
        """All that was read so far is safe."""
        if self._store(self._read_to):
            self._safe = (self._read_to, self._old_read_to)

    def again(self) -> None:
        """Some of it was lost on its way: give all that is not safe once more."""
        self._read_to, self._old_read_to = self._safe

    def tidy(self) -> None:
        """Take away what is old, if all of it is safe."""
        if self.ahead:
            return
        try:
            if self._old.exists():
                if self._clock() - self._renamed_at > RESTS_S:
                    self._old.unlink()
                    self._old_read_to, self._safe = 0, (self._read_to, 0)
            elif self._clock() >= self._look_at:
                self._look_at = self._clock() + LOOK_EVERY_S
                self._rename_if_due()
        except OSError as error:
            log.warning("the old lines of the ledger %s could not be taken away: %s", self._file, error)

    def _rename_if_due(self) -> None:
        if not self._due() or not self._store(0):  # 0 first: a crash in between reads lines again and loses none
            return
        self._file.rename(self._old)
        self._renamed_at = self._clock()
        self._old_read_to, self._read_to = self._read_to, 0
        self._safe = (0, self._old_read_to)

    def _due(self) -> bool:
        if self._read_to == 0 or not self._file.exists():
            return False
        if self._file.stat().st_size > FULL_BYTES:
            return True
        with self._file.open(encoding="utf-8", errors="replace", newline="") as source:
            for line in csv.reader(source):
                try:
                    return self._clock() - float(line[1]) > OLD_S
                except (ValueError, IndexError):
                    continue  # no line of Asterisk's: the next one tells
        return False

    def _stored(self) -> int:
        try:
            return int(self._offset_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def _store(self, offset: int) -> bool:
        fresh = Path(f"{self._offset_file}.new")
        try:
            fresh.write_text(str(offset), encoding="ascii")
            fresh.replace(self._offset_file)
        except OSError as error:
            log.warning("the place in the ledger could not be kept (%s); its lines are read again", error)
            return False
        return True
