"""The database and the journal: private, brought up to date, and nothing lost while it is away."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.database.journal import CallJournal, JournalWriter
from integrations.database.store import SCHEMA, Database
from integrations.dispatch import Offices
from integrations.embedded.appointments import Appointments
from integrations.errors import DatabaseError, OfficeError

NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)


def opened(file: Path) -> Database:
    database = Database(f"sqlite:///{file}")
    database.migrate()
    return database


def test_a_new_file_is_readable_by_its_owner_only_and_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    database = opened(tmp_path / "deep/town.db")
    assert (tmp_path / "deep/town.db").stat().st_mode & 0o077 == 0
    before = database.tables()
    database.migrate()
    assert database.tables() == before


def test_a_database_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    opened(tmp_path / "town.db").close()
    with sqlite3.connect(tmp_path / "town.db") as raw:
        raw.execute("INSERT INTO schema_version VALUES (?)", (SCHEMA + 1,))
    with pytest.raises(DatabaseError) as caught:
        Database(f"sqlite:///{tmp_path / 'town.db'}").migrate()
    assert caught.value.code == "newer_schema"


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "town.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(DatabaseError) as caught:
        Database(f"sqlite:///{tmp_path / 'town.db'}").migrate()
    assert caught.value.code == "unavailable"


def read_only(file: Path) -> Database:
    """The same file through a connection that may not write, as on a read-only disk (root may write any file)."""
    return Database(f"sqlite:///file:{file}?mode=ro&uri=true")


async def test_a_read_only_database_means_unavailable_to_the_caller(tmp_path: Path) -> None:
    opened(tmp_path / "town.db").close()
    offices = Offices({"appointments": Appointments(read_only(tmp_path / "town.db"), lambda: NOW.replace(tzinfo=None))})
    with pytest.raises(OfficeError) as caught:
        await offices.call("appointments", "cancel", {"code": "12345678", "phone": None})
    assert caught.value.code == "unavailable"
    offices.close()


@pytest.mark.parametrize(
    ("office", "operation"),
    [("appointments", "_book"), ("appointments", "drop_table"), ("nobody", "book"), ("appointments", "__init__")],
)
async def test_only_operations_of_the_port_can_be_reached(tmp_path: Path, office: str, operation: str) -> None:
    offices = Offices({"appointments": Appointments(opened(tmp_path / "t.db"), lambda: NOW.replace(tzinfo=None))})
    with pytest.raises(OfficeError) as caught:
        await offices.call(office, operation, {})
    assert caught.value.code == "unavailable"
    offices.close()


def test_a_call_has_one_outcome_the_first_and_its_events_once(tmp_path: Path) -> None:
    journal = CallJournal(opened(tmp_path / "town.db"))
    writer = JournalWriter(journal, tmp_path / "spill")
    for _ in range(2):
        writer.event("1.1", NOW, "call_started", {"number": "13909710001", "name": "王秀英"})
        writer.begin("1.1", "13909710001", NOW)
        writer.end("1.1", NOW + timedelta(seconds=9), "person")
    writer.end("1.1", NOW + timedelta(seconds=12), "abandoned")
    writer.close(5)
    (call,) = journal.calls()
    assert (call.number, call.outcome) == ("13909710001", "person")
    story = journal.story("1.1")
    assert story is not None
    assert [(kind, data["name"]) for _, kind, data in story[1]] == [("call_started", "王秀英")]


def test_a_call_without_an_end_is_open(tmp_path: Path) -> None:
    journal = CallJournal(opened(tmp_path / "town.db"))
    writer = JournalWriter(journal, tmp_path / "spill")
    writer.begin("1.1", None, NOW)
    writer.event("1.2", NOW + timedelta(seconds=3), "key", {"digits": "1"})
    writer.begin("1.3", None, NOW)
    writer.end("1.3", NOW, "done")
    writer.close(5)
    assert journal.open_calls() == {"1.1": NOW, "1.2": NOW + timedelta(seconds=3)}


def test_entries_wait_in_a_file_while_the_database_is_away_and_are_written_when_it_is_back(tmp_path: Path) -> None:
    file, spill = tmp_path / "town.db", tmp_path / "spill"
    opened(file).close()
    writer = JournalWriter(CallJournal(read_only(file)), spill)
    writer.begin("1.1", "13909710001", NOW)
    writer.end("1.1", NOW, "abandoned")
    assert writer.flushed(5)
    writer.close(5)
    assert spill.exists()
    with spill.open("a", encoding="utf-8") as out:
        out.write('["event", "1.1", "2026-03-')  # the power went
    journal = CallJournal(opened(file))
    writer = JournalWriter(journal, spill)
    until = time.monotonic() + 10
    while spill.exists() and time.monotonic() < until:
        time.sleep(0.05)
    writer.close(5)
    assert [(c.call_id, c.outcome) for c in journal.calls()] == [("1.1", "abandoned")]
    assert writer.lost == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("a small file system cannot be mounted here: it needs root and the right to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_is_named_and_nothing_is_lost_once_there_is_space(
    small_disk: Path,
) -> None:
    database = opened(small_disk / "town.db")
    writer = JournalWriter(CallJournal(database), small_disk / "spill")
    with pytest.raises(OSError, match="No space"):
        fill_disk(small_disk / "filler")
    for n in range(300):
        writer.event("1.1", NOW + timedelta(seconds=n), "utterance", {"text": "喂" * 200})
    assert not await asyncio.to_thread(writer.flushed, 10)  # in memory only, which a crash would lose
    with pytest.raises(DatabaseError) as caught:
        fill(database)
    assert caught.value.code == "disk_full"
    (small_disk / "filler").unlink()
    await asyncio.to_thread(writer.close, 10)
    story = CallJournal(database).story("1.1")
    assert story is not None
    assert (len(story[1]), writer.lost) == (300, 0)
    database.close()


def fill_disk(file: Path) -> None:
    with file.open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def fill(database: Database) -> None:
    for n in range(300):
        with database.session() as session:
            session.connection().exec_driver_sql("INSERT INTO secret VALUES (?, ?)", (f"filler {n}", "x" * 4000))
