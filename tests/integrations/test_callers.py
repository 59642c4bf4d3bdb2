"""What a number tells, and what it wished for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from integrations.database.callers import Callers, KnownCaller, Speech
from integrations.database.store import Database
from integrations.embedded.seed import seed_demo


@pytest.fixture
def callers(tmp_path: Path) -> Callers:
    database = Database(f"sqlite:///{tmp_path / 'town.db'}")
    database.migrate()
    seed_demo(database, date(2026, 3, 10))
    return Callers(database)


def test_a_known_number_tells_who_calls(callers: Callers) -> None:
    found = callers.person_by_phone("13909710001")
    assert found is not None
    assert found[1:] == ("王秀英", "vulnerable")
    known = callers.by_number("13909710001")
    assert (known.person_id, known.name, known.band) == found
    assert callers.bands()["13909710002"] == "elder"


def test_a_number_that_nobody_knows_gets_the_defaults(callers: Callers) -> None:
    assert callers.person_by_phone("13000000000") is None
    assert callers.by_number("13000000000") == KnownCaller()
    assert callers.speech_of("13000000000") == Speech()


def test_wishes_are_remembered_and_a_language_stays_until_another_is_chosen(callers: Callers) -> None:
    callers.remember_speech("13000000000", "slow", "loud", "bo")
    callers.remember_speech("13000000000", "slower", "loud")
    assert callers.speech_of("13000000000") == Speech("slower", "loud", "bo")
    assert callers.by_number("13000000000").language == "bo"
