"""The training data as it is read, and the table of sentences that are kept from it."""

from __future__ import annotations

import csv
from pathlib import Path

from nlu.evaluate import TEST_SET
from nlu.text import normalise
from nlu.training import examples, fingerprint, plain


def test_marks_are_taken_off() -> None:
    assert plain('我想[明天](date)挂[骨科]{"entity": "department"}') == "我想明天挂骨科"


def test_both_forms_of_rasa_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "zh"
    folder.mkdir()
    (folder / "a.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: one\n  examples: |\n    - 挂[骨科](department)\n    - 挂号\n'
        "- intent: two\n  examples:\n  - text: 再见\n- synonym: x\n  examples: |\n    - y\n",
        encoding="utf-8",
    )
    found = examples("zh", tmp_path)
    assert [(one.text, one.intent) for one in found] == [("挂骨科", "one"), ("挂号", "one"), ("再见", "two")]
    assert fingerprint(found) != fingerprint(found[:2])


def test_the_test_set_has_every_intent() -> None:
    with TEST_SET.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["intent"] for row in rows} == {one.intent for one in examples()}
    assert len({row["text"] for row in rows}) == len(rows) >= 200


def test_normalising_keeps_every_place() -> None:
    text = "預約掛號，１２號ＡＢ㎏ﬁ"
    assert normalise(text) == "预约挂号,12号ab㎏ﬁ"
    assert len(normalise(text)) == len(text)
