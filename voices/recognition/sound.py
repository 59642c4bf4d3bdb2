"""Chinese words by their sound, for repair: toneless pinyin, and what Qinghai Mandarin and recognisers confuse.

`nlu.pinyin` judges whether words mean something; this module judges whether a recogniser may have misheard one for
another, and so is stricter where a wrong repair does harm: with negations and numbers. The two packages do not know
each other (see the layers in docs/ARCHITECTURE.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, pinyin

CONFUSED = 0.15
"""Cost of an initial or final that is confused with the other: n/l, zh/z, ch/c, sh/s, f/h, in/ing, en/eng, an/ang."""
OTHER = 0.6
"""Cost of an initial or final that is simply another one."""
LACKS = 0.9
"""Cost of a syllable that one side has not."""
NEVER = 9.0
"""A negation that appears or disappears, a number that becomes another: no repair may do that."""
_INITIAL_CLASSES = ({"zh", "z"}, {"ch", "c"}, {"sh", "s"}, {"n", "l"}, {"f", "h"}, {"r", "l"})
_FINAL_CLASSES = (
    {"in", "ing"},
    {"en", "eng"},
    {"an", "ang"},
    {"ian", "iang"},
    {"uan", "uang"},
    {"uo", "o"},
    {"ui", "ei"},
)
_NEGATIONS = frozenset("不没别非未无")
_NUMBERS = frozenset("零〇一二三四五六七八九十百千万两俩幺")
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Syllable:
    """One spoken character, and where it stands in the text."""

    initial: str
    final: str
    char: str
    start: int
    end: int


@lru_cache(maxsize=8192)
def _sound(char: str) -> tuple[str, str]:
    """Initial and final (药 is iao without an initial); a character that is not Chinese stands for itself."""
    initial = pinyin(char, style=Style.INITIALS, errors="ignore")
    final = pinyin(char, style=Style.FINALS, errors="default")
    return initial[0][0] if initial else "", final[0][0].casefold()


@lru_cache(maxsize=4096)
def syllables(text: str) -> tuple[Syllable, ...]:
    """What is spoken of a text: punctuation is left out, Arabic numbers are read as Chinese ones."""
    found: list[Syllable] = []
    at = 0
    while at < len(text):
        end = at + 1
        if text[at].isdecimal():
            while end < len(text) and text[end].isdecimal():
                end += 1
            read = _read(text[at:end])
            found += [Syllable(*_sound(char), char, at, end) for char in read]
        elif text[at].isalnum():
            found.append(Syllable(*_sound(text[at]), text[at], at, end))
        at = end
    return tuple(found)


def _read(number: str) -> str:
    """Up to 99 as a number, everything longer digit by digit (codes, telephone numbers, years)."""
    if len(number) > 2 or number.startswith("0"):
        return "".join(_DIGITS[int(char)] for char in number)
    tens, ones = divmod(int(number), 10)
    head = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones or not tens else "")


def cost(one: Syllable, other: Syllable) -> float:
    """0 for the same sound, little for one that is easily confused, 1 for another, `NEVER` for another number."""
    if one.char == other.char or (one.initial, one.final) == (other.initial, other.final):
        return 0.0
    numbers = {one.char, other.char} & _NUMBERS
    if len(numbers) == 2:
        return NEVER
    # 会 is 费 and 慌 is 方: the u belongs to the h.
    if {one.initial, other.initial} == {"f", "h"} and one.final.removeprefix("u") == other.final.removeprefix("u"):
        return CONFUSED
    first = _part(one.initial, other.initial, _INITIAL_CLASSES)
    spent = min(1.0, first + _part(one.final, other.final, _FINAL_CLASSES))
    return NEVER if numbers and spent >= OTHER else spent


def _part(one: str, other: str, classes: Sequence[set[str]]) -> float:
    if one == other:
        return 0.0
    return CONFUSED if any(one in some and other in some for some in classes) else OTHER


def lacks(one: Syllable) -> float:
    """Cost of this syllable having no counterpart."""
    return NEVER if _negates(one) or one.char in _NUMBERS else LACKS


def _negates(one: Syllable) -> bool:
    """A negation, or what sounds like one: a recogniser writes 步对 for 不对."""
    return one.char in _NEGATIONS or (one.initial, one.final) in (("b", "u"), ("m", "ei"))


def negations(text: str) -> int:
    """How many negations are heard in a text."""
    return sum(_negates(one) for one in syllables(text))


def changes_meaning(before: Syllable | None, first: Syllable, last: Syllable, after: Syllable | None) -> bool:
    """Whether a stretch must not be taken for itself: 要 in 不要, 二号 in 十二号."""
    if before is not None and (_negates(before) or {before.char, first.char} <= _NUMBERS):
        return True
    return after is not None and {last.char, after.char} <= _NUMBERS


@dataclass(frozen=True, slots=True)
class Place:
    """Where a phrase sounds in a text."""

    cost: float
    first: int
    """Index of the first syllable."""
    after: int
    """Index after the last syllable."""


def best_place(heard: Sequence[Syllable], wanted: Sequence[Syllable]) -> Place:
    """The stretch of `heard` that sounds most like `wanted`; of equally good ones the longest, then the last."""
    row = [Place(0.0, at, at) for at in range(len(heard) + 1)]
    for want in wanted:
        above, row = row, [Place(row[0].cost + lacks(want), 0, 0)]
        for at, hear in enumerate(heard, 1):
            choices = (
                (above[at - 1].cost + cost(hear, want), above[at - 1].first),
                (above[at].cost + lacks(want), above[at].first),
                (row[at - 1].cost + lacks(hear), row[at - 1].first),
            )
            spent, first = min(choices)
            row.append(Place(spent, first, at))
    return min(row, key=lambda place: (round(place.cost, 6), place.first - place.after, -place.after))


def distance(heard: Sequence[Syllable], wanted: Sequence[Syllable]) -> float:
    """Cost of taking the whole of one for the whole of the other."""
    row = [0.0]
    for hear in heard:
        row.append(row[-1] + lacks(hear))
    for want in wanted:
        above, row = row, [row[0] + lacks(want)]
        for at, hear in enumerate(heard, 1):
            row.append(min(above[at - 1] + cost(hear, want), above[at] + lacks(want), row[at - 1] + lacks(hear)))
    return row[-1]
