"""A call that Asterisk knows no more has ended; how, the ledger may tell a moment later."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.database.journal import CallJournal, JournalWriter
from integrations.database.store import Database
from ivr.asterisk.config import ledger_file
from ivr.asterisk.manager import Manager
from ivr.call.events import CallEvent, Kind
from ivr.routing import records
from ivr.routing.records import SETTLED_S, Records
from ivr.settings import load

BEGAN = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


class Asterisk(Manager):
    """A connection that has its answers at hand: which channels there are."""

    def __init__(self) -> None:
        super().__init__(1, "", "", lambda _: None)
        self.connected.set()
        self.legs: set[str] = set()

    async def channels(self) -> list[Mapping[str, str]]:
        return [{"Uniqueid": leg} for leg in self.legs]


class Clock:
    """The time of the records, moved by hand."""

    now = BEGAN


class Town:
    """A call that goes on, and who writes it down."""

    def __init__(self, tmp_path: Path, database: Database) -> None:
        self.journal, self.asterisk = CallJournal(database), Asterisk()
        self.writer = JournalWriter(self.journal, tmp_path / "unwritten.jsonl")
        self.records = Records(load(var_dir=tmp_path), self.journal, self.writer, self.asterisk)
        self.records.record(CallEvent("1.1", BEGAN, Kind.CALL_STARTED, {"number": "13900000001"}))
        self.asterisk.legs.add("1.1")

    async def after(self, seconds: float) -> None:
        Clock.now += timedelta(seconds=seconds)
        assert self.writer.flushed(5)
        await self.records._close_orphans()
        assert self.writer.flushed(5)

    def outcome(self) -> str | None:
        (record,) = self.journal.calls()
        return record.outcome


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    class Now(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return Clock.now

    monkeypatch.setattr(Clock, "now", BEGAN)
    monkeypatch.setattr(records, "datetime", Now)
    database = Database(f"sqlite:///{tmp_path / 'town.db'}")
    database.migrate()
    made = Town(tmp_path, database)
    yield made
    made.writer.close(5)


async def test_a_talk_that_ended_a_moment_ago_is_none_that_was_given_up(town: Town) -> None:
    await town.after(300)
    assert town.outcome() is None
    town.asterisk.legs.clear()
    await town.after(10)
    assert town.outcome() is None, "the ledger's line is on its way"
    town.records.record(CallEvent("1.1", Clock.now, Kind.CALL_ENDED, {"outcome": "person"}))
    await town.after(10)
    assert town.outcome() == "person"


async def test_no_line_is_lost_when_there_are_more_than_can_be_written_at_once(tmp_path: Path) -> None:
    """As after a day without the program. The writer of this test takes far fewer at once than the ledger holds."""
    database = Database(f"sqlite:///{tmp_path / 'town.db'}")
    database.migrate()
    settings, journal = load(var_dir=tmp_path), CallJournal(database)
    ledger = ledger_file(settings)
    ledger.parent.mkdir(parents=True)
    lines = []
    for number in range(3000):
        told = f'"{BEGAN.timestamp()}","1.{number}","1.{number}","139","PJSIP/trunk-0"'
        lines += [f'"CALL",{told},"CALL","{{""extra"":""139""}}"', f'"ENDED",{told},"ENDED","{{""extra"":""person""}}"']
    ledger.write_text("\n".join(lines) + "\n", encoding="utf-8")
    writer = JournalWriter(journal, tmp_path / "unwritten.jsonl", limit=2500)
    kept = Records(settings, journal, writer, Asterisk())
    try:
        async with asyncio.timeout(60):
            while not (tmp_path / "ledger.offset").exists():
                await kept.catch_up()
    finally:
        writer.close(30)
    assert len([call for call in journal.calls(5000) if call.outcome == "person"]) == 3000


async def test_a_call_that_was_cut_off_with_asterisk_is_owed(town: Town) -> None:
    town.asterisk.legs.clear()
    await town.after(300)
    await town.after(SETTLED_S + 1)
    assert town.outcome() == "abandoned"
