"""How callers pause is kept without their numbers, and not for ever."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from integrations.database.pauses import Pauses
from integrations.database.store import Database

NOW = datetime(2026, 3, 10, 9, 30)  # noqa: DTZ001 - the tables' times are UTC without a zone


@pytest.fixture
def pauses(tmp_path: Path) -> Pauses:
    database = Database(f"sqlite:///{tmp_path / 'town.db'}")
    database.migrate()
    return Pauses(database)


def test_pauses_are_known_at_the_next_call(pauses: Pauses) -> None:
    assert pauses.of("13909710001") == 0.0
    pauses.remember("13909710001", 0.4)
    pauses.remember("13909710001", 0.55)
    assert pauses.of("13909710001") == 0.55
    assert pauses.of("13909710002") == 0.0


def test_the_number_itself_is_nowhere_in_the_table(pauses: Pauses, tmp_path: Path) -> None:
    pauses.remember("13909710001", 0.4)
    with sqlite3.connect(tmp_path / "town.db") as raw:
        rows = raw.execute("SELECT caller, added_s FROM caller_pause").fetchall()
    assert len(rows) == 1
    assert "13909710001" not in str(rows)
    assert len(rows[0][0]) == 64


def test_who_calls_no_more_is_forgotten(pauses: Pauses) -> None:
    pauses.remember("13909710001", 0.4, NOW)
    pauses.remember("13909710002", 0.3, NOW + timedelta(days=300))
    pauses.forget_old(NOW + timedelta(days=365))
    assert pauses.of("13909710001") == 0.4
    pauses.forget_old(NOW + timedelta(days=366))
    assert (pauses.of("13909710001"), pauses.of("13909710002")) == (0.0, 0.3)


def test_who_asks_for_it_is_forgotten_at_once(pauses: Pauses) -> None:
    pauses.remember("13909710001", 0.4)
    pauses.forget("13909710001")
    assert pauses.of("13909710001") == 0.0


def test_a_pseudonym_is_the_same_in_every_call_and_does_not_tell_the_number(pauses: Pauses) -> None:
    assert pauses.pseudonym("13909710001") == pauses.pseudonym("13909710001")
    assert pauses.pseudonym("13909710001") != pauses.pseudonym("13909710002")
    assert "1390971" not in pauses.pseudonym("13909710001")
