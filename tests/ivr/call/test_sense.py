"""Whether words are a whole answer, with the real understanding."""

from __future__ import annotations

from datetime import datetime

import pytest

from ivr.call.endpoint import Sense
from ivr.call.sense import only_listens, sense
from nlu.embedded import EmbeddedUnderstander
from nlu.understand import ParseContext

NOW = datetime(2026, 3, 11, 10)  # noqa: DTZ001 - local time of the call, naive by agreement
CHOICES = {"choice": ("省人民医院", "省中医院")}
COMPLETE, LIKELY, OPEN, UNCLEAR, UNFINISHED = Sense


@pytest.mark.parametrize(
    ("text", "expect", "digits", "wanted"),
    [
        ("对", "affirm", 1, COMPLETE),
        ("好的。", "affirm", 1, COMPLETE),
        ("不对", "affirm", 1, LIKELY),
        ("对，就是", "affirm", 1, UNFINISHED),
        ("挂", "department", 1, UNFINISHED),
        ("给我老伴", "", 1, UNFINISHED),
        ("给我老伴", "patient", 1, COMPLETE),
        ("今天的云很白", "department", 1, UNCLEAR),
        ("骨科", "department", 1, COMPLETE),
        ("挂内科", "department", 1, COMPLETE),
        ("我想挂那个", "department", 1, UNFINISHED),
        ("嗯", "department", 1, UNFINISHED),
        ("上午", "part_of_day", 1, COMPLETE),
        ("给我自己挂", "patient", 1, COMPLETE),
        ("明天", "date", 1, LIKELY),
        ("明天上午", "date", 1, COMPLETE),
        ("下个", "date", 1, UNFINISHED),
        ("三五一九", "code", 8, UNFINISHED),
        ("三五一九二七零四", "code", 8, COMPLETE),
        ("再说一遍", "code", 8, COMPLETE),
        ("我想", "", 1, UNFINISHED),
        ("我要挂号", "", 1, LIKELY),
        ("我想挂后天上午的骨科", "", 1, COMPLETE),
        ("我要找人工", "", 1, COMPLETE),
        ("再说一遍", "department", 1, COMPLETE),
        ("省中医院", "choice", 1, COMPLETE),
        ("第一个", "choice", 1, COMPLETE),
        ("都行", "choice", 1, COMPLETE),
        ("没有了", "affirm", 1, COMPLETE),
        ("我要退号", "", 1, COMPLETE),
        ("我上次挂的号，想查一下", "", 1, COMPLETE),
        ("我上次挂的号", "", 1, LIKELY),
        ("我的养老金到了没有", "", 1, COMPLETE),
        ("帮我看一下", "", 1, UNFINISHED),
        ("我腰疼", "", 1, OPEN),
        ("三月", "date", 1, OPEN),
        ("不是骨科", "department", 1, UNCLEAR),
        ("给我", "patient", 1, LIKELY),
        ("不对，我要看内科", "affirm", 1, LIKELY),
        ("", "affirm", 1, OPEN),
    ],
)
def test_words_against_the_question(
    trained: EmbeddedUnderstander, text: str, expect: str, digits: int, wanted: Sense
) -> None:
    expected = (expect,) if expect else ()
    phrases = CHOICES if expect == "choice" else {}
    meaning = trained.understand(text, ParseContext(NOW, "zh", expected, phrases))
    assert sense(meaning, expected, phrases, digits) is wanted


@pytest.mark.parametrize("text", ["", "嗯。", "嗯嗯", "哦", "咳咳", "那个", "啊，这个"])
def test_sounds_of_listening(text: str) -> None:
    assert only_listens(text)


@pytest.mark.parametrize("text", ["对", "不", "喂", "嗯，挂骨科", "那个骨科"])
def test_words_are_more_than_listening(text: str) -> None:
    assert not only_listens(text)
