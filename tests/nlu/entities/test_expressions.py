"""The table of spoken expressions: as written, and as a recogniser that confuses homophones writes them."""

from __future__ import annotations

import random

import pytest

from nlu.expressions import TUNING, expressions, measure, with_homophones
from nlu.pinyin import syllables

DATES_AND_NUMBERS = (
    *("date", "date_to", "time", "time_to", "part_of_day", "number", "money"),
    *("phone_number", "identity_number", "code", "digits"),
)


def test_the_table_has_enough_of_each_and_half_of_it_is_kept_apart() -> None:
    rows = expressions()
    assert len(rows) >= 450
    assert 0.45 <= sum(row.part == TUNING for row in rows) / len(rows) <= 0.55
    assert len({(row.text, row.slot) for row in rows}) == len(rows)


def test_values_are_read_as_written() -> None:
    found = measure(expressions(part=TUNING))
    print(found.misses)
    assert found.share(*DATES_AND_NUMBERS) >= 0.97
    assert found.share() >= 0.95


def test_values_are_read_with_a_fifth_of_the_characters_wrong() -> None:
    found = measure(expressions(part=TUNING), homophones=0.2, seed=1)
    print(found.misses)
    assert found.share(*DATES_AND_NUMBERS) >= 0.88  # the mean of several seeds is in docs/BENCHMARKS.md
    assert found.share() >= 0.80


def test_homophones_sound_the_same_and_are_the_same_each_time() -> None:
    text = "三月十二号下午三点"
    found = with_homophones(text, 0.5, random.Random(1))
    assert found != text
    assert syllables(found) == syllables(text)
    assert found == with_homophones(text, 0.5, random.Random(1))
    assert with_homophones(text, 0.0, random.Random(1)) == text


@pytest.mark.parametrize("text", ["1234", "hello", "", "༡༢", "😀"])
def test_what_is_not_chinese_has_no_homophones(text: str) -> None:
    assert with_homophones(text, 1.0, random.Random(1)) == text
