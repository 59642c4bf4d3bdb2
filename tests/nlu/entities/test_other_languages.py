"""The same interface in Korean and Tibetan; figures in the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities import korean, tibetan
from nlu.entities.extract import extract
from nlu.entities.readings import EXACT, UNSURE
from nlu.understand import ParseContext
from tests.nlu.helpers import WEDNESDAY


def values(language: str, words: str, *expect: str) -> dict[str, object]:
    return {
        name: found.value for name, found in extract(words, ParseContext(WEDNESDAY, language, expect)).slots.items()
    }


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("내일 오후 세 시", {"date": "2026-03-12", "part_of_day": "pm", "time": "15:00"}),
        ("다음 주 월요일 오전 아홉 시 반에 갈게요", {"date": "2026-03-16", "part_of_day": "am", "time": "09:30"}),
        ("삼월 이십일", {"date": "2026-03-20"}),
        ("유월 삼십일", {"date": "2026-06-30"}),
        ("사흘 뒤에", {"date": "2026-03-14"}),
        ("이번 주 금요일", {"date": "2026-03-13"}),
        ("칠백삼십오 위안", {"money": 735.0}),
        ("일삼팔 구칠일일 이삼사오", {"phone_number": "13897112345"}),
        ("안녕하세요", {}),
    ],
)
def test_korean(words: str, wanted: dict[str, object]) -> None:
    assert values("ko", words) == wanted


@pytest.mark.parametrize(
    ("language", "words", "value", "confidence"),
    [
        ("ko", "세 시", "15:00", UNSURE),
        ("ko", "오후 세 시", "15:00", EXACT),
        ("ko", "15 시", "15:00", EXACT),
        ("bo", "ཆུ་ཚོད་གསུམ", "15:00", UNSURE),
        ("bo", "ཕྱི་དྲོ་ཆུ་ཚོད་གསུམ", "15:00", EXACT),
    ],
)
def test_an_hour_that_may_be_of_the_night_or_of_the_day_is_not_sure(
    language: str, words: str, value: str, confidence: float
) -> None:
    found = extract(words, ParseContext(WEDNESDAY, language)).slots["time"]
    assert (found.value, found.confidence) == (value, confidence)


@pytest.mark.parametrize(
    ("words", "number"),
    [("여든둘", 82), ("이십삼", 23), ("천이백", 1200), ("만 오천".replace(" ", ""), 15000), ("스무", 20)],
)
def test_korean_numbers(words: str, number: int) -> None:
    assert korean.number(words) == number
    assert values("ko", words, "count") == {"count": number}


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("སང་ཉིན་ཞོགས་པ་ཆུ་ཚོད་དགུ", {"date": "2026-03-12", "part_of_day": "am", "time": "09:00"}),
        ("ཕྱི་དྲོ་ཆུ་ཚོད་གསུམ་དང་ཕྱེད", {"part_of_day": "pm", "time": "15:30"}),
        ("གཟའ་མིག་དམར", {"date": "2026-03-17"}),
        ("ཟླ་བ་བཞི་པའི་ཚེས་བཅོ་ལྔ", {"date": "2026-04-15"}),
        ("སྒོར་མོ་༣༥༠", {"money": 350.0}),
        ("༡༣༨༩༧༡༡༢༣༤༥", {"phone_number": "13897112345"}),
        ("བཀྲ་ཤིས་བདེ་ལེགས", {}),
    ],
)
def test_tibetan(words: str, wanted: dict[str, object]) -> None:
    assert values("bo", words) == wanted


@pytest.mark.parametrize(
    ("words", "number"),
    [("ཉེར་གཉིས", 22), ("བཅོ་ལྔ", 15), ("༢༥", 25), ("བརྒྱ་གཉིས", 200), ("སྟོང་གཅིག་དང་བརྒྱ་གཉིས", 1200), ("དགུ་བཅུ", 90)],
)
def test_tibetan_numbers(words: str, number: int) -> None:
    assert tibetan.number(words) == number


def test_every_tibetan_number_below_a_hundred_is_read() -> None:
    assert set(tibetan._SMALL.values()) >= set(range(1, 31))


def test_figures_are_read_in_every_language_and_chinese_in_any() -> None:
    assert values("kk", "менің нөмірім 13897112345") == {"phone_number": "13897112345"}
    assert values("ko", "我明天去")["date"] == "2026-03-12"
    assert values("xx", "明天")["date"] == "2026-03-12"


@given(st.text(max_size=60), st.sampled_from(["ko", "bo", "kk", "mn", "ug", "ko-KR", "BO", ""]))
def test_any_text_in_any_language_is_read(text: str, language: str) -> None:
    extract(text, ParseContext(WEDNESDAY, language, ("count", "date", "phone_number")))
