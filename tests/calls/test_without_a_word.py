"""Callers who press keys, or say nothing at all, are served too."""

from __future__ import annotations

import pytest

from tests.calls.conftest import Hotline
from tests.calls.test_by_voice import bookings, calling

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.timeout(400)]


async def test_by_keys_alone_without_a_word(talking: Hotline) -> None:
    number = "13900001003"
    async with calling(talking, number) as caller:
        for _ in range(8):
            await caller.press("1")
            if bookings(talking, number):
                break
        await caller.hang_up()
    assert len(bookings(talking, number)) == 1


async def test_a_key_over_the_prompt_stops_it(talking: Hotline) -> None:
    number = "13900001005"
    async with calling(talking, number) as caller:
        await caller.phone.wait("sound", timeout_s=5)
        await caller.press_now("1")
        await caller.listen()
        await caller.hang_up()
    interrupted = [data for kind, data in talking.story(number) if kind == "prompt_ended" and data["interrupted"]]
    assert interrupted


async def test_three_silences_lead_to_a_person(talking: Hotline) -> None:
    number = "13900001006"
    async with talking.seat(answer_after_s=0.2) as seat, calling(talking, number) as caller:
        await seat.state("CONFIRMED", timeout_s=90)
        await talking.with_person(number)
        await caller.hang_up()
    assert talking.outcome(number) == "person"
    assert talking.why(number) == "silent"
