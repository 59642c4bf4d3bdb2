"""Sounds: what is confused in Qinghai is near, what is not is far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.pinyin import closest, find_in, parts, similarity, syllable_distance


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nan", "lan"),
        ("zhi", "zi"),
        ("chu", "cu"),
        ("shi", "si"),
        ("lin", "ling"),
        ("men", "meng"),
        ("lan", "lang"),
        ("fu", "hu"),
        ("fang", "huang"),
        ("fei", "hui"),
        ("fen", "hun"),
    ],
)
def test_confused_syllables_are_near(one: str, other: str) -> None:
    assert 0 < syllable_distance(one, other) <= 0.3
    assert syllable_distance(one, other) == syllable_distance(other, one)


def test_other_syllables_are_far() -> None:
    assert syllable_distance("gu", "gu") == 0
    assert syllable_distance("gu", "nei") == 1
    assert syllable_distance("ma", "ba") >= 0.6


@pytest.mark.parametrize(
    ("text", "phrases", "best"),
    [
        ("我想挂个谷科吧", ["内科", "骨科", "口腔科"], "骨科"),
        ("红石字", ["省医院", "红十字"], "红十字"),
        ("找黄主人", ["王主任", "黄主任", "方大夫"], "黄主任"),
        ("方主任", ["黄主任", "李主任"], "黄主任"),
    ],
)
def test_the_phrase_that_sounds_best_is_found(text: str, phrases: list[str], best: str) -> None:
    found = find_in(text, phrases)
    assert found is not None
    assert found.phrase == best
    assert found.score >= 0.9


def test_the_place_is_that_of_the_words() -> None:
    found = find_in("喂，我要挂，谷科。", ["骨科"])
    assert found is not None
    assert (found.start, found.end, found.score) == (6, 8, 1.0)
    assert find_in("今天天气好", ["骨科"]) is None
    assert find_in("", ["骨科"]) is None


def test_closest_ranks_every_phrase() -> None:
    ranked = closest("衙科", ["牙科", "骨科", "心内科"])
    assert ranked[0] == ("牙科", 1.0)
    assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)
    assert len(ranked) == 3


def test_punctuation_has_no_sound() -> None:
    assert similarity("骨，科。", "骨科") == 1.0
    assert similarity("", "骨科") == 0.0


@given(st.text(max_size=60))
def test_any_text_has_parts_in_place(text: str) -> None:
    places, sounds = parts(text)
    assert len(places) == len(sounds)
    assert all(0 <= place < len(text) for place in places)
