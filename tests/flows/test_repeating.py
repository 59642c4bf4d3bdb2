"""“再说一遍”, “慢一点”, “大声点”: said over a prompt they act from the piece that was being said."""

from __future__ import annotations

import pytest

from flows.actions import Say, SetSpeech
from flows.events import Heard
from tests.flows.talk_helpers import AFTER_TOMORROW, Talk, really, understood
from tests.remembering import Remembering


def over(talk: Talk, text: str, intent: str, heard: int) -> list[str]:
    """Say something over the prompt, of which `heard` pieces were heard; the pieces that come back."""
    talk.event(Heard(talk.now, understood(text, intent), barged_in=True, pieces_heard=heard))
    return [piece for action in talk.actions if isinstance(action, Say) for piece in action.pieces]


def opening(talk: Talk) -> list[str]:
    return [piece for action in talk.actions if isinstance(action, Say) for piece in action.pieces]


def test_a_repetition_goes_on_from_the_piece_that_was_being_said() -> None:
    talk = Talk()
    whole = opening(talk)
    assert len(whole) == 3
    assert over(talk, "再说一遍", "repeat", heard=1) == whole[1:]


def test_slower_says_so_and_goes_on_from_the_piece_that_was_being_said() -> None:
    talk = Talk()
    whole = opening(talk)
    said = over(talk, "慢一点", "slower", heard=2)
    assert said[0] == "好，我说慢一点。"
    assert said[1:] == whole[2:]


def test_asked_for_once_more_the_whole_is_said() -> None:
    talk = Talk()
    whole = opening(talk)
    over(talk, "慢一点", "slower", heard=2)
    talk.hear("再说一遍", "repeat")
    assert opening(talk) == whole


def test_a_second_interruption_counts_on_from_the_first() -> None:
    talk = Talk()
    whole = opening(talk)
    over(talk, "慢一点", "slower", heard=1)
    assert over(talk, "大声点", "louder", heard=2)[1:] == whole[2:], "“好，我说慢一点” and one more piece were heard"


def test_when_everything_had_been_heard_all_of_it_comes_again() -> None:
    talk = Talk()
    whole = opening(talk)
    assert over(talk, "再说一遍", "repeat", heard=len(whole)) == whole


def test_the_code_of_a_booking_is_said_once_in_each_repetition_at_the_end() -> None:
    talk = Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    talk.hear("对")
    for _ in range(2):
        talk.hear("再说一遍", "repeat")
        codes = [action for action in talk.actions if isinstance(action, Say) and "号码" in "".join(action.pieces)]
        assert len(codes) <= 1
    assert "main.more" in talk.prompts


@pytest.mark.parametrize("words", ["听不清", "听不见", "没听清", "没听明白", "你说啥", "听不懂"])
def test_who_cannot_hear_it_twice_hears_it_slower_louder_and_shorter_and_then_a_person(
    words: str, understander: Remembering
) -> None:
    talk = really(Talk(), words, understander)
    assert "银铃热线" in talk.said, "first the same once more"
    really(talk, words, understander)
    assert SetSpeech("slow", "loud") in talk.actions
    assert talk.prompts == ["main.slower", "main.open"]
    assert "银铃热线" not in talk.said, "and only the question"
    assert really(talk, words, understander).transferred.reason == "misunderstood"


def test_louder_is_not_promised_where_nothing_gets_louder(understander: Remembering) -> None:
    talk = really(Talk(), "大声点", understander)
    assert talk.prompts[0] == "main.louder"
    really(talk, "大声点", understander)
    assert "main.louder" not in talk.prompts
    assert SetSpeech("slow", "loud") in talk.actions
    assert really(talk, "大声点", understander).transferred.reason == "misunderstood"


def test_once_more_may_be_asked_for_as_often_as_one_likes(understander: Remembering) -> None:
    talk = Talk()
    for _ in range(5):
        assert "银铃热线" in really(talk, "再说一遍", understander).said


def test_who_has_answered_meanwhile_begins_anew(understander: Remembering) -> None:
    talk = really(really(Talk(), "听不清", understander), "我要挂号", understander)
    assert really(talk, "听不清", understander).prompts == ["appointment.ask_department"]
    assert really(talk, "听不清", understander).prompts == ["main.slower", "appointment.ask_department"]


def test_who_cannot_hear_the_code_hears_it_digit_by_digit(understander: Remembering) -> None:
    talk = Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    really(really(talk.hear("对"), "没听清", understander), "没听清", understander)
    assert talk.prompts[:2] == ["main.slower", "main.note"]
    assert really(talk, "没听清", understander).transferred.reason == "misunderstood"


def test_an_apology_is_no_part_of_what_is_said_again() -> None:
    talk = Talk().hear("挂号", "book_appointment").mumble()
    assert talk.prompts[0] == "repair.sorry"
    assert "repair.sorry" not in talk.hear("再说一遍", "repeat").prompts
