"""Numbers and days are said in pieces of which few make up many, because few can be rendered before the call."""

from __future__ import annotations

import pytest

from flows.render import common_dynamic_pieces, number_pieces, pieces, words
from tests.flows.talk_helpers import NOW
from voices.prompts.catalogue import Catalogue

PROMPTS = Catalogue.load("zh")


@pytest.mark.parametrize("digits", ["6", "63", "630", "6301", "630102", "63010219480", "6301021948031200"])
def test_a_part_of_a_number_of_any_length_is_said_in_pairs_that_are_ready(digits: str) -> None:
    value = words("code", digits, NOW, PROMPTS)
    first, *number, last = pieces(PROMPTS, "repair.group", "full", {"value": value})
    assert (first, last) == ("好，", "接着说。")
    assert "".join(number).replace("，", "") == "".join("零一二三四五六七八九"[int(one)] for one in digits)
    assert set(number) <= set(number_pieces())


def test_a_day_with_its_half_or_its_department_is_the_day_and_the_rest() -> None:
    ready = common_dynamic_pieces(PROMPTS, NOW, ["骨科"], [])
    for label in ("明天，三月十一号，星期三，上午", "三月十六号，星期一，骨科"):
        day, rest, key = pieces(PROMPTS, "choice.option_1", "full", {"choice": label})
        assert (day + rest, key) == (label + "，", "按一。")
        assert {day, rest} <= set(ready)


def test_a_day_alone_is_one_piece() -> None:
    assert pieces(PROMPTS, "repair.echo", "full", {"value": "三月十六号，星期一"}) == ("好，", "三月十六号，星期一，")


def test_the_pay_of_a_year_can_be_told_without_a_wait() -> None:
    ready = common_dynamic_pieces(PROMPTS, NOW, [], [])
    assert {"三月份，", "二月份，", "去年十二月份，", "去年四月份，"} <= set(ready)
    assert "去年三月份，" not in ready
