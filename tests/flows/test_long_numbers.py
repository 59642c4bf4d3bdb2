"""A long number over several turns, with the understanding that calls use: corrected, repeated, begun anew."""

from __future__ import annotations

import pytest

from flows.events import Heard
from flows.numbers import check_digit, complete
from nlu.understand import ParseContext
from tests.flows.talk_helpers import Office, Talk
from tests.remembering import Remembering

NUMBER = "630102194803120043"
PAID = {"status": "paid", "month": "2026-02", "amount_yuan": 2860.5, "paid_on": "2026-03-01", "reason": None}


@pytest.mark.parametrize(
    "turns",
    [
        ["六三零一零二", "一九四八零三一二", "零零四三"],
        ["六三零一零三", "不对，是六三零一零二", "一九四八零三一二零零四三"],
        ["六三零一零二", "一九四八", "零三一三", "不对，是零三一二", "零零四三"],
        ["六三零一零二", "等一下等一下", "一九四八零三一二", "零零四三"],
        ["六三零一零二", "一九四八年三月十二号", "两个零四三"],
        ["六三零一零三", "一九四八", "从头来", "六三零一零二", "一九四八零三一二零零四三"],
        ["六三零一零三", "一九四八", "我再说一遍，六三零一零二一九四八", "零三一二", "对，零三一二", "零零四三"],
        ["呃，六三零，那个，一零二", "老伴你给我念一下", "一九四八零三一二", "好，后四位是零零四三"],
    ],
    ids=lambda turns: turns[1],
)
def test_the_number_is_found_however_it_is_given(turns: list[str], understander: Remembering) -> None:
    talk = Talk(Office(last_payment=PAID)).hear("我想查养老金", "query_pension")
    for words in turns:
        asked = talk.listening
        context = ParseContext(talk.now, "zh", asked.expect, asked.phrases)
        talk.event(Heard(talk.now, understander.understand(words, context)))
    assert talk.prompts[0] == "pension.paid"
    assert talk.office.last("last_payment")["identity_number"] == NUMBER


def test_what_was_put_right_is_said_back_from_there() -> None:
    talk = Talk().hear("我想查养老金", "query_pension").hear("六三零一零三").hear("一九四八")
    talk.hear("不对，前面是六三零一零二")
    assert talk.said == "好，六三，零一，零二，一九，四八，接着说。"


def test_the_only_group_is_said_again_and_several_begin_with_the_question() -> None:
    talk = Talk().hear("我想查养老金", "query_pension").hear("六三零一零三").hear("从头来")
    assert talk.prompts == ["repair.group_again"]
    talk.hear("六三零").hear("一零二").hear("从头来")
    assert talk.prompts == ["repair.start_again", "pension.ask_identity"]
    assert talk.state.partial == ""


def test_a_number_without_a_birthday_is_none_although_its_check_digit_fits() -> None:
    assert complete("identity_number", NUMBER, 18) == NUMBER
    assert check_digit("19486301021948031") == "2"
    assert complete("identity_number", "194863010219480312", 18) is None
