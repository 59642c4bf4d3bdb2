"""How well an engine understands sentences that it has not learnt from."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nlu.understand import ParseContext, Understander

TEST_SET = Path(__file__).parent / "rasa_project" / "tests" / "test_set.csv"
NOWHERE = "out_of_scope"


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
    confusions: tuple[Confusion, ...]

    def pairs(self) -> list[tuple[tuple[str, str], int]]:
        """(meant, taken) with how often, most frequent first."""
        return Counter((one.meant, one.taken) for one in self.confusions).most_common()

    def text(self) -> str:
        """The report for people."""
        shares = (self.accuracy, self.accepted_and_right, self.accepted_and_wrong)
        figures = "right {:.1%}, accepted and right {:.1%}, accepted and wrong {:.1%}".format(*shares)
        lines = [f"{self.sentences} sentences: {figures}"]
        lines += [
            f"{'!' if one.accepted else ' '} {one.meant} taken for {one.taken} ({one.confidence:.2f}): {one.text}"
            for one in sorted(self.confusions, key=lambda one: (one.meant, one.taken))
        ]
        return "\n".join(lines)


def evaluate(understander: Understander, path: Path = TEST_SET, *, without: frozenset[str] = frozenset()) -> Report:
    """Read every sentence of a table (text,intent). Sentences in `without`, such as the learnt ones, are left out."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["text"] not in without]
    context = ParseContext(datetime(2026, 3, 11, 10))  # noqa: DTZ001  # local time; any day: intents do not hang on it
    right, acted, confusions = 0, 0, list[Confusion]()
    for row in rows:
        found = understander.understand(row["text"], context)
        good = found.intent == row["intent"]
        right += good
        acted += good and found.accepted
        if not good:
            one = Confusion(row["text"], row["intent"], found.intent, found.confidence, found.accepted)
            confusions.append(one)
    ours = sum(row["intent"] != NOWHERE for row in rows)
    wrong = sum(one.accepted for one in confusions)
    count = max(1, len(rows))
    return Report(len(rows), right / count, acted / max(1, ours), wrong / count, tuple(confusions))
