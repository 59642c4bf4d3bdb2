"""The speaker: pieces in order, marks, and silence at once when told."""

from __future__ import annotations

import asyncio

from ivr.call.speaker import Speaker
from tests.ivr.call.fakes import FakeLeg, FakeVoice
from tests.ivr.call.scripted import until


async def test_a_prompt_is_over_when_asterisk_says_that_it_was_played() -> None:
    leg = FakeLeg(mute=True)
    speaker = Speaker(leg, FakeVoice())
    saying = asyncio.create_task(speaker.say(("您好，", "请讲。")))
    await asyncio.sleep(0.05)
    assert not saying.done()
    speaker.marked("m1")
    spoken = await asyncio.wait_for(saying, 1)
    assert not spoken.interrupted
    assert len(leg.played) == 640 * 6


async def test_stopping_drops_what_is_queued_and_says_how_much_was_heard() -> None:
    leg = FakeLeg(mute=True)
    speaker = Speaker(leg, FakeVoice())
    saying = asyncio.create_task(speaker.say(("很长的一句话" * 10,)))
    await asyncio.sleep(0.05)
    await speaker.stop()
    spoken = await asyncio.wait_for(saying, 1)
    assert spoken.interrupted
    assert leg.flushes == 1
    assert spoken.heard_s < 0.5


async def test_a_prompt_whose_mark_never_comes_ends_all_the_same() -> None:
    speaker = Speaker(FakeLeg(mute=True), FakeVoice())
    spoken = await asyncio.wait_for(speaker.say(("好。",)), 5)
    assert not spoken.interrupted


async def test_stopping_silence_does_nothing() -> None:
    leg = FakeLeg()
    await Speaker(leg, FakeVoice()).stop()
    assert leg.flushes == 0


async def test_a_prompt_that_waits_goes_on_from_the_piece_that_was_cut_off() -> None:
    leg, now = FakeLeg(mute=True), 10.0
    speaker = Speaker(leg, SlowVoice(), clock=lambda: now)
    saying = asyncio.create_task(speaker.say(("一" * 10, "二" * 10, "三" * 10)))  # 0.2 s each
    await until(lambda: len(leg.played) == 3 * len(SlowVoice.sound("一" * 10)))
    now = 10.25
    await speaker.wait()
    before = len(leg.played)
    assert leg.flushes == 1
    await asyncio.sleep(0.3)
    assert not saying.done(), "it waits"
    assert len(leg.played) == before, "and is silent"
    assert speaker.pieces_left == 2
    speaker.go_on()
    await until(lambda: leg.played[before:] == SlowVoice.sound("二" * 10) + SlowVoice.sound("三" * 10))
    await speaker.stop()
    spoken = await asyncio.wait_for(saying, 1)
    assert spoken.interrupted
    assert spoken.pieces_heard == 1


async def test_a_prompt_that_waits_can_be_stopped_for_good() -> None:
    leg = FakeLeg(mute=True)
    speaker = Speaker(leg, FakeVoice())
    saying = asyncio.create_task(speaker.say(("很长的一句话" * 10,)))
    await asyncio.sleep(0.05)
    await speaker.wait()
    await speaker.stop()
    spoken = await asyncio.wait_for(saying, 1)
    assert spoken.interrupted
    assert spoken.pieces_heard == 0
    assert leg.flushes == 1, "it was silent already"


async def test_what_comes_next_waits_as_well() -> None:
    leg = FakeLeg()
    speaker = Speaker(leg, FakeVoice())
    await speaker.wait()  # between two prompts
    saying = asyncio.create_task(speaker.say(("好。",)))
    await asyncio.sleep(0.05)
    assert not leg.played
    speaker.go_on()
    await asyncio.sleep(0.05)
    speaker.marked("m1")
    assert not (await asyncio.wait_for(saying, 1)).interrupted
    assert leg.played


