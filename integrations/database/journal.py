"""The calls on record. Writing never makes a caller wait, and a database that is away loses nothing."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from integrations.database.models import Call, CallEventRow
from integrations.database.store import Database
from integrations.errors import DatabaseError

log = logging.getLogger(__name__)

BATCH = 500
LATER_S = 2.0
"""Between tries while the database cannot be written."""
KEEP_MAX = 10_000


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call as it is listed."""

    call_id: str
    number: str | None
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line to be written: begin, event or end of a call."""

    what: str
    call_id: str
    at: datetime
    """UTC."""
    value: str | None = None
    """Number of a begin, outcome of an end, kind of an event."""
    data: Mapping[str, Any] | None = None

    def to_json(self) -> str:
        return json.dumps(
            [self.what, self.call_id, self.at.isoformat(), self.value, self.data], ensure_ascii=False, default=str
        )

    @classmethod
    def from_json(cls, line: str) -> Entry:
        what, call_id, at, value, data = json.loads(line)
        return cls(what, call_id, datetime.fromisoformat(at), value, data)


class CallJournal:
    """Calls and their events. Every method raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, entries: list[Entry]) -> None:
        """All of them or none. Writing the same again changes nothing."""
        with self._database.session() as session:
            for entry in entries:
                at = _plain(entry.at)
                call = session.get(Call, entry.call_id)
                if call is None:  # events may come before the begin: two witnesses tell of each call
                    call = Call(id=entry.call_id, started_at=at)
                    session.add(call)
                call.started_at = min(call.started_at, at)
                if entry.what == "begin":
                    call.number = call.number or entry.value
                elif entry.what == "end":
                    if call.outcome is None:  # a call has exactly one outcome: the first
                        call.outcome, call.ended_at = entry.value, at
                else:
                    known = select(CallEventRow.id).where(
                        CallEventRow.call_id == entry.call_id,
                        CallEventRow.at == at,
                        CallEventRow.kind == entry.value,
                    )
                    if session.scalar(known) is None:
                        row = CallEventRow(call_id=entry.call_id, at=at, kind=entry.value or "", data=_data(entry.data))
                        session.add(row)
                session.flush()

    def calls(self, limit: int = 200) -> list[CallRecord]:
        """The newest calls, oldest first."""
        with self._database.session() as session:
            rows = session.scalars(select(Call).order_by(Call.started_at.desc()).limit(limit)).all()
            return [CallRecord(r.id, r.number, r.started_at, r.ended_at, r.outcome) for r in reversed(rows)]

    def story(self, call_id: str) -> tuple[CallRecord, list[tuple[datetime, str, dict[str, Any]]]] | None:
        """A call and its events (time, kind, data) in order; None when there is no such call."""
        with self._database.session() as session:
            call = session.get(Call, call_id)
            if call is None:
                return None
            rows = session.scalars(
                select(CallEventRow).where(CallEventRow.call_id == call_id).order_by(CallEventRow.at, CallEventRow.id)
            )
            record = CallRecord(call.id, call.number, call.started_at, call.ended_at, call.outcome)
            return record, [(row.at, row.kind, row.data) for row in rows]

    def open_calls(self) -> dict[str, datetime]:
        """Calls without an outcome → time (UTC) of their last event."""
        with self._database.session() as session:
            last = func.coalesce(func.max(CallEventRow.at), Call.started_at)
            rows = session.execute(
                select(Call.id, last)
                .outerjoin(CallEventRow, CallEventRow.call_id == Call.id)
                .where(Call.outcome.is_(None))
                .group_by(Call.id)
            )
            return {call_id: at.replace(tzinfo=UTC) for call_id, at in rows}


class JournalWriter:
    """Writes in a thread of its own. While the database fails, entries wait in a file and are written later."""

    def __init__(self, journal: CallJournal, spill: Path, limit: int = KEEP_MAX) -> None:
        self._journal, self._spill = journal, spill
        self._entries: queue.Queue[Entry | Callable[[], None] | threading.Event | None] = queue.Queue(limit)
        self._spilled = spill.exists()
        self._retry_at = 0.0
        self.lost = 0
        """Entries that neither the database nor the disk would take."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def begin(self, call_id: str, number: str | None, at: datetime) -> None:
        """A call began."""
        self._put(Entry("begin", call_id, at, number))

    def event(self, call_id: str, at: datetime, kind: str, data: Mapping[str, Any]) -> None:
        """Something happened in a call."""
        self._put(Entry("event", call_id, at, kind, data))

    def end(self, call_id: str, at: datetime, outcome: str) -> None:
        """A call ended."""
        self._put(Entry("end", call_id, at, outcome))

    def do(self, work: Callable[[], None]) -> None:
        """Something else that writes to the database and may be lost."""
        self._put(work)

    def flushed(self, timeout_s: float) -> bool:
        """Wait until everything so far is in the database or the file. False when that takes too long."""
        mark = threading.Event()
        self._put(mark)
        return mark.wait(timeout_s)

    def close(self, timeout_s: float) -> None:
        """Write what is left and end the thread."""
        self._put(None)
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.error("the journal was not written to its end within %.0f s", timeout_s)

    def _put(self, item: Entry | Callable[[], None] | threading.Event | None) -> None:
        try:
            self._entries.put_nowait(item)
        except queue.Full:
            self.lost += 1
            log.warning("the journal is full: %d entries are lost", self.lost)

    def _run(self) -> None:
        while True:
            items: list[Any] = []
            try:
                items.append(self._entries.get(timeout=LATER_S if self._spilled else None))
            except queue.Empty:
                self._replay()
                continue
            while len(items) < BATCH:
                try:
                    items.append(self._entries.get_nowait())
                except queue.Empty:
                    break
            if self._spilled and time.monotonic() >= self._retry_at:
                self._replay()
            self._write([item for item in items if isinstance(item, Entry)])
            for item in items:
                if isinstance(item, threading.Event):
                    item.set()
                elif callable(item):
                    self._do(item)
            if None in items:
                return

    @staticmethod
    def _do(work: Callable[[], None]) -> None:
        try:
            work()
        except DatabaseError as error:
            log.warning("not remembered: %s", error)

    def _write(self, entries: list[Entry]) -> None:
        if not entries:
            return
        if not self._spilled:  # in order: what is new goes behind what waits
            try:
                self._journal.write(entries)
            except DatabaseError as error:
                log.warning("the journal goes to %s for now: %s %s", self._spill, error, error.remedy)
                self._retry_at = time.monotonic() + LATER_S
            else:
                return
        try:
            with self._spill.open("a", encoding="utf-8") as out:
                out.writelines(entry.to_json() + "\n" for entry in entries)
            self._spilled = True
        except OSError as error:
            self.lost += len(entries)
            log.warning("%d journal entries are lost: %s", self.lost, error)

    def _replay(self) -> None:
        """Write what waits in the file. A last line that was cut off is left out."""
        self._retry_at = time.monotonic() + LATER_S
        try:
            lines = self._spill.read_text(encoding="utf-8", errors="replace").splitlines()
            for start in range(0, len(lines), BATCH):
                self._journal.write([entry for line in lines[start : start + BATCH] if (entry := _entry(line))])
            self._spill.unlink()
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


def _plain(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def _data(data: Mapping[str, Any] | None) -> dict[str, Any]:
    """As JSON knows it: what cannot be stored is stored as its text."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(data or {}), ensure_ascii=False, default=str))
    return plain
