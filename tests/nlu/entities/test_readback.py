"""Values as they are said to a caller."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities.numbers import parse
from nlu.entities.readback import readback, spoken_number
from tests.nlu.helpers import WEDNESDAY


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("date", "2026-03-11", "今天，三月十一号，星期三"),
        ("date", "2026-03-12", "明天，三月十二号，星期四"),
        ("date", "2026-03-13", "后天，三月十三号，星期五"),
        ("date", "2026-03-22", "三月二十二号，星期日"),
        ("date", "2027-03-19", "明年三月十九号，星期五"),
        ("time", "08:00", "上午八点"),
        ("time", "14:00", "下午两点"),
        ("time", "12:30", "中午十二点半"),
        ("time", "14:05", "下午两点零五分"),
        ("time", "19:15", "晚上七点十五"),
        ("part_of_day", "am", "上午"),
        ("part_of_day", "noon", "中午"),
        ("part_of_day", "pm", "下午"),
        ("part_of_day", "evening", "傍晚"),
        ("part_of_day", "night", "晚上"),
        ("money", 1234.5, "一千二百三十四块五"),
        ("money", 1234, "一千二百三十四块钱"),
        ("money", "1234.56", "一千二百三十四块五毛六"),
        ("money", 12.05, "十二块零五分"),
        ("money", 2, "两块钱"),
        ("money", 0.5, "五毛钱"),
        ("money", 20000, "两万块钱"),
        ("code", "12345678", "一二，三四，五六，七八"),
        ("code", "630", "六三，零"),
        ("phone_number", "13897112345", "一三八，九七一一，二三四五"),
        ("identity_number", "63010219450312123X", "六三零一零二，一九四五，零三一二，一二三X"),
        ("year_month", "2026-10", "十月份"),
        ("year_month", "2025-10", "去年十月份"),
        ("year_month", "2027-01", "明年一月份"),
        ("count", 2, "两"),
        ("number", 105, "一百零五"),
        ("number", 2.5, "二点五"),
        ("department", "骨科", "骨科"),
        ("anything", 12, "12"),
    ],
)
def test_words(kind: str, value: object, words: str) -> None:
    assert readback(kind, value, WEDNESDAY) == words


@pytest.mark.parametrize("kind", ["date", "time", "part_of_day", "money", "year_month", "count", "code"])
@pytest.mark.parametrize("value", ["", "nonsense", "2026-13-40", "99:99", "nan", "inf", None, [1]])
def test_what_cannot_be_read_is_said_as_written(kind: str, value: object) -> None:
    assert isinstance(readback(kind, value, WEDNESDAY), str)


@given(st.integers(min_value=0, max_value=99_999_999))
def test_a_spoken_number_is_understood_again(number: int) -> None:
    assert parse(spoken_number(number)) == number
