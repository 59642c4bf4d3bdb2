"""The speaker: pieces in order, marks, and silence at once when told."""

from __future__ import annotations

import asyncio

from ivr.call.speaker import Speaker
from tests.ivr.call.fakes import FakeLeg, FakeVoice


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
