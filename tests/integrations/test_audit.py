"""The audit log only grows, and a change to it is found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from integrations.database.audit import AuditLog
from integrations.database.store import Database


@pytest.fixture
def log(database: Database) -> AuditLog:
    made = AuditLog(database)
    for number in range(5):
        made.add("li.na", "call_seen", f"170.{number}", name="王秀英")
    return made


def change(database: Database, statement: str) -> None:
    with database.session() as session:
        session.connection().exec_driver_sql(statement)


def test_a_log_that_nobody_touched_is_whole(log: AuditLog) -> None:
    verdict = log.verify()
    assert (verdict.entries, verdict.broken_at) == (5, None)
    assert [entry.target for entry in log.entries(2)] == ["170.4", "170.3"]
    assert [entry.number for entry in log.entries(target="170.1")] == [2]


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        ("UPDATE audit SET who = 'wang' WHERE id = 3", 3),
        ("UPDATE audit SET data = '{}' WHERE id = 1", 1),
        ("DELETE FROM audit WHERE id = 2", 2),
        ("UPDATE audit SET at = '2026-01-01 00:00:00.000000' WHERE id = 5", 5),
        ("UPDATE audit SET hash = 'abc' WHERE id = 4", 4),
    ],
)
def test_a_changed_or_missing_entry_is_found(log: AuditLog, database: Database, statement: str, broken_at: int) -> None:
    change(database, statement)
    assert log.verify().broken_at == broken_at


def test_a_log_whose_end_was_cut_off_has_another_head(log: AuditLog, database: Database) -> None:
    before = log.verify()
    change(database, "DELETE FROM audit WHERE id = 5")
    after = log.verify()
    assert after.broken_at is None
    assert after.head != before.head


def test_many_who_write_at_once_make_one_chain(log: AuditLog) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: log.add("wang", "call_seen", str(number)), range(40)))
    verdict = log.verify()
    assert (verdict.entries, verdict.broken_at) == (45, None)
