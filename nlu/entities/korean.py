"""Korean: numbers of both kinds, days, hours, parts of the day, sums, digits one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from nlu.entities import calendar, said
from nlu.entities.readings import EXACT, Reading, overlaps
from nlu.understand import ParseContext

_DIGITS = {c: i for i, c in enumerate("영일이삼사오육칠팔구")} | {"공": 0, "륙": 6}
_UNITS = {"십": 10, "백": 100, "천": 1000}
_ONES = {
    "하나": 1,
    "한": 1,
    "둘": 2,
    "두": 2,
    "셋": 3,
    "세": 3,
    "넷": 4,
    "네": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
}
_TENS = {
    "열": 10,
    "스물": 20,
    "스무": 20,
    "서른": 30,
    "마흔": 40,
    "쉰": 50,
    "예순": 60,
    "일흔": 70,
    "여든": 80,
    "아흔": 90,
}
_SINO = r"(?:\d{1,8}|[일이삼사오육륙칠팔구십백천만]+)"
_NATIVE = rf"(?:(?:{'|'.join(_TENS)})?(?:{'|'.join(_ONES)})|{'|'.join(_TENS)})"
_NEAR = {"그저께": -2, "그제": -2, "엊그제": -2, "어제": -1, "오늘": 0, "내일": 1, "모레": 2, "내일모레": 2, "글피": 3}
_NEAR_WORD = re.compile("|".join(sorted(_NEAR, key=len, reverse=True)))
_WEEKDAY = re.compile(r"(?P<which>다다음\s*주|다음\s*주|이번\s*주|지난\s*주)?\s*(?P<day>[월화수목금토일])요일")
_MONTH_DAY = re.compile(rf"(?P<month>{_SINO}|유|시)\s*월\s*(?P<day>{_SINO})\s*일")
_DAY = re.compile(rf"(?<![가-힣])(?P<day>{_SINO})\s*일(?!\s*(?:후|뒤|동안|간))(?![가-힣]*[년월])")
_AHEAD = re.compile(
    rf"(?P<n>{_SINO}|{_NATIVE}|사흘|나흘|열흘|이틀|하루)\s*(?P<unit>일|주일|주|달|개월)?\s*(?:후|뒤|있다가|지나서)"
)
_SPANS = {"하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "열흘": 10}
_PARTS = (
    ("am", "오전|아침|새벽"),
    ("noon", "점심|정오|한낮|낮"),
    ("pm", "오후"),
    ("evening", "저녁"),
    ("night", "밤"),
)
_PART = said.parts_pattern(_PARTS)
_CLOCK = re.compile(rf"(?P<hour>{_NATIVE}|\d{{1,2}})\s*시(?!간)\s*(?:(?P<half>반)|(?P<minute>{_SINO})\s*분)?")
_MONEY = re.compile(rf"(?P<sum>{_SINO})\s*(?:원|위안|콰이)")
_SPELT = re.compile(r"(?:[공영일이삼사오육륙칠팔구\d][\s,-]*){6,}")
_COUNT = re.compile(rf"{_SINO}|{_NATIVE}")


def number(words: str) -> int | None:
    """The number that the words say: 이십삼, 천이백, 스물셋, 12; None where they say none."""
    words = words.strip()
    if words.isascii() and words.isdigit():
        return int(words[:12])
    if words in _ONES:
        return _ONES[words]
    for ten, value in _TENS.items():
        if words == ten or (words.removeprefix(ten) in _ONES and words.startswith(ten)):
            return value + _ONES.get(words.removeprefix(ten), 0)
    return _sino(words)


def _sino(words: str) -> int | None:
    if not words or any(c not in _DIGITS and c not in _UNITS and c != "만" for c in words):
        return None
    total, section, digit = 0, 0, 0
    for char in words:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char == "만":
            total, section, digit = (section + digit or 1) * 10_000, 0, 0
        else:
            section, digit = section + (digit or 1) * _UNITS[char], 0
    return total + section + digit


def _days(text: str, today: date) -> Iterator[tuple[re.Match[str], date | None, float]]:
    for match in _MONTH_DAY.finditer(text):
        month = {"유": 6, "시": 10}.get(match["month"]) or number(match["month"])
        day = number(match["day"])
        yield match, calendar.next_month_day(today, month, day) if month and day else None, EXACT
    for match in _AHEAD.finditer(text):
        count = _SPANS.get(match["n"]) or number(match["n"])
        if count is None or (match["unit"] is None and match["n"] not in _SPANS):
            continue
        months = match["unit"] in {"달", "개월"}
        weeks = (match["unit"] or "").startswith("주")
        yield (
            match,
            calendar.months_ahead(today, count) if months else today + timedelta(count * (7 if weeks else 1)),
            0.9,
        )
    for match in _WEEKDAY.finditer(text):
        yield match, _weekday(match, today), EXACT if match["which"] else 0.85
    for match in _NEAR_WORD.finditer(text):
        yield match, today + timedelta(days=_NEAR[match[0]]), EXACT
    for match in _DAY.finditer(text):
        day = number(match["day"])
        yield match, calendar.next_day(today, day) if day and day <= 31 else None, 0.85


def _weekday(match: re.Match[str], today: date) -> date:
    day, which = "월화수목금토일".index(match["day"]), (match["which"] or "").replace(" ", "")
    here = today - timedelta(days=today.weekday()) + timedelta(days=day)
    weeks = {"다다음주": 2, "다음주": 1, "이번주": 0, "지난주": -1}.get(which)
    if weeks is not None:
        return here + timedelta(days=7 * weeks)
    return here if here > today else here + timedelta(days=7)


def _spelt(text: str, context: ParseContext) -> list[Reading]:
    found = []
    for match in _SPELT.finditer(text):
        digits = "".join(str(_DIGITS.get(c, c)) for c in match[0] if c in _DIGITS or c.isdecimal())
        start, end = match.start(), match.start() + len(match[0].rstrip(" ,-"))
        if re.fullmatch(r"1[3-9]\d{9}|0\d{9,11}", digits):
            found.append(Reading("phone_number", digits, start, end))
        elif len(digits) == 8 and "code" in context.expect:
            found.append(Reading("code", digits, start, end))
    return found


def find(text: str, context: ParseContext) -> list[Reading]:
    """The values in a normalised Korean text."""
    found = _spelt(text, context)
    for match in _MONEY.finditer(text):
        value = number(match["sum"])
        if value is not None and not overlaps(match.start(), match.end(), found):
            found.append(Reading("money", float(value), match.start(), match.end()))
    times = said.times(text, _PART, _CLOCK, number, reach=3)
    clock = [one for one in times if not overlaps(one.start, one.end, found)]
    taken = [*found, *(one for one in clock if one.slot == "time")]
    found += said.dates(_days(text, context.now.date()), taken)
    found += said.counted(_COUNT.finditer(text), context.expect, number, 0.85)
    return [*found, *clock]
