"""Who dials 120, 119 or 110 on the keypad is in danger: a person at once, whatever the first key alone would mean."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ivr.asterisk.manager import Manager
from ivr.call.events import Outcome
from ivr.rehearsal.caller import Phone
from tests.calls.conftest import Hotline, legs, value
from tests.waits import at_most

pytestmark = pytest.mark.calls
SERVICE = "12349"


async def at(manager: Manager, number: str, wanted: tuple[str, str, str], timeout_s: float = 8) -> None:
    """Until that caller is in that application of that context, with that band."""
    until, seen = time.monotonic() + at_most(timeout_s), ("", "", "")
    while time.monotonic() < until:
        for leg in await legs(manager):
            if leg["CallerIDNum"] == number and leg["Channel"].startswith("PJSIP/trunk-"):
                seen = (leg["Application"], leg["Context"], await value(manager, leg["Channel"], "HOTLINE_BAND"))
        if seen == wanted:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the caller is in {seen}")


async def waits(manager: Manager, number: str, band: str, timeout_s: float = 8) -> None:
    """Until that caller waits in a queue, with that band."""
    await at(manager, number, ("Queue", "human", band), timeout_s)


@contextlib.asynccontextmanager
async def waiting(hotline: Hotline, number: str, record: Path | None = None) -> AsyncIterator[tuple[Manager, Phone]]:
    """A caller whom no seat answers."""
    async with hotline.manager() as manager, hotline.caller(number, record) as caller:
        await caller.call(SERVICE)
        await caller.state("CONFIRMED", timeout_s=5)
        await waits(manager, number, "general", 15)
        yield manager, caller


@pytest.mark.parametrize("keys", ["120", "119", "110"])
async def test_a_waiting_caller_who_dials_an_emergency_waits_as_one(hotline: Hotline, keys: str) -> None:
    number = f"139000070{keys[1:]}"
    async with waiting(hotline, number) as (manager, caller):
        await caller.press(keys)
        await waits(manager, number, "emergency")
        await caller.hangup()
        await caller.state("DISCONNECTED")
    assert hotline.last_call(number).outcome is Outcome.ABANDONED


async def test_a_waiting_caller_who_presses_1_is_owed_a_call(hotline: Hotline) -> None:
    async with waiting(hotline, "13900007031") as (_, caller):
        await caller.press("1")
        await caller.state("DISCONNECTED", timeout_s=20)
    assert hotline.last_call("13900007031").outcome is Outcome.CALLBACK_OWED


async def test_a_waiting_caller_who_presses_1_and_hangs_up_at_once_is_owed_a_call(hotline: Hotline) -> None:
    async with waiting(hotline, "13900007032") as (_, caller):
        await caller.press("1")
        await asyncio.sleep(0.5)
        await caller.hangup()
        await caller.state("DISCONNECTED")
    assert hotline.last_call("13900007032").outcome is Outcome.CALLBACK_OWED


async def test_outside_opening_hours_who_dials_the_number_that_they_hear_is_not_promised_a_call(
    hotline: Hotline,
) -> None:
    """They are told to hang up and dial 120, and dial it without hanging up."""
    day, number = f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y%m%d}", "13900007041"
    async with hotline.manager() as manager, hotline.caller(number) as caller:
        await manager.store("holiday", day, "closed")
        try:
            await caller.call(SERVICE)
            await caller.wait("sound", timeout_s=10)
            await asyncio.sleep(2)
            await caller.press("120")
            await at(manager, number, ("Playback", "closed", "emergency"))
        finally:
            await manager.forget("holiday", day)
        await caller.hangup()
        await caller.state("DISCONNECTED")
    assert hotline.last_call(number).outcome is Outcome.ABANDONED


@pytest.mark.parametrize(
    ("key", "place", "number"),
    [("1", ("Read", "queue-keys", "general"), "13900007033"), ("2", ("Record", "message", "general"), "13900007034")],
)
async def test_who_is_moved_while_a_key_is_acted_on_has_chosen_nothing(
    hotline: Hotline, key: str, place: tuple[str, str, str], number: str
) -> None:
    """No call later, and a message that was begun is not how their call ended."""
    async with waiting(hotline, number) as (manager, caller):
        (leg,) = (one["Channel"] for one in await manager.channels() if one["CallerIDNum"] == number)
        await caller.press(key)
        await at(manager, number, place, 20)
        await manager.redirect(leg, "keyed-danger", "120")
        await waits(manager, number, "emergency")
        await caller.hangup()
        await caller.state("DISCONNECTED")
    assert hotline.last_call(number).outcome is Outcome.ABANDONED


async def test_outside_opening_hours_who_was_with_a_person_before_does_not_wait_where_nobody_is(
    hotline: Hotline,
) -> None:
    day, number = f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y%m%d}", "13900007042"
    async with waiting(hotline, number) as (manager, caller):
        (leg,) = (one["Channel"] for one in await manager.channels() if one["CallerIDNum"] == number)
        await manager.redirect(leg, "desk-front")
        await waits(manager, number, "general")
        await manager.store("holiday", day, "closed")
        try:
            await manager.redirect(leg, "keyed-danger", "120")
            await at(manager, number, ("Playback", "closed", "emergency"))
        finally:
            await manager.forget("holiday", day)
        await caller.hangup()
        await caller.state("DISCONNECTED")
