"""Who says that they are in danger: a seat rings at once, and meanwhile they hear what to do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rapidfuzz import fuzz

from integrations.database.hours import HoursTable
from ivr.settings import load
from tests.calls.conftest import Hotline
from tests.calls.test_by_voice import calling
from tests.waits import at_most
from voices.audio import RATE_HZ, read_wav, resample, to_pcm
from voices.prompts.catalogue import Catalogue
from voices.recognition.whisper import Whisper

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.timeout(300)]
NUMBER, OTHER_NUMBER = "13900002850", "13900002851"
FELL = "我摔倒了，起不来了"
BYTES_PER_S = 16_000
"""Of what the caller records: 8 kHz, 16 bit."""
RINGS_S = 9.0
"""So long the seat rings: longer than the first two sentences."""


async def test_a_seat_rings_before_the_caller_has_been_told_what_to_do(talking: Hotline, tmp_path: Path) -> None:
    async with (
        talking.seat(answer_after_s=RINGS_S) as seat,
        calling(talking, NUMBER, tmp_path, sentences=[FELL]) as caller,
    ):
        await caller.say(FELL)
        ringing = await seat.wait("ringing", timeout_s=15)
        rang_s = (tmp_path / "heard.wav").stat().st_size / BYTES_PER_S
        assert ringing["headers"]["x-yinling-band"] == "emergency"
        await seat.state("CONFIRMED", timeout_s=RINGS_S + 5)
        async with talking.manager() as manager:
            (leg,) = [one["Channel"] for one in await manager.channels() if one["CallerIDNum"] == NUMBER]
            left = await manager.action("Getvar", Channel=leg, Variable="CHANNEL(musicclass)")
        assert left.get("Value", "") == "", "on hold they would hear it again"
        await caller.hang_up()
    heard = written_down(tmp_path / "heard.wav", rang_s)
    wanted = Catalogue.load("zh").template("emergency.call_120").fixed or ()
    assert fuzz.partial_ratio("".join(wanted[:2]), heard) > 60, heard
    assert [data["by"] for kind, data in talking.story(NUMBER) if data.get("prompt") == "emergency.call_120"] == [
        "asterisk"
    ], "the agent sees what the caller hears"
    assert talking.why(NUMBER) == "emergency"


async def test_where_nobody_is_there_the_number_to_dial_is_said_first(talking: Hotline, tmp_path: Path) -> None:
    async with closed(talking), calling(talking, OTHER_NUMBER, tmp_path, sentences=[FELL]) as caller:
        await caller.say(FELL)
        said_s = (tmp_path / "heard.wav").stat().st_size / BYTES_PER_S
        await caller.listen()
        await caller.hang_up()
    heard = written_down(tmp_path / "heard.wav", said_s)
    first = heard.partition("请按")[0]  # the menu comes a moment later, and may be heard before they have hung up
    assert fuzz.partial_ratio("请您挂了电话，马上打一二零", first) > 60, heard


@contextlib.asynccontextmanager
async def closed(hotline: Hotline) -> AsyncIterator[None]:
    """A day without office hours, once Asterisk knows it; and then as always again."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    database = hotline.database
    try:
        HoursTable(database).set_day(today, "closed", "检修")
        await _known(hotline, f"{today:%Y%m%d}", there=True)
        yield
    finally:
        HoursTable(database).clear_day(today)
        database.close()
        await _known(hotline, f"{today:%Y%m%d}", there=False)


async def _known(hotline: Hotline, day: str, *, there: bool) -> None:
    async with asyncio.timeout(at_most(20)), hotline.manager() as manager:
        while (day in await manager.stored("holiday")) is not there:
            await asyncio.sleep(0.5)


def written_down(recording: Path, after_s: float) -> str:
    """What the caller heard from then on."""
    samples, rate_hz = read_wav(recording)
    rest = resample(samples[round(after_s * rate_hz) :], rate_hz, RATE_HZ)
    return Whisper(load().models_dir / "whisper-base").transcribe(to_pcm(rest), "zh").text
