"""Names that are looked up: exactly first, the longest where several start together, then by their sound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one phrase stands for."""

    value: str
    """The official name."""
    kind: str = "name"
    """`name`, `generic` for one that longer names contain, `complaint` for a hint."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase that stands in a text."""

    phrase: str
    entry: Entry
    start: int
    end: int


@lru_cache(maxsize=8)
def load(name: str, part: str = "") -> list[dict[str, Any]]:
    """The entries of one data file, or of a part of it that has another name."""
    data = yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    entries: list[dict[str, Any]] = data[part or name]
    return entries


class Lexicon:
    """Phrases and what they stand for."""

    def __init__(self, phrases: Mapping[str, Entry]) -> None:
        self.phrases = phrases
        self._lengths = sorted({len(phrase) for phrase in phrases}, reverse=True)

    def exact(self, text: str) -> list[Hit]:
        """Every phrase that stands in the text, in order; of several that share characters the longest."""
        hits, at = [], 0
        while at < len(text):
            hit = self._at(text, at)
            if hit is not None:
                longer = (self._at(text, later) for later in range(at + 1, hit.end))
                if any(one is not None and one.end - one.start > hit.end - hit.start for one in longer):
                    at += 1
                    continue
                hits.append(hit)
            at = hit.end if hit else at + 1
        return hits

    def _at(self, text: str, at: int) -> Hit | None:
        for length in self._lengths:
            phrase = text[at : at + length]
            if len(phrase) == length and (entry := self.phrases.get(phrase)) is not None:
                return Hit(phrase, entry, at, at + length)
        return None

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        """The phrases of some kinds."""
        return tuple(phrase for phrase, entry in self.phrases.items() if entry.kind in kinds)


def others(values: Iterable[str], besides: str, most: int = 4) -> tuple[str, ...]:
    """Different values in their order, without one."""
    return tuple(value for value in dict.fromkeys(values) if value != besides)[:most]
