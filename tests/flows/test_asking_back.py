"""Who asks back has not answered: nothing is done for a “may I?”."""

from __future__ import annotations

import pytest

from flows import words
from flows.actions import Listen
from flows.answers import yes_or_no
from nlu.understand import ParseContext
from tests.flows.talk_helpers import NOW, Office, Talk, session, understood
from tests.remembering import Remembering

ECHOES = """对吗？ 是吗 可以吗？ 行吗 好吗 对吗，姑娘 确定吗 没错吗？ 就这样吗 可以么 是么？ 不是吗 不对吗？ 不行吗
对不对 行不行？ 是不是 可不可以 对不 行不 可以不 对？ 嗯？ 要吗啊"""
YES = "对 是的 可以 行呢 好嘛 是嘛 对嘛 对着呢 好吧 对吧 就这样。 对！"
NO = "不是 不对 不要了 不行。 不对不对 不是不是 不行不行 没有没有"
ELSEWHERE = [
    "okay?",
    "Is that right",
    "맞습니까",
    "맞나요",
    "дұрыс па",
    "солай ма",
    "тийм үү",
    "зөв үү",
    "توغرىمۇ",
    "بولامدۇ؟",
    "རེད་པས",
    "འགྲིག་གས།",
]
SAID_ELSEWHERE = ["right", "네 맞아요", "иә дұрыс", "Тийм ээ", "Тэгэлгүй яах вэ", "ھەئە توغرا دەيسىز", "ལགས་སོ", "ཡ་ལགས"]


def cancelling() -> Talk:
    """An appointment was found and read back: 要退掉这个号，对吗？"""
    booking = session(1) | {"code": "12345678", "cancellable": True}
    talk = Talk(Office(find_bookings={"bookings": [booking]})).hear("退号", "cancel_appointment")
    assert talk.prompts[-1] == "bookings.confirm_cancel"
    return talk


def cancelled(talk: Talk) -> bool:
    return any(operation == "cancel" for operation, _ in talk.office.asked)


@pytest.mark.parametrize("text", ECHOES.split())
@pytest.mark.parametrize("intent", ["affirm", "deny"])
def test_a_question_is_neither_yes_nor_no_and_the_read_back_is_put_again(text: str, intent: str) -> None:
    talk = cancelling()
    assert not words.is_yes(text)
    assert not words.is_no(text)
    talk.hear(text, intent)
    assert talk.prompts == ["bookings.confirm_cancel"], "no apology: it was understood"
    assert isinstance(talk.last, Listen)
    assert not cancelled(talk)
    assert cancelled(talk.hear("对", "affirm"))


@pytest.mark.parametrize("text", ["可以吗？", "是吗"])
def test_an_echo_is_known_by_its_words_where_the_understanding_has_no_idea(text: str) -> None:
    talk = cancelling().mumble(text)
    assert talk.prompts == ["bookings.confirm_cancel"]


def test_who_only_asks_back_is_offered_keys_and_then_a_person() -> None:
    talk = cancelling().hear("可以吗", "affirm").hear("可以吗", "affirm")
    assert talk.prompts == ["bookings.confirm_cancel", "choice.yes_no"]
    assert talk.hear("可以吗", "affirm").transferred.to == "human"
    assert not cancelled(talk)


@pytest.mark.parametrize("text", YES.split())
def test_soft_endings_are_assent(text: str) -> None:
    assert yes_or_no(understood(text, "affirm")) == (True, False)


@pytest.mark.parametrize("text", NO.split())
def test_a_no_that_is_said_twice_is_no_question(text: str) -> None:
    assert yes_or_no(understood(text, "deny")) == (False, True)


@pytest.mark.parametrize("text", ["不要了，好吗", "不退了，行不行？"])
def test_a_no_with_a_plea_is_a_no(text: str) -> None:
    assert yes_or_no(understood(text, "deny", {"affirm": False})) == (False, True)


@pytest.mark.parametrize("text", ELSEWHERE)
def test_questions_of_other_languages_are_no_yes(text: str) -> None:
    assert yes_or_no(understood(text, "affirm")) == (False, False)


@pytest.mark.parametrize("text", SAID_ELSEWHERE)
def test_what_only_looks_like_a_question_is_a_yes(text: str) -> None:
    assert yes_or_no(understood(text, "affirm")) == (True, False)


def test_a_question_about_the_matter_is_answered_as_before() -> None:
    talk = cancelling().hear("要钱吗", "ask_question")
    assert talk.prompts == ["appointment.answer_fee", "bookings.confirm_cancel"]


def test_who_asks_whether_they_may_have_a_person_gets_one() -> None:
    talk = Talk().hear("我想办低保", "apply_subsidy")
    assert talk.state.question is not None
    assert talk.state.question.kind == "person"
    assert talk.hear("可以吗？", "affirm").transferred.to == "human"


@pytest.mark.parametrize("text", ["可以吗？", "对吗", "是吗", "不是吗？", "可以么", "对不对", "行不行", "不用了吗"])
def test_the_real_understanding_gives_no_answer_either(understander: Remembering, text: str) -> None:
    meaning = understander.understand(text, ParseContext(NOW, "zh", ("affirm",)))
    assert yes_or_no(meaning) == (False, False)
    assert "affirm" not in meaning.slots
