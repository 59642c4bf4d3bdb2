"""A second opinion on an utterance: phrases taught by example, beside the recogniser that heard it first.

It is asked for only when the first one's words are doubtful or answer nothing, mostly within the silence that ends the
turn. Where it is wrong, late or away, the first one's words stand as if nobody had asked."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Protocol

from voices.recognition.hearing import SecondEar
from voices.recognition.hypothesis import Alternative, Expectation, Hypothesis

log = logging.getLogger(__name__)

SECOND_S = 0.35
"""For all of it. Comparing an utterance with examples takes 0.03 to 0.1 s; a turn ends after 0.35 s of silence at the
earliest, and recognition begins after 0.13 s."""
LONGEST_BYTES = 4 * 32_000
"""What is longer, 16 kHz s16le, is a sentence and no phrase."""


class Judge(Protocol):
    """Who knows the question. See `Words`."""

    async def doubts(self, first: Hypothesis) -> bool:
        """Whether these words are worth a second opinion."""
        ...

    async def agree(self, first: Hypothesis, second: Hypothesis) -> bool:
        """Whether both mean the same to the question."""
        ...


async def second_opinion(
    ear: object, judge: Judge, first: Hypothesis, pcm: bytes, language: str, expect: Expectation
) -> Hypothesis:
    """What was said, after both were heard: the first one's words, surer when both agree, or the phrase that was
    taught, with the first one's words in `beside`. Takes SECOND_S at most; nothing but cancelling is raised."""
    if not isinstance(ear, SecondEar) or not 0 < len(pcm) <= LONGEST_BYTES:
        return first
    if not ear.has_second(language, expect, first.recogniser):
        return first
    try:
        async with asyncio.timeout(SECOND_S):
            if not await judge.doubts(first):
                return first
            second = await ear.second(pcm, language, expect, first.recogniser, timeout_s=SECOND_S)
            return first if second is None else weighed(first, second, same=await judge.agree(first, second))
    except TimeoutError:
        return first
    except Exception:  # the first opinion is there, and the call goes on with it
        log.exception("a second opinion could not be had")
        return first


def weighed(first: Hypothesis, second: Hypothesis, *, same: bool) -> Hypothesis:
    """Both in one. Two that hear independently and agree are wrong together more rarely than either."""
    work_s = first.work_s + second.work_s
    if same:
        confidence = 1.0 - (1.0 - first.confidence) * (1.0 - second.confidence)
        beside = (Alternative(second.text, second.confidence),)
        return replace(first, confidence=confidence, work_s=work_s, beside=beside)
    heard = (Alternative(first.text, first.confidence),) if first.text.strip() else ()
    return replace(second, duration_s=first.duration_s, sound_s=first.sound_s, work_s=work_s, beside=heard)
