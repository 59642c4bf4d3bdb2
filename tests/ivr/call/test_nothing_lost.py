"""What comes at the wrong moment is not lost: words among the digits of a number, a key among words, a broken line."""

from __future__ import annotations

import asyncio

import pytest

from flows.actions import Action, Listen, Say
from flows.events import Heard, Keyed
from ivr.asterisk.media import Audio, Digit
from ivr.call import keys as keys_module
from ivr.call.events import CallEvent, Kind
from ivr.call.parts import Ending
from ivr.call.teacher import TeachingCall
from nlu.understand import ParseContext, Understander, Understanding
from tests.ivr.call.fakes import LOUD, QUIET, FakeLeg, FakeRecogniser, FakeVoice
from tests.ivr.call.scripted import ASK, NOW, Call, Script, end, until
from tests.ivr.call.test_teaching import Book
from voices.recognition.hypothesis import Hypothesis

CRY = "救命啊我摔倒了"


class Slow(FakeRecogniser):
    """Says its text so many seconds after the end of speech."""

    def __init__(self, seconds: float, *texts: str) -> None:
        super().__init__(*texts)
        self.seconds = seconds

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        await asyncio.sleep(self.seconds)
        return await super().transcribe(pcm, language, timeout_s=timeout_s, hint=hint)


class InDanger(Understander):
    def understand(self, text: str, context: ParseContext) -> Understanding:
        return Understanding(text, "emergency" if text == CRY else "inform", 0.9, True)


def what(script: Script) -> list[str]:
    return [
        f"Keyed:{one.digits}" if isinstance(one, Keyed) else f"Heard:{one.understanding.text}"
        for one in script.events
        if isinstance(one, Heard | Keyed)
    ]


@pytest.mark.parametrize("recogniser_s", [0.0, 0.3])
@pytest.mark.parametrize("keys", [1, 6])
async def test_a_cry_for_help_counts_whichever_digits_are_keyed_meanwhile(
    keys: int, recogniser_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_module, "KEY_PAUSE_S", 1.0)
    asks: list[tuple[Action, ...]] = [(Say(("给谁挂？",), "next"), Listen(silence_s=3.0)), end(Keyed(NOW, ""))]
    script = Script((Say(("号码？",), "ask"), Listen(keys=keys, silence_s=6.0)), lambda _: asks.pop(0))
    call = Call(script, recogniser=Slow(recogniser_s, CRY), understander=InDanger())
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.LISTENING in call.kinds)
    call.leg.line.put_nowait(Audio(LOUD * 20))
    await until(lambda: Kind.SPEECH_STARTED in call.kinds)
    if recogniser_s:
        call.leg.line.put_nowait(Audio(QUIET * 40))
        await asyncio.sleep(0.05)
        call.leg.line.put_nowait(Digit("1"))
    else:  # the words are known while the digits are being awaited
        call.leg.line.put_nowait(Digit("1"))
        await asyncio.sleep(0.1 if keys > 1 else 0.0)
        call.leg.line.put_nowait(Audio(QUIET * 40))
    await running
    assert what(script) == ["Keyed:1", f"Heard:{CRY}"]
    assert [e.data["text"] for e in call.record if e.kind is Kind.UTTERANCE] == [CRY]


async def test_words_that_are_known_in_the_moment_of_the_key_count_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "KEY_PAUSE_S", 0.3)
    asks: list[tuple[Action, ...]] = [(Say(("给谁挂？",), "next"), Listen(silence_s=3.0)), end(Keyed(NOW, ""))]
    script = Script((Say(("号码？",), "ask"), Listen(keys=6, silence_s=6.0)), lambda _: asks.pop(0))
    call = Call(script, CRY, understander=InDanger())
    put = call.session._listener._put

    def with_a_key(item: object) -> None:
        put(item)  # type: ignore[arg-type]  # whatever the listener tells
        if call.kinds[-1] is Kind.SPEECH_STARTED:
            call.session._keys.press("1")

    call.session._listener._put = with_a_key  # type: ignore[method-assign]  # both in one round of the loop
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.LISTENING in call.kinds)
    for chunk in [LOUD] * 20 + [QUIET] * 100:
        call.leg.line.put_nowait(Audio(chunk))
        await asyncio.sleep(0.001)
    await running
    assert what(script) == ["Keyed:1", f"Heard:{CRY}"]


