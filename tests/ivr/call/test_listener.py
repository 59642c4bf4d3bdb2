"""The listener: when a turn begins, when it ends, and that no first syllable is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ivr.call.endpoint import Sense
from ivr.call.listener import CHUNK_BYTES, CHUNK_S, Listener
from ivr.call.utterance import SpeechBegan, Utterance
from ivr.settings import Listening, Speech
from tests.ivr.call.fakes import LOUD, QUIET, FakeDetector, FakeRecogniser
from voices.errors import VoiceError
from voices.recognition.hypothesis import Expectation, Hypothesis


def listener(recogniser: FakeRecogniser | None) -> Listener:
    made = Listener(FakeDetector(), recogniser, Listening(pause_s=0.7), Speech(), "zh")
    made.open()
    return made


def speak(to: Listener, *, speech: int, silence: int) -> None:
    to.feed(LOUD * speech)
    to.feed(QUIET * silence)


async def next_utterance(of: Listener) -> Utterance:
    async with asyncio.timeout(2):
        while True:
            item = await of.heard.get()
            if isinstance(item, Utterance):
                return item


async def test_speech_and_then_a_pause_is_one_utterance() -> None:
    ear = listener(FakeRecogniser("我想挂号"))
    speak(ear, speech=30, silence=25)
    assert isinstance(await ear.heard.get(), SpeechBegan)
    utterance = await next_utterance(ear)
    assert utterance.hypothesis is not None
    assert utterance.hypothesis.text == "我想挂号"
    await ear.close()


async def test_a_pause_shorter_than_the_patience_does_not_end_the_turn() -> None:
    recogniser = FakeRecogniser("我想", "我想挂骨科")
    ear = listener(recogniser)
    speak(ear, speech=20, silence=18)  # 0.58 s
    await asyncio.sleep(0.01)
    speak(ear, speech=20, silence=40)
    utterance = await next_utterance(ear)
    assert utterance.hypothesis is not None
    assert utterance.hypothesis.text == "我想挂骨科", "the early result from before the pause must be thrown away"
    assert len(recogniser.heard[-1]) > 50 * CHUNK_BYTES
    assert ear.heard.empty()
    await ear.close()


async def test_a_recogniser_with_time_to_spare_starts_in_a_shorter_gap() -> None:
    class Roomy(FakeRecogniser):
        to_spare = True

    for recogniser, starts in ((FakeRecogniser("对"), 0), (Roomy("对"), 1)):
        ear = listener(recogniser)
        speak(ear, speech=30, silence=2)  # 0.064 s
        await asyncio.sleep(0.01)
        assert len(recogniser.heard) == starts
        await ear.close()


async def test_what_was_said_before_the_detector_was_sure_is_kept() -> None:
    recogniser = FakeRecogniser("对")
    ear = listener(recogniser)
    ear.feed(QUIET * 3)
    speak(ear, speech=8, silence=25)
    await next_utterance(ear)
    assert LOUD * 8 in recogniser.heard[0]
    await ear.close()


async def test_a_click_is_not_speech() -> None:
    ear = listener(FakeRecogniser())
    for _ in range(10):
        ear.feed(LOUD * 2)
        ear.feed(QUIET * 10)
    assert ear.heard.empty()
    await ear.close()


async def test_a_shut_listener_hears_nothing() -> None:
    ear = listener(FakeRecogniser())
    ear.shut()
    speak(ear, speech=30, silence=40)
    assert ear.heard.empty()
    await ear.close()


async def test_a_recogniser_that_fails_still_gives_an_utterance_with_its_code() -> None:
    ear = listener(FakeRecogniser(VoiceError("timeout", "too slow")))
    speak(ear, speech=30, silence=25)
    assert await next_utterance(ear) == Utterance(None, 34 * CHUNK_S, "timeout", 0.704)
    await ear.close()


async def test_without_a_recogniser_the_dialogue_learns_that_words_cannot_be_heard() -> None:
    ear = listener(None)
    speak(ear, speech=30, silence=25)
    assert (await next_utterance(ear)).error == "no_recogniser"
    await ear.close()


async def test_somebody_who_never_pauses_is_taken_in_pieces() -> None:
    ear = listener(FakeRecogniser("很长", "很长"))
    ear.feed(LOUD * 640)  # 20.5 s
    assert (await next_utterance(ear)).duration_s <= 20.1
    await ear.close()


def judge(rule: Callable[[str], Sense]) -> Callable[[Hypothesis], Awaitable[Sense]]:
    async def sense(heard: Hypothesis) -> Sense:
        return rule(heard.text)

    return sense


async def in_time(to: Listener, *, speech: int, silence: int) -> None:
    """Speech as it comes over the line: recognition gets its turn between the chunks."""
    to.feed(LOUD * speech)
    for _ in range(silence):
        to.feed(QUIET)
        for _ in range(8):
            await asyncio.sleep(0)


async def test_a_complete_answer_ends_the_turn_early() -> None:
    ear = listener(FakeRecogniser("对"))
    ear.sense = judge(lambda text: Sense.COMPLETE if text == "对" else Sense.OPEN)
    await in_time(ear, speech=10, silence=13)  # 0.42 s
    assert (await next_utterance(ear)).silence_s < 0.4
    await ear.close()


async def test_an_unfinished_sentence_is_waited_for() -> None:
    ear = listener(FakeRecogniser("我想挂那个", "我想挂那个骨科"))
    ear.sense = judge(lambda text: Sense.UNFINISHED if text.endswith("那个") else Sense.COMPLETE)
    await in_time(ear, speech=10, silence=40)  # 1.28 s
    assert not ear.recognising
    await in_time(ear, speech=10, silence=15)
    utterance = await next_utterance(ear)
    assert utterance.hypothesis is not None
    assert utterance.hypothesis.text == "我想挂那个骨科"
    await ear.close()


async def test_a_question_may_ask_for_more_patience() -> None:
    ear = listener(FakeRecogniser("王", "王"))
    ear.wait(1.2)
    await in_time(ear, speech=10, silence=30)
    assert not ear.recognising
    await in_time(ear, speech=0, silence=10)
    assert (await next_utterance(ear)).silence_s >= 1.2
    await ear.close()


async def test_a_sound_that_is_drawn_out_holds_the_floor() -> None:
    ear = listener(FakeRecogniser("嗯"))
    await in_time(ear, speech=25, silence=30)  # one steady vowel of 0.8 s
    assert not ear.recognising
    await in_time(ear, speech=0, silence=30)
    assert (await next_utterance(ear)).silence_s >= 1.1
    await ear.close()


async def test_words_that_cannot_be_judged_end_by_patience_and_the_call_goes_on() -> None:
    ear = listener(FakeRecogniser("好"))

    async def broken(heard: Hypothesis) -> Sense:
        raise RuntimeError("a bug")

    ear.sense = broken
    await in_time(ear, speech=10, silence=30)
    assert (await next_utterance(ear)).hypothesis is not None
    await ear.close()


async def test_what_is_being_said_when_the_listener_opens_is_kept_from_its_first_syllable() -> None:
    recogniser = FakeRecogniser("我要退号")
    ear = listener(recogniser)
    ear.shut()
    speak(ear, speech=30, silence=0)
    assert ear.heard.empty()
    ear.open()
    speak(ear, speech=10, silence=25)
    assert isinstance(await ear.heard.get(), SpeechBegan)
    await next_utterance(ear)
    assert LOUD * 40 in recogniser.heard[-1]
    await ear.close()


async def test_what_was_over_before_the_listener_opened_is_not_taken() -> None:
    ear = listener(FakeRecogniser())
    ear.shut()
    speak(ear, speech=30, silence=30)
    ear.open()
    speak(ear, speech=0, silence=30)
    assert ear.heard.empty()
    await ear.close()


async def test_a_recogniser_that_is_full_is_asked_again() -> None:
    ear = listener(FakeRecogniser(VoiceError("busy", "full"), "对"))
    speak(ear, speech=30, silence=25)
    utterance = await next_utterance(ear)
    assert utterance.hypothesis is not None
    assert utterance.hypothesis.text == "对"
    await ear.close()


async def test_somebody_who_goes_on_after_the_end_of_the_turn_is_given_more_time() -> None:
    ear = listener(FakeRecogniser("我想挂", "骨科"))
    before = ear.patience.pause_s
    speak(ear, speech=20, silence=30)
    await next_utterance(ear)
    speak(ear, speech=20, silence=0)
    assert ear.patience.pause_s > before + 0.3
    await ear.close()


def question(name: str) -> Expectation:
    return Expectation(slots=(name,))


async def answered(ear: Listener, *, silence: int) -> None:
    """The caller says something, and the dialogue goes on with it after so many chunks."""
    await in_time(ear, speech=10, silence=silence)
    assert not (await next_utterance(ear)).goes_on
    ear.earlier = question("date")  # as the session does once it has put the next question
    ear.shut()
    ear.open()


async def test_who_goes_on_soon_after_our_answer_is_heard_as_one_utterance() -> None:
    recogniser = FakeRecogniser("后天", "后天上午")
    ear = listener(recogniser)
    await answered(ear, silence=25)
    ear.feed(QUIET * 8)
    await in_time(ear, speech=10, silence=60)
    assert await ear.heard.get() == SpeechBegan(goes_on=True)
    both = await next_utterance(ear)
    assert both.goes_on
    assert both.hypothesis is not None
    assert both.hypothesis.text == "后天上午"
    gap = recogniser.heard[-1].split(LOUD * 10)
    assert len(gap) == 3, "both parts are there"
    assert 30 * CHUNK_BYTES < len(gap[1]) < 36 * CHUNK_BYTES, "and the silence between them, once"
    await ear.close()


async def test_what_is_said_later_is_an_utterance_of_its_own() -> None:
    recogniser = FakeRecogniser("后天", "上午")
    ear = listener(recogniser)
    await answered(ear, silence=25)
    ear.feed(QUIET * 40)
    await in_time(ear, speech=10, silence=60)
    assert await ear.heard.get() == SpeechBegan(goes_on=False)
    assert not (await next_utterance(ear)).goes_on
    assert recogniser.heard[-1].count(LOUD * 10) == 1
    await ear.close()


async def test_who_pauses_longer_than_others_goes_on_for_as_long() -> None:
    ear = listener(FakeRecogniser("后天", "后天上午"))
    ear.patience.added_s = 0.85
    ear.sense = judge(lambda _: Sense.LIKELY)
    await answered(ear, silence=42)
    ear.feed(QUIET * 3)  # 1.44 s
    await in_time(ear, speech=10, silence=60)
    assert await ear.heard.get() == SpeechBegan(goes_on=True)
    await ear.close()


async def test_what_cannot_be_taken_back_is_not_heard_again() -> None:
    recogniser = FakeRecogniser("后天", "上午")
    ear = listener(recogniser)
    await answered(ear, silence=25)
    ear.earlier = None
    await in_time(ear, speech=10, silence=60)
    assert not (await next_utterance(ear)).goes_on
    assert recogniser.heard[-1].count(LOUD * 10) == 1
    await ear.close()


async def test_who_goes_on_before_the_words_are_known_has_not_ended_the_turn() -> None:
    class Slow(FakeRecogniser):
        async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
            await asyncio.sleep(0.05)
            return await super().transcribe(pcm, language, timeout_s=timeout_s, hint=hint)

    recogniser = Slow("后天上午")
    ear = listener(recogniser)
    speak(ear, speech=10, silence=30)
    assert ear.recognising
    speak(ear, speech=10, silence=60)
    whole = await next_utterance(ear)
    assert whole.hypothesis is not None
    assert whole.hypothesis.text == "后天上午"
    assert not whole.goes_on, "nobody has heard of the first part"
    assert len(recogniser.heard) == 1
    assert recogniser.heard[0].count(LOUD * 10) == 2
    await ear.close()


async def test_a_turn_that_ends_sooner_than_the_caller_pauses_says_how_long_that_would_be() -> None:
    for sense, early in ((Sense.LIKELY, True), (Sense.COMPLETE, False), (Sense.OPEN, False)):
        ear = listener(FakeRecogniser("后天"))
        ear.sense = judge(lambda _, sense=sense: sense)  # type: ignore[misc]  # the loop's value, at once
        await in_time(ear, speech=10, silence=60)
        assert ((await next_utterance(ear)).usual_s == ear.patience.usual_s) is early
        await ear.close()
