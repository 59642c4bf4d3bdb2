"""Who asks for time gets it: a long silence, no failure, and the question once more when they are back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.actions import Listen
from flows.events import CallerProfile
from flows.state import State
from flows.waiting import MOST, PATIENCE_S
from tests.flows.talk_helpers import AFTER_TOMORROW, Office, Talk, really, session
from tests.remembering import Remembering


def at_the_code() -> Talk:
    return Talk(Office(find_bookings={"bookings": []})).hear("退号", "cancel_appointment")


def at_the_identity() -> Talk:
    return Talk().hear("查养老金", "query_pension")


def at_the_department() -> Talk:
    return Talk().hear("挂号", "book_appointment")


def at_the_read_back() -> Talk:
    return Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )


def booked() -> Talk:
    return at_the_read_back().hear("对")


ANYWHERE = [Talk, at_the_code, at_the_identity, at_the_department, at_the_read_back, booked]


@pytest.mark.parametrize("place", ANYWHERE, ids=lambda place: place.__name__)
@pytest.mark.parametrize(
    "words",
    [
        *("你等会儿，我找找那个条子", "等一等，眼镜找不着", "等一下", "你等一下", "别催我", "稍等啊", "让我想想"),
        *("我去拿身份证", "等我问问老伴", "眼镜找不着"),
    ],
)
def test_who_asks_for_time_is_waited_for(place: Callable[[], Talk], words: str, understander: Remembering) -> None:
    talk = place()
    question = talk.state.question
    really(talk, words, understander)
    assert talk.prompts == ["main.wait"]
    assert talk.listening.silence_s == PATIENCE_S
    assert talk.state.failures == 0
    assert talk.state.question == question
    talk.silent()
    assert talk.prompts[0] == "repair.still_here"
    assert talk.state.failures == 0
    assert talk.state.question is not None
    assert talk.listening.silence_s == talk.state.question.silence_s, "from now on it is silence as ever"


def test_words_to_somebody_in_the_room_are_no_failure_while_the_caller_looks(understander: Remembering) -> None:
    talk = really(at_the_code(), "你等会儿，我找找那个条子", understander)
    talk.mumble("老婆子你看见我眼镜没")
    assert (talk.prompts, talk.state.failures) == (["repair.still_here"], 0)
    talk.unclear()
    assert talk.listening.silence_s == PATIENCE_S
    assert really(talk, "找到了", understander).prompts == ["bookings.ask_code"]


def test_nobody_is_waited_for_without_end(understander: Remembering) -> None:
    talk = at_the_code()
    for _ in range(MOST):
        really(talk, "等一下", understander)
        assert isinstance(talk.last, Listen)
    for _ in range(3):
        really(talk, "等一下", understander)
    assert talk.transferred.reason == "misunderstood"


def test_the_answer_that_comes_is_taken(understander: Remembering) -> None:
    talk = really(at_the_department(), "等一下", understander)
    assert really(talk, "骨科", understander).prompts == ["appointment.ask_date"]
    assert really(at_the_department(), "等一下，是骨科", understander).prompts == ["appointment.ask_date"]
    assert really(Talk(), "你等一下，我要退号", understander).prompts[-1] == "bookings.ask_code"


def test_say_it_again_after_a_wait_is_what_was_said_before_it(understander: Remembering) -> None:
    talk = really(at_the_department(), "等一下", understander)
    assert really(talk, "再说一遍", understander).prompts == ["appointment.ask_department"]


@pytest.mark.parametrize("words", ["我拿笔记一下，你等等", "我起来拿笔", "慢点，我找个笔"])
def test_who_fetches_a_pen_hears_the_code_when_they_are_back(words: str, understander: Remembering) -> None:
    talk = really(booked(), words, understander)
    assert talk.said == "好，您去拿笔，我等着。"
    assert "main.note" in really(talk, "好了，说吧", understander).prompts
    talk = really(booked(), words, understander)
    assert "main.note" in talk.silent().prompts, "or after half a minute without a word"


def test_a_wait_survives_being_stored(understander: Remembering) -> None:
    talk = really(at_the_code(), "等一下", understander)
    talk.state = State.from_json(talk.state.to_json())
    assert talk.silent().state.failures == 0


@pytest.mark.parametrize("words", ["要等多久", "等一会儿还能挂吗"])
def test_a_question_is_no_wish_to_wait(words: str, understander: Remembering) -> None:
    assert "main.wait" not in really(at_the_department(), words, understander).prompts


def test_the_line_is_not_to_blame_for_words_that_were_heard() -> None:
    talk, said = at_the_department(), ""
    for _ in range(4):
        talk.mumble()
        said += talk.said
        talk.hear("挂号", "book_appointment")
    assert "声音" not in said
    assert "杂音" not in said
    assert "声音有点小" in at_the_department().unclear().said


@pytest.mark.parametrize("words", ["等等，不是骨科，是内科", "等一下，大后天吧", "哎等等，我要下午的"])
def test_a_correction_is_taken_though_it_begins_with_wait(words: str, understander: Remembering) -> None:
    """Waiting for more, and booking on the 嗯 that comes next, would book what they have just put right."""
    talk = really(at_the_read_back(), words, understander)
    assert talk.prompts == ["appointment.confirm"]
    assert talk.state.frames[0].values != at_the_read_back().state.frames[0].values


@pytest.mark.parametrize("words", ["身份证在柜子里，我起来拿", "我过去拿一下"])
def test_who_gets_up_to_fetch_something_is_waited_for(words: str, understander: Remembering) -> None:
    assert really(at_the_identity(), words, understander).prompts == ["main.wait"]


BOOKED = session(1) | {"code": "12345678", "cancellable": True, "patient_name": None}


def at_the_cancellation() -> Talk:
    return Talk(Office(find_bookings={"bookings": [BOOKED]})).hear("退号", "cancel_appointment")


def at_the_name() -> Talk:
    paid = {"status": "paid", "month": "2026-02", "amount_yuan": 2860.5, "paid_on": "2026-03-01", "reason": None}
    caller = CallerProfile("13909710002", name="马建国", person_id=1)
    return Talk(Office(last_payment=paid), caller).hear("查养老金", "query_pension")


@pytest.mark.parametrize("words", ["好了", "行了", "嗯，好了", "可以了", "好啦"])
def test_who_is_back_has_not_said_yes(words: str, understander: Remembering) -> None:
    """好了 after 我找找眼镜 means that they are found: to cancel on it is what nobody asked for."""
    talk = really(really(at_the_cancellation(), "等一下，我找找眼镜", understander), words, understander)
    assert talk.prompts == ["bookings.confirm_cancel"]
    named = really(really(at_the_name(), "等一下，我叫他来", understander), words, understander)
    assert named.prompts == ["pension.confirm_name"]
    code = really(really(at_the_code(), "等一下我找条子", understander), words, understander)
    assert code.prompts == ["bookings.ask_code"]
    pen = really(really(booked(), "等等我找个笔", understander), words, understander)
    assert "main.note" in pen.prompts


@pytest.mark.parametrize("words", ["好", "行", "对", "好啊", "可以"])
def test_a_yes_after_a_wait_is_one(words: str, understander: Remembering) -> None:
    talk = really(really(at_the_cancellation(), "等一下，我找找眼镜", understander), words, understander)
    assert talk.prompts[0] == "bookings.cancelled"


def test_whoever_comes_to_the_telephone_says_that_it_is_them(understander: Remembering) -> None:
    def fetched(words: str) -> str:
        return really(really(at_the_name(), "等一下，我叫他来", understander), words, understander).prompts[0]

    assert [fetched(words) for words in ("好", "行", "嗯")] == ["pension.confirm_name"] * 3
    assert [fetched(words) for words in ("对", "是", "我就是", "是我", "我")] == ["pension.paid"] * 5


@pytest.mark.parametrize(
    "words",
    ["等等，老伴说星期五他也去", "等等，我问下儿子后天有没有空", "等我问问儿子明天去不去", "我问下老伴明天有空没"],
)
def test_a_day_that_somebody_else_is_asked_about_moves_nothing(words: str, understander: Remembering) -> None:
    talk = really(at_the_read_back(), words, understander)
    assert talk.prompts == ["main.wait"]
    assert talk.state.frames[0].values == at_the_read_back().state.frames[0].values


@pytest.mark.parametrize("words", ["等等，老伴说星期五去", "等等，儿子说不是骨科，是内科"])
def test_what_somebody_in_the_room_puts_right_is_taken(words: str, understander: Remembering) -> None:
    talk = really(at_the_read_back(), words, understander)
    assert talk.prompts == ["appointment.confirm"]
    assert talk.state.frames[0].values != at_the_read_back().state.frames[0].values
