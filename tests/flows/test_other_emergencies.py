"""Emergencies in other languages than Mandarin. Nothing learns from them; no native speaker has checked them."""

from __future__ import annotations

import csv
from datetime import datetime

import pytest

from flows.phrasebook import Phrasebook
from nlu.training import DATA, examples
from nlu.understand import ParseContext, Understander
from voices.languages.pack import load_packs

SET = DATA.parent / "tests" / "emergencies_languages.csv"
NOW = datetime(2026, 3, 12, 9, 0)  # noqa: DTZ001  the engine is given local time without a zone


def sentences(language: str, emergency: str) -> list[str]:
    with SET.open(encoding="utf-8", newline="") as file:
        return [r["text"] for r in csv.DictReader(file) if (r["language"], r["emergency"]) == (language, emergency)]


@pytest.mark.parametrize("language", ["bo", "kk", "ko", "mn", "ug"])
def test_most_emergencies_are_taken_for_one_and_few_other_sentences_are(
    understander: Understander, language: str
) -> None:
    book = Phrasebook(understander, load_packs())

    def taken(text: str) -> bool:
        said = book.understand(text, ParseContext(NOW, language))
        return said.accepted and said.intent == "emergency"

    danger, other = sentences(language, "1"), sentences(language, "0")
    assert (len(danger), len(other)) == (12, 8)
    assert sum(map(taken, danger)) >= 9
    assert sum(map(taken, other)) <= 1


@pytest.mark.parametrize("language", ["bo", "en", "kk", "ko", "mn", "ug"])
def test_nothing_of_the_set_is_learnt_from(language: str) -> None:
    learnt = {one.text for one in examples(language)}
    assert learnt.isdisjoint(sentences(language, "1") + sentences(language, "0"))
