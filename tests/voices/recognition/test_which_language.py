"""A first sentence in another language is told only when that is clearly so, and only among languages with a pack."""

from __future__ import annotations

from typing import Any

import pytest

from voices.recognition.engine import Stream
from voices.recognition.hypothesis import Expectation, Hypothesis
from voices.recognition.whisper import other_language
from voices.recognition.worker import Desk

AMONG = ("en", "ko", "kk")


@pytest.mark.parametrize(
    ("ranking", "speech_s", "told"),
    [
        ([("en", 0.98), ("zh", 0.01)], 2.6, "en"),
        ([("en", 0.91), ("cy", 0.02)], 2.6, ""),
        ([("en", 0.99)], 1.0, ""),
        ([("ja", 0.99), ("ko", 0.01)], 3.0, ""),
        ([("zh", 0.99), ("en", 0.01)], 3.0, ""),
        ([], 3.0, ""),
    ],
    ids=["sure", "hardly sure", "too short", "no pack", "the language asked for", "nothing known"],
)
def test_which_language_is_told(ranking: list[tuple[str, float]], speech_s: float, told: str) -> None:
    assert other_language(ranking, "zh", AMONG, speech_s) == told


class Engine:
    def __init__(self) -> None:
        self.asked: list[Expectation] = []

    def transcribe(self, pcm: bytes, language: str, expect: Expectation) -> Hypothesis:
        self.asked.append(expect)
        return Hypothesis("hello", 0.9, language="en" if "en" in expect.identify else "")

    def open(self, language: str, expect: Expectation) -> Stream:
        raise NotImplementedError


def test_the_wish_to_know_reaches_the_process_and_its_answer_comes_back() -> None:
    engine = Engine()
    request: dict[str, Any] = {"op": "whole", "language": "zh", "last": True, "identify": ["en", "ko"]}
    reply, _ = Desk(engine).work(request, b"")
    assert Hypothesis.from_dict(reply).language == "en"
    assert engine.asked[0].identify == ("en", "ko")
