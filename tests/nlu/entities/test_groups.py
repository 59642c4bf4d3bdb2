"""Long numbers over several turns, with corrections and by key."""

from __future__ import annotations

from datetime import date

import pytest

from nlu.entities.extract import extract
from nlu.entities.groups import Groups
from tests.nlu.helpers import context

TODAY = date(2026, 3, 11)


def test_an_identity_number_in_four_turns() -> None:
    number = Groups("identity_number")
    for said in ("六三零一零二", "嗯，一九四五", "零三一二", "一二三九"):
        assert not number.complete
        number = number.say(said)
    assert number.given == "630102194503121239"
    assert (number.missing, number.complete, number.valid(TODAY)) == (0, True, True)


def test_the_last_group_is_taken_back() -> None:
    number = Groups("phone_number").say("一三八").say("九七幺二").say("不对，九七幺幺").say("二三四五")
    assert (number.given, number.valid(TODAY)) == ("13897112345", True)


def test_all_is_taken_back() -> None:
    assert Groups("code").say("一二三四").say("重来，五六").given == "56"


def test_a_whole_number_replaces_what_was_given() -> None:
    assert Groups("phone_number").say("一三九").say("13897112345").given == "13897112345"


def test_keys_are_groups_too() -> None:
    number = Groups("identity_number").press("632122195107").press("20021*#")
    assert number.given == "63212219510720021X"
    assert number.valid(TODAY)


@pytest.mark.parametrize("said", ["", "嗯", "等一下", "😀"])
def test_what_is_no_group_changes_nothing(said: str) -> None:
    before = Groups("code").say("一二")
    assert before.say(said) == before


def test_a_part_is_a_slot_where_a_number_was_asked_for() -> None:
    assert extract("九七幺幺", context("phone_number")).slots["digits"].value == "9711"
    assert "digits" not in extract("九七幺幺", context()).slots
    assert "digits" not in extract("一三八九七一一二三四五", context("phone_number")).slots
