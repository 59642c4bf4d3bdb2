"""What holds in every conversation: a person at any moment; failing leads to keys, then to a person; nothing loops."""

from __future__ import annotations

import random

import pytest

from flows.actions import CallOffice, End, Listen, Transfer
from flows.events import CallerProfile
from flows.state import State
from tests.flows.talk_helpers import AFTER_TOMORROW, Talk


def test_key_0_is_a_person_in_the_typed_dialogue_too() -> None:
    assert Talk().press("0").transferred.to == "human"


def test_asking_for_a_person_gives_one() -> None:
    assert Talk().hear("我要人工", "human_agent").transferred.reason == "asked"


def test_the_third_silence_in_a_row_is_a_person() -> None:
    talk = Talk().silent()
    assert isinstance(talk.last, Listen)
    talk.silent()
    assert isinstance(talk.last, Listen)
    assert talk.silent().transferred.reason == "silent"


def test_the_second_misunderstanding_offers_keys_and_the_third_is_a_person() -> None:
    talk = Talk().hear("挂号", "book_appointment")
    talk.mumble()
    assert "repair.sorry" in talk.prompts
    assert "choice.option_1" not in talk.prompts
    first = talk.said
    talk.mumble()
    assert "choice.option_1" in talk.prompts
    assert talk.said != first
    assert talk.mumble().transferred.reason == "misunderstood"


def test_no_apology_is_said_twice_in_the_same_words() -> None:
    talk, heard = Talk(), []
    for _ in range(4):
        talk.mumble()
        if isinstance(talk.last, Transfer):
            break
        heard.append(talk.said[:8])
        talk.hear("挂号", "book_appointment")
        if not isinstance(talk.last, Listen):
            break
    assert len(heard) == len(set(heard))


def test_an_emergency_goes_to_the_front_without_a_question() -> None:
    talk = Talk().hear("救命啊，我摔倒了起不来了", "emergency")
    assert talk.transferred.band == "emergency"
    assert "一二零" in talk.said


def test_slower_and_louder_work_in_the_middle_and_the_question_is_said_again() -> None:
    talk = Talk().hear("挂号", "book_appointment")
    talk.hear("慢一点", "slower")
    assert "main.slower" in talk.prompts
    assert "appointment.ask_department" in talk.prompts


def test_without_a_recogniser_keys_are_offered_at_once() -> None:
    talk = Talk(caller=CallerProfile(number="13909710001", by_key=True))
    assert "main.by_key" in talk.prompts
    assert "choice.option_1" in talk.prompts


def test_no_more_wishes_ends_the_call_as_done() -> None:
    talk = Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    talk.hear("对")
    assert talk.engine.achieved(talk.state)
    assert talk.hear("没有了").over.outcome == "done"


def test_a_state_survives_being_stored_between_any_two_events() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科")
    talk.state = State.from_json(talk.state.to_json())
    assert talk.hear("后天", date=AFTER_TOMORROW).prompts == ["appointment.ask_part"]


@pytest.mark.parametrize("seed", range(40))
def test_random_callers_always_get_an_answer_and_never_an_exception(seed: int) -> None:
    chance = random.Random(seed)
    talk = Talk()
    for _ in range(60):
        act = chance.choice(["silent", "mumble", "press", "yes", "no", "book", "cancel", "check", "slot", "again"])
        match act:
            case "silent":
                talk.silent()
            case "mumble":
                talk.mumble()
            case "press":
                talk.press(chance.choice("123456789*#"))
            case "yes":
                talk.hear("对")
            case "no":
                talk.hear("不是")
            case "book":
                talk.hear("挂号", "book_appointment")
            case "cancel":
                talk.hear("退号", "cancel_appointment")
            case "check":
                talk.hear("查号", "check_appointment")
            case "slot":
                talk.hear("后天骨科", date=AFTER_TOMORROW, department="骨科")
            case _:
                talk.hear("再说一遍", "repeat")
        assert isinstance(talk.last, Listen | Transfer | End | CallOffice)
        if isinstance(talk.last, Transfer | End):
            return


def test_who_answers_by_key_is_told_of_the_key_for_zero_before_a_number_is_keyed() -> None:
    """A zero in the middle of a code would be a person, and the end of the dialogue."""
    talk = Talk(caller=CallerProfile(number=None, by_key=True))
    while "bookings.ask_code" not in talk.prompts:
        key = next((n for n in (1, 2, 3) if f"查号，按{'一二三'[n - 1]}" in talk.said), 9)
        talk.press(str(key))
    assert talk.said == "请您把八个数字按进来，遇到零，按左下角的星号。"
    assert "遇到零" in talk.press("1*3").said, "and for the rest of it"
    talk = Talk(caller=CallerProfile(number=None)).hear("查号", "check_appointment")
    assert "遇到零" not in talk.said, "who speaks needs no key"
