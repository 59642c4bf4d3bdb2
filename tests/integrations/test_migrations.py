"""From every version of the tables to today's, all of it or nothing."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from integrations.database import migrations
from integrations.database.migrations import SCHEMA, STEPS
from integrations.database.store import Database
from integrations.errors import DatabaseError

FIRST = """
CREATE TABLE schema_version (version INTEGER NOT NULL);
CREATE TABLE hospital (id INTEGER NOT NULL, name VARCHAR(80) NOT NULL, PRIMARY KEY (id), UNIQUE (name));
CREATE TABLE person (id INTEGER NOT NULL, name VARCHAR(60) NOT NULL, phone VARCHAR(20) NOT NULL,
    band VARCHAR(12) NOT NULL, PRIMARY KEY (id), UNIQUE (phone));
CREATE TABLE caller_speech (number VARCHAR(20) NOT NULL, rate VARCHAR(12) NOT NULL, loudness VARCHAR(12) NOT NULL,
    PRIMARY KEY (number));
CREATE TABLE secret (name VARCHAR(40) NOT NULL, value VARCHAR(200) NOT NULL, PRIMARY KEY (name));
CREATE TABLE call (id VARCHAR(64) NOT NULL, number VARCHAR(20), started_at DATETIME NOT NULL, ended_at DATETIME,
    outcome VARCHAR(20), PRIMARY KEY (id));
CREATE TABLE call_event (id INTEGER NOT NULL, call_id VARCHAR(64) NOT NULL, at DATETIME NOT NULL,
    kind VARCHAR(30) NOT NULL, data JSON NOT NULL, PRIMARY KEY (id), UNIQUE (call_id, at, kind));
CREATE INDEX ix_call_event_call_id ON call_event (call_id);
CREATE TABLE clinic_session (id INTEGER NOT NULL, hospital_id INTEGER NOT NULL, department VARCHAR(40) NOT NULL,
    doctor VARCHAR(40) NOT NULL, day DATE NOT NULL, part_of_day VARCHAR(4) NOT NULL, capacity INTEGER NOT NULL,
    booked INTEGER NOT NULL, fee_yuan NUMERIC(10, 2) NOT NULL, PRIMARY KEY (id),
    UNIQUE (hospital_id, department, doctor, day, part_of_day), FOREIGN KEY(hospital_id) REFERENCES hospital (id));
CREATE INDEX ix_session_search ON clinic_session (department, day, part_of_day);
CREATE TABLE pension (person_id INTEGER NOT NULL, identity_hash VARCHAR(64) NOT NULL, status VARCHAR(10) NOT NULL,
    month VARCHAR(7) NOT NULL, amount_yuan NUMERIC(10, 2) NOT NULL, paid_on DATE, reason VARCHAR(80),
    PRIMARY KEY (person_id), FOREIGN KEY(person_id) REFERENCES person (id));
CREATE INDEX ix_pension_identity_hash ON pension (identity_hash);
CREATE TABLE booking (id INTEGER NOT NULL, code VARCHAR(8) NOT NULL, session_id INTEGER NOT NULL,
    department VARCHAR(40) NOT NULL, day DATE NOT NULL, person_key VARCHAR(120) NOT NULL, phone VARCHAR(20),
    patient_name VARCHAR(60), person_id INTEGER, created_at DATETIME NOT NULL, cancelled_at DATETIME,
    PRIMARY KEY (id), UNIQUE (code), FOREIGN KEY(session_id) REFERENCES clinic_session (id),
    FOREIGN KEY(person_id) REFERENCES person (id));