async def test_a_key_that_is_pressed_while_words_are_read_is_there_for_the_next_question() -> None:
    reads = asyncio.Event()

    class Reading(InDanger):
        async def understand_async(self, text: str, context: ParseContext) -> Understanding:
            reads.set()
            await asyncio.sleep(0.2)
            return self.understand(text, context)

    asks: list[tuple[Action, ...]] = [(Say(("给谁挂？",), "next"), Listen(silence_s=5.0)), end(Keyed(NOW, ""))]
    script = Script(ASK, lambda _: asks.pop(0))
    call = Call(script, "挂号", understander=Reading())
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.LISTENING in call.kinds)
    call.leg.line.put_nowait(Audio(LOUD * 20 + QUIET * 60))
    await until(lambda: reads.is_set() and not call.session._listener.busy)
    await asyncio.sleep(0.02)
    call.leg.line.put_nowait(Digit("2"))
    await running
    assert what(script) == ["Heard:挂号", "Keyed:2"]


@pytest.mark.parametrize(("said", "goes_on"), [("挂骨科", False), ("嗯。", True)])
async def test_who_spoke_over_the_prompt_is_asked_to_wait_as_well(said: str, goes_on: bool) -> None:
    script = Script((Say(("一段话" * 60, "二段话" * 60), "long"), Listen(silence_s=0.2)), end)
    call = Call(script, recogniser=Slow(2.0, said), mute=True)
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.PROMPT_STARTED in call.kinds)
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 10 + QUIET * 40))

    def holds() -> list[str]:
        return [e.data["prompt"] for e in call.record if e.kind is Kind.PROMPT_STARTED]

    await until(lambda: "main.hold" in holds())
    await asyncio.sleep(0.05)
    sent = len(call.leg.played)
    call.session._speaker.marked("m2")
    if goes_on:
        await until(lambda: any(e.data.get("ignored") for e in call.record))
        await until(lambda: len(call.leg.played) >= sent + 2 * 640 * 180)
        assert script.events == [], "from the piece that was cut off"
        call.leg.line.put_nowait(Digit("1"))
    await asyncio.wait_for(running, 20)
    assert what(script) == ["Keyed:1"] if goes_on else [f"Heard:{said}"]
    assert holds() == ["long", "main.hold", "bye"], "it is said once"


class Deaf:
    """A detector that every sound breaks."""

    def probability(self, chunk: bytes) -> float:
        raise ZeroDivisionError("a bug in the detector")


def of_errors(record: list[CallEvent]) -> list[tuple[str, str]]:
    return [(e.data["code"], e.data["message"]) for e in record if e.kind is Kind.ERROR]


async def test_a_line_whose_sound_breaks_something_gives_the_caller_a_person(
    caplog: pytest.LogCaptureFixture,
) -> None:
    call = Call(Script(ASK, end))
    call.session._listener._detector = Deaf()
    call.leg.line.put_nowait(Audio(LOUD))
    await call.run()
    assert call.endings == [Ending("human", "error")]
    assert of_errors(call.record) == [("internal", "a bug in the detector")]
    assert call.record[-1].data["reason"] == "error"
    assert "ZeroDivisionError" in caplog.text


async def test_so_it_does_in_a_call_that_teaches(caplog: pytest.LogCaptureFixture) -> None:
    record: list[CallEvent] = []
    endings: list[Ending] = []
    leg = FakeLeg(mute=True)
    call = TeachingCall(
        "t-1", leg, record.append, voice=FakeVoice(), detector=Deaf(), workbook=Book(), name_of=lambda _: "藏语"
    )

    async def hand_over(ending: Ending) -> None:
        endings.append(ending)

    async def achieved() -> None:
        raise AssertionError

    leg.line.put_nowait(Audio(LOUD))
    await asyncio.wait_for(call.run(hand_over, achieved), 10)
    assert endings == [Ending("human", "error")]
    assert of_errors(record) == [("internal", "a bug in the detector")]
    assert record[-1].data["reason"] == "error"
    assert "ZeroDivisionError" in caplog.text


async def test_a_speaker_who_hangs_up_is_handed_to_nobody() -> None:
    record: list[CallEvent] = []
    leg = FakeLeg(mute=True)
    call = TeachingCall(
        "t-1", leg, record.append, voice=FakeVoice(), detector=Deaf(), workbook=Book(), name_of=lambda _: "藏语"
    )

    async def never(_: Ending | None = None) -> None:
        raise AssertionError

    leg.line.put_nowait(None)
    await asyncio.wait_for(call.run(never, never), 10)
    assert (of_errors(record), record[-1].data["reason"]) == ([], "leg_ended")
