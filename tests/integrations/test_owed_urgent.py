"""How urgent a call is that is owed: danger that is told late counts, and waits for nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integrations.database.calls import CallJournal
from integrations.database.owed import OWED, URGENT_MAX, VOID, Owed
from integrations.database.store import Database
from tests.integrations.owed_calls import (
    NOW,
    SPACING_S,
    being_made,
    called,
    flagged,
    only,
    states,
    tried,
)


def test_who_calls_again_in_danger_is_called_back_as_one_in_danger_and_at_once(database: Database) -> None:
    called(database, "1.1", "13900000001", "elder", "zh", 20)
    owed = Owed(database)
    owed.collect(NOW)
    assert tried(owed, NOW, "NOANSWER") == OWED
    assert owed.due(NOW, 9) == [], "five minutes later"
    called(database, "1.2", "13900000001", "emergency", "bo", 1)
    owed.collect(NOW)
    (due,) = owed.due(NOW, 0)
    assert (due.call_id, due.band, due.language, due.tries) == ("1.1", "emergency", "bo", 0)
    assert states(owed) == {"1.1": OWED, "1.2": VOID}


def test_a_later_call_takes_no_urgency_away(database: Database) -> None:
    called(database, "1.1", "13900000001", "emergency", "bo", 20)
    called(database, "1.2", "13900000001", "general", "zh", 10)
    owed = Owed(database)
    owed.collect(NOW)
    (due,) = owed.due(NOW, 9)
    assert (due.band, due.language) == ("emergency", "zh"), "in the language that was spoken last"


def test_danger_does_not_wait_for_a_call_back_that_is_on_its_way(database: Database) -> None:
    owed = being_made(database)
    called(database, "1.2", "13900000001", "emergency", "zh", 1)
    owed.collect(NOW)
    assert [one.call_id for one in owed.due(NOW, 0)] == ["1.2"]


def test_who_is_in_danger_is_due_first_and_however_many_calls_are_made(database: Database) -> None:
    for number in range(3):
        called(database, f"1.{number}", f"1390000001{number}", "elder", "zh", 30)
    called(database, "1.9", "13900000019", "emergency", "zh", 1)
    owed = Owed(database)
    owed.collect(NOW)
    assert [one.call_id for one in owed.due(NOW, 0)] == ["1.9"]
    assert [one.call_id for one in owed.due(NOW, 2)] == ["1.9", "1.0"]


def test_no_more_than_so_many_in_danger_are_called_at_once(database: Database) -> None:
    for number in range(9):
        called(database, f"1.{number}", f"1390000001{number}", "emergency", "zh", 20)
    owed = Owed(database)
    owed.collect(NOW)
    for one in owed.due(NOW, 2):
        owed.place(one.call_id, NOW)
    assert len(owed.placed()) == URGENT_MAX
    assert owed.due(NOW, 2) == []


def test_danger_that_is_being_called_back_gets_no_second_one(database: Database) -> None:
    owed = being_made(database)
    called(database, "1.2", "13900000001", "emergency", "zh", 8)
    owed.collect(NOW)
    owed.place("1.2", NOW)
    called(database, "1.3", "13900000001", "emergency", "zh", 1)
    assert owed.collect(NOW) == 0


@pytest.mark.parametrize(
    ("wanted", "sign", "band"),
    [
        ("general", "emergency", "emergency"),
        ("general", "scam", "vulnerable"),
        ("emergency", "scam", "emergency"),
        ("vulnerable", "unheard_of", "vulnerable"),
    ],
)
def test_danger_that_was_noticed_after_the_person_was_asked_for_counts(
    database: Database, wanted: str, sign: str, band: str
) -> None:
    """The queue was told of it while they waited; then they hung up."""
    called(database, "1.1", "13900000001", wanted, "zh", 5)
    flagged(database, "1.1", sign, 4.9)
    owed = Owed(database)
    owed.collect(NOW)
    assert only(owed).band == band


def test_who_hangs_up_on_the_way_to_a_person_is_as_urgent_as_that_was(database: Database) -> None:
    journal, at = CallJournal(database), NOW - timedelta(minutes=5)
    journal.begin("1.1", "13900000001", at)
    journal.add("1.1", at, "call_started", {"band": "elder", "language": "bo"})
    journal.add("1.1", at + timedelta(seconds=9), "transfer", {"to": "human", "band": "emergency"})
    journal.end("1.1", at + timedelta(seconds=12), "abandoned")
    owed = Owed(database)
    owed.collect(NOW)
    assert only(owed).band == "emergency"


def test_danger_that_is_noticed_in_a_call_back_that_breaks_off_is_danger_in_the_next(database: Database) -> None:
    owed = being_made(database)
    CallJournal(database).begin("callback-1.1", "13900000001", NOW)
    CallJournal(database).add("callback-1.1", NOW, "flagged", {"sign": "emergency"})
    owed.tried("1.1", NOW, "LEFT", "seat1", 3, SPACING_S)
    assert only(owed).band == "emergency"
    assert owed.due(NOW + timedelta(seconds=10), 0) != []


@pytest.mark.parametrize("status", ["LOST", "GAVEUP", "LEFT"])
def test_in_danger_a_try_that_broke_off_is_made_again_at_once(database: Database, status: str) -> None:
    called(database, "1.1", "13900000001", "emergency", "zh", 10)
    owed = Owed(database)
    owed.collect(NOW)
    assert tried(owed, NOW, status) == OWED
    assert owed.due(NOW + timedelta(seconds=9), 9) == []
    assert owed.due(NOW + timedelta(seconds=10), 9) != []


def test_who_is_in_danger_and_does_not_answer_is_tried_again_soon(database: Database) -> None:
    called(database, "1.1", "13900000001", "emergency", "zh", 10)
    owed = Owed(database)
    owed.collect(NOW)
    tried(owed, NOW, "NOANSWER")
    assert owed.due(NOW + timedelta(seconds=60), 9) != []
    tried(owed, NOW + timedelta(seconds=60), "NOANSWER")
    assert owed.due(NOW + timedelta(seconds=119), 9) == []


def test_at_night_the_person_on_duty_is_asked_again_soon_and_it_counts_as_no_try(database: Database) -> None:
    called(database, "1.1", "13900000001", "emergency", "zh", 10)
    owed = Owed(database)
    owed.collect(NOW)
    for minute in range(5):
        assert tried(owed, NOW + timedelta(minutes=minute), "NODUTY") == OWED
        assert owed.due(NOW + timedelta(minutes=minute, seconds=59), 9) == []
        assert owed.due(NOW + timedelta(minutes=minute + 1), 9) != []
    assert only(owed).tries == 0


def test_who_sleeps_beside_the_duty_phone_is_rung_less_often_after_half_an_hour(database: Database) -> None:
    called(database, "1.1", "13900000001", "emergency", "zh", 31)
    owed = Owed(database)
    owed.collect(NOW)
    assert tried(owed, NOW, "NODUTY") == OWED
    assert owed.due(NOW + timedelta(seconds=299), 9) == []
    assert owed.due(NOW + timedelta(seconds=300), 9) != []
