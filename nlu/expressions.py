"""How well values are read from spoken expressions, as written and with homophones in place of characters."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from nlu.entities.extract import extract
from nlu.pinyin import syllables
from nlu.understand import ParseContext

EXPRESSIONS = Path(__file__).parent / "rasa_project" / "tests" / "expressions.csv"
TUNING, HELD_OUT = "tuning", "held_out"
"""The parts of the table: the first is for whoever writes the grammar, the second is for the figures alone."""


@dataclass(frozen=True, slots=True)
class Expression:
    """What was said at a moment after a question, and the value that it has."""

    text: str
    slot: str
    value: str
    """Empty where nothing should be read."""
    now: datetime
    expect: tuple[str, ...]
    part: str


@dataclass(frozen=True, slots=True)
class Miss:
    """An expression that was read wrongly."""

    slot: str
    text: str
    """As it was given to the reader: with the homophones in it."""
    wanted: str
    read: str


@dataclass(frozen=True, slots=True)
class SlotReport:
    """Right and all readings for each slot."""

    right: dict[str, int]
    all: dict[str, int]
    misses: tuple[Miss, ...]

    def share(self, *slots: str) -> float:
        """Share of the expressions of these slots (of all slots when none is named) that were read right, 0 to 1."""
        names = slots or tuple(self.all)
        count = sum(self.all.get(name, 0) for name in names)
        return sum(self.right.get(name, 0) for name in names) / count if count else 0.0


def expressions(path: Path = EXPRESSIONS, part: str | None = None) -> list[Expression]:
    """The table (text,slot,value,now,expect,part): `expect` names slots, with spaces between them."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            Expression(
                row["text"],
                row["slot"],
                row["value"],
                datetime.fromisoformat(row["now"]),
                tuple(row["expect"].split()),
                row.get("part", ""),
            )
            for row in csv.DictReader(file)
        ]
    return [row for row in rows if part is None or row.part == part]


@lru_cache(maxsize=1)
def _sounding() -> dict[str, tuple[str, ...]]:
    """Toneless syllable → the common characters (first level of GB 2312) that sound so."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            char = bytes((high, low)).decode("gb2312", errors="ignore")
            if char:
                found[syllables(char)[0]].append(char)
    return {sound: tuple(chars) for sound, chars in found.items()}


def with_homophones(text: str, share: float, chance: random.Random) -> str:
    """The text with about this share of its characters replaced by others of the same toneless syllable."""

    def changed() -> Iterator[str]:
        for char in text:
            if "\u4e00" <= char <= "\u9fff" and chance.random() < share:
                yield chance.choice([one for one in _sounding().get(syllables(char)[0], ()) if one != char] or [char])
            else:
                yield char

    return "".join(changed())


def _same(wanted: str, read: object) -> bool:
    if isinstance(read, bool) or not isinstance(read, int | float):
        return wanted == ("" if read is None else str(read))
    try:
        return abs(float(wanted) - read) < 0.005
    except ValueError:
        return False


def measure(rows: list[Expression], *, homophones: float = 0.0, seed: int = 1) -> SlotReport:
    """Read every expression; `homophones` is the share of characters that are replaced first."""
    right, count, misses = defaultdict[str, int](int), defaultdict[str, int](int), list[Miss]()
    chance = random.Random(seed)
    for row in rows:
        text = with_homophones(row.text, homophones, chance) if homophones else row.text
        found = extract(text, ParseContext(row.now, expect=row.expect)).slots.get(row.slot)
        read = None if found is None else found.value
        count[row.slot] += 1
        if _same(row.value, read):
            right[row.slot] += 1
        else:
            misses.append(Miss(row.slot, text, row.value, "" if read is None else str(read)))
    return SlotReport(dict(right), dict(count), tuple(misses))
