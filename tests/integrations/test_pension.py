"""Pensions: found by identity, which is never kept in clear."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from integrations.database.callers import Callers
from integrations.database.store import Database
from integrations.embedded.pension import Pension
from integrations.embedded.seed import CALLERS, seed_demo
from integrations.errors import OfficeError


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'town.db'}")
    made.migrate()
    seed_demo(made, date(2026, 3, 10))
    return made


def test_the_last_payment_is_found_by_identity_number_and_by_person(database: Database) -> None:
    office = Pension(database)
    by_identity = office.last_payment(CALLERS[0][3])
    person = Callers(database).by_number(CALLERS[0][1])
    assert by_identity == office.last_payment(person_id=person.person_id)
    assert by_identity["status"] == "paid"
    assert by_identity["month"] == "2026-02"


def test_an_unknown_identity_is_refused(database: Database) -> None:
    with pytest.raises(OfficeError) as caught:
        Pension(database).last_payment("110101194901010010")
    assert caught.value.code == "identity_unknown"


def test_the_file_does_not_contain_an_identity_number(database: Database, tmp_path: Path) -> None:
    Pension(database).last_payment(CALLERS[0][3])
    database.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert CALLERS[0][0].encode() in stored
    assert CALLERS[0][3].encode() not in stored
