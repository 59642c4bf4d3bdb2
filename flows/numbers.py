"""Long numbers that come in groups, by voice or by key."""

from __future__ import annotations

import re

_WORDS = {
    "零": "0",
    "〇": "0",
    "洞": "0",
    "一": "1",
    "幺": "1",
    "二": "2",
    "两": "2",
    "三": "3",
    "四": "4",
    "五": "5",
    "六": "6",
    "七": "7",
    "拐": "7",
    "八": "8",
    "九": "9",
    "勾": "9",
    "x": "X",
    "X": "X",
    "叉": "X",
}
_BIRTHDAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
"""The 7th to the 14th place of an identity number; the check digit alone lets one wrong number in eleven pass."""
PRIVATE = frozenset({"identity_number", "phone_number"})
"""Slots of an understanding that are neither put on record nor shown as a whole."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def spoken_digits(text: str) -> str:
    """The digits in a text, in order; X where an identity number ends with it."""
    return "".join(c if c in "0123456789" else _WORDS.get(c, "") for c in text[:200])


def keyed_digits(digits: str) -> str:
    """Keys as digits. Key 0 always calls a person, so * stands for 0 within a number."""
    return digits.replace("#", "").replace("*", "0")


def check_digit(first17: str) -> str:
    """The last place of an identity number (GB 11643)."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(first17, _WEIGHTS, strict=True)) % 11]


def complete(kind: str, digits: str, length: int) -> str | None:
    """The whole number once `digits` make one, else None. An X, which has no key, may be left out."""
    if kind == "identity_number":
        if len(digits) == length - 1 and digits.isdigit() and check_digit(digits) == "X" and _BIRTHDAY.match(digits, 6):
            return digits + "X"
        fits = len(digits) == length and digits[:-1].isdigit() and check_digit(digits[:-1]) == digits[-1]
        return digits if fits and _BIRTHDAY.match(digits, 6) else None
    return digits if len(digits) == length and digits.isdigit() else None


def masked(digits: str) -> str:
    """A private number as it may be shown: its last four places."""
    return "*" * max(len(digits) - 4, 0) + digits[-4:]
