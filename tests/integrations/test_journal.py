"""The journal's writer: whatever fails, it goes on, it makes nobody wait, and it says what it lost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.database.journal import GATHER_S, CallJournal, Entry, JournalWriter
from integrations.database.store import Database

NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    Database(f"sqlite:///{tmp_path / 'town.db'}").migrate()
    return tmp_path / "town.db"


@pytest.fixture
def journal(file: Path) -> CallJournal:
    return CallJournal(Database(f"sqlite:///{file}"))


@pytest.fixture
def away(file: Path) -> CallJournal:
    """The same, through a connection that may not write."""
    return CallJournal(Database(f"sqlite:///file:{file}?mode=ro&uri=true"))


@pytest.fixture
def busy(file: Path) -> Iterator[threading.Event]:
    """The database is locked by somebody else until this is set."""
    release, held = threading.Event(), threading.Event()

    def hold() -> None:
        with Database(f"sqlite:///{file}").session() as session:
            session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            held.set()
            release.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(5)
    yield release
    release.set()
    thread.join()


def told(journal: CallJournal, call_id: str) -> list[str]:
    story = journal.story(call_id)
    assert story is not None
    return [kind for _, kind, _ in story[1]]


def test_the_first_outcome_stays_unless_a_later_one_is_forced(journal: CallJournal) -> None:
    journal.begin("1.1", "13909710001", NOW)
    journal.add("1.1", NOW, "key", {"digits": "1"})
    journal.end("1.1", NOW, "person")
    journal.end("1.1", NOW, "abandoned")
    assert [c.outcome for c in journal.calls()] == ["person"]
    journal.end("1.1", NOW + timedelta(hours=1), "done", force=True)
    (call,) = journal.calls()
    assert (call.outcome, call.ended_at) == ("done", NOW.replace(tzinfo=None))
    assert told(journal, "1.1") == ["key"]


def test_a_call_back_that_reaches_them_at_its_second_try_has_reached_them(journal: CallJournal) -> None:
    journal.begin("callback-1.1", "13909710001", NOW)
    journal.end("callback-1.1", NOW, "abandoned")
    journal.end("callback-1.1", NOW + timedelta(minutes=9), "person")
    journal.end("callback-1.1", NOW, "abandoned")  # the ledger was read again
    (call,) = journal.calls()
    assert (call.outcome, call.ended_at) == ("person", (NOW + timedelta(minutes=9)).replace(tzinfo=None))


def test_a_call_tells_who_called_and_which_seat_answered(journal: CallJournal) -> None:
    journal.add("1.1", NOW, "call_started", {"number": "13909710001", "name": "王秀英", "band": "vulnerable"})
    journal.add("1.1", NOW, "agent_answered", {"seat": "8001", "waited_s": 4.5})
    journal.add("1.1", NOW + timedelta(seconds=1), "call_started", {"number": "13909710001"})
    (call,) = journal.calls()
    assert call.info == {"name": "王秀英", "band": "vulnerable", "seat": "8001", "waited_s": 4.5}


def test_the_newest_calls_are_listed_oldest_first(journal: CallJournal) -> None:
    for n in range(5):
        journal.begin(f"1.{n}", None, NOW + timedelta(minutes=n))
    assert [c.call_id for c in journal.calls(limit=2)] == ["1.3", "1.4"]
    assert journal.story("9.9") is None


def test_odd_data_is_stored_as_text_and_what_follows_is_written(journal: CallJournal, tmp_path: Path) -> None:
    writer = JournalWriter(journal, tmp_path / "spill")
    loop: dict[str, object] = {}
    loop["self"] = loop
    odd: list[dict[str, object]] = [{"text": "\udcff"}, {"at": NOW}, loop]
    for n, data in enumerate(odd):
        writer.event("1.1", NOW + timedelta(seconds=n), "utterance", data)
    writer.begin("1.\udcff", "1\udcff", NOW)
    writer.do(lambda: (_ for _ in ()).throw(OSError("broken")))
    writer.event("1.1", NOW, "key", {})
    assert writer.flushed(5)
    writer.close(5)
    assert sorted(told(journal, "1.1")) == ["key", "utterance", "utterance", "utterance"]
    assert writer.lost == 0


def test_the_file_of_waiting_entries_is_for_its_owner_only(away: CallJournal, tmp_path: Path) -> None:
    writer = JournalWriter(away, tmp_path / "spill")
    writer.event("1.1", NOW, "utterance", {"text": "我的身份证"})
    assert writer.flushed(5)
    writer.close(5)
    assert (tmp_path / "spill").stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_off_does_not_spoil_the_next(
    away: CallJournal, journal: CallJournal, tmp_path: Path
) -> None:
    spill = tmp_path / "spill"
    spill.write_text(Entry("begin", "1.1", NOW).to_json() + '\n["event", "1.1", "2026-', encoding="utf-8")
    writer = JournalWriter(away, spill)
    writer.begin("1.2", None, NOW + timedelta(seconds=1))
    assert writer.flushed(5)
    writer.close(5)
    JournalWriter(journal, spill).close(5)
    assert [c.call_id for c in journal.calls()] == ["1.1", "1.2"]
    assert not spill.exists()


@pytest.mark.parametrize(
    "line", ["[]", "{}", "null", '["drop", "1", "2026-03-10", null, null]', "[1, 2, 3, 4, 5]", "喂"]
)
def test_a_waiting_line_that_makes_no_sense_is_skipped(journal: CallJournal, tmp_path: Path, line: str) -> None:
    spill = tmp_path / "spill"
    spill.write_text(line + "\n" + Entry("begin", "1.1", NOW).to_json() + "\n", encoding="utf-8")
    JournalWriter(journal, spill).close(5)
    assert [c.call_id for c in journal.calls()] == ["1.1"]


def test_without_database_and_disk_the_newest_wait_in_memory_and_losses_are_counted(
    busy: threading.Event, journal: CallJournal, tmp_path: Path
) -> None:
    writer = JournalWriter(journal, tmp_path / "no folder/spill", limit=10)
    for n in range(25):
        writer.begin(f"1.{n:02}", None, NOW + timedelta(seconds=n))
        if n % 8 == 7:
            assert not writer.flushed(10)
    assert not writer.flushed(10)
    assert writer.lost == 15
    busy.set()
    until = time.monotonic() + 15
    while not journal.calls() and time.monotonic() < until:
        time.sleep(0.05)
    assert [c.call_id for c in journal.calls()] == [f"1.{n}" for n in range(15, 25)]
    assert writer.flushed(5)
    writer.close(5)
    assert writer.lost == 15


def test_nobody_waits_for_a_locked_database_and_a_full_queue_still_ends(
    busy: threading.Event, journal: CallJournal, tmp_path: Path
) -> None:
    writer = JournalWriter(journal, tmp_path / "spill", limit=3)
    began = time.monotonic()
    for n in range(1000):
        writer.begin(f"1.{n:03}", None, NOW + timedelta(seconds=n))
    assert time.monotonic() - began < 5.0  # one wait for each would be hours
    assert writer.lost > 0
    busy.set()
    began = time.monotonic()
    writer.close(10)
    assert time.monotonic() - began < 15.0
    assert len(journal.calls(1000)) + writer.lost == 1000


def test_entries_are_written_in_groups(journal: CallJournal, tmp_path: Path) -> None:
    groups: list[int] = []

    class Counting(CallJournal):
        def write(self, entries: list[Entry]) -> None:
            groups.append(len(entries))
            journal.write(entries)

    writer = JournalWriter(Counting(Database("sqlite://")), tmp_path / "spill")
    began = time.monotonic()
    for n in range(20):
        writer.event("1.1", NOW + timedelta(seconds=n), "key", {"digits": str(n)})
        time.sleep(0.005)
    took_s = time.monotonic() - began
    assert writer.flushed(5)
    writer.close(5)
    assert sum(groups) == 20
    assert len(groups) <= took_s / GATHER_S + 2


def test_an_entry_comes_back_from_its_line_as_it_was() -> None:
    entry = Entry("event", "1.1", NOW, "utterance", {"text": "挂号", "confidence": 0.9})
    assert Entry.from_json(entry.to_json()) == entry
    assert json.loads(entry.to_json())[3] == "utterance"
    with pytest.raises(ValueError, match="drop"):
        Entry("drop", "1.1", NOW)
