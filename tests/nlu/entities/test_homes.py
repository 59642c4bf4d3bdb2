"""Counties, townships and addresses of Qinghai."""

from __future__ import annotations

import pytest

from nlu.entities.extract import extract
from nlu.entities.lexicon import load
from nlu.entities.places import counties_of, villages
from tests.nlu.helpers import context

COUNTIES = load("places", "counties")


def test_all_counties_and_townships_are_there() -> None:
    assert len(COUNTIES) == 45
    assert sum(len(one["townships"]) for one in COUNTIES) >= 400
    assert all(one["townships"] for one in COUNTIES)


@pytest.mark.parametrize("county", [one["name"] for one in COUNTIES])
def test_every_county_is_found_by_its_name(county: str) -> None:
    assert extract(f"我是{county}的", context()).slots["county"].value == county


@pytest.mark.parametrize("one", COUNTIES, ids=lambda one: str(one["name"]))
def test_every_township_is_found_when_it_was_asked_for(one: dict[str, list[str]]) -> None:
    for name in one["townships"]:
        found = extract(name, context("township")).slots["township"].value
        assert found == name


@pytest.mark.parametrize(
    ("words", "expect", "slot", "value"),
    [
        ("我是湟中的", (), "county", "湟中区"),
        ("皇中县", ("county",), "county", "湟中区"),
        ("互住县", ("county",), "county", "互助土族自治县"),
        ("多八镇", ("township",), "township", "多巴镇"),
        ("鲁沙儿镇", ("township",), "township", "鲁沙尔镇"),
    ],
)
def test_places_by_habit_and_by_sound(words: str, expect: tuple[str, ...], slot: str, value: str) -> None:
    assert extract(words, context(*expect)).slots[slot].value == value


@pytest.mark.parametrize("words", ["祝你平安", "大家互助一下", "共和国", "出门大通了", "去青海湖"])
def test_ordinary_words_are_no_places(words: str) -> None:
    assert not {"county", "township", "address"} & set(extract(words, context()).slots)


@pytest.mark.parametrize(
    ("words", "expect", "address"),
    [
        ("我家在湟中区多巴镇指挥庄村三社", (), "湟中区多巴镇指挥庄村三社"),
        ("城西区五四大街四十五号", (), "城西区五四大街45号"),
        ("在城北区小桥大街五十六号二单元三零二室", (), "城北区小桥大街56号2单元302室"),
        ("祁连路百货大楼对面那个家属院", ("address",), "祁连路百货大楼对面那个家属院"),
        ("家里疼得很", (), None),
        ("我要去医院", (), None),
        ("湟中县医院", (), None),
    ],
)
def test_addresses(words: str, expect: tuple[str, ...], address: str | None) -> None:
    slots = extract(words, context(*expect)).slots
    assert (slots["address"].value if "address" in slots else None) == address


def test_the_number_of_a_house_is_no_day() -> None:
    assert "date" not in extract("我家在城西区五四大街十二号", context()).slots


def test_villages_belong_to_townships() -> None:
    assert counties_of("多巴镇") == ("湟中区",)
    assert len(counties_of("城关镇")) == 2
    assert "指挥庄村" in villages("多巴镇")
    assert villages("无此镇") == ()
