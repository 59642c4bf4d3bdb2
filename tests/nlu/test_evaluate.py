"""The figures of an evaluation, on readings that are given."""

from __future__ import annotations

import pytest

from nlu.evaluate import figures_of, in_scope
from nlu.training import Example
from nlu.understand import Understanding


def read(intent: str, confidence: float, *ranking: tuple[str, float]) -> Understanding:
    accepted = confidence >= 0.4 and intent != "out_of_scope"
    return Understanding("", intent, confidence, accepted, ranking=((intent, confidence), *ranking))


ROWS = [
    Example("挂号", "book"),
    Example("退号", "cancel"),
    Example("不要了", "cancel"),
    Example("打车", "taxi"),
    Example("今天真冷", "out_of_scope"),
    Example("吃了没", "out_of_scope"),
]
READ = [
    read("book", 0.9),
    read("book", 0.8),
    read("cancel", 0.3),
    read("out_of_scope", 0.6, ("taxi", 0.35)),
    read("out_of_scope", 0.9, ("book", 0.05)),
    read("taxi", 0.32, ("out_of_scope", 0.3)),
]


def test_figures_are_those_counted_by_hand() -> None:
    found = figures_of(ROWS, READ)
    assert found.sentences == 6
    assert found.accuracy == pytest.approx(3 / 6)
    assert found.accepted_and_right == pytest.approx(1 / 4)
    assert found.accepted_and_wrong == pytest.approx(1 / 6)
    # book 2·1/(2+1), cancel 2·1/(1+2), taxi 0, out_of_scope 2·1/(2+2)
    assert found.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 0 + 1 / 2) / 4)
    # ours: .9 .8 .3 .35; not ours: .05 .32; of eight pairs only (.3, .32) stands the wrong way
    assert found.auroc == pytest.approx(7 / 8)


def test_confused_pairs_have_their_sentences() -> None:
    found = figures_of([*ROWS, ROWS[1]], [*READ, read("book", 0.95)])
    pairs = found.pairs()
    assert next(iter(pairs)) == ("cancel", "book")
    assert [(one.text, one.confidence) for one in pairs["cancel", "book"]] == [("退号", 0.95), ("退号", 0.8)]
    assert set(pairs) == {("cancel", "book"), ("taxi", "out_of_scope"), ("out_of_scope", "taxi")}
    lines = found.confused().splitlines()
    assert lines[:2] == ["cancel taken for book: 2", "  ! 0.95  退号"]
    assert "    0.32  吃了没" in lines
    assert found.text().splitlines()[1:] == lines


def test_without_sentences_from_out_of_scope_there_is_no_auroc() -> None:
    found = figures_of(ROWS[:4], READ[:4])
    assert found.auroc is None
    assert "AUROC" not in found.summary()


def test_no_sentence_gives_figures_all_the_same() -> None:
    found = figures_of([], [])
    assert (found.sentences, found.accuracy, found.macro_f1, found.confused()) == (0, 0.0, 0.0, "")


def test_in_scope_is_the_best_of_ours() -> None:
    assert in_scope(read("taxi", 0.7, ("out_of_scope", 0.3))) == 0.7
    assert in_scope(read("out_of_scope", 0.7, ("taxi", 0.2), ("book", 0.1))) == 0.2
    assert in_scope(read("out_of_scope", 0.0)) == 0.0
