"""What is understood in the languages with little training data: the sentence alone, the phrase book alone, and both,
as in calls. Part `languages` of `make bench-speech`.

The project's own sentences, some held out in turn: none of them was checked by a native speaker, and the author of the
phrase book is that of the sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flows.phrasebook import Phrasebook
from nlu.classifier import IntentClassifier
from nlu.embedded import EmbeddedUnderstander, learn
from nlu.training import Example, examples
from nlu.understand import ParseContext, Understander
from voices.languages.pack import Pack

FOLDS = 5
NOW = datetime(2026, 3, 11, 10)  # noqa: DTZ001 - local time of the call, naive by agreement
LANGUAGES = ("ko", "kk", "ug", "bo", "mn")


def folds(sentences: Sequence[Example], count: int = FOLDS) -> list[tuple[list[Example], list[Example]]]:
    """(learnt, held out): every sentence is held out once, and each intent is spread over all parts."""
    ordered = sorted(sentences, key=lambda one: one.intent)
    parts = [ordered[n::count] for n in range(count)]
    return [([one for other in parts if other is not part for one in other], part) for part in parts]


def shares(understander: Understander, language: str, held_out: Sequence[Example]) -> tuple[int, int]:
    """How many are accepted with the right intent, and how many with another."""
    right = wrong = 0
    for one in held_out:
        found = understander.understand(one.text, ParseContext(NOW, language))
        right += found.accepted and found.intent == one.intent
        wrong += found.accepted and found.intent != one.intent
    return right, wrong


def ways(pack: Pack, engine: Understander) -> Mapping[str, Understander]:
    """By name: how a sentence of the language may be read."""
    alone = pack.model_copy(update={"phrases": {}})
    phrases = pack.model_copy(update={"understands": False})
    return {
        "sentence alone": Phrasebook(engine, {pack.language: alone}),
        "phrases alone": Phrasebook(engine, {pack.language: phrases}),
        "both, as in calls": Phrasebook(engine, {pack.language: pack}),
    }


def measure(packs: Mapping[str, Pack], mandarin: IntentClassifier) -> list[dict[str, Any]]:
    """One row for each language: per cent right and wrong by each way."""
    rows = []
    for language in LANGUAGES:
        sentences = examples(language)
        totals: dict[str, list[int]] = {}
        for learnt, held_out in folds(sentences):
            engine = EmbeddedUnderstander({"zh": mandarin, language: learn(learnt, language)})
            for name, understander in ways(packs[language], engine).items():
                right, wrong = shares(understander, language, held_out)
                total = totals.setdefault(name, [0, 0])
                total[0] += right
                total[1] += wrong
        row: dict[str, Any] = {"language": language, "sentences": len(sentences)}
        for name, (right, wrong) in totals.items():
            row[f"{name}: right %, wrong %"] = [round(100 * one / len(sentences), 1) for one in (right, wrong)]
        rows.append(row)
    return rows
