"""Writes the journal behind the callers' backs: nobody waits for it, and a database that is away loses nothing."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from integrations.database.calls import BEGIN, CORRECTION, END, EVENT, CallJournal, CallRecord, Entry
from integrations.database.spill import Spill
from integrations.errors import DatabaseError

__all__ = ["CallJournal", "CallRecord", "Entry", "JournalWriter"]

log = logging.getLogger(__name__)

BATCH = 500
GATHER_S = 0.05
"""Entries of so long go into one transaction: an agent reads what a caller says at most so much later for it."""
LATER_S = 2.0
"""Between tries while the database cannot be written."""
KEEP_MAX = 10_000


class _Mark:
    """Asks to be told when everything before it is safe."""

    def __init__(self) -> None:
        self.reached, self.safe = threading.Event(), False


Item: TypeAlias = Entry | Callable[[], None] | _Mark | None


class JournalWriter:
    """Writes in a thread of its own. While the database fails, entries wait in a file and are written later; while

    the disk fails too, the newest `limit` of them wait in memory."""

    def __init__(self, journal: CallJournal, spill: Path, limit: int = KEEP_MAX) -> None:
        self._journal, self._spill = journal, Spill(spill)
        self._items: queue.Queue[Item] = queue.Queue(limit)
        self._kept: deque[Entry] = deque()
        self._limit = limit
        self._spilled = self._spill.exists()
        self._retry_at = 0.0
        self._stop = threading.Event()
        self._counting = threading.Lock()
        self._tell_at = 0.0
        self.lost = 0
        """Entries that neither the database nor the disk nor the memory would take."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def begin(self, call_id: str, number: str | None, at: datetime) -> None:
        """A call began."""
        self.put(Entry(BEGIN, call_id, at, number))

    def event(self, call_id: str, at: datetime, kind: str, data: Mapping[str, Any]) -> None:
        """Something happened in a call."""
        self.put(Entry(EVENT, call_id, at, kind, data))

    def end(self, call_id: str, at: datetime, outcome: str, force: bool = False) -> None:
        """A call ended. Its first outcome stays, unless a later one is forced."""
        self.put(Entry(CORRECTION if force else END, call_id, at, outcome))

    def put(self, entry: Entry) -> None:
        """Write this soon. Never waits, never raises."""
        if not self._put(entry):
            self._lose(1, "more is to be written than can be")

    def do(self, work: Callable[[], None]) -> None:
        """Something else that writes to the database and may be lost."""
        self._put(work)

    def flushed(self, timeout_s: float) -> bool:
        """Wait until everything so far is in the database or the file. False when that takes too long, or when

        some of it could only be kept in memory."""
        mark = _Mark()
        return self._put(mark) and mark.reached.wait(timeout_s) and mark.safe

    def close(self, timeout_s: float) -> None:
        """Write what is left and end the thread."""
        self._stop.set()
        self._put(None)  # wakes the thread; when the queue is full, it is awake
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.error("the journal was not written to its end within %.0f s", timeout_s)

    def _put(self, item: Item) -> bool:
        try:
            self._items.put_nowait(item)
        except queue.Full:
            return False
        return True

    def _lose(self, count: int, why: object) -> None:
        with self._counting:  # callers' threads lose entries too
            self.lost += count
            if time.monotonic() < self._tell_at:
                return
            self._tell_at = time.monotonic() + LATER_S
        log.error("%d journal entries are lost: %s", self.lost, why)

    def _run(self) -> None:
        while not (self._stop.is_set() and self._items.empty()):
            items = self._gather()
            entries = [item for item in items if isinstance(item, Entry)]
            try:
                if time.monotonic() >= self._retry_at:
                    self._catch_up()
                self._write(entries)
            except Exception as error:  # whatever it is, the entries after these must be written
                log.exception("the journal failed in a way that nobody foresaw")
                self._lose(len(entries), error)
            for item in items:
                if isinstance(item, _Mark):
                    item.safe = not self._kept
                    item.reached.set()
                elif callable(item):
                    self._do(item)
        self._catch_up()
        if self._kept:
            self._lose(len(self._kept), "the program ends, and neither database nor disk took them")

    def _gather(self) -> list[Item]:
        """What arrives within GATHER_S of the first, or up to the first that somebody waits for."""
        items: list[Item] = []
        wait_s = LATER_S if self._spilled or self._kept else None
        until = None
        try:
            while len(items) < BATCH and not self._stop.is_set():
                items.append(self._items.get(timeout=wait_s))
                if not isinstance(items[-1], Entry):
                    return items
                until = until or time.monotonic() + GATHER_S
                wait_s = max(until - time.monotonic(), 0.0)
            while len(items) < BATCH:
                items.append(self._items.get_nowait())
        except queue.Empty:
            return items
        return items

    @staticmethod
    def _do(work: Callable[[], None]) -> None:
        try:
            work()
        except DatabaseError as error:
            log.warning("not remembered: %s", error)
        except Exception:  # the journal goes on, whatever it was asked to do beside
            log.exception("not remembered")

    def _write(self, entries: list[Entry]) -> None:
        if not entries:
            return
        if self._kept:  # in order: what is new goes behind what waits
            self._keep(entries)
        elif self._spilled:
            self._wait(entries)
        else:
            try:
                self._journal.write(entries)
            except DatabaseError as error:
                log.warning("the journal goes to %s for now: %s %s", self._spill.file, error, error.remedy)
                self._retry_at = time.monotonic() + LATER_S
                self._wait(entries)

    def _wait(self, entries: list[Entry]) -> None:
        """Let them wait in the file, or else in memory."""
        try:
            self._spill.append([entry.to_json() for entry in entries])
            self._spilled = True
        except OSError as error:
            log.warning("the journal stays in memory for now: %s", error)
            self._spilled = self._spill.exists()  # a part of them may be there; to write it twice changes nothing
            self._keep(entries)

    def _keep(self, entries: list[Entry]) -> None:
        self._kept.extend(entries)
        over = len(self._kept) - self._limit
        for _ in range(over):
            self._kept.popleft()
        if over > 0:
            self._lose(over, "neither the database nor the disk takes them, and the memory is full")

    def _catch_up(self) -> None:
        """Write what waits: the file first, because it is older."""
        if not (self._spilled or self._kept):
            return
        self._retry_at = time.monotonic() + LATER_S
        if self._spilled:
            self._replay()
        if self._kept:
            entries = list(self._kept)
            self._kept.clear()
            if self._spilled:
                self._wait(entries)
            else:
                self._write(entries)

    def _replay(self) -> None:
        """Write what waits in the file. A last line that was cut off is left out."""
        try:
            lines = self._spill.lines()
            for start in range(0, len(lines), BATCH):
                self._journal.write([entry for line in lines[start : start + BATCH] if (entry := _entry(line))])
            self._spill.clear()
            self._spilled = False
            log.info("%d journal entries that waited are written", len(lines))
        except FileNotFoundError:
            self._spilled = False
        except (DatabaseError, OSError) as error:
            log.debug("the journal still cannot be written: %s", error)


def _entry(line: str) -> Entry | None:
    try:
        return Entry.from_json(line)
    except (ValueError, TypeError):
        log.warning("a line of the waiting journal makes no sense: skipped")
        return None
