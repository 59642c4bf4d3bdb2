"""Callers speak and are served: real SIP, G.711 A-law, real recognition, a voice that is not the hotline's."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from integrations.database.models import Booking
from ivr.rehearsal.actor import Actor, CallerVoice
from ivr.rehearsal.timeline import segments, stop_delays
from ivr.settings import load
from tests.calls.conftest import Hotline, rendered
from tests.waits import at_most

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.timeout(400)]
SERVICE = "12349"


@contextlib.asynccontextmanager
async def calling(
    hotline: Hotline, number: str, record: Path | None = None, sentences: Sequence[str] = ()
) -> AsyncIterator[Actor]:
    """A caller who has dialled and speaks with a man's voice.

    `sentences` are those that must be said at a certain moment: they are rendered before the call."""
    async with CallerVoice(load()) as voice, hotline.caller(number, record) as phone:
        for sentence in sentences:
            await rendered(voice, sentence)
        actor = Actor(phone, voice)
        await actor.dial(SERVICE)
        yield actor


def bookings(hotline: Hotline, number: str) -> list[Booking]:
    """What stands for that number."""
    database = hotline.database
    try:
        with database.session() as session:
            query = select(Booking).where(Booking.phone == number, Booking.cancelled_at.is_(None))
            return list(session.scalars(query))
    finally:
        database.close()


def asked(hotline: Hotline, number: str) -> str:
    """The prompt that the caller heard last."""
    story = reversed(hotline.story_so_far(number))
    return str(next(data["prompt"] for kind, data in story if kind == "prompt_started"))


async def _answered(hotline: Hotline, number: str) -> bool:
    """Whether what was heard last is an answer, and was said to its end."""
    until = time.monotonic() + at_most(1)
    while time.monotonic() < until:
        prompts = [(kind, data["prompt"]) for kind, data in hotline.story_so_far(number) if kind.startswith("prompt_")]
        if prompts and prompts[-1][0] == "prompt_ended":
            return str(prompts[-1][1]) != "main.hold"
        await asyncio.sleep(0.1)
    return False


async def turn(caller: Actor, hotline: Hotline, number: str) -> None:
    """Until it is the caller's turn. “One moment”, which is said where recognition takes long, is no answer yet."""
    await caller.listen()
    while not await _answered(hotline, number):
        await caller.listen()


async def answer(caller: Actor, hotline: Hotline, number: str, text: str) -> None:
    """Speak, once what was said before has been answered."""
    await caller.voice.wav(text)
    await turn(caller, hotline, number)
    await caller.say_now(text)


async def test_an_appointment_is_booked_by_voice_and_cancelled_by_voice(talking: Hotline) -> None:
    number = "13900001001"
    async with calling(talking, number) as caller:
        await caller.say("我想挂后天上午的骨科")
        for sentence in ("给我自己挂", "对", "没有了"):
            await answer(caller, talking, number, sentence)
        await caller.ended()
    (row,) = bookings(talking, number)
    assert row.department == "骨科"
    assert row.session.part_of_day == "am"
    assert talking.outcome(number) == "done"

    async with calling(talking, number) as caller:
        await caller.say("我要退号")
        await answer(caller, talking, number, "对")
        await turn(caller, talking, number)
        await caller.hang_up()
    assert bookings(talking, number) == []


async def test_one_thing_at_a_time_and_a_correction(talking: Hotline) -> None:
    number = "13900001002"
    async with calling(talking, number) as caller:
        await caller.say("我要挂号")
        for sentence in ("挂骨科", "不是骨科，是内科", "明天", "上午", "我自己看病", "对"):
            await answer(caller, talking, number, sentence)
        await turn(caller, talking, number)
        await caller.hang_up()
    (row,) = bookings(talking, number)
    assert row.department == "内科"


async def test_speech_over_the_prompt_stops_it_and_is_understood(talking: Hotline, tmp_path: Path) -> None:
    number = "13900001004"
    async with calling(talking, number, tmp_path, ["我要挂骨科的号"]) as caller:
        await caller.interrupt("我要挂骨科的号", 1.0)
        await turn(caller, talking, number)
        await caller.hang_up()
    said = segments(tmp_path / "said.wav")
    assert len(stop_delays(tmp_path / "heard.wav", said)) == 1
    assert any("appointment.ask_date" in str(data) for _, data in talking.story(number))


async def test_asking_for_a_person_gives_one(talking: Hotline) -> None:
    number = "13900001007"
    async with talking.seat(answer_after_s=0.2) as seat, calling(talking, number) as caller:
        await caller.say("我要找人工")
        await seat.state("CONFIRMED", timeout_s=20)
        await talking.with_person(number)
        await caller.hang_up()
    assert talking.outcome(number) == "person"
