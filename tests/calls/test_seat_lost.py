"""A seat that says goodbye ends the call; a seat that vanishes does not: its caller is answered by a colleague."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from ivr.call.events import Kind, Outcome
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline

pytestmark = pytest.mark.calls
SERVICE = "12349"
SILENT_S = 6


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline without its dialogue, that gives a silent seat up soon."""
    asterisk_or_skip()
    settings = {"YINLING_DIALOGUE": "false", "YINLING_SIP__SEAT_SILENT_S": str(SILENT_S)}
    with running_hotline(tmp_path_factory.mktemp("impatient"), **settings) as running:
        yield running


async def test_after_a_goodbye_the_call_ends(impatient: Hotline) -> None:
    number = "13900006001"
    async with impatient.seat(0, 0.1) as seat, impatient.caller(number) as caller:
        await caller.call(SERVICE)
        await seat.state("CONFIRMED", timeout_s=20)
        await impatient.helped("seat1")
        await seat.hangup()
        await caller.state("DISCONNECTED", timeout_s=5)
    call = impatient.last_call(number)
    assert call.outcome is Outcome.PERSON
    assert [e.kind for e in call.events if e.kind in {Kind.HUMAN_WANTED, Kind.SEAT_LOST}] == [Kind.HUMAN_WANTED]


async def test_the_caller_of_a_seat_that_vanished_is_answered_by_another(impatient: Hotline) -> None:
    number = "13900006002"
    async with impatient.caller(number) as caller, impatient.seat(0, 0.1) as gone:
        await caller.call(SERVICE)
        await gone.state("CONFIRMED", timeout_s=20)
        await asyncio.sleep(1)
        with contextlib.suppress(KeyError):  # between two starts it has none
            os.kill(impatient.pids["desk"], signal.SIGKILL)
        gone.kill()
        async with impatient.seat(1, 0.1) as other:
            await other.state("CONFIRMED", timeout_s=SILENT_S + 20)
            assert not any(e.get("state") == "DISCONNECTED" for e in caller.events)
            await impatient.helped("seat2")
            await other.hangup()
            await caller.state("DISCONNECTED", timeout_s=5)
    call = impatient.last_call(number)
    assert call.outcome is Outcome.PERSON
    (lost,) = [e for e in call.events if e.kind is Kind.SEAT_LOST]
    assert lost.data["cause"] not in {"", "16"}
    assert [e.data["seat"] for e in call.events if e.kind is Kind.AGENT_ANSWERED] == ["seat1", "seat2"]
    assert [e.data["why"] for e in call.events if e.kind is Kind.HUMAN_WANTED][-1] == "seat_lost"


async def test_a_seat_that_ends_the_call_in_the_moment_of_its_answer_has_not_helped(impatient: Hotline) -> None:
    number = "13900006004"
    async with impatient.caller(number) as caller:
        async with impatient.seat(0, 0.1) as slip:
            await caller.call(SERVICE)
            await slip.state("CONFIRMED", timeout_s=20)
            await slip.hangup()
        async with impatient.seat(1, 0.1) as other:
            await other.state("CONFIRMED", timeout_s=20)
            await impatient.helped("seat2")
            await other.hangup()
            await caller.state("DISCONNECTED", timeout_s=5)
    assert impatient.last_call(number).outcome is Outcome.PERSON


async def test_a_caller_who_gives_up_after_a_seat_vanished_is_owed_a_call(impatient: Hotline) -> None:
    number = "13900006003"
    async with impatient.caller(number) as caller, impatient.seat(0, 0.1) as gone:
        await caller.call(SERVICE)
        await gone.state("CONFIRMED", timeout_s=20)
        await asyncio.sleep(0.5)
        gone.kill()
        await asyncio.sleep(SILENT_S + 4)
        await caller.hangup()
        await caller.state("DISCONNECTED")
    assert impatient.last_call(number).outcome is Outcome.ABANDONED
