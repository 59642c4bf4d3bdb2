"""Who dials 120, 119 or 110 to the dialogue gets a person, as an emergency, and waits until one answers."""

from __future__ import annotations

import asyncio

import pytest

from tests.calls.conftest import Hotline
from tests.calls.test_keys_of_danger import waits

pytestmark = [pytest.mark.calls, pytest.mark.speech]


@pytest.mark.parametrize("keys", ["120", "119", "110"])
async def test_who_dials_an_emergency_to_the_dialogue_waits_as_one(talking: Hotline, keys: str) -> None:
    number = f"139000071{keys[1:]}"
    async with talking.manager() as manager, talking.caller(number) as caller:
        await caller.call("12349")
        await caller.wait("sound", timeout_s=15)
        await asyncio.sleep(1)
        await caller.press(keys)
        await waits(manager, number, "emergency")
        await asyncio.sleep(1.5)  # nor do its first keys take them out of the queue again
        await waits(manager, number, "emergency", 0.3)
        assert not any(event.get("state") == "DISCONNECTED" for event in caller.events)
        await caller.hangup()
        await caller.state("DISCONNECTED")
    assert talking.outcome(number) == "abandoned"
