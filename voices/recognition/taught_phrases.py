"""What can be taught by example, and which questions take it. Imports nothing large: see `ivr/program.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml


@dataclass(frozen=True, slots=True)
class Phrase:
    """What can be taught."""

    name: str
    meaning: str
    """In Mandarin: what the understanding gets."""
    asked: tuple[str, ...]
    """Slots of the questions that can take it; `open` and `always` beside them."""
    value: str = ""
    """What the dialogue calls it, where that is neither the name nor the meaning."""
    ask: str = ""
    """How a speaker is asked for it, where that is not by the meaning alone."""


@cache
def phrases() -> Mapping[str, Phrase]:
    """All phrases that can be taught, by name."""
    text = resources.files("voices.recognition").joinpath("examples.yaml").read_text(encoding="utf-8")
    table = yaml.safe_load(text)
    return {
        name: Phrase(name, one["meaning"], tuple(one["for"]), one.get("as", ""), one.get("ask", ""))
        for name, one in table.items()
    }


def expected(expect: Sequence[str]) -> list[str]:
    """Names of the phrases that a question can take."""
    wanted = {*(expect or ("open",)), "always"}
    return [name for name, phrase in phrases().items() if wanted & set(phrase.asked)]


def phrase_of(value: str, expect: Sequence[str]) -> str:
    """The phrase that says this value (a slot's, an intent) at a question; empty when none of those that it takes."""
    known = phrases()
    return next((n for n in expected(expect) if value in {n, known[n].meaning, known[n].value}), "")
