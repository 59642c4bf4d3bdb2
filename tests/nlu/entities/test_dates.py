"""Days as elders say them. Every call is on Wednesday the eleventh of March 2026."""

from __future__ import annotations

import pytest

from nlu.entities.extract import extract
from tests.nlu.helpers import context

SPOKEN = [
    ("今天", "2026-03-11"),
    ("今儿个", "2026-03-11"),
    ("明天", "2026-03-12"),
    ("明儿", "2026-03-12"),
    ("明个", "2026-03-12"),
    ("明早八点", "2026-03-12"),
    ("名天上午", "2026-03-12"),
    ("后天", "2026-03-13"),
    ("后儿个", "2026-03-13"),
    ("厚天下午", "2026-03-13"),
    ("大后天", "2026-03-14"),
    ("外后天", "2026-03-14"),
    ("昨天", "2026-03-10"),
    ("前天", "2026-03-09"),
    ("三天后", "2026-03-14"),
    ("过两天", "2026-03-13"),
    ("一个星期以后", "2026-03-18"),
    ("这周五", "2026-03-13"),
    ("礼拜五", "2026-03-13"),
    ("星期天", "2026-03-15"),
    ("周一", "2026-03-16"),
    ("下周一", "2026-03-16"),
    ("下个礼拜三", "2026-03-18"),
    ("下下周五", "2026-03-27"),
    ("星期5", "2026-03-13"),
    ("三月十二号", "2026-03-12"),
    ("3月12日", "2026-03-12"),
    ("四月一号", "2026-04-01"),
    ("明年三月五号", "2027-03-05"),
    ("二零二六年四月一号", "2026-04-01"),
    ("2026年3月20日", "2026-03-20"),
    ("2026-03-20", "2026-03-20"),
    ("12号", "2026-03-12"),
    ("十二号", "2026-03-12"),
    ("三十一号", "2026-03-31"),
    ("八号", "2026-04-08"),
    ("下个月八号", "2026-04-08"),
    ("月底", "2026-03-31"),
    ("下月底", "2026-04-30"),
    ("初三", "2026-03-21"),
    ("腊月二十三", "2027-01-30"),
    ("正月十五", "2027-02-20"),
    ("四月初八", "2026-05-24"),
    ("农历八月十五", "2026-09-25"),
    ("八月十五号", "2026-08-15"),
    ("国庆节", "2026-10-01"),
    ("春节", "2027-02-06"),
    ("除夕", "2027-02-05"),
    ("中秋", "2026-09-25"),
    ("元旦", "2027-01-01"),
    ("端午", "2026-06-19"),
    ("清明", "2026-04-05"),
    ("重阳节", "2026-10-18"),
    ("五一", "2026-05-01"),
    ("後天", "2026-03-13"),
]


@pytest.mark.parametrize(("words", "day"), SPOKEN)
@pytest.mark.parametrize("around", ["{}", "嗯，那就{}吧", "我想{}去看病"])
def test_spoken_days(words: str, day: str, around: str) -> None:
    found = extract(around.format(words), context()).slots["date"]
    assert found.value == day
    assert found.confidence >= 0.6


@pytest.mark.parametrize(
    ("words", "day", "other"),
    [
        ("十一号", "2026-03-11", "2026-04-11"),
        ("星期三", "2026-03-18", "2026-03-11"),
        ("周末", "2026-03-14", "2026-03-15"),
        ("三月十号", "2027-03-10", "2026-03-10"),
    ],
)
def test_words_that_allow_two_days_give_both(words: str, day: str, other: str) -> None:
    found = extract(words, context()).slots["date"]
    assert (found.value, found.alternatives[0], found.confidence) == (day, other, 0.75)


@pytest.mark.parametrize(("words", "day"), [("十二", "2026-03-12"), ("就12吧", "2026-03-12"), ("二十", "2026-03-20")])
def test_a_bare_number_is_a_day_only_when_a_day_was_asked_for(words: str, day: str) -> None:
    assert extract(words, context("date")).slots["date"].value == day
    assert "date" not in extract(words, context()).slots


@pytest.mark.parametrize(
    "words",
    [
        "五十二号楼",
        "二十号线",
        "三号楼",
        "挂个号",
        "我的电话是13897112345",
        "二月三十号",
        "三月份的养老金",
        "两千块钱",
        "吃了三天药",
        "二百五十二号",
        "初中",
    ],
)
def test_what_is_no_day(words: str) -> None:
    assert "date" not in extract(words, context()).slots


@pytest.mark.parametrize("words", ["九月三十一号", "二月三十号", "三月三十二号", "那就四月三十一号上午吧", "三十二号"])
def test_a_day_that_no_calendar_has_is_one_that_does_not_exist_where_a_day_was_asked_for(words: str) -> None:
    found = extract(words, context("date", "choice")).slots["date"]
    assert found.value is None
    assert found.text in words
    assert "date" not in extract(words, context("department")).slots


def test_a_day_that_exists_stands_over_one_that_does_not() -> None:
    assert extract("二月三十号，不，三月二十号", context("date")).slots["date"].value == "2026-03-20"


@pytest.mark.parametrize(
    ("words", "part", "clock"),
    [
        ("上午", "am", None),
        ("早晨", "am", None),
        ("大清早", "am", None),
        ("晌午", "noon", None),
        ("中午", "noon", None),
        ("下午", "pm", None),
        ("后晌", "pm", None),
        ("傍晚", "evening", None),
        ("晚上", "night", None),
        ("黑了", "night", None),
        ("夜里", "night", None),
        ("八点", "am", "08:00"),
        ("八点半", "am", "08:30"),
        ("下午三点", "pm", "15:00"),
        ("后晌两点", "pm", "14:00"),
        ("15:00", "pm", "15:00"),
        ("１５：３０", "pm", "15:30"),
        ("三点一刻", "pm", "15:15"),
        ("差一刻九点", "am", "08:45"),
        ("中午十二点半", "noon", "12:30"),
        ("晚上八点", "night", "20:00"),
        ("凌晨两点", "am", "02:00"),
        ("上午10点20分", "am", "10:20"),
        ("下午一点", "pm", "13:00"),
    ],
)
def test_times(words: str, part: str, clock: str | None) -> None:
    slots = extract(words, context()).slots
    assert slots["part_of_day"].value == part
    assert (slots["time"].value if "time" in slots else None) == clock


@pytest.mark.parametrize("words", ["慢一点", "大声点", "快点", "有点疼", "早一点"])
def test_a_little_is_no_time(words: str) -> None:
    assert "time" not in extract(words, context("time")).slots


def test_six_may_be_morning_or_evening() -> None:
    found = extract("六点", context("time")).slots["time"]
    assert (found.value, found.alternatives, found.confidence) == ("06:00", ("18:00",), 0.75)
