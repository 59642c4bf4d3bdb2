"""When a turn is over: by the words, by this caller's pauses, and by what the question needs."""

from __future__ import annotations

import pytest

from ivr.call.endpoint import MARGIN_S, PATIENCE_MAX_S, UNFINISHED_MAX_S, Endpoint, Patience, Sense, held

RULE = Endpoint()


def test_a_complete_answer_ends_the_turn_before_any_patience_does() -> None:
    assert RULE.silence_s(Sense.COMPLETE, 1.4) < 0.4


def test_what_the_question_asks_for_is_no_reason_to_wait_after_a_complete_answer() -> None:
    assert RULE.silence_s(Sense.COMPLETE, 0.8, at_least_s=1.8) < 0.4


@pytest.mark.parametrize("patience_s", [0.4, 0.87, 1.3])
def test_an_answer_that_may_go_on_is_waited_for_less_than_the_callers_usual_pause(patience_s: float) -> None:
    waited = RULE.silence_s(Sense.LIKELY, patience_s)
    assert RULE.silence_s(Sense.COMPLETE, patience_s) < waited <= patience_s
    assert waited <= max(0.6, patience_s - 0.25), "and by as much more as this caller pauses longer than others"
    assert RULE.silence_s(Sense.LIKELY, patience_s, at_least_s=1.5) == 1.5, "a number that is read from a card"


def test_words_that_tell_nothing_are_waited_for_as_long_as_this_caller_pauses() -> None:
    assert RULE.silence_s(Sense.OPEN, 0.82) == 0.82
    assert RULE.silence_s(Sense.OPEN, 1.3) == 1.3
    assert RULE.silence_s(Sense.OPEN, 0.82, at_least_s=1.5) == 1.5


@pytest.mark.parametrize("patience_s", [0.5, 0.82, 1.3])
def test_words_that_answer_nothing_are_waited_for_a_little_longer_than_those_that_may(patience_s: float) -> None:
    waited = RULE.silence_s(Sense.UNCLEAR, patience_s)
    assert RULE.silence_s(Sense.OPEN, patience_s) < waited < RULE.silence_s(Sense.UNFINISHED, patience_s)


@pytest.mark.parametrize("patience_s", [0.5, 0.82, 1.6])
def test_an_unfinished_sentence_is_waited_for_longer_but_not_for_ever(patience_s: float) -> None:
    waited = RULE.silence_s(Sense.UNFINISHED, patience_s)
    assert patience_s + 0.4 < waited <= UNFINISHED_MAX_S


def test_a_flow_may_ask_for_more_than_the_longest_wait() -> None:
    assert RULE.silence_s(Sense.UNFINISHED, 0.8, at_least_s=3.0) == 3.0


def test_a_drawn_out_sound_holds_the_floor() -> None:
    assert held(Sense.COMPLETE) is Sense.OPEN
    assert held(Sense.OPEN) is Sense.UNFINISHED
    assert held(Sense.UNCLEAR) is Sense.UNFINISHED
    assert held(Sense.UNFINISHED) is Sense.UNFINISHED


def test_patience_grows_with_the_pauses_of_the_caller() -> None:
    patience = Patience(0.82)
    patience.paused(0.75)
    assert patience.pause_s == pytest.approx(0.75 + MARGIN_S)
    patience.paused(0.3)
    assert patience.pause_s == pytest.approx(0.75 + MARGIN_S), "a short pause takes nothing back"


def test_patience_has_an_end() -> None:
    patience = Patience(0.82)
    patience.paused(9.0)
    assert patience.pause_s == PATIENCE_MAX_S


def test_patience_wanes_while_the_caller_speaks_without_pauses() -> None:
    patience = Patience(0.82)
    patience.paused(1.0)
    patience.turn_ended()
    after_one = patience.pause_s
    for _ in range(8):
        patience.turn_ended()
    assert after_one == pytest.approx(1.0 + MARGIN_S), "the turn with the pause itself forgets nothing"
    assert 0.82 < patience.pause_s < 0.9


def test_somebody_who_was_cut_off_is_given_more_time() -> None:
    patience = Patience(0.82)
    patience.turn_ended()
    patience.cut_in(1.1)
    assert patience.pause_s == pytest.approx(1.1 + MARGIN_S)
    patience.cut_in(30.0)
    assert patience.pause_s == pytest.approx(1.1 + MARGIN_S), "what is said half a minute later is another sentence"


def test_breath_is_no_pause() -> None:
    patience = Patience(0.3)
    patience.paused(0.15)
    assert patience.pause_s == 0.3
