"""Values back into words, as they are said to a caller: dates, times, money, long numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

_DIGITS = "零一二三四五六七八九"
_WEEKDAYS = "一二三四五六日"
_NEAR = {-2: "前天", -1: "昨天", 0: "今天", 1: "明天", 2: "后天"}
_PARTS = {"am": "上午", "noon": "中午", "pm": "下午", "evening": "傍晚", "night": "晚上"}
_GROUPS = {
    ("phone_number", 11): (3, 4, 4),
    ("identity_number", 18): (6, 4, 4, 4),
}
_YEARS = {-2: "前年", -1: "去年", 0: "", 1: "明年", 2: "后年"}


def spoken_number(number: int) -> str:
    """A whole number as it is said: 1234 is 一千二百三十四."""
    if number < 0:
        return "负" + spoken_number(-number)
    for unit, name in ((100_000_000, "亿"), (10_000, "万")):
        if number >= unit:
            high, low = divmod(number, unit)
            gap = "零" if 0 < low < unit // 10 else ""
            return _two(spoken_number(high)) + name + gap + (_small(low, lead=True) if low else "")
    return _small(number)


def _two(words: str) -> str:
    return "两" if words == "二" else words


def _small(number: int, *, lead: bool = False) -> str:
    if number >= 10_000:
        return spoken_number(number)
    if number < 20 and not lead:
        return _DIGITS[number] if number < 10 else "十" + (_DIGITS[number - 10] if number > 10 else "")
    said, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            word = "两" if digit == 2 and unit == 1000 else _DIGITS[digit]
            said += ("零" if zero and said else "") + word + name
            zero = False
        else:
            zero = True
    return said


def spell(digits: str, groups: Sequence[int] = ()) -> str:
    """Digit by digit, in groups with a pause between them."""
    words = ["零一二三四五六七八九"[int(c)] if c in "0123456789" else c for c in digits]
    if not groups:
        groups = _even(len(words))
    said, at = [], 0
    for size in groups:
        said.append("".join(words[at : at + size]))
        at += size
    return "，".join(part for part in said if part)


def _pairs(length: int) -> tuple[int, ...]:
    """Two by two, so that a hundred sounds make up any code; one is left over of an odd length."""
    return (2,) * (length // 2) + (1,) * (length % 2)


def _even(length: int) -> tuple[int, ...]:
    """Groups of three or four for a number of unusual length."""
    if length <= 4:
        return (length,)
    size = 4 if length % 4 in {0, 3} or length % 3 == 1 else 3
    return tuple([size] * (length // size) + ([length % size] if length % size else []))


def _date(value: str, now: datetime) -> str:
    day = date.fromisoformat(value[:10])
    said = f"{spoken_number(day.month)}月{spoken_number(day.day)}号，星期{_WEEKDAYS[day.weekday()]}"
    near = _NEAR.get((day - now.date()).days)
    if near:
        return f"{near}，{said}"
    return said if abs((day - now.date()).days) < 300 else _year(day.year, now) + said


def _year(year: int, now: datetime) -> str:
    near = _YEARS.get(year - now.year)
    return "".join(_DIGITS[int(c)] for c in str(year)) + "年" if near is None else near


def _time(value: str, now: datetime) -> str:
    del now
    hour, minute = (int(part) for part in value.split(":")[:2])
    if not (0 <= hour < 24 and 0 <= minute < 60):
        raise ValueError(value)
    part = ("凌晨", "早上", "上午", "中午", "下午", "傍晚", "晚上")[
        sum(hour >= edge for edge in (5, 8, 12, 13, 18, 19))
    ]
    clock = 12 if hour == 12 else hour % 12
    said = "零" if hour == 0 else _two(spoken_number(clock))
    if minute == 0:
        return f"{part}{said}点"
    if minute == 30:
        return f"{part}{said}点半"
    return f"{part}{said}点{'零' if minute < 10 else ''}{spoken_number(minute)}{'分' if minute < 10 else ''}"


def _part(value: str, now: datetime) -> str:
    del now
    return _PARTS[value]


def _money(value: str, now: datetime) -> str:
    del now
    cents = round(float(value) * 100)
    sign, cents = ("负" if cents < 0 else ""), abs(cents)
    yuan, dime, cent = cents // 100, cents // 10 % 10, cents % 10
    whole = _two(spoken_number(yuan))
    if not dime and not cent:
        return f"{sign}{whole}块钱"
    if not yuan:
        return sign + (f"{_two(_DIGITS[dime])}毛" if dime else "") + (f"{_two(_DIGITS[cent])}分" if cent else "") + "钱"
    tail = _DIGITS[dime] + (f"毛{_DIGITS[cent]}" if dime and cent else f"{_DIGITS[cent]}分" if cent else "")
    return f"{sign}{whole}块{tail}"


def _year_month(value: str, now: datetime) -> str:
    year, month = (int(part) for part in value.split("-")[:2])
    if not 1 <= month <= 12:
        raise ValueError(value)
    return f"{_year(year, now)}{spoken_number(month)}月份"


def _number(value: str, now: datetime) -> str:
    del now
    number = float(value)
    if number.is_integer():
        return spoken_number(int(number))
    whole, _, tail = value.partition(".")
    return f"{spoken_number(int(whole))}点{spell(tail, (len(tail),))}"


def _count(value: str, now: datetime) -> str:
    """A number before a measure word: 两个, 两次."""
    return _two(_number(value, now))


_LONG = {"code", "phone_number", "identity_number", "digits"}
_KINDS: dict[str, Callable[[str, datetime], str]] = {
    "date": _date,
    "date_to": _date,
    "time_to": _time,
    "time": _time,
    "part_of_day": _part,
    "money": _money,
    "year_month": _year_month,
    "count": _count,
    "number": _number,
}


def readback(name: str, value: object, now: datetime) -> str:
    """The words for a value of a kind. What cannot be read as that kind is said as it is written."""
    text = str(value)
    if name in _LONG:
        plain = "".join(c for c in text.upper() if c in "0123456789X")
        groups = _pairs(len(plain)) if name == "code" else _GROUPS.get((name, len(plain)), ())
        return spell(plain, groups) if plain else text
    kind = _KINDS.get(name)
    if kind is None:
        return text
    try:
        return kind(text, now)
    except (ValueError, KeyError, OverflowError):
        return text
