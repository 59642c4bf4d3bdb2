"""One call session: what the caller does reaches the dialogue; the call always ends in a hand-over or a hang-up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flows.actions import Action, CallOffice, End, Flag, Listen, Say, Transfer
from flows.events import (
    CallerProfile,
    Event,
    Heard,
    Keyed,
    OfficeFailed,
    OfficeReplied,
    OfficeSlow,
    Silent,
    Started,
    Unclear,
)
from integrations.errors import OfficeError
from ivr.asterisk.media import Audio, Digit
from ivr.call.events import CallEvent, Kind
from ivr.call.listener import Listener
from ivr.call.session import CallSession, Ending, Parts
from ivr.call.speaker import Speaker
from ivr.settings import Listening, Speech
from nlu.understand import ParseContext, Understander, Understanding
from tests.ivr.call.fakes import LOUD, QUIET, FakeDetector, FakeLeg, FakeRecogniser, FakeVoice
from voices.recognition.hypothesis import Hypothesis

NOW = datetime(2026, 3, 11, 10, 0)  # noqa: DTZ001 - local time of the call, naive by agreement
Reply = Callable[[Event], tuple[Action, ...]]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.01)


class Script:
    """A dialogue that answers each event by a function."""

    def __init__(self, first: tuple[Action, ...], reply: Reply) -> None:
        self.first, self.reply = first, reply
        self.events: list[Event] = []

    def start(self, event: Started) -> tuple[Any, tuple[Action, ...]]:
        return 0, self.first

    def achieved(self, state: Any) -> bool:
        return False

    def step(self, state: Any, event: Event) -> tuple[Any, tuple[Action, ...]]:
        self.events.append(event)
        return state + 1, self.reply(event)


class Plain(Understander):
    def understand(self, text: str, context: ParseContext) -> Understanding:
        return Understanding(text, "inform", 0.9, True)


class Desk:
    def __init__(self, seconds: float = 0.0, error: Exception | None = None) -> None:
        self.seconds, self.error = seconds, error

    async def call(self, office: str, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return {"code": "12345678"}


class Call:
    """A session with everything around it."""

    def __init__(
        self,
        script: Script,
        *texts: str,
        desk: Desk | None = None,
        mute: bool = False,
        recogniser: FakeRecogniser | None = None,
        understander: Understander | None = None,
    ) -> None:
        self.leg = FakeLeg(mute=mute)
        self.record: list[CallEvent] = []
        self.endings: list[Ending] = []
        reads = understander or Plain()
        parts = Parts(
            script, reads, desk or Desk(), self.record.append, lambda: NOW, lambda *_: None, hold=("请稍等。",)
        )
        listener = Listener(FakeDetector(), recogniser or FakeRecogniser(*texts), Listening(), Speech(), "zh")
        speaker = Speaker(self.leg, FakeVoice())
        self.session = CallSession(
            "c-1", self.leg, parts, listener=listener, speaker=speaker, caller=CallerProfile("139")
        )

    async def hand_over(self, ending: Ending) -> None:
        self.endings.append(ending)

    async def run(self, *, until_s: float = 5.0) -> None:
        await asyncio.wait_for(self.session.run(self.hand_over), until_s)

    @property
    def kinds(self) -> list[Kind]:
        return [e.kind for e in self.record]


ASK = (Say(("您要办什么事？",), "ask"), Listen(silence_s=0.2))


def end(_: Event) -> tuple[Action, ...]:
    return (Say(("再见。",), "bye"), End("done"))


async def test_words_reach_the_dialogue_and_the_goodbye_is_heard_before_the_leg_ends() -> None:
    script = Script(ASK, end)
    call = Call(script, "我想挂号")
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await running
    assert isinstance(script.events[0], Heard)
    assert script.events[0].understanding.text == "我想挂号"
    assert call.endings == [Ending("goodbye", "done", outcome="done")]
    assert len(call.leg.played) == 640 * len("您要办什么事？再见。")
    assert call.leg.closed


async def test_speech_over_the_prompt_stops_it_and_counts_as_barge_in() -> None:
    script = Script((Say(("很长的一句话" * 20,), "long"), Listen()), end)
    call = Call(script, "是的", mute=True)
    running = asyncio.create_task(call.run(until_s=9))
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await running
    assert call.leg.flushes == 1
    first = script.events[0]
    assert isinstance(first, Heard)
    assert first.barged_in


async def test_a_sound_of_listening_over_the_prompt_lets_it_go_on() -> None:
    script = Script((Say(("第一段话" * 10, "第二段话" * 10), "long"), Listen(silence_s=0.2)), end)
    call = Call(script, "嗯。", "挂骨科", mute=True)
    running = asyncio.create_task(call.run(until_s=12))
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 10 + QUIET * 40))
    await until(lambda: len(call.leg.played) == 2 * 640 * 80)  # said again from the piece that was cut off
    assert call.leg.flushes == 1, "it fell silent at once"
    assert script.events == []
    ignored = [e.data for e in call.record if e.kind is Kind.UTTERANCE]
    assert ignored[0]["ignored"]
    call.leg.line.put_nowait(Audio(QUIET * 10 + LOUD * 25 + QUIET * 60))
    await running
    first = script.events[0]
    assert isinstance(first, Heard)
    assert first.understanding.text == "挂骨科"
    assert first.pieces_heard == 0


async def test_what_comes_after_a_wait_for_the_recogniser_is_not_silence() -> None:
    class Slow(FakeRecogniser):
        async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
            await asyncio.sleep(1.8)
            return await super().transcribe(pcm, language, timeout_s=timeout_s, hint=hint)

    script = Script(ASK, end)
    call = Call(script, recogniser=Slow("我想挂号"))
    running = asyncio.create_task(call.run(until_s=9))
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 10 + QUIET * 40))
    await running
    assert isinstance(script.events[0], Heard)
    said = [e.data["prompt"] for e in call.record if e.kind is Kind.PROMPT_STARTED]
    assert said == ["ask", "main.hold", "bye"], "it is said once"


async def test_what_was_repaired_by_sound_is_understood_and_both_are_on_record() -> None:
    listen = Listen(expect=("choice",), phrases={"choice": ("省中医院", "省人民医院")}, silence_s=0.3)
    script = Script((Say(("哪一家？",), "ask"), listen), end)
    call = Call(script, "生中一院")
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 10 + QUIET * 40))
    await running
    first = script.events[0]
    assert isinstance(first, Heard)
    assert first.understanding.text == "省中医院"
    utterance = next(e.data for e in call.record if e.kind is Kind.UTTERANCE)
    assert utterance["text"] == "生中一院"
    assert utterance["repaired"] == "省中医院"


async def test_a_key_over_the_prompt_stops_it() -> None:
    script = Script((Say(("很长的一句话" * 20,), "long"), Listen()), end)
    call = Call(script, mute=True)
    call.leg.line.put_nowait(Digit("1"))
    await call.run(until_s=9)
    assert script.events[0] == Keyed(NOW, "1")


async def test_a_number_is_collected_until_the_hash() -> None:
    script = Script((Listen(keys=8, expect=("code",)),), end)
    call = Call(script)
    for digit in "3519#":
        call.leg.line.put_nowait(Digit(digit))
    await call.run()
    assert script.events[0] == Keyed(NOW, "3519")


async def test_an_identity_number_never_reaches_the_record() -> None:
    script = Script((Listen(keys=4, expect=("identity_number",)),), end)
    call = Call(script)
    for digit in "6301":
        call.leg.line.put_nowait(Digit(digit))
    await call.run()
    assert script.events[0] == Keyed(NOW, "6301")
    assert [e.data["digits"] for e in call.record if e.kind is Kind.KEY] == ["****"]


async def test_silence_is_told_to_the_dialogue() -> None:
    script = Script(ASK, lambda _: (Transfer("human", "silent"),))
    call = Call(script)
    await call.run()
    assert script.events == [Silent(NOW)]
    assert call.endings == [Ending("human", "silent")]


async def test_noise_without_words_is_unclear_and_not_silence() -> None:
    script = Script(ASK, end)
    call = Call(script, "")
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await running
    assert script.events == [Unclear(NOW)]


async def test_the_caller_hanging_up_ends_the_session_without_a_hand_over() -> None:
    call = Call(Script(ASK, end))
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(None)
    await running
    assert call.endings == []
    assert call.kinds[-1] is Kind.MEDIA_CLOSED


async def test_a_dialogue_that_breaks_gives_the_caller_a_person() -> None:
    def broken(event: Event) -> tuple[Action, ...]:
        raise RuntimeError("a bug")

    call = Call(Script(ASK, broken))
    await call.run()
    assert call.endings == [Ending("human", "error")]
    assert Kind.ERROR in call.kinds


async def test_a_dialogue_that_never_ends_gives_the_caller_a_person() -> None:
    call = Call(Script((Listen(silence_s=0.001),), lambda _: (Listen(silence_s=0.001),)))
    await call.run()
    assert call.endings == [Ending("human", "too_many_turns")]


async def test_a_slow_office_is_covered_by_a_spoken_filler() -> None:
    def reply(event: Event) -> tuple[Action, ...]:
        return (Say(("我正在查。",), "filler"),) if isinstance(event, OfficeSlow) else (End(),)

    script = Script((CallOffice(1, "appointments", "book"),), reply)
    call = Call(script, desk=Desk(seconds=1.5))
    await call.run()
    assert [type(e) for e in script.events] == [OfficeSlow, OfficeReplied]
    assert "filler" in [e.data.get("prompt") for e in call.record]


async def test_the_offices_refusal_comes_with_its_code() -> None:
    script = Script((CallOffice(7, "appointments", "book"),), end)
    await Call(script, desk=Desk(error=OfficeError("already_booked", "one a day", code_of="1234"))).run()
    assert script.events == [OfficeFailed(NOW, 7, "already_booked", {"code_of": "1234"})]


async def test_an_office_that_breaks_is_not_available() -> None:
    script = Script((CallOffice(7, "appointments", "book"),), end)
    await Call(script, desk=Desk(error=ValueError("broken"))).run()
    assert script.events == [OfficeFailed(NOW, 7, "unavailable")]


async def test_every_step_of_the_dialogue_is_kept_so_that_the_call_can_be_played_again() -> None:
    call = Call(Script(ASK, end), "我想挂号")
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await running
    turns = [dict(e.data) for e in call.record if e.kind is Kind.TURN]
    assert [turn["event"]["what"] for turn in turns] == ["started", "heard"]
    assert [turn["said"] for turn in turns] == [["ask"], ["bye"]]
    assert [turn["then"] for turn in turns] == ["listen", "end"]
    assert turns[1]["event"]["text"] == "我想挂号"


async def test_a_private_sentence_is_spoken_but_not_put_on_record() -> None:
    call = Call(Script((Say(("六三，零一，",), "repair.group", private=True), Listen(silence_s=0.2)), end))
    await call.run()
    told = [e.data["text"] for e in call.record if e.kind is Kind.PROMPT_STARTED]
    assert told[0] == "（不记录）"
    assert len(call.leg.played) >= 640 * len("六三，零一，")


async def test_a_flag_goes_on_record_at_once() -> None:
    def flagged(_: Event) -> tuple[Action, ...]:
        return (Flag("scam", ("safe_account",), ("提到“安全账户”",), "安全账户"), End("done"))

    call = Call(Script(ASK, flagged))
    await call.run()
    flags = [e.data for e in call.record if e.kind is Kind.FLAGGED]
    assert [dict(one) for one in flags] == [
        {"sign": "scam", "reasons": ["safe_account"], "in_words": ["提到“安全账户”"], "words": "安全账户"}
    ]
