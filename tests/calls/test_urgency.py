"""Whom a seat gets next, by Asterisk itself: the longest idle seat rings, and danger does not wait for one person."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator

import pytest

from ivr.desk.board import LiveCall
from ivr.desk.urgency import Urgency
from ivr.routing.seats import SeatQueues
from ivr.settings import load
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline
from tests.calls.test_routing import _answered, _numbers, waiting
from tests.waits import at_most

pytestmark = pytest.mark.calls


@pytest.fixture(scope="module")
def two_seats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline without its program, with the two seats of the demonstration."""
    asterisk_or_skip()
    with running_hotline(tmp_path_factory.mktemp("two-seats"), YINLING_DIALOGUE="false") as running:
        yield running


async def test_the_seat_that_has_been_idle_for_longest_rings(two_seats: Hotline) -> None:
    async with two_seats.seat(0, 0.1) as first, two_seats.seat(1, 0.1) as second:
        took = []
        for last in range(1, 5):
            number = f"1390000900{last}"  # each of them new: nobody has a person of last time
            before = (len(_numbers(first)), len(_numbers(second)))
            async with waiting(two_seats, number) as caller:
                async with asyncio.timeout(at_most(10)):
                    while (len(_numbers(first)), len(_numbers(second))) == before:
                        await asyncio.sleep(0.05)
                took.append("first" if len(_numbers(first)) > before[0] else "second")
                await asyncio.sleep(0.5)
                await caller.hangup()
            await asyncio.sleep(1.1)  # Asterisk counts idle time in seconds
        assert took in (["first", "second"] * 2, ["second", "first"] * 2)


async def test_a_danger_that_is_noticed_while_waiting_for_one_person_goes_to_whoever_is_free(
    two_seats: Hotline,
) -> None:
    number = "13900009011"
    async with contextlib.AsyncExitStack() as stack:
        busy = await stack.enter_async_context(two_seats.seat(0, 0.1))
        await stack.enter_async_context(waiting(two_seats, "13900009012"))
        await _answered(busy)
        await two_seats.store("last", number, f"{int(time.time())}/seat1")
        free = await stack.enter_async_context(two_seats.seat(1, 0.1))
        began = time.monotonic()
        await stack.enter_async_context(waiting(two_seats, number, "elder"))
        await asyncio.sleep(2)
        assert _numbers(free) == [], "until then the person of last time is waited for"
        manager = await stack.enter_async_context(two_seats.manager())
        legs = [leg for leg in await manager.channels() if leg["CallerIDNum"] == number]
        call = LiveCall(legs[0]["Uniqueid"], "waiting", channel=legs[0]["Channel"], band="elder")
        urgency = Urgency(SeatQueues(load(var_dir=two_seats.var, demo=True), manager), manager)
        assert await urgency.raise_band(call, "emergency")
        await _answered(free)
        assert time.monotonic() - began < 12, "who is not in danger waits 20 s for that person"
        ringing = next(e for e in free.events if e["event"] == "ringing")
        assert ringing["headers"]["x-yinling-band"] == "emergency"
