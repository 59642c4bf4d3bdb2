"""One interface for hearing while the caller speaks, whatever the recogniser can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import pytest

from voices.errors import VoiceError
from voices.recognition.hearing import UTTERANCE_MAX_BYTES, Audio, WholeHearing, hear, would_wait_s
from voices.recognition.hypothesis import ANYTHING, Alternative, Expectation, Hearing, Hypothesis, Word

SECOND = bytes(32_000)


class Whole:
    """Knows only whole utterances."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str, str]] = []

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        self.asked.append((len(pcm), language, hint))
        return Hypothesis("好", 0.9)


class Streaming(Whole):
    """Hears while the caller speaks."""

    def would_wait_s(self, language: str) -> float:
        return {"zh": 1.5}.get(language, 0.5)

    def listen(
        self, language: str, expect: Expectation = ANYTHING, on_partial: Callable[[Hypothesis], None] | None = None
    ) -> Hearing:
        self.asked.append((0, language, expect.hint))
        return WholeHearing(self, language, expect)


async def test_a_recogniser_of_whole_utterances_is_given_all_the_audio_and_the_hint_at_the_end() -> None:
    recogniser = Whole()
    hearing = hear(recogniser, "zh", Expectation(hint="对，不对"))
    hearing.feed(SECOND)
    hearing.feed(SECOND)
    assert hearing.partial is None
    assert recogniser.asked == []
    assert (await hearing.final(timeout_s=1)).text == "好"
    hearing.feed(SECOND)  # the turn was not over
    await hearing.final(timeout_s=1)
    assert recogniser.asked == [(64_000, "zh", "对，不对"), (96_000, "zh", "对，不对")]


async def test_a_closed_utterance_is_not_recognised() -> None:
    recogniser = Whole()
    hearing = hear(recogniser, "zh")
    hearing.close()
    with pytest.raises(VoiceError):
        await hearing.final(timeout_s=1)
    assert recogniser.asked == []


def test_a_streaming_recogniser_is_used_as_one() -> None:
    recogniser = Streaming()
    hear(recogniser, "ko")
    assert recogniser.asked == [(0, "ko", "")]
    assert would_wait_s(recogniser, "zh") == 1.5
    assert would_wait_s(Whole(), "zh") == 0.0
    assert would_wait_s(None, "zh") == 0.0


def test_a_hypothesis_survives_the_way_through_another_process() -> None:
    said = Hypothesis("挂号", 0.8, words=(Word("挂", 0.1, 0.3),), alternatives=(Alternative("瓜好", 0.1),))
    assert Hypothesis.from_dict(asdict(said)) == said


def test_audio_beyond_a_minute_is_not_kept() -> None:
    audio = Audio()
    for _ in range(100):
        audio.add(SECOND)
    assert len(audio) == UTTERANCE_MAX_BYTES
    assert audio.since(UTTERANCE_MAX_BYTES - 2) == bytes(2)