CREATE UNIQUE INDEX uq_booking_real_name ON booking (person_key, department, day) WHERE cancelled_at IS NULL;
CREATE INDEX ix_booking_phone ON booking (phone);
INSERT INTO schema_version VALUES (1);
INSERT INTO person VALUES (7, '王秀英', '13909710001', 'vulnerable');
INSERT INTO pension VALUES (7, 'abc', 'paid', '2026-02', 2860.5, '2026-03-01', NULL);
INSERT INTO call VALUES ('1.1', '13909710001', '2026-03-10 01:30:00', NULL, NULL);
"""


def layout(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Table → its columns (name, type, not null, place in the primary key), and → its indexes' columns."""
    found: dict[str, list[tuple[object, ...]]] = {}
    with sqlite3.connect(file) as raw:
        for (table,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = raw.execute(f"PRAGMA table_info({table})").fetchall()
            found[table] = sorted((c[1], c[2], c[3], c[5]) for c in columns)
            for index in raw.execute(f"PRAGMA index_list({table})").fetchall():
                key = f"{table}: " + ", ".join(str(c[2]) for c in raw.execute(f"PRAGMA index_info({index[1]})"))
                found[key] = [(index[2], index[4])]
    return found


def test_an_old_database_becomes_what_a_new_one_is_and_keeps_what_it_holds(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    with sqlite3.connect(old) as raw:
        raw.executescript(FIRST)
    for file in (old, new):
        database = Database(f"sqlite:///{file}")
        database.migrate()
        database.migrate()
        database.close()
    assert layout(old) == layout(new)
    with sqlite3.connect(old) as raw:
        assert raw.execute("SELECT max(version) FROM schema_version").fetchone() == (SCHEMA,)
        assert raw.execute("SELECT county FROM person").fetchall() == [(None,)]
        assert raw.execute("SELECT person_id, month, amount_yuan FROM pension").fetchall() == [(7, "2026-02", 2860.5)]
        assert raw.execute("SELECT id, info FROM call").fetchall() == [("1.1", None)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []


def test_every_version_has_a_step_to_the_next() -> None:
    assert sorted(STEPS) == list(range(2, SCHEMA + 1))


def test_a_step_that_fails_leaves_the_database_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "town.db"
    with sqlite3.connect(file) as raw:
        raw.executescript(FIRST)
    before = layout(file)

    def broken(connection: Connection) -> None:
        STEPS[2](connection)
        connection.execute(text("ALTER TABLE nothing ADD COLUMN x INTEGER"))

    database = Database(f"sqlite:///{file}")
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "STEPS", {2: broken})
        with pytest.raises(DatabaseError):
            database.migrate()
    assert layout(file) == before
    database.migrate()
    assert layout(file) != before


def test_eight_programs_that_start_at_once_make_one_database(tmp_path: Path) -> None:
    failed: list[DatabaseError] = []

    def start() -> None:
        try:
            Database(f"sqlite:///{tmp_path / 'town.db'}").migrate()
        except DatabaseError as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with sqlite3.connect(tmp_path / "town.db") as raw:
        assert raw.execute("SELECT version FROM schema_version").fetchall() == [(SCHEMA,)]


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "town.db"
    file.touch(0o644)
    Database(f"sqlite:///{file}").migrate()
    assert file.stat().st_mode & 0o777 == 0o600


def test_connections_keep_the_settings_that_callers_rely_on(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'town.db'}")
    database.migrate()
    with database.session() as session:
        found = [session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "foreign_keys")]
        assert [*found, session.execute(text("PRAGMA busy_timeout")).scalar()] == ["wal", 1, 3000]


def test_a_connection_that_may_only_read_is_found_out_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "town.db"
    Database(f"sqlite:///{file}").migrate()
    with pytest.raises(DatabaseError) as caught:
        Database(f"sqlite:///file:{file}?mode=ro&uri=true").migrate()
    assert caught.value.code == "read_only"
    assert caught.value.remedy
    assert not (tmp_path / "file:").exists()


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError) as caught:
        Database(f"sqlite:///{tmp_path / 'file/town.db'}").migrate()
    assert caught.value.code == "unavailable"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that can be made read-only."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("a file system cannot be mounted here: it needs root and the right to mount")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_disk_that_went_read_only_is_named(disk: Path) -> None:
    address = f"sqlite:///{disk / 'town.db'}"
    database = Database(address)
    database.migrate()
    database.close()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(DatabaseError) as caught:
        Database(address).migrate()
    assert caught.value.code == "read_only"


WRAPPED = """
INSERT INTO staff VALUES (3, 'li.na', '李娜', 'agent', 'x', 'x', 0, 'zh', 1, 0, NULL, '2026-03-01 00:00:00');
INSERT INTO wrap_up VALUES ('1.1', 3, 'follow_up', '养老金', '三月没到账', 1, '2026-03-12', '2026-03-10 01:40:00');
INSERT INTO ticket (kind, call_id, language, state, created_at)
    VALUES ('wrap_up', '1.1', 'zh', 'open', '2026-03-10 01:40:00'),
    ('message', '1.1', 'zh', 'open', '2026-03-10 01:40:00');
"""


def test_a_wrap_up_from_before_belongs_to_the_agent_who_made_it_and_so_does_its_ticket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "old.db"
    with sqlite3.connect(file) as raw:
        raw.executescript(FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "SCHEMA", 4)
        database = Database(f"sqlite:///{file}")
        database.migrate()
        database.close()
    with sqlite3.connect(file) as raw:
        raw.executescript(WRAPPED)
    database = Database(f"sqlite:///{file}")
    database.migrate()
    database.close()
    with sqlite3.connect(file) as raw:
        assert raw.execute("SELECT call_id, staff_id, subject FROM wrap_up").fetchall() == [("1.1", 3, "养老金")]
        tickets = raw.execute("SELECT kind, staff_id FROM ticket ORDER BY kind").fetchall()
        assert tickets == [("message", 0), ("wrap_up", 3)]
