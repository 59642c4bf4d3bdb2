"""The dialogue program dies or hangs in the middle of a call: the caller reaches a person all the same."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from ivr.call.events import Kind, Outcome
from ivr.rehearsal.caller import Phone
from tests.calls.conftest import Hotline
from tests.waits import at_most

pytestmark = pytest.mark.calls
SERVICE = "12349"


class Program:
    """The program of tests/calls/program.py as a process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[str] = []

    async def until(self, word: str) -> None:
        assert self.process.stdout is not None
        async with asyncio.timeout(at_most(10)):
            while word not in self.said:
                line = await self.process.stdout.readline()
                assert line, "the program ended"
                self.said.append(line.decode().strip())

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@contextlib.asynccontextmanager
async def program(hotline: Hotline) -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.calls.program",
        env={**os.environ, **hotline.environment},
        stdout=asyncio.subprocess.PIPE,
    )
    running = Program(process)
    try:
        await running.until("ready")
        await asyncio.sleep(0.5)  # two heartbeats: the guardian knows it
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def connected(caller: Phone, bot: Program) -> None:
    await caller.call(SERVICE)
    await caller.state("CONFIRMED", timeout_s=3)
    await bot.until("hearing")


def why(hotline: Hotline, number: str) -> tuple[Outcome | None, str]:
    call = hotline.last_call(number)
    wanted = [e.data["why"] for e in call.events if e.kind is Kind.HUMAN_WANTED]
    return call.outcome, wanted[0]


async def finish(hotline: Hotline, number: str, seat: Phone, caller: Phone) -> None:
    await seat.state("CONFIRMED", timeout_s=8)
    await hotline.with_person(number)
    await caller.hangup()
    await caller.state("DISCONNECTED")
    await seat.state("DISCONNECTED")


async def test_the_program_hears_the_caller_and_key_0_takes_the_call_from_it(hotline: Hotline) -> None:
    async with program(hotline) as bot, hotline.seat(0, 0.1) as seat, hotline.caller("13900001001") as caller:
        await connected(caller, bot)
        await caller.press("0")
        await bot.until("closed")
        await finish(hotline, "13900001001", seat, caller)
    assert why(hotline, "13900001001") == (Outcome.PERSON, "key0")


async def test_a_program_that_is_killed_loses_no_caller(hotline: Hotline) -> None:
    async with program(hotline) as bot, hotline.seat(0, 0.1) as seat, hotline.caller("13900001002") as caller:
        await connected(caller, bot)
        bot.send(signal.SIGKILL)
        await finish(hotline, "13900001002", seat, caller)
    assert why(hotline, "13900001002") == (Outcome.PERSON, "leg_ended")


async def test_key_0_works_while_the_program_hangs(hotline: Hotline) -> None:
    async with program(hotline) as bot, hotline.seat(0, 0.1) as seat, hotline.caller("13900001003") as caller:
        await connected(caller, bot)
        bot.send(signal.SIGSTOP)
        await caller.press("0")
        await finish(hotline, "13900001003", seat, caller)
    assert why(hotline, "13900001003") == (Outcome.PERSON, "key0")


async def test_the_guardian_takes_callers_from_a_program_that_hangs(hotline: Hotline) -> None:
    async with program(hotline) as bot, hotline.seat(0, 0.1) as seat, hotline.caller("13900001004") as caller:
        await connected(caller, bot)
        bot.send(signal.SIGSTOP)
        await finish(hotline, "13900001004", seat, caller)
    assert why(hotline, "13900001004") == (Outcome.PERSON, "guardian")


async def test_a_program_that_hung_before_the_call_is_not_waited_for(hotline: Hotline) -> None:
    async with program(hotline) as bot, hotline.seat(0, 0.1) as seat, hotline.caller("13900001005") as caller:
        bot.send(signal.SIGSTOP)
        await caller.call(SERVICE)
        await finish(hotline, "13900001005", seat, caller)
    outcome, reason = why(hotline, "13900001005")
    assert outcome is Outcome.PERSON
    assert reason in ("no_program", "guardian")


async def test_a_vulnerable_caller_overtakes_two_others(hotline: Hotline) -> None:
    async with (
        hotline.caller("13900002001") as first,
        hotline.caller("13900002002") as second,
        hotline.caller("13900002003") as frail,
    ):
        await hotline.store_band("13900002003", "vulnerable")
        for caller, number in ((first, "13900002001"), (second, "13900002002"), (frail, "13900002003")):
            await caller.call(SERVICE)
            await caller.state("CONFIRMED", timeout_s=3)
            await hotline.queued(number)
        async with hotline.seat(0, 0.1) as seat:
            await seat.state("CONFIRMED", timeout_s=8)
            ringing = await seat.wait("ringing")
            assert "13900002003" in ringing["remote"]
            for caller in (first, second, frail):
                await caller.hangup()
                await caller.state("DISCONNECTED")


async def test_key_0_works_while_the_program_hangs_and_the_guardian_is_dead(hotline: Hotline) -> None:
    async with program(hotline) as bot, hotline.seat(0, 0.1) as seat, hotline.caller("13900001006") as caller:
        await connected(caller, bot)
        bot.send(signal.SIGSTOP)
        hotline.kill_guardian()
        await caller.press("0")
        await finish(hotline, "13900001006", seat, caller)
    assert why(hotline, "13900001006") == (Outcome.PERSON, "key0")
