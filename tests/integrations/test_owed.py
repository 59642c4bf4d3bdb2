"""Calls that are owed: which calls owe one, in which order they are due, and what becomes of each try."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integrations.database.calls import CallJournal
from integrations.database.owed import OWED, PLACED, REACHED, UNREACHED, VOID, Owed, dialable
from integrations.database.store import Database
from integrations.database.tickets import Tickets
from tests.integrations.owed_calls import (
    NOW,
    SPACING_S,
    being_made,
    broken_off,
    called,
    ended,
    only,
    states,
    tried,
)


def test_who_asked_for_it_and_who_hung_up_first_is_owed_a_call(database: Database) -> None:
    ended(database, "1.1", "13900000001", "callback_owed")
    ended(database, "1.2", "13900000002", "abandoned")
    ended(database, "1.3", "13900000003", "person")
    ended(database, "1.4", None, "abandoned")
    owed = Owed(database)
    assert owed.collect(NOW) == 2
    assert owed.collect(NOW) == 0
    assert states(owed) == {"1.1": OWED, "1.2": OWED}
    asked = owed.due(NOW, 1)[0]
    assert (asked.language, asked.band) == ("bo", "vulnerable")


def test_the_longest_wait_is_due_first(database: Database) -> None:
    ended(database, "1.1", "13900000001", "callback_owed", minutes_ago=5)
    ended(database, "1.2", "13900000002", "callback_owed", minutes_ago=50)
    owed = Owed(database)
    owed.collect(NOW)
    assert [one.call_id for one in owed.due(NOW, 9)] == ["1.2", "1.1"]


@pytest.mark.parametrize(
    ("number", "may_be_dialled"),
    [
        ("13909710001", True),
        ("09718888001", True),
        ("8230001", True),
        ("110", False),
        ("120", False),
        ("95588", False),
        ("12909710001", False),
        ("0013105551212", False),
        ("4008123123x", False),
        ("", False),
    ],
)
def test_only_numbers_of_people_in_this_country_are_dialled(number: str, may_be_dialled: bool) -> None:
    assert dialable(number) is may_be_dialled


def test_a_number_that_must_not_be_dialled_is_on_record_and_not_due(database: Database) -> None:
    ended(database, "1.1", "95588", "abandoned")
    owed = Owed(database)
    owed.collect(NOW)
    assert (only(owed).state, only(owed).status) == (VOID, "not_dialable")
    assert owed.due(NOW, 9) == []


def test_a_number_is_owed_one_call_however_often_it_gave_up(database: Database) -> None:
    ended(database, "1.1", "13900000001", "abandoned", minutes_ago=20)
    ended(database, "1.2", "13900000001", "abandoned", minutes_ago=10)
    owed = Owed(database)
    owed.collect(NOW)
    assert states(owed) == {"1.1": OWED, "1.2": VOID}


def test_who_calls_again_and_is_served_is_owed_nothing(database: Database) -> None:
    ended(database, "1.1", "13900000001", "callback_owed", minutes_ago=20)
    owed = Owed(database)
    owed.collect(NOW)
    ended(database, "1.2", "13900000001", "person", minutes_ago=1)
    owed.collect(NOW)
    assert (only(owed).state, only(owed).status) == (VOID, "called_again")


def test_who_calls_again_and_gives_up_is_owed_the_call_still(database: Database) -> None:
    ended(database, "1.1", "13900000001", "callback_owed", minutes_ago=20)
    owed = Owed(database)
    owed.collect(NOW)
    ended(database, "1.2", "13900000001", "nothing", minutes_ago=1)
    assert owed.collect(NOW) == 0, "whoever said goodbye is owed nothing new"
    assert only(owed).state == OWED


def test_three_tries_with_growing_pauses_and_then_a_ticket(database: Database) -> None:
    ended(database, "1.1", "13900000001", "callback_owed")
    owed, tickets = Owed(database), Tickets(database)
    owed.collect(NOW)
    assert tried(owed, NOW, "NOANSWER") == OWED
    assert owed.due(NOW + timedelta(seconds=299), 9) == []
    second = NOW + timedelta(seconds=300)
    assert tried(owed, second, "BUSY") == OWED
    assert owed.due(second + timedelta(seconds=1799), 9) == []
    tickets.collect(NOW)
    assert tickets.all() == []
    assert tried(owed, second + timedelta(seconds=1800), "NOANSWER") == UNREACHED
    assert tickets.collect(NOW) == 1
    assert tickets.collect(NOW) == 0
    (ticket,) = tickets.all()
    assert (ticket.kind, ticket.number) == ("unreached", "13900000001")


def test_a_try_in_which_nobody_dialled_the_caller_is_not_counted(database: Database) -> None:
    ended(database, "1.1", "13900000001", "callback_owed")
    owed = Owed(database)
    owed.collect(NOW)
    for minute, status in enumerate(("NOAGENT", "GAVEUP", "LOST", "NOAGENT")):
        assert tried(owed, NOW + timedelta(minutes=minute), status) == OWED
    assert only(owed).tries == 0
    assert tried(owed, NOW + timedelta(minutes=9), "ANSWER") == REACHED
    assert only(owed).seat == "seat1"


def test_a_call_back_is_placed_by_one_program_only(database: Database) -> None:
    ended(database, "1.1", "13900000001", "callback_owed")
    owed = Owed(database)
    owed.collect(NOW)
    assert owed.place("1.1", NOW)
    assert not owed.place("1.1", NOW)


def test_the_result_is_the_one_after_it_was_placed(database: Database) -> None:
    ended(database, "1.1", "13900000001", "callback_owed")
    owed, journal = Owed(database), CallJournal(database)
    owed.collect(NOW)
    journal.add("1.1", NOW - timedelta(seconds=1), "callback_tried", {"status": "NOANSWER", "seat": "seat1"})
    owed.place("1.1", NOW)
    assert owed.result("1.1") is None
    journal.add("1.1", NOW + timedelta(seconds=9), "callback_tried", {"status": "ANSWER", "seat": "seat2"})
    assert owed.result("1.1") == ("ANSWER", "seat2")


def test_a_call_while_the_call_back_is_made_is_owed_when_that_does_not_reach_them(database: Database) -> None:
    owed = being_made(database)
    called(database, "1.2", "13900000001", "elder", "zh", 1)
    assert owed.collect(NOW) == 0
    owed.tried("1.1", NOW, "NOANSWER", "seat1", 1, SPACING_S)
    assert owed.collect(NOW) == 1
    assert states(owed) == {"1.1": UNREACHED, "1.2": OWED}


def test_a_call_while_the_call_back_is_made_has_its_answer_when_that_reaches_them(database: Database) -> None:
    called(database, "1.1", "13900000001", "elder", "zh", 20)
    owed = Owed(database)
    owed.collect(NOW)
    owed.place("1.1", NOW - timedelta(minutes=5))
    called(database, "1.2", "13900000001", "elder", "zh", 1)
    CallJournal(database).add("1.1", NOW, "callback_tried", {"status": "ANSWER", "seat": "seat1"})
    owed.tried("1.1", NOW, "ANSWER", "seat1", 3, SPACING_S)
    owed.collect(NOW)
    assert states(owed) == {"1.1": REACHED, "1.2": VOID}


def test_who_was_reached_and_calls_in_vain_afterwards_is_owed_a_call_again(database: Database) -> None:
    called(database, "1.1", "13900000001", "elder", "zh", 20)
    owed = Owed(database)
    owed.collect(NOW)
    owed.place("1.1", NOW - timedelta(minutes=15))
    talked = NOW - timedelta(minutes=10)
    CallJournal(database).add("1.1", talked, "callback_tried", {"status": "ANSWER", "seat": "seat1"})
    owed.tried("1.1", talked, "ANSWER", "seat1", 3, SPACING_S)
    called(database, "1.2", "13900000001", "elder", "zh", 1)
    owed.collect(NOW)
    assert states(owed) == {"1.1": REACHED, "1.2": OWED}


def test_a_later_call_joins_nothing_that_was_settled_in_between(database: Database) -> None:
    owed = being_made(database, since_min=50)
    ended(database, "1.2", "13900000001", "person", minutes_ago=40)
    called(database, "1.3", "13900000001", "elder", "zh", 20)
    owed.collect(NOW)
    owed.tried("1.1", NOW, "NOANSWER", "seat1", 3, SPACING_S)
    owed.collect(NOW)
    assert states(owed) == {"1.1": VOID, "1.3": OWED}


def test_after_an_absence_each_call_is_looked_at_in_its_order(database: Database) -> None:
    called(database, "1.1", "13900000001", "elder", "zh", 60)
    ended(database, "1.2", "13900000001", "person", minutes_ago=40)
    called(database, "1.3", "13900000001", "elder", "zh", 20)
    owed = Owed(database)
    owed.collect(NOW)
    assert states(owed) == {"1.1": VOID, "1.3": OWED}


def test_help_before_a_talk_that_broke_off_does_not_withdraw_the_next_try(database: Database) -> None:
    owed = broken_off(database)
    assert owed.place("1.1", NOW)
    assert not owed.withdraw("1.1", NOW)
    ended(database, "1.3", "13900000001", "done", minutes_ago=1)
    assert owed.withdraw("1.1", NOW)


def test_help_before_a_talk_that_broke_off_settles_nothing_when_nobody_took_the_next_try(database: Database) -> None:
    owed = broken_off(database)
    assert tried(owed, NOW, "NOAGENT") == OWED
    owed.collect(NOW)
    assert states(owed) == {"1.1": OWED}


def test_help_before_the_call_back_does_not_settle_one_that_was_broken_off(database: Database) -> None:
    owed = broken_off(database)
    owed.collect(NOW)
    assert states(owed) == {"1.1": OWED}
    ended(database, "1.3", "13900000001", "person", minutes_ago=5)
    owed.collect(NOW)
    assert states(owed) == {"1.1": VOID}


def test_who_hangs_up_before_a_word_was_said_has_not_changed_the_language(database: Database) -> None:
    called(database, "1.1", "13900000001", "elder", "bo", 20)
    journal, at = CallJournal(database), NOW - timedelta(minutes=5)
    journal.begin("1.2", "13900000001", at)
    journal.add("1.2", at, "call_started", {"number": "13900000001", "language": "zh"})
    journal.end("1.2", at, "abandoned")
    owed = Owed(database)
    owed.collect(NOW)
    assert owed.due(NOW, 9)[0].language == "bo"


def test_a_call_back_that_was_given_up_is_no_call_that_owes_another(database: Database) -> None:
    called(database, "callback-1.1", "13900000001", "elder", "zh", 20)
    owed = Owed(database)
    assert owed.collect(NOW) == 0


def test_a_talk_in_one_of_its_tries_settles_what_else_is_owed_to_the_number(database: Database) -> None:
    called(database, "1.1", "13900000001", "elder", "zh", 60)
    owed, journal = Owed(database), CallJournal(database)
    owed.collect(NOW)
    owed.place("1.1", NOW - timedelta(minutes=50))
    journal.begin("callback-1.1", "13900000001", NOW - timedelta(minutes=50))
    journal.end("callback-1.1", NOW - timedelta(minutes=49), "abandoned")
    called(database, "1.2", "13900000001", "emergency", "zh", 20)
    owed.collect(NOW)
    assert states(owed) == {"1.1": PLACED, "1.2": OWED}
    journal.end("callback-1.1", NOW, "person")
    owed.tried("1.1", NOW, "ANSWER", "seat1", 3, SPACING_S)
    owed.collect(NOW)
    assert states(owed) == {"1.1": REACHED, "1.2": VOID}


def test_who_changed_the_language_is_called_back_in_it(database: Database) -> None:
    journal, at = CallJournal(database), NOW - timedelta(minutes=5)
    journal.begin("1.1", "13900000001", at)
    journal.add("1.1", at, "call_started", {"band": "elder", "language": "zh"})
    journal.add("1.1", at + timedelta(seconds=9), "language", {"language": "bo"})
    journal.end("1.1", at + timedelta(seconds=12), "abandoned")
    owed = Owed(database)
    owed.collect(NOW)
    assert only(owed).language == "bo"


def test_who_is_in_no_list_gets_no_second_call_back_beside_the_first(database: Database) -> None:
    """`general` is what the dialplan calls them, `elder` what the dialogue does, and neither is in danger."""
    called(database, "1.1", "13900000001", "general", "zh", 10)
    owed = Owed(database)
    owed.collect(NOW)
    owed.place("1.1", NOW)
    called(database, "1.2", "13900000001", "elder", "zh", 1)
    assert owed.collect(NOW) == 0


def test_a_seat_that_fails_again_and_again_does_not_ring_the_elder_for_ever(database: Database) -> None:
    called(database, "1.1", "13900000001", "elder", "zh", 10)
    owed = Owed(database)
    owed.collect(NOW)
    states_seen = [tried(owed, NOW + timedelta(minutes=10 * n), "LEFT") for n in range(3)]
    assert states_seen == [OWED, OWED, UNREACHED], "a person sees to it: it is a ticket"


def test_call_backs_that_wait_for_a_speaker_stop_no_others(database: Database) -> None:
    for number in range(2):
        called(database, f"1.{number}", f"1390000001{number}", "elder", "bo", 30)
    called(database, "1.8", "13900000018", "elder", "zh", 2)
    called(database, "1.9", "13900000019", "elder", "zh", 1)
    owed = Owed(database)
    owed.collect(NOW)
    assert [one.call_id for one in owed.due(NOW, 1)] == ["1.0", "1.8"], "one in each language"
    for number in range(2):
        owed.place(f"1.{number}", NOW)
    assert [one.call_id for one in owed.due(NOW, 2)] == ["1.8", "1.9"]
    owed.place("1.8", NOW)
    assert [one.call_id for one in owed.due(NOW, 2)] == ["1.9"]
    owed.place("1.9", NOW)
    assert owed.due(NOW, 2) == []


def test_a_call_back_on_its_way_is_withdrawn_when_they_were_served_meanwhile(database: Database) -> None:
    owed = being_made(database, since_min=5)
    assert not owed.withdraw("1.1", NOW)
    ended(database, "1.2", "13900000001", "done", minutes_ago=1)
    assert owed.withdraw("1.1", NOW)
    assert (only(owed).state, only(owed).status) == (VOID, "called_again")
