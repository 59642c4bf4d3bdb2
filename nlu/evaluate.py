"""How well an engine understands sentences that it has not learnt from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from nlu.labelled import read_labelled
from nlu.training import Example
from nlu.understand import ParseContext, Understander, Understanding

TEST_SET = Path(__file__).parent / "rasa_project" / "tests" / "test_set.csv"
NOWHERE = "out_of_scope"
MOMENT = ParseContext(datetime(2026, 3, 11, 10))  # noqa: DTZ001  # local time; any day: intents do not hang on it


@dataclass(frozen=True, slots=True)
class Confusion:
    """One sentence that was taken for something else."""

    text: str
    meant: str
    taken: str
    confidence: float
    accepted: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one evaluation; shares are of all sentences, 0 to 1."""

    sentences: int
    accuracy: float
    """The best intent is the right one."""
    accepted_and_right: float
    """Of the sentences that mean one of our intents: acted on as meant."""
    accepted_and_wrong: float
    """Of all sentences: acted on as something that was not meant."""
    macro_f1: float
    """F1, averaged over the intents that are meant or taken, each with the same weight."""
    auroc: float | None
    """A sentence of ours is surer to be one of ours than one from out of scope is; None where there are not both."""
    confusions: tuple[Confusion, ...]

    def pairs(self) -> Mapping[tuple[str, str], Sequence[Confusion]]:
        """(meant, taken) → its sentences, the most frequent pair first, the surest sentence first."""
        found: defaultdict[tuple[str, str], list[Confusion]] = defaultdict(list)
        for one in sorted(self.confusions, key=lambda one: -one.confidence):
            found[one.meant, one.taken].append(one)
        return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))

    def figures(self) -> dict[str, float | int | None]:
        """All figures by name."""
        return {
            "sentences": self.sentences,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "auroc": self.auroc,
            "accepted_and_right": self.accepted_and_right,
            "accepted_and_wrong": self.accepted_and_wrong,
        }

    def summary(self) -> str:
        """The figures for people, in one line."""
        out_of_scope = "" if self.auroc is None else f", out-of-scope AUROC {self.auroc:.3f}"
        return (
            f"{self.sentences} sentences: right {self.accuracy:.1%}, macro-F1 {self.macro_f1:.1%}, accepted and right "
            f"{self.accepted_and_right:.1%}, accepted and wrong {self.accepted_and_wrong:.1%}{out_of_scope}"
        )

    def confused(self) -> str:
        """Every confused pair with its sentences, for people; `!` marks what would have been acted on."""
        lines = []
        for (meant, taken), group in self.pairs().items():
            lines.append(f"{meant} taken for {taken}: {len(group)}")
            lines += [f"  {'!' if one.accepted else ' '} {one.confidence:.2f}  {one.text}" for one in group]
        return "\n".join(lines)

    def text(self) -> str:
        """The whole report for people."""
        return "\n".join([self.summary(), *filter(None, [self.confused()])])


def evaluate(understander: Understander, path: Path = TEST_SET, *, without: frozenset[str] = frozenset()) -> Report:
    """Read every sentence of a file. Sentences in `without`, such as the learnt ones, are left out.

    Raises LabelledError when the file cannot be used."""
    return report(understander, [one for one in read_labelled(path) if one.text not in without])


def report(understander: Understander, rows: Sequence[Example]) -> Report:
    """Read sentences whose intents are known."""
    return figures_of(rows, [understander.understand(row.text, MOMENT) for row in rows])


def figures_of(rows: Sequence[Example], read: Sequence[Understanding]) -> Report:
    """The figures of sentences and what was read in them."""
    pairs = list(zip(rows, read, strict=True))
    right = [row.intent == found.intent for row, found in pairs]
    confusions = tuple(
        Confusion(row.text, row.intent, found.intent, found.confidence, found.accepted)
        for (row, found), good in zip(pairs, right, strict=True)
        if not good
    )
    ours = sum(row.intent != NOWHERE for row in rows)
    acted = sum(good and found.accepted for (_, found), good in zip(pairs, right, strict=True))
    count = max(1, len(rows))
    return Report(
        sentences=len(rows),
        accuracy=sum(right) / count,
        accepted_and_right=acted / max(1, ours),
        accepted_and_wrong=sum(one.accepted for one in confusions) / count,
        macro_f1=_macro_f1(pairs),
        auroc=_auroc(pairs),
        confusions=confusions,
    )


def _macro_f1(pairs: Sequence[tuple[Example, Understanding]]) -> float:
    if not pairs:
        return 0.0
    meant, taken = [row.intent for row, _ in pairs], [found.intent for _, found in pairs]
    return float(f1_score(meant, taken, average="macro", zero_division=0.0))


def _auroc(pairs: Iterable[tuple[Example, Understanding]]) -> float | None:
    known = np.array([(row.intent != NOWHERE, in_scope(found)) for row, found in pairs])
    if not known.size or len(set(known[:, 0])) < 2:
        return None
    return float(roc_auc_score(known[:, 0], known[:, 1]))


def in_scope(found: Understanding) -> float:
    """Confidence of the best intent that is one of ours."""
    if found.intent != NOWHERE:
        return found.confidence
    return next((chance for name, chance in found.ranking if name != NOWHERE), 0.0)
