"""What a seat's leg notes of its end may come late, as on a machine that stands still.

The caller's leg waits for the note of a leg that we name, so that we write it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from ivr.asterisk.manager import Manager
from ivr.call.events import Kind, Outcome
from ivr.rehearsal.caller import Phone
from tests.calls.conftest import Hotline

pytestmark = pytest.mark.calls


@contextlib.asynccontextmanager
async def left_by_the_seat(hotline: Hotline, number: str) -> AsyncIterator[tuple[Manager, str, Phone]]:
    """A caller whose agent has just hung up; with the caller's leg."""
    async with hotline.manager() as manager, hotline.seat(0, 0.1) as seat, hotline.caller(number) as caller:
        await manager.action("QueuePause", Interface="PJSIP/seat1", Paused="false")
        await caller.call("12349")
        await seat.state("CONFIRMED", timeout_s=20)
        await hotline.helped("seat1")
        (leg,) = (one["Channel"] for one in await manager.channels() if "trunk" in one["Channel"])
        await manager.set_variable(leg, "HOTLINE_SEAT_LEG", "named")
        await manager.action("QueuePause", Interface="PJSIP/seat1", Paused="true")
        await seat.hangup()
        await seat.state("DISCONNECTED")
        yield manager, leg, caller


async def test_a_goodbye_that_is_noted_late_is_a_goodbye(hotline: Hotline) -> None:
    async with left_by_the_seat(hotline, "13900006021") as (manager, leg, caller):
        await asyncio.sleep(1.4)
        await manager.set_variable(leg, "HOTLINE_SEAT_LEFT", "named/goodbye/16")
        await caller.state("DISCONNECTED", timeout_s=3)
    call = hotline.last_call("13900006021")
    assert call.outcome is Outcome.PERSON
    assert Kind.SEAT_LOST not in [event.kind for event in call.events]


async def test_a_caller_whose_seat_notes_nothing_is_told_so_before_the_silence_is_long(hotline: Hotline) -> None:
    async with left_by_the_seat(hotline, "13900006022") as (_, _leg, caller):
        await caller.wait("sound", after=len(caller.events), timeout_s=4)
        await caller.hangup()
    assert Kind.SEAT_LOST in [event.kind for event in hotline.last_call("13900006022").events]
