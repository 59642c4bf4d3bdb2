"""“Anything else?”: only a bare no ends the call; who says that something is wrong is not hung up on."""

from __future__ import annotations

import pytest

from flows.actions import Listen, Say
from flows.engine import Engine
from flows.lint_rules.speech import WHERE_WRITTEN
from flows.loader import load_folder
from tests.flows.talk_helpers import AFTER_TOMORROW, Talk, really
from tests.remembering import Remembering
from voices.prompts.catalogue import Catalogue


def booked() -> Talk:
    return (
        Talk()
        .hear("挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self")
        .hear("对")
    )


@pytest.mark.parametrize(
    "words",
    [
        *("没了", "没有了", "不用了", "不办了", "没有，谢谢", "再见", "没有了姑娘，麻烦你了", "没有啦，谢谢你啊"),
        *(
            "不用了，谢谢你姑娘，再见",
            "没别的事了",
            "算了，以后再说吧",
            "没事",
            "没事了",
            "没错，没有了",
            "没有什么要办的了",
        ),
    ],
)
def test_a_bare_no_ends_the_call(words: str, understander: Remembering) -> None:
    assert really(booked(), words, understander).over.outcome == "done"


@pytest.mark.parametrize(
    "words",
    [
        *(
            "不对，我刚才说错了，是内科",
            "错了错了，我要的是大后天",
            "不是给我，是给我老伴",
            "不对",
            "不对，我要挂的是内科",
        ),
        *("我刚才说错了，是内科", "不对，少了二百", "没有收到啊", "没有，卡上没有钱"),
    ],
)
def test_who_says_that_something_is_wrong_is_offered_a_person_with_the_story(
    words: str, understander: Remembering
) -> None:
    talk = really(booked(), words, understander)
    assert talk.prompts == ["main.not_right"]
    assert [operation for operation, _ in talk.office.asked].count("book") == 1, "nothing is booked beside it"
    over = talk.hear("好").transferred
    assert over.summary["done"] == ["appointments_book"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("不用带医保卡吗", "appointment.answer_card"),
        ("不是，我是问多少钱", "appointment.answer_fee"),
        ("不行，那天我有事去不了", "appointment.answer_cancel"),
        ("那天我去不了", "appointment.answer_cancel"),
    ],
)
def test_a_question_that_begins_with_a_no_is_answered(words: str, answer: str, understander: Remembering) -> None:
    assert really(booked(), words, understander).prompts == [answer, "main.more"]


@pytest.mark.parametrize(
    ("words", "prompt"), [("没有，我要退号", "bookings.ask_code"), ("没有，再问问养老金", "pension.ask_identity")]
)
def test_another_wish_after_a_no_is_done(words: str, prompt: str, understander: Remembering) -> None:
    assert really(booked(), words, understander).prompts[-1] == prompt


@pytest.mark.parametrize("words", ["再多挂一个号", "还要给我老伴挂一个"])
def test_one_more_is_nothing_wrong(words: str, understander: Remembering) -> None:
    assert really(booked(), words, understander).prompts[-1] == "appointment.ask_department"


@pytest.mark.parametrize("words", ["不是", "没有，我家的狗叫了", "等我看看啊"])
def test_a_no_of_which_nothing_can_be_made_ends_nothing(words: str, understander: Remembering) -> None:
    talk = really(booked(), words, understander)
    assert isinstance(talk.last, Listen)


@pytest.mark.parametrize("words", ["没有记下来", "我没记下来", "没有，我还没写完呢", "号是多少", "我记不住"])
def test_who_has_not_noted_the_code_hears_it_twice_digit_by_digit(words: str, understander: Remembering) -> None:
    talk = really(booked(), words, understander)
    digits = [one for one in talk.actions if isinstance(one, Say) and one.prompt == "appointment.booked"]
    assert [one.pieces for one in digits] == [tuple(f"{digit}，" for digit in "一二三四五六七八")] * 2
    assert not any(one.barge_in for one in digits), "who writes says the digits aloud"
    assert talk.prompts[-1] == "main.more"


def test_what_was_wrong_is_told_to_a_person_also_where_another_wish_was_kept(understander: Remembering) -> None:
    talk = really(Talk(), "我要挂骨科，顺便问下养老金", understander)
    talk.hear("后天上午我自己", date=AFTER_TOMORROW, part_of_day="am", patient="self").hear("对")
    assert talk.prompts[-1] == "main.next_sure"
    stands = talk.state.copy()
    assert really(talk, "不对，我刚才说错了，是内科", understander).prompts == ["main.not_right"]
    talk.state = stands
    assert "main.note" in really(talk, "我没记下来", understander).prompts
    assert really(talk, "不对", understander).prompts == ["main.more"], "the other wish is wanted no more"


def test_what_is_said_again_after_that_is_that_alone(understander: Remembering) -> None:
    talk = really(really(booked(), "我没记下来", understander), "再说一遍", understander)
    assert talk.prompts == ["main.note", "appointment.booked", "main.note_again", "appointment.booked", "main.more"]


def test_a_code_that_was_told_before_is_not_meant_in_another_flow(understander: Remembering) -> None:
    talk = really(booked(), "再挂一个号", understander)
    assert "main.note" not in really(talk, "没记下来", understander).prompts


@pytest.mark.parametrize(
    ("words", "prompts"),
    [
        ("不对，我刚才说错了", ["main.no_service"]),
        ("我没记下来", ["repair.sorry", "main.more"]),
        ("没有了", ["main.goodbye"]),
    ],
)
def test_a_language_without_these_words_says_what_it_has(words: str, prompts: list[str]) -> None:
    poor = Catalogue.load("zh")
    poor.prompts = {name: prompt for name, prompt in poor.prompts.items() if name not in WHERE_WRITTEN}
    talk = Talk(one=Engine(load_folder(), poor))
    talk.hear("挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self")
    talk.hear("对")
    talk.hear(words, "deny", affirm=False)
    assert talk.prompts == prompts
