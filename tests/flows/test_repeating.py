"""“再说一遍”, “慢一点”, “大声点”: said over a prompt they act from the piece that was being said."""

from __future__ import annotations

from flows.actions import Say
from flows.events import Heard
from tests.flows.talk_helpers import AFTER_TOMORROW, Talk, understood


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
