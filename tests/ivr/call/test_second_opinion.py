"""Two opinions on what a caller said: the second one is asked only about doubtful words, and can do no harm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from flows.actions import End, Listen
from flows.events import Heard
from flows.phrasebook import Phrasebook
from ivr.asterisk.media import Audio
from ivr.call.endpoint import Sense
from ivr.call.events import Kind
from ivr.call.listener import Listener
from ivr.call.second import SECOND_S, second_opinion
from ivr.call.utterance import Utterance
from ivr.call.words import Words
from ivr.settings import Listening, Speech
from nlu.embedded import EmbeddedUnderstander
from tests.ivr.call.fakes import LOUD, QUIET, FakeDetector, FakeRecogniser
from tests.ivr.call.scripted import Call, Script
from voices.errors import VoiceError
from voices.languages.pack import load_packs
from voices.recognition.hypothesis import Alternative, Expectation, Hypothesis

NOW = datetime(2026, 3, 11, 10)  # noqa: DTZ001 - local time of the call, naive by agreement
PCM = bytes(32_000)
YES = Hypothesis("对", 0.8, recogniser="examples", work_s=0.05)
NO = replace(YES, text="不对")


class Ear:
    """Has a second opinion: `says`, after `after_s`."""

    def __init__(self, says: Hypothesis | Exception | None, after_s: float = 0.0) -> None:
        self.says, self.after_s = says, after_s
        self.there = True
        self.asked: list[tuple[bytes, str, Expectation]] = []

    def has_second(self, language: str, expect: Expectation, first: str) -> bool:
        return self.there and first != "examples"

    async def second(
        self, pcm: bytes, language: str, expect: Expectation, first: str, *, timeout_s: float
    ) -> Hypothesis | None:
        self.asked.append((pcm, language, expect))
        await asyncio.sleep(self.after_s)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


Records = list[tuple[Kind, dict[str, Any]]]


def words_for(trained: EmbeddedUnderstander, listen: Listen, language: str = "zh") -> tuple[Words, Records]:
    records: Records = []

    def record(kind: Kind, **data: Any) -> None:
        records.append((kind, data))

    words = Words(Phrasebook(trained, load_packs()), language, lambda: NOW, record)
    words.listen = listen
    return words, records


def heard(text: str, confidence: float = 0.8) -> Hypothesis:
    return Hypothesis(text, confidence, duration_s=1.0, work_s=0.2, recogniser="whisper-base")


CONFIRM = Listen(("affirm",))
DAY = Listen(("date",))


async def ask(words: Words, ear: object, first: Hypothesis, pcm: bytes = PCM) -> Hypothesis:
    return await second_opinion(ear, words, first, pcm, words.language, words.expectation)


@pytest.mark.parametrize(
    ("listen", "language", "first"),
    [
        (CONFIRM, "zh", heard("")),
        (CONFIRM, "zh", heard("西红柿")),  # it answers nothing
        (CONFIRM, "zh", heard("不是", 0.3)),  # it may be what the recogniser expected
        (CONFIRM, "ko", heard("데")),
        (CONFIRM, "en", heard("Dewey")),
        (Listen(("choice",), {"choice": ("张医生", "李医生")}), "zh", heard("西红柿")),
    ],
)
async def test_a_taught_phrase_stands_in_for_words_that_are_doubtful_or_answer_nothing(
    trained: EmbeddedUnderstander, listen: Listen, language: str, first: Hypothesis
) -> None:
    words, _ = words_for(trained, listen, language)
    ear = Ear(YES)
    both = await ask(words, ear, first)
    assert (both.text, both.confidence, both.recogniser) == ("对", 0.8, "examples")
    assert both.beside == ((Alternative(first.text, first.confidence),) if first.text else ())
    assert both.duration_s == first.duration_s
    assert ear.asked == [(PCM, language, words.expectation)]


@pytest.mark.parametrize(
    ("listen", "language", "text"),
    [
        (CONFIRM, "zh", "不是"),
        (CONFIRM, "ko", "아니요"),
        (CONFIRM, "en", "no"),
        (DAY, "zh", "明天上午"),
        (DAY, "zh", "我要找人工"),  # no day, and a request all the same
        (Listen(("choice",), {"choice": ("张医生", "李医生")}), "zh", "李医生"),
        (Listen(), "zh", "我想挂号"),
    ],
)
async def test_a_sure_answer_goes_on_without_a_second_opinion(
    trained: EmbeddedUnderstander, listen: Listen, language: str, text: str
) -> None:
    words, _ = words_for(trained, listen, language)
    ear = Ear(YES, after_s=10)
    first = heard(text)
    assert await ask(words, ear, first) is first
    assert not ear.asked


@pytest.mark.parametrize(
    ("listen", "first"),
    [
        (Listen(("identity_number",), keys=18), heard("六三零幺零二", 0.2)),  # a number is no phrase
        (Listen(("identity_number",)), heard("我不知道", 0.2)),  # private
        (Listen(), heard("幺三九零九七幺零零零幺", 0.2)),  # a phone number that nobody asked for
        (CONFIRM, heard("救命啊", 0.3)),
        (CONFIRM, heard("我胸口疼得厉害", 0.3)),
        (DAY, heard("找人工", 0.3)),
        (DAY, replace(heard("hello"), language="en")),  # it is surely another language
        (CONFIRM, replace(heard("", 0.3), recogniser="examples")),
    ],
)
async def test_danger_private_numbers_and_other_languages_are_left_to_the_first(
    trained: EmbeddedUnderstander, listen: Listen, first: Hypothesis
) -> None:
    words, _ = words_for(trained, listen)
    ear = Ear(YES)
    assert await ask(words, ear, first) is first
    assert not ear.asked


async def test_a_cough_or_the_sound_of_listening_over_a_prompt_becomes_no_phrase(trained: EmbeddedUnderstander) -> None:
    words, _ = words_for(trained, CONFIRM)
    words.over_prompt = True
    for text in ("", "嗯", "哦哦"):
        assert not await words.doubts(heard(text, 0.3))
    words.over_prompt = False
    assert await words.doubts(heard(""))


@pytest.mark.parametrize(
    ("language", "text", "listen", "second"),
    [
        ("zh", "是的。", CONFIRM, "对"),
        ("ko", "네", CONFIRM, "对"),
        ("zh", "明天吧", DAY, "明天"),
        ("zh", "大声点", DAY, "大声一点"),
    ],
)
async def test_two_that_agree_are_surer_than_either(
    trained: EmbeddedUnderstander, language: str, text: str, listen: Listen, second: str
) -> None:
    words, _ = words_for(trained, listen, language)
    first = heard(text, 0.4)
    if text == "大声点":  # acted on however unsure, so nobody is asked
        assert not await words.doubts(first)
        assert await words.agree(first, replace(YES, text=second))
        return
    both = await ask(words, Ear(replace(YES, text=second)), first)
    assert (both.text, both.recogniser) == (text, "whisper-base")
    assert both.confidence == pytest.approx(1 - 0.6 * 0.2)
    assert both.beside == (Alternative(second, 0.8),)


async def test_a_doubtful_yes_becomes_the_no_that_was_taught_and_ends_no_turn_early(
    trained: EmbeddedUnderstander,
) -> None:
    words, _ = words_for(trained, CONFIRM)
    both = await ask(words, Ear(NO), heard("对", 0.5))
    assert both.text == "不对"
    assert await words.sense(both) is not Sense.COMPLETE, "what would be right often follows a no"


@pytest.mark.parametrize("says", [None, VoiceError("crashed", "gone"), RuntimeError("nobody foresaw this")])
async def test_a_second_opinion_that_fails_or_is_unsure_leaves_the_first(
    trained: EmbeddedUnderstander, says: Exception | None
) -> None:
    words, _ = words_for(trained, CONFIRM)
    first = heard("西红柿")
    assert await ask(words, Ear(says), first) is first


async def test_one_that_is_late_is_not_waited_for(trained: EmbeddedUnderstander) -> None:
    words, _ = words_for(trained, CONFIRM)
    first = heard("西红柿")
    async with asyncio.timeout(SECOND_S + 5):
        assert await ask(words, Ear(YES, after_s=60), first) is first


async def test_nobody_is_asked_where_nobody_is_free_nor_about_whole_sentences(trained: EmbeddedUnderstander) -> None:
    words, _ = words_for(trained, CONFIRM)
    ear = Ear(YES)
    first = heard("西红柿")
    assert await ask(words, ear, first, bytes(5 * 32_000)) is first
    ear.there = False
    assert await ask(words, ear, first) is first
    assert await ask(words, FakeRecogniser(), first) is first
    assert not ear.asked


async def test_both_opinions_are_on_record(trained: EmbeddedUnderstander) -> None:
    words, records = words_for(trained, CONFIRM, "ko")
    both = await ask(words, Ear(YES), heard("데", 0.62))
    meaning = await words.understood(Utterance(both, 1.0))
    assert meaning is not None
    assert meaning.slots["affirm"].value is True
    kind, data = records[0]
    assert kind is Kind.UTTERANCE
    assert (data["text"], data["recogniser"], data["recogniser_s"]) == ("对", "examples", 0.25)
    assert data["beside"] == [{"text": "데", "confidence": 0.62}]


async def test_digits_in_whose_place_a_phrase_stands_are_not_written_down(trained: EmbeddedUnderstander) -> None:
    words, records = words_for(trained, CONFIRM)
    await words.understood(Utterance(replace(YES, beside=(Alternative("六三零幺", 0.4),)), 1.0))
    assert records[0][1]["beside"] == [{"text": "（不记录）", "confidence": 0.4}]


class TwoEars(Ear, FakeRecogniser):
    """A recogniser of texts, and a second opinion."""

    def __init__(self, says: Hypothesis | None, *texts: str | VoiceError) -> None:
        Ear.__init__(self, says)
        FakeRecogniser.__init__(self, *texts)


async def next_utterance(of: Listener) -> Utterance:
    async with asyncio.timeout(5):
        while True:
            item = await of.heard.get()
            if isinstance(item, Utterance):
                return item


@pytest.fixture
def listener(trained: EmbeddedUnderstander) -> Callable[[TwoEars], Listener]:
    def make(ears: TwoEars) -> Listener:
        words, _ = words_for(trained, CONFIRM)
        made = Listener(FakeDetector(), ears, Listening(pause_s=0.7), Speech(), "zh")
        made.judge, made.expect = words, words.expectation
        made.open()
        return made

    return make


async def test_the_second_opinion_hears_the_audio_of_the_turn(listener: Callable[[TwoEars], Listener]) -> None:
    ears = TwoEars(YES, "西红柿")
    ear = listener(ears)
    ear.feed(LOUD * 30 + QUIET * 25)
    said = await next_utterance(ear)
    await ear.close()
    assert said.hypothesis is not None
    assert (said.hypothesis.text, said.hypothesis.beside) == ("对", (Alternative("西红柿", 0.9),))
    assert LOUD * 30 in ears.asked[0][0]
    assert len(ears.asked) == 1


async def test_an_utterance_that_nobody_could_hear_stays_one(listener: Callable[[TwoEars], Listener]) -> None:
    ears = TwoEars(YES, VoiceError("timeout", "too slow"))
    ear = listener(ears)
    ear.feed(LOUD * 30 + QUIET * 25)
    assert (await next_utterance(ear)).error == "timeout"
    await ear.close()
    assert not ears.asked, "the chain has asked the examples already"


async def test_in_a_call_the_dialogue_gets_the_taught_phrase_and_the_record_both(trained: EmbeddedUnderstander) -> None:
    script = Script((Listen(("affirm",), silence_s=5),), lambda _: (End("done"),))
    call = Call(script, recogniser=TwoEars(YES, "西红柿"), understander=trained)
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 60))
    await running
    event = script.events[0]
    assert isinstance(event, Heard)
    assert event.understanding.slots["affirm"].value is True
    said = next(one.data for one in call.record if one.kind is Kind.UTTERANCE)
    assert (said["text"], said["beside"]) == ("对", [{"text": "西红柿", "confidence": 0.9}])
