"""Days, hours, sums and numbers of which only the sound was written; and ranges, counts and what is none of these."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities.extract import extract
from nlu.entities.heard import heard
from tests.nlu.helpers import context


@pytest.mark.parametrize(
    ("words", "slot", "value"),
    [
        ("命填上午", "date", None),  # both characters wrong, and no day was asked for
        ("明田上午", "date", "2026-03-12"),
        ("三月是二号", "date", "2026-03-12"),
        ("下个里拜二", "date", "2026-03-17"),
        ("辣月初八", "date", "2027-01-15"),
        ("后天下舞", "part_of_day", "pm"),
        ("早上八点伴", "time", "08:30"),
        ("下午三店", "time", "15:00"),
        ("一百而十块钱", "money", 120.0),
        ("今天是二号", "date", "2026-03-11"),  # 是 before a number is no ten
    ],
)
def test_what_only_sounds_so(words: str, slot: str, value: object) -> None:
    found = extract(words, context()).slots.get(slot)
    assert (found.value if found else None) == value


def test_what_was_read_by_ear_is_less_sure() -> None:
    assert extract("明甜", context()).slots["date"].confidence <= 0.7
    assert extract("明天", context()).slots["date"].confidence > 0.9


@pytest.mark.parametrize(
    "words", ["最近天气好", "慢一典", "是医院吗", "我要挂号", "出一趟门", "把爸爸叫来", "事情办好了"]
)
def test_other_words_stay_as_they_are(words: str) -> None:
    assert not {"date", "time", "money"} & set(extract(words, context()).slots)


@pytest.mark.parametrize(
    ("words", "slot", "first", "last"),
    [
        ("三号到五号", "date", "2026-04-03", "2026-04-05"),
        ("礼拜一到礼拜三", "date", "2026-03-16", "2026-03-18"),
        ("明后两天", "date", "2026-03-12", "2026-03-13"),
        ("下午两点到四点", "time", "14:00", "16:00"),
        ("下午两点到八点", "time", "14:00", "20:00"),
        ("八九点钟", "time", "08:00", "09:00"),
    ],
)
def test_ranges_have_a_beginning_and_an_end(words: str, slot: str, first: str, last: str) -> None:
    slots = extract(words, context()).slots
    assert (slots[slot].value, slots[slot + "_to"].value) == (first, last)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("两个", 2),
        ("十五六个", 15),
        ("两斤半", 2.5),
        ("三点五", 3.5),
        ("七士三岁", 73),
        ("今年八十一了", 81),
        ("俩", 2),
    ],
)
def test_a_number_where_one_was_asked_for(words: str, number: float) -> None:
    assert extract(words, context("count")).slots["count"].value == number
    assert "count" not in extract(words, context()).slots


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("小雪那天", "2026-11-22"),
        ("冬至", "2026-12-22"),
        ("立春", "2027-02-04"),
        ("母亲节", "2026-05-10"),
        ("三个月以后", "2026-06-11"),
        ("两个礼拜前", "2026-02-25"),
        ("中秋节前一天", "2026-09-24"),
    ],
)
def test_terms_festivals_and_months(words: str, day: str) -> None:
    assert extract(words, context()).slots["date"].value == day


@pytest.mark.parametrize("words", ["下大雪了", "雨水多得很"])
def test_the_weather_is_no_day(words: str) -> None:
    assert "date" not in extract(words, context()).slots


@given(st.text(max_size=60))
def test_what_is_heard_is_as_long_as_what_was_written(text: str) -> None:
    assert len(heard(text)) == len(text)
    assert len(heard(text, ("date",))) == len(text)
