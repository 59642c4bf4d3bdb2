"""Long numbers over several turns, with corrections, echoes and hesitation, and by key."""

from __future__ import annotations

import pytest

from nlu.entities.extract import extract
from nlu.entities.groups import Groups, said
from nlu.entities.identity import check_digit
from tests.nlu.helpers import context

LENGTH = 18


def fits(digits: str) -> str | None:
    """An identity number."""
    whole = len(digits) == LENGTH and digits[:-1].isdigit() and check_digit(digits[:-1]) == digits[-1]
    return digits if whole else None


def code(digits: str) -> str | None:
    """A booking code."""
    return digits if len(digits) == 8 else None


def given(*turns: str) -> Groups:
    """What stands after these turns; those that say nothing of the number change nothing."""
    now = Groups()
    for words in turns:
        now = now.say(words, fits) or now
    return now


def test_an_identity_number_in_four_turns() -> None:
    turns = ("六三零一零二", "嗯，一九四五", "零三一二", "一二三九")
    assert [given(*turns[:n]).whole for n in range(1, 4)] == [None] * 3
    assert given(*turns).whole == "630102194503121239"


@pytest.mark.parametrize(
    ("turns", "parts"),
    [
        (["六三零一零二", "一九五二", "零五零七", "不对，是零五零六"], "630102 1952 0506"),
        (["六三零一零三", "不对，是六三零一零二"], "630102"),
        (["六三零一零三", "六三零一零二"], "630102"),
        (["六三零一零二一九五二零五零七", "不对，是一九五三"], "63010219530507"),
        (["六三零一零二", "一九五二", "不对，前面是六三零一零五"], "630105 1952"),
        (["六三零一零二", "一九五二零五零七", "不对，零六"], "630102 19520506"),
        (["六三零一零二一九五二零五零七，不对，零五零六"], "63010219520506"),
        (["六三零一零七", "不对，是二不是七"], "630102"),
        (["六三零一零七", "不是七是二"], "630102"),
        (["六三零", "九九九", "错了，一零二"], "630 102"),
        (["六三零一零二", "一九五二", "说错了"], "630102"),
        (["六三零一零二", "五二", "不对，是一九五二"], "630102 1952"),
        (["六三零一零二", "一九五三", "不对，最后是二"], "630102 1952"),
        (["幺", "不对，是六"], "6"),
        (["六三零一零二", "一九五二", "不对不对"], "630102"),
    ],
)
def test_what_was_wrong_is_replaced_and_not_said_twice(turns: list[str], parts: str) -> None:
    assert " ".join(given(*turns).parts) == parts


@pytest.mark.parametrize("words", ["从头来，六三零一", "重来，六三零一", "我再说一遍，六三零一", "全错了，六三零一"])
def test_all_is_taken_back(words: str) -> None:
    assert given("一二三四五", "六七八", words).parts == ("6301",)


@pytest.mark.parametrize("words", ["从头来", "我再说一遍", "全错了", "重新说"])
def test_all_is_taken_back_and_nothing_new_is_said_yet(words: str) -> None:
    assert given("一二三四五", "六七八", words) == Groups()


@pytest.mark.parametrize(
    ("turns", "parts"),
    [
        (["六三零一零二", "六三零一零二"], "630102"),
        (["六三零一零二", "对，六三零一零二"], "630102"),
        (["六三零一零二", "对，零二"], "630102"),
        (["六三零一零二", "对，一九五二"], "630102 1952"),
        (["六三零一零二", "一九五二零五零七", "零五零七"], "630102 19520507"),
        (["六三零一零二", "一九五二", "一九五二零五零七"], "630102 1952 0507"),
        (["六三零一零二", "六三零一零二一九五二"], "6301021952"),
        (["六三零一零二", "嗯", "好", "对对"], "630102"),
    ],
)
def test_an_echo_is_not_counted_twice(turns: list[str], parts: str) -> None:
    assert " ".join(given(*turns).parts) == parts


