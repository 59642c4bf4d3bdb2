"""Values read out in one language: numbers, dates, times, money and codes, from the words that its pack gives.

Mandarin has its own, finer readback in `nlu`; this one serves all other languages from a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

GROUP = 2
"""Digits of a code that are said in one breath."""
_FIELD = re.compile(r"\{([a-z_]+)\}")


class Scale(BaseModel):
    """A power of ten that has a word: hundred, thousand, 만."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    value: int = Field(ge=100)
    word: str
    alone: str = ""
    """How 1 of it is said (“one hundred”, 만); the number and the word when empty."""
    rest: str | None = None
    """Between it and a smaller number (“hundred and five”); the usual join when None."""


class Numerals(BaseModel):
    """How whole numbers below a hundred million are put together."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    ones: Annotated[list[str], Field(min_length=10, max_length=20)]
    """0 to 9, or up to 19 where those are words of their own."""
    tens: Annotated[list[str], Field(min_length=9, max_length=9)]
    """10, 20 … 90."""
    tens_joined: Annotated[list[str], Field(min_length=9, max_length=9)] | None = None
    """10, 20 … 90 before a unit, where they change (ཉི་ཤུ་རྩ་, хорин)."""
    ones_counting: Annotated[list[str], Field(min_length=10, max_length=10)] | None = None
    """0 to 9 before a noun or a scale, where they change (гурван зуун)."""
    scales: list[Scale] = []
    join: str = " "

    def say(self, number: int, *, counting: bool = False) -> str:
        """The words for a whole number; `counting` before a noun. Raises ValueError below 0 and above 99,999,999."""
        if not 0 <= number < 100_000_000:
            raise ValueError(f"{number} is not read out")
        for scale in sorted(self.scales, key=lambda one: -one.value):
            if number >= scale.value:
                high, low = divmod(number, scale.value)
                head = scale.alone if high == 1 and scale.alone else self._count(high) + self.join + scale.word
                gap = self.join if scale.rest is None else scale.rest
                return head + (gap + self.say(low, counting=counting) if low else "")
        return self._small(number, counting=counting)

    def _count(self, number: int) -> str:
        return self.say(number, counting=True)

    def _small(self, number: int, *, counting: bool) -> str:
        if number >= 100:
            raise ValueError(f"there is no word for {number}")
        units = self.ones_counting if counting and self.ones_counting else self.ones
        if number < len(units):
            return units[number]
        if number < len(self.ones):
            return self.ones[number]
        ten, one = divmod(number, 10)
        if not one:
            tens = self.tens_joined if counting and self.tens_joined and self.ones_counting else self.tens
            return tens[ten - 1].strip()
        if self.tens_joined is not None:
            joined = self.tens_joined[ten - 1]
            return joined + ("" if joined.endswith(("་", " ", "-")) else self.join) + units[one]
        return self.tens[ten - 1] + self.join + units[one]


class Reading(BaseModel):
    """The words and patterns of one language. A pattern names its parts in braces."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    numerals: Numerals
    months: Annotated[list[str], Field(min_length=12, max_length=12)]
    days: Annotated[list[str], Field(min_length=31, max_length=31)] | None = None
    """Days of the month, where they are no plain numbers."""
    weekdays: Annotated[list[str], Field(min_length=7, max_length=7)]
    """From Monday on."""
    hours: Annotated[list[str], Field(min_length=12, max_length=12)] | None = None
    """1 to 12 o'clock, where hours are counted otherwise (한 시)."""
    near: Mapping[int, str] = {}
    """Days from today → word (0 today, 1 tomorrow)."""
    parts: Mapping[str, str]
    """am, noon, pm, evening, night."""
    date: str
    """`{near} {weekday} {month} {day}`; `{near}` with what follows it is left out when there is no such word."""
    time: str
    """`{part} {hour} {minute}`."""
    minute_zero: str = ""
    """Before 1 to 9 minutes (“eight oh five”)."""
    time_full: str
    """On the hour: `{part} {hour}`."""
    money: str
    """`{yuan}`."""
    money_cents: str
    """`{yuan} {cents}`; cents are 1 to 99."""
    year_month: str
    """`{month}`."""
    digit_join: str = " "
    group_join: str = ", "

    def words(self, kind: str, value: object, now: datetime) -> str:
        """The words for a value. What cannot be read as that kind is said as it is written."""
        text = str(value)
        if kind in {"code", "phone_number", "identity_number"}:
            return self.code(text) or text
        read = _KINDS.get(kind)
        if read is None:
            return text
        try:
            return read(self, text, now)
        except (ValueError, KeyError, IndexError, OverflowError):
            return text

    def code(self, text: str) -> str:
        """Digit by digit, in pairs."""
        words = [self.numerals.ones[int(c)] if c in "0123456789" else c for c in text.upper() if c in "0123456789X"]
        groups = [words[at : at + GROUP] for at in range(0, len(words), GROUP)]
        return self.group_join.join(self.digit_join.join(group) for group in groups)

    def _date(self, text: str, now: datetime) -> str:
        day = date.fromisoformat(text[:10])
        number = self.days[day.day - 1] if self.days else self.numerals.say(day.day, counting=True)
        facts = {
            "near": self.near.get((day - now.date()).days, ""),
            "weekday": self.weekdays[day.weekday()],
            "month": self.months[day.month - 1],
            "day": number,
        }
        return _fill(self.date, facts)

    def _time(self, text: str, _: datetime) -> str:
        hour, minute = (int(part) for part in text.split(":")[:2])
        if not (0 <= hour < 24 and 0 <= minute < 60):
            raise ValueError(text)
        edge = sum(hour >= one for one in (12, 13, 18, 20))
        facts = {
            "part": self.parts[("am", "noon", "pm", "evening", "night")[edge]],
            "hour": self.hours[(hour - 1) % 12] if self.hours else self.numerals.say(hour % 12 or 12, counting=True),
            "minute": (self.minute_zero if minute < 10 else "") + self.numerals.say(minute, counting=True),
        }
        return _fill(self.time if minute else self.time_full, facts)

    def _money(self, text: str, _: datetime) -> str:
        cents = round(float(text) * 100)
        yuan, cents = divmod(cents, 100)
        facts = {"yuan": self.numerals.say(yuan, counting=True), "cents": self.numerals.say(cents, counting=True)}
        return _fill(self.money_cents if cents else self.money, facts)

    def _year_month(self, text: str, _: datetime) -> str:
        return _fill(self.year_month, {"month": self.months[int(text.split("-")[1]) - 1]})

    def _number(self, text: str, _: datetime) -> str:
        number = float(text)
        if not number.is_integer():
            raise ValueError(text)
        return self.numerals.say(int(number))

    def _count(self, text: str, _: datetime) -> str:
        return self.numerals.say(int(float(text)), counting=True)

    def _part(self, text: str, _: datetime) -> str:
        return self.parts[text]


def _fill(pattern: str, facts: Mapping[str, str]) -> str:
    """The pattern with its parts; an empty part takes the comma and the space after it with it."""
    filled = pattern
    for name, word in facts.items():
        if not word:
            filled = re.sub(rf"\{{{name}\}}[,،，།]?\s*", "", filled)
    return _FIELD.sub(lambda found: facts[found[1]], filled)


_KINDS: Mapping[str, Callable[[Reading, str, datetime], str]] = {
    "date": Reading._date,
    "time": Reading._time,
    "money": Reading._money,
    "year_month": Reading._year_month,
    "number": Reading._number,
    "count": Reading._count,
    "part_of_day": Reading._part,
}
