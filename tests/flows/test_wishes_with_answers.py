"""A wish that is said beside a yes, a no or an answer, and what is said to the question for a wish that waits."""

from __future__ import annotations

import pytest

from tests.flows.talk_helpers import AFTER_TOMORROW
from tests.flows.wish_helpers import Caller

READ_BACK = "给我自己挂个后天上午的骨科"


@pytest.mark.parametrize(
    "words", ["对，顺便查一下养老金", "对，我还要查养老金", "好，再查一下养老金", "好的，谢谢，再查养老金"]
)
def test_what_is_wanted_with_the_yes_comes_after_it(words: str, caller: Caller) -> None:
    caller.say(READ_BACK, words)
    assert caller.prompts[0] == "main.noted"
    assert "appointment.booked" in caller.prompts
    assert caller.prompts[-1] == "main.next_sure"
    assert "养老金" in caller.said


@pytest.mark.parametrize("words", ["行，再给老伴也挂一个", "对，给我老伴也挂一个"])
def test_the_same_for_somebody_else_can_be_wanted_with_the_yes(words: str, caller: Caller) -> None:
    caller.say(READ_BACK, words)
    assert caller.office.last("book")["patient"] == "self"
    assert "还要给另一位挂，对吗" in caller.said
    caller.say("对")
    assert caller.prompts == ["appointment.ask_name"], "the same department and day"


def test_a_booking_wanted_with_the_yes_to_a_name_comes_after_the_amount(caller: Caller) -> None:
    caller.say("我要查养老金", "对，再挂个骨科")
    assert "pension.paid" in caller.prompts
    assert caller.prompts[-1] == "main.next_sure"
    caller.say("对")
    assert caller.state.frames[0].values["department"] == "骨科"


def test_by_the_way_is_no_yes(caller: Caller) -> None:
    caller.say(READ_BACK, "对了，我还要查养老金")
    assert caller.prompts == ["main.noted", "appointment.confirm"]
    caller.say("对")
    assert "appointment.booked" in caller.prompts
    assert caller.prompts[-1] == "main.next_sure"


def test_a_wish_beside_a_change_of_what_was_just_booked_is_kept(caller: Caller) -> None:
    caller.say(READ_BACK, "对", "我想改到星期五，顺便查一下养老金")
    assert caller.state.frames[0].flow == "appointments_change"
    assert caller.waiting == ["query_pension"]


def test_a_yes_to_anything_else_with_a_wish_begins_it(caller: Caller) -> None:
    caller.say(READ_BACK, "对", "好，再查一下养老金")
    assert caller.prompts == ["pension.confirm_name"]
    assert caller.waiting == []


def test_a_cancelling_can_be_wanted_with_the_yes(caller: Caller) -> None:
    caller.say(READ_BACK, "好，再退个号")
    assert caller.waiting == ["cancel_appointment"]
    assert caller.office.last("book")["patient"] == "self"


@pytest.mark.parametrize("words", ["对，再见", "好，就这样"])
def test_a_yes_with_no_wish_beside_it_is_a_mere_yes(words: str, caller: Caller) -> None:
    caller.say(READ_BACK, words)
    assert "main.noted" not in caller.prompts
    assert caller.waiting == []
    assert any(operation == "book" for operation, _ in caller.office.asked)


def test_an_answer_and_the_same_for_somebody_else_are_two(caller: Caller) -> None:
    caller.say("我要挂骨科", "后天上午给我自己，再给老伴也挂一个")
    assert caller.waiting == ["book_appointment"]
    assert caller.prompts == ["main.noted", "appointment.confirm"]


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("后天下午我自己", {"date": AFTER_TOMORROW, "part_of_day": "pm", "patient": "self"}),
        ("嗯，后天", {"date": AFTER_TOMORROW}),
        ("对，我自己", {"patient": "self"}),
        ("不，挂给老伴", {"patient": "other"}),
        ("不是，后天去", {"date": AFTER_TOMORROW}),
        ("对，给老伴挂", {"patient": "other"}),
        ("后天下午给我自己挂号", {"date": AFTER_TOMORROW, "patient": "self"}),
    ],
)
def test_values_for_what_waits_are_a_yes_and_kept(words: str, known: dict[str, str], caller: Caller) -> None:
    caller.say("我要查养老金，再挂个骨科", "是我", words)
    values = caller.state.frames[0].values
    assert values["department"] == "骨科"
    assert {name: values.get(name) for name in known} == known
    assert caller.waiting == []


def test_values_of_what_was_done_with_a_no_are_a_complaint_as_ever(caller: Caller) -> None:
    caller.say("给我自己挂个后天上午的骨科，再问问我养老金到了没", "对", "不对，是内科")
    assert caller.prompts == ["main.not_right"]


def test_a_question_with_a_day_in_it_is_no_yes_to_what_waits(caller: Caller) -> None:
    caller.say("我要查养老金，再挂个骨科", "是我", "后天有号吗")
    assert caller.state.frames == []
    assert caller.waiting == ["book_appointment"]


def test_a_booking_of_ones_own_is_not_the_one_that_waits_for_somebody_else(caller: Caller) -> None:
    caller.say("给我和我老伴各挂一个骨科", "后天上午", "对", "给我自己再挂个眼科")
    assert caller.state.frames[0].values["patient"] == "self"
    assert caller.waiting == ["book_appointment"]


def test_values_said_with_the_yes_to_another_service_are_taken(caller: Caller) -> None:
    caller.say("我眼睛看东西重影", "对，后天上午")
    assert caller.state.frames[0].values["date"] == AFTER_TOMORROW


@pytest.mark.parametrize("words", ["不挂了，也不查了", "都不要了", "都不办了"])
def test_all_that_was_wanted_can_be_given_up_at_once(words: str, caller: Caller) -> None:
    caller.say("我要挂骨科，再查养老金", words)
    assert caller.waiting == []
    assert caller.prompts == ["given_up.appointments_book", "main.more"]


def test_who_books_for_the_other_instead_of_themselves_is_not_asked_about_the_other_again(caller: Caller) -> None:
    caller.say("给我和我老伴各挂一个骨科", "后天上午", "我不挂了，给我老伴挂", "她叫李秀英", "对")
    assert caller.office.last("book")["patient"] == "other"
    assert caller.prompts[-1] == "main.more"


def test_what_is_said_beside_taking_back_is_taken(caller: Caller) -> None:
    caller.say("我要挂骨科，再查养老金", "养老金别查了，后天上午我自己")
    assert caller.prompts == ["given_up.pension", "appointment.confirm"]


def test_who_lets_it_be_and_wants_another_first_is_not_asked_about_it_afterwards(caller: Caller) -> None:
    caller.say("我要挂骨科", "算了，先查养老金", "对", "是我")
    assert caller.prompts[-1] == "main.more"