@pytest.mark.parametrize(
    "words",
    [
        "",
        "等一下",
        "等一下等一下",
        "我看一下",
        "你等一会儿",
        "😀",
        "我七十八了，眼睛不好",
        "说完了",
        "给我念一遍",
    ],
)
def test_what_is_no_group_changes_nothing(words: str) -> None:
    assert Groups().say(words, fits) is None
    assert Groups(("630102",)).say(words, fits) is None


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("两个零四三", "0043"),
        ("三个八", "888"),
        ("后四位是零零四三", "0043"),
        ("前六位六三零一零二", "630102"),
        ("六三零，那个，等一下啊，一零二", "630102"),
        ("一九五二年五月七号", "19520507"),
        ("五二年五月七号", "19520507"),
        ("五二年", "1952"),
        ("五月十二号", "0512"),
        ("洞幺拐勾", "0179"),
        ("六百三十，一零二", "630102"),
        ("四十八", "48"),
        ("最后是叉", "X"),
    ],
)
def test_digits_as_they_are_said(words: str, digits: str) -> None:
    assert said(words) == digits


def test_one_digit_counts_alone_and_not_in_a_sentence() -> None:
    assert given("六", "嗯，三", "那个零").parts == ("6", "3", "0")
    assert Groups(("6",)).say("三姑娘你来念", fits) is None


@pytest.mark.parametrize("words", ["不对，最后是零零四三", "我是一九四八年的", "一九四八年生人"])
def test_what_no_number_begins_with_does_not_begin_one(words: str) -> None:
    assert Groups().say(words, fits) is None


@pytest.mark.parametrize(
    "turns",
    [["六三零一零二", "一九四五", "零三，零三一二", "一二三九"], ["六三零一零二一九四五零三一二一二三九一二三九"]],
)
def test_what_was_said_twice_in_a_row_counts_once_where_the_number_is_whole_then(turns: list[str]) -> None:
    assert given(*turns).whole == "630102194503121239"


def test_a_whole_number_stands_over_what_was_given() -> None:
    assert given("一三九", "630102194503121239").whole == "630102194503121239"


@pytest.mark.parametrize(
    "turns",
    [
        ["八零七八", "不对，八零七九"],
        ["八零七八，不对，八零七九"],
        ["八零七八", "八零七八错了，是八零七九"],
        ["八零七八", "说错了，八零七九"],
    ],
)
def test_a_correction_makes_no_code_whole_by_being_added(turns: list[str]) -> None:
    """A code fits by its length alone."""
    now = Groups()
    for words in turns:
        now = now.say(words, code) or now
    assert (now.whole, now.given) == (None, "8079")
    whole = now.say("一二三四", code)
    assert whole is not None
    assert whole.whole == "80791234"


def test_a_whole_number_after_a_no_is_the_number() -> None:
    said_anew = Groups(("8078",)).say("不对，是八零七九一二三四", code)
    assert said_anew is not None
    assert said_anew.whole == "80791234"


def test_what_is_to_be_said_back_begins_where_something_changed() -> None:
    first = given("六三零一零三", "一九五二")
    assert first.changed == 1
    again = first.say("不对，前面是六三零一零二", fits)
    assert again is not None
    assert (again.parts, again.changed) == (("630102", "1952"), 0)


def test_keys_are_groups_too() -> None:
    number = Groups().press("1234", code)
    assert (number.parts, number.whole) == (("1234",), None)
    assert number.press("1234", code).whole == "12341234"
    assert number.press("56", code).press("56", code).whole == "12345656"


def test_a_part_is_a_slot_where_a_number_was_asked_for() -> None:
    assert extract("九七幺幺", context("phone_number")).slots["digits"].value == "9711"
    assert "digits" not in extract("九七幺幺", context()).slots
    assert "digits" not in extract("一三八九七一一二三四五", context("phone_number")).slots
