"""嗯 says “I am listening” over a prompt, and “yes” to a question that can be answered so."""

from __future__ import annotations

import asyncio

import pytest

from flows.actions import Listen, Say
from flows.answers import yes_or_no
from flows.events import Heard
from ivr.asterisk.media import Audio
from ivr.call.endpoint import Sense
from ivr.call.events import Kind
from ivr.call.utterance import Utterance
from ivr.call.words import Words
from nlu.embedded import EmbeddedUnderstander
from tests.ivr.call.fakes import LOUD, QUIET
from tests.ivr.call.scripted import NOW, Call, Script, end, until
from voices.recognition.hypothesis import Hypothesis

QUESTION = Listen(expect=("affirm",), silence_s=3.0)


async def test_over_the_question_it_lets_the_question_go_on(trained: EmbeddedUnderstander) -> None:
    script = Script((Say(("后天上午，骨科。" * 30, "对吗？" * 30), "confirm"), QUESTION), end)
    call = Call(script, "嗯。", "不对。", understander=trained, mute=True)
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.PROMPT_STARTED in call.kinds)
    call.leg.line.put_nowait(Audio(LOUD * 10 + QUIET * 60))
    await until(lambda: any(e.data.get("ignored") for e in call.record))
    assert script.events == []
    ends = [e.data for e in call.record if e.kind is Kind.PROMPT_ENDED]
    assert ends == [], "the question goes on"
    call.leg.line.put_nowait(Audio(QUIET * 60 + LOUD * 25 + QUIET * 80))
    await asyncio.wait_for(running, 20)
    assert isinstance(script.events[0], Heard)
    assert yes_or_no(script.events[0].understanding) == (False, True)


async def test_after_the_question_it_is_a_yes(trained: EmbeddedUnderstander) -> None:
    script = Script((Say(("对吗？",), "confirm"), QUESTION), end)
    call = Call(script, "嗯。", understander=trained)
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.LISTENING in call.kinds)
    call.leg.line.put_nowait(Audio(LOUD * 10 + QUIET * 60))
    await asyncio.wait_for(running, 20)
    assert isinstance(script.events[0], Heard)
    assert yes_or_no(script.events[0].understanding) == (True, False)


async def test_after_the_question_it_is_an_answer_to_which_more_may_be_added(trained: EmbeddedUnderstander) -> None:
    words = Words(trained, "zh", lambda: NOW, lambda *_, **__: None)
    words.listen = QUESTION
    assert await words.sense(Hypothesis("嗯。", 0.8, duration_s=0.8)) is Sense.LIKELY


@pytest.mark.parametrize(
    ("expect", "pieces_left", "listens"), [("affirm", 2, True), ("affirm", 1, False), ("department", 1, True)]
)
async def test_into_the_last_words_of_a_question_it_answers_what_can_be_answered_so(
    trained: EmbeddedUnderstander, expect: str, pieces_left: int, listens: bool
) -> None:
    words = Words(trained, "zh", lambda: NOW, lambda *_, **__: None)
    words.listen = Listen(expect=(expect,))
    said = Utterance(Hypothesis("嗯。", 0.8, duration_s=0.8), 0.8)
    assert await words.is_listening(said, pieces_left) is listens


@pytest.mark.parametrize(
    ("text", "confidence", "listens"),
    [
        ("内科。", 0.35, True),  # what a recogniser makes of a 嗯 when it has been told to expect departments
        ("内科。", 0.7, False),
        ("心血管内科。", 0.35, False),  # no sound of listening is as long
        ("不对。", 0.35, False),
        ("救命！", 0.3, False),
        ("人工。", 0.35, False),
    ],
)
async def test_a_short_word_over_a_prompt_that_is_not_surely_one_lets_the_prompt_go_on(
    trained: EmbeddedUnderstander, text: str, confidence: float, listens: bool
) -> None:
    words = Words(trained, "zh", lambda: NOW, lambda *_, **__: None)
    words.listen = Listen(expect=("affirm",) if text == "不对。" else ("department", "choice"))
    said = Utterance(Hypothesis(text, confidence, duration_s=0.9), 0.9)
    assert await words.is_listening(said, 2) is listens
