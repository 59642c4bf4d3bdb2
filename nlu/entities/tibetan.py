"""Tibetan: numbers in figures and words, days, hours, parts of the day, sums. Unchecked by a native speaker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from nlu.entities import calendar, said
from nlu.entities.readings import EXACT, Reading
from nlu.understand import ParseContext

_ONES = {"གཅིག": 1, "གཉིས": 2, "གསུམ": 3, "བཞི": 4, "ལྔ": 5, "དྲུག": 6, "བདུན": 7, "བརྒྱད": 8, "དགུ": 9}
_ORDINALS = {"དང་པོ": 1, "གཉིས་པ": 2, "གསུམ་པ": 3, "བཞི་པ": 4, "ལྔ་པ": 5, "དྲུག་པ": 6, "བདུན་པ": 7, "བརྒྱད་པ": 8, "དགུ་པ": 9}
_TENS = {
    "བཅུ": 10,
    "བཅོ": 10,
    "ཉི་ཤུ": 20,
    "སུམ་ཅུ": 30,
    "བཞི་བཅུ": 40,
    "ལྔ་བཅུ": 50,
    "དྲུག་ཅུ": 60,
    "བདུན་ཅུ": 70,
    "བརྒྱད་ཅུ": 80,
    "དགུ་བཅུ": 90,
}
_JOINED = {"ཉེར": 20, "ཉི་ཤུ་རྩ": 20, "སོ": 30, "ཞེ": 40, "ང": 50, "རེ": 60, "དོན": 70, "གྱ": 80, "གོ": 90}
"""Tens as they stand before ones: ཉེར་གཉིས is 22."""


def _numbers() -> dict[str, int]:
    """Every number below a hundred in words."""
    found = {**_ONES, **_TENS, "ཉི་ཤུ་ཐམ་པ": 20, "བཅུ་ཐམ་པ": 10, **_ORDINALS}
    for one, value in _ONES.items():
        found["བཅུ་" + one] = 10 + value
        for ten, tens in _JOINED.items():
            found[f"{ten}་{one}"] = tens + value
    found |= {"བཅོ་ལྔ": 15, "བཅོ་བརྒྱད": 18}
    found |= {word + "་པ": value for word, value in found.items() if value > 9 and not word.endswith("པ")}
    return found


_SMALL = _numbers()
_FIGURES = {chr(0x0F20 + digit): str(digit) for digit in range(10)}
_WORD = "|".join(sorted(_SMALL, key=len, reverse=True))
_N = rf"(?:[0-9༠-༩]{{1,2}}|{_WORD})"
_BIG = {"བརྒྱ": 100, "སྟོང": 1000, "ཁྲི": 10_000}
_SUM = rf"(?:[0-9༠-༩]{{1,8}}|(?:{_WORD}|བརྒྱ|སྟོང|ཁྲི|དང|་)+)"
_SEP = r"[་\s]*"
_NEAR = {"དེ་རིང": 0, "སང་ཉིན": 1, "ནང་པར": 1, "གནངས་ཉིན": 2, "གཞེས་ཉིན": 3, "ཁ་སང": -1, "ཁ་རྩང": -1, "ཁས་ཉིན": -2}
_NEAR_WORD = re.compile("|".join(map(re.escape, _NEAR)))
_WEEKDAYS = ("ཟླ་བ", "མིག་དམར", "ལྷག་པ", "ཕུར་བུ", "པ་སངས", "སྤེན་པ", "ཉི་མ")
_WEEKDAY = re.compile(rf"(?P<next>གཟའ་འཁོར་རྗེས་མའི?{_SEP})?གཟའ་(?P<day>{'|'.join(_WEEKDAYS)})")
_MONTH_DAY = re.compile(rf"(?:སྤྱི་)?ཟླ་(?:བ་)?(?P<month>{_N})(?:འི)?{_SEP}(?:ཚེས་|ཉིན་)(?P<day>{_N})")
_DAY = re.compile(rf"ཚེས་(?:པ་)?(?P<day>{_N})")
_AHEAD = re.compile(rf"ཉིན་(?:མ་)?(?P<n>{_N})(?:འི)?་?(?:རྗེས|འགོར)")
_PARTS = (
    ("noon", "ཉིན་གུང|གུང"),
    ("pm", "ཕྱི་དྲོ"),
    ("am", "ཞོགས་པ|ཞོགས|སྔ་དྲོ|ནང་མོ"),
    ("evening", "དགོང་དྲོ|དགོང་མོ|དགོངས"),
    ("night", "མཚན་མོ|མཚན"),
)
_PART = said.parts_pattern(_PARTS)
_CLOCK = re.compile(rf"ཆུ་ཚོད་(?P<hour>{_N})(?:{_SEP}(?:དང་)?(?:(?P<half>ཕྱེད)|སྐར་མ་(?P<minute>{_N})))?")
_MONEY = re.compile(rf"(?:སྒོར་མོ|སྒོར)་?(?P<sum>{_SUM})")
_SPELT = re.compile(r"(?:[༠-༩][་\s]*){7,}")


def number(words: str) -> int | None:
    """The number that figures or words say: ༢༥, ཉེར་ལྔ, སྟོང་གཅིག་དང་བརྒྱ་གཉིས; None where they say none."""
    words = words.strip("་ །")
    figures = "".join(_FIGURES.get(c, c) for c in words)
    if figures.isascii() and figures.isdigit():
        return int(figures[:12])
    if words in _SMALL:
        return _SMALL[words]
    return _large(words)


def _large(words: str) -> int | None:
    """Units go before how many there are: བརྒྱ་གཉིས is 200."""
    if not any(unit in words for unit in _BIG):
        return None
    total, unit, last = 0, 1, 0
    for piece in re.finditer(rf"(?P<unit>{'|'.join(_BIG)})|(?P<n>{_WORD})", words):
        if piece["unit"]:
            total += unit if unit > 1 and not last else 0
            unit, last = _BIG[piece["unit"]], 0
        else:
            last = _SMALL[piece["n"]]
            total += unit * last
            unit = 1
    return total + (unit if unit > 1 else 0)


def _days(text: str, today: date) -> Iterator[tuple[re.Match[str], date | None, float]]:
    for match in _MONTH_DAY.finditer(text):
        month, day = number(match["month"]), number(match["day"])
        yield match, calendar.next_month_day(today, month, day) if month and day else None, 0.9
    for match in _WEEKDAY.finditer(text):
        here = today + timedelta(days=_WEEKDAYS.index(match["day"]) - today.weekday())
        if match["next"]:
            yield match, here + timedelta(days=7), EXACT
        else:
            yield match, here if here > today else here + timedelta(days=7), 0.85
    for match in _AHEAD.finditer(text):
        count = number(match["n"])
        yield match, today + timedelta(days=count) if count else None, 0.9
    for match in _NEAR_WORD.finditer(text):
        yield match, today + timedelta(days=_NEAR[match[0]]), EXACT
    for match in _DAY.finditer(text):
        day = number(match["day"])
        yield match, calendar.next_day(today, day) if day and day <= 31 else None, 0.8


def _spelt(text: str) -> list[Reading]:
    found = []
    for match in _SPELT.finditer(text):
        digits = "".join(_FIGURES[c] for c in match[0] if c in _FIGURES)
        if re.fullmatch(r"1[3-9]\d{9}", digits):
            found.append(Reading("phone_number", digits, match.start(), match.start() + len(match[0].rstrip("་ "))))
    return found


def find(text: str, context: ParseContext) -> list[Reading]:
    """The values in a normalised Tibetan text."""
    found = _spelt(text)
    for match in _MONEY.finditer(text):
        value = number(match["sum"])
        if value is not None:
            found.append(Reading("money", float(value), match.start(), match.end(), 0.9))
    clock = said.times(text, _PART, _CLOCK, number, reach=4)
    taken = [*found, *(one for one in clock if one.slot == "time")]
    found += said.dates(_days(text, context.now.date()), taken)
    found += said.counted(re.finditer(_SUM, text), context.expect, number, 0.8)
    return [*found, *clock]