async def test_it_tells_what_the_caller_has_been_hearing() -> None:
    now = 10.0
    speaker = Speaker(FakeLeg(mute=True), SlowVoice(), clock=lambda: now)
    assert speaker.played() is None
    saying = asyncio.create_task(speaker.say(("一" * 25,)))  # 0.5 s
    await asyncio.sleep(0.02)
    now = 10.25
    heard = speaker.played()
    assert heard is not None
    assert len(heard) == 16_000
    assert not heard[: 16_000 * 3 // 4].any(), "silence before"
    assert heard[16_000 * 3 // 4 :].all(), "then the prompt, up to now"
    now = 11.0
    assert speaker.played() is not None, "an echo may still be under way"
    now = 11.2
    assert speaker.played() is None
    saying.cancel()


class SlowVoice(FakeVoice):
    """Each text has a sound of its own."""

    @staticmethod
    def sound(text: str) -> bytes:
        return (ord(text[0]) % 1000 + 1).to_bytes(2, "little") * (320 * len(text))

    async def pcm(self, text: str, *, language: str = "", rate: str = "normal", loudness: str = "normal") -> bytes:
        return self.sound(text)


class FullLeg(FakeLeg):
    """Its queue takes one piece; the next one waits for room until a flush makes it pointless."""

    def __init__(self) -> None:
        super().__init__(mute=True)
        self.marks: list[str] = []
        self._flushed = asyncio.Event()

    async def play(self, pcm: bytes) -> None:
        if self.played:
            await self._flushed.wait()
            return
        await super().play(pcm)

    async def mark(self, name: str) -> None:
        self.marks.append(name)

    async def flush(self) -> None:
        await super().flush()
        self._flushed.set()


async def test_a_prompt_that_waits_for_room_can_be_stopped() -> None:
    leg = FullLeg()
    speaker = Speaker(leg, SlowVoice())
    saying = asyncio.create_task(speaker.say(("一" * 10, "二" * 10, "三" * 10)))
    await asyncio.sleep(0.05)
    await speaker.stop()
    spoken = await asyncio.wait_for(saying, 1)
    assert spoken.interrupted
    assert leg.played == SlowVoice.sound("一" * 10)
    assert leg.marks == []


async def test_something_is_said_while_a_prompt_waits_which_then_goes_on() -> None:
    leg, now = FakeLeg(mute=True), 10.0
    speaker = Speaker(leg, SlowVoice(), clock=lambda: now)
    saying = asyncio.create_task(speaker.say(("一" * 10, "二" * 10)))  # 0.2 s each
    await until(lambda: len(leg.played) == 2 * len(SlowVoice.sound("一" * 10)))
    now = 10.25
    await speaker.wait()
    before = len(leg.played)
    aside = asyncio.create_task(speaker.aside(("稍" * 5,)))
    await until(lambda: leg.played[before:] == SlowVoice.sound("稍" * 5))
    assert speaker.played() is not None, "its echo is known as well"
    speaker.go_on()
    await asyncio.sleep(0.02)
    assert leg.played[before:] == SlowVoice.sound("稍" * 5), "the prompt waits for its end"
    speaker.marked("m2")
    assert not (await asyncio.wait_for(aside, 1)).interrupted
    await until(lambda: leg.played[before:] == SlowVoice.sound("稍" * 5) + SlowVoice.sound("二" * 10))
    await until(lambda: "m3" in speaker._marks)
    speaker.marked("m3")
    spoken = await asyncio.wait_for(saying, 1)
    assert (spoken.interrupted, spoken.pieces_heard) == (False, 2)


async def test_what_is_said_meanwhile_can_be_stopped_as_well() -> None:
    leg = FakeLeg(mute=True)
    speaker = Speaker(leg, SlowVoice())
    saying = asyncio.create_task(speaker.say(("一" * 50,)))
    await asyncio.sleep(0.02)
    await speaker.wait()
    aside = asyncio.create_task(speaker.aside(("稍" * 50,)))
    await asyncio.sleep(0.02)
    await speaker.stop()
    assert leg.flushes == 2
    assert (await asyncio.wait_for(aside, 1)).interrupted
    assert (await asyncio.wait_for(saying, 1)).interrupted
