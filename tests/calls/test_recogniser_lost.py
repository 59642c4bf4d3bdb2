"""The recogniser is killed while a caller speaks: they are understood, or reach a person, and never wait in silence."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psutil
import pytest

from ivr.rehearsal.actor import Actor
from tests.calls.conftest import Hotline
from tests.calls.test_by_voice import asked, bookings, calling

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.timeout(400)]
WISH = "我想挂后天上午的骨科，给我自己"
SILENCE_MAX_S = 10
"""The longest that a caller hears nothing after their words: the time that recognition may take, and a little."""


def recognisers(hotline: Hotline) -> list[psutil.Process]:
    found = []
    for process in psutil.Process(hotline.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if "voices.recognition.worker" in process.cmdline():
                found.append(process)
    return found


def kill(hotline: Hotline) -> set[int]:
    """All of them, with -9. Their process ids."""
    killed = recognisers(hotline)
    for process in killed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    return {process.pid for process in killed}


async def say_and_be_answered(caller: Actor, text: str) -> None:
    """Speak in turn; something must be heard soon afterwards."""
    await caller.say(text)
    await caller.phone.wait("sound", after=len(caller.phone.events), timeout_s=SILENCE_MAX_S)


READ_BACK = ("appointment.confirm", "appointment.confirm_other")
SAID_MAX = 5
"""Sentences of one caller, before a person takes over: the wish, to keys, with what was missed of it, and a yes."""
HEARD_MAX = 10
"""Times that the hotline falls silent meanwhile."""


async def until_booked(caller: Actor, hotline: Hotline, number: str) -> None:
    """Answer what is asked, as a caller would: yes to the read-back, nothing to “one moment”, to all else the wish.

    Where all of this machine is busy, a recogniser may take longer to come back than words are waited for. Something
    must be heard soon after each sentence."""
    said = 0
    for _ in range(HEARD_MAX):
        await caller.listen()
        if bookings(hotline, number) or said == SAID_MAX:
            return
        prompt = asked(hotline, number)
        if prompt != "main.hold":
            await caller.say_now("对" if prompt in READ_BACK else WISH)
            said += 1
            await caller.phone.wait("sound", after=len(caller.phone.events), timeout_s=SILENCE_MAX_S)


async def test_killed_while_the_caller_speaks_it_comes_back_and_they_are_understood(talking: Hotline) -> None:
    number = "13900002800"
    async with calling(talking, number, sentences=[WISH, "对"]) as caller:
        await caller.listen()
        spoken = len(caller.phone.events)
        await caller.phone.start_playing(await caller.voice.wav(WISH))
        killed = kill(talking)
        assert killed, "there was a recogniser"
        await caller.phone.wait("said", after=spoken, timeout_s=20)
        spoken = len(caller.phone.events)
        await caller.phone.wait("sound", after=spoken, timeout_s=SILENCE_MAX_S)
        await until_booked(caller, talking, number)
        await caller.hang_up()
    (row,) = bookings(talking, number)
    assert (row.department, row.session.part_of_day) == ("骨科", "am")
    alive = {process.pid for process in recognisers(talking)}
    assert alive
    assert not alive & killed


@contextlib.asynccontextmanager
async def dying(hotline: Hotline) -> AsyncIterator[set[int]]:
    """Every recogniser that starts is killed at once. Gives all that were, as it goes."""
    killed: set[int] = set()

    async def reap() -> None:
        while True:
            killed.update(kill(hotline))
            await asyncio.sleep(0.1)

    task = asyncio.create_task(reap())
    try:
        yield killed
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_one_that_dies_again_and_again_leads_to_keys_and_then_to_a_person(talking: Hotline) -> None:
    number = "13900002801"
    async with talking.seat(answer_after_s=0.2) as seat, calling(talking, number, sentences=[WISH]) as caller:
        async with dying(talking) as killed:
            for _ in range(3):
                await say_and_be_answered(caller, WISH)
            await seat.state("CONFIRMED", timeout_s=20)
            assert len(killed) > 2, "they were started again, and killed again"
        await talking.with_person(number)
        await caller.hang_up()
    assert talking.outcome(number) == "person"
    assert talking.why(number) == "misunderstood"
    offered = [data["prompt"] for kind, data in talking.story(number) if kind == "prompt_started"]
    assert "main.menu" in offered, "keys, before the third time"

    number = "13900002802"
    async with calling(talking, number, sentences=[WISH]) as caller:  # and the line hears again
        await say_and_be_answered(caller, WISH)
        await until_booked(caller, talking, number)
        await caller.hang_up()
    assert len(bookings(talking, number)) == 1
