"""Emergencies: caught in natural and dialect words, with the number to call; what is past, asked or booked is none."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from flows import mishaps
from flows.actions import Flag, Say
from flows.emergencies import number_for
from nlu.evaluate import TEST_SET
from nlu.understand import Understanding
from tests.flows.emergency_sentences import HAPPENING, NONE
from tests.flows.talk_helpers import AFTER_TOMORROW, Talk, understood

Understand = Callable[[str], Understanding]
NUMBERED = tuple(TEST_SET.with_name(name) for name in ("emergencies.csv", "emergencies_again.csv"))
"""Sentences that are not learnt, with the number to call; none where there is no danger."""


@pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)
def test_dangers_are_caught_in_words_that_were_not_learnt(path: Path, understand: Understand) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["number"] or None, number_for(understand(row["text"]))) for row in csv.DictReader(file)]
    dangers = [(meant, found) for meant, found in rows if meant is not None]
    alarms = [found for meant, found in rows if meant is None and found is not None]
    assert sum(found is not None for _, found in dangers) >= 0.95 * len(dangers)
    assert sum(meant == found for meant, found in dangers) >= 0.92 * len(dangers)
    assert len(alarms) <= 0.1 * (len(rows) - len(dangers))


def test_of_the_sentences_of_somebody_else_all_dangers_are_caught_and_two_others_taken_for_one(
    understand: Understand,
) -> None:
    with TEST_SET.with_name("emergencies_blind.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["number"], number_for(understand(row["text"]))) for row in csv.DictReader(file)]
    assert all(found == meant for meant, found in rows if meant)
    assert sum(found is not None for meant, found in rows if not meant) <= 2


@pytest.mark.parametrize("line", HAPPENING.split("\n")[1:-1])
def test_what_is_happening_now_has_a_number_to_call(line: str, understand: Understand) -> None:
    words, number = line.split()
    assert number_for(understand(words)) == number


@pytest.mark.parametrize("words", NONE.split("\n")[1:-1])
def test_what_is_past_asked_or_to_be_booked_is_no_emergency(words: str, understand: Understand) -> None:
    assert number_for(understand(words)) is None


@pytest.mark.parametrize(
    ("words", "fallen"),
    [
        ("我肚子里翻江倒海", None),
        ("面包掉水里了", False),
        ("开面包车掉沟里了", True),
        ("药费掉下来了没有", None),
        ("我拿着伞，一不小心掉水里了", None),
        ("我打着伞掉沟里了", True),
        ("她把钱掉水里了", False),
        ("他们家狗掉水里了", False),
    ],
)
def test_it_is_the_subject_that_tells_whether_somebody_fell(words: str, fallen: bool | None) -> None:
    assert mishaps.fallen(words) is fallen


def test_the_caller_hears_one_sentence_and_is_asked_nothing() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科").hear("老汉没气了")
    says = [action for action in talk.actions if isinstance(action, Say)]
    assert [say.prompt for say in says] == ["emergency.call_120"]
    assert not says[0].barge_in
    assert "？" not in talk.said
    assert talk.transferred.band == "emergency"


def test_the_words_are_on_the_agent_s_screen_and_on_record() -> None:
    talk = Talk().hear("挂骨科", "book_appointment", department="骨科").hear("老汉没气了")
    assert talk.transferred.summary["words"] == "老汉没气了"
    assert talk.transferred.summary["slots"] == {"department": "骨科"}
    assert Flag("emergency", ("120",), ("急事，120",), "老汉没气了") in talk.actions


def test_an_emergency_is_heard_in_the_closing_question_too() -> None:
    talk = Talk().hear(
        "挂骨科", "book_appointment", department="骨科", date=AFTER_TOMORROW, part_of_day="am", patient="self"
    )
    assert talk.hear("对").prompts[-1] == "main.more"
    talk.hear("着火了")
    assert talk.transferred.reason == "emergency"


def test_a_doubtful_guess_of_the_understanding_is_not_enough_without_symptoms() -> None:
    low = understood("那个那个", "emergency", confidence=0.42)
    assert number_for(low) is None
    assert number_for(understood("头晕那个", "emergency", confidence=0.42)) == "120"
