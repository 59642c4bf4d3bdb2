"""Who is served next: bands with a head start, a fixed rank, and a stated order of overflow."""

from __future__ import annotations

from ivr.routing.rules import Hop, Waits, hops, rank

HEAD_S = {"emergency": 3600, "vulnerable": 120, "elder": 60}
EIGHT = 1_773_100_800


def test_a_band_overtakes_only_those_who_came_within_its_head_start() -> None:
    general = rank(EIGHT, "general", HEAD_S)
    assert rank(EIGHT + 59, "elder", HEAD_S) > general
    assert rank(EIGHT + 61, "elder", HEAD_S) < general
    assert rank(EIGHT + 119, "vulnerable", HEAD_S) > general > rank(EIGHT + 121, "vulnerable", HEAD_S)
    assert rank(EIGHT + 3599, "emergency", HEAD_S) > general


def test_within_a_band_who_came_first_goes_first() -> None:
    assert rank(EIGHT, "elder", HEAD_S) > rank(EIGHT + 1, "elder", HEAD_S)


def test_every_rank_of_the_next_thirty_years_is_an_int_of_asterisk() -> None:
    in_thirty_years = EIGHT + 30 * 365 * 86_400
    assert 0 < rank(in_thirty_years, "general", HEAD_S) < rank(EIGHT, "emergency", HEAD_S) < 2**31


def test_a_caller_of_the_default_language_waits_in_one_queue() -> None:
    assert hops("elder", "zh", default="zh") == [Hop("human", None)]


def test_another_language_goes_to_its_seats_and_then_to_any_with_an_interpreter() -> None:
    order = hops("elder", "bo", default="zh", familiar="seat3", waits=Waits(45, 20))
    assert order == [Hop("seat-seat3", 20), Hop("human-bo", 45), Hop("human", None, interpreter=True)]


def test_an_emergency_waits_for_nobody_in_particular() -> None:
    order = hops("emergency", "bo", default="zh", familiar="seat3")
    assert [hop.queue for hop in order] == ["human-bo", "human"]
    assert order[0].only_if_free


def test_a_skill_is_asked_for_only_while_a_seat_with_it_is_free() -> None:
    order = hops("elder", "zh", default="zh", skill="pension")
    assert [(hop.queue, hop.only_if_free) for hop in order] == [("skill-pension", True), ("human", False)]
