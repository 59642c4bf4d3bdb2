"""A key that Asterisk lost while it told a place in the queue is acted on; every other key is left to Asterisk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import cast

import pytest

from ivr.asterisk.manager import Manager, ManagerError, ManagerEvent
from ivr.routing import lost_keys
from ivr.routing.lost_keys import LostKeys

WAITING = {"Channel": "PJSIP/trunk-1", "Application": "Queue", "BridgeId": ""}


class Asterisk:
    """The manager, as far as keys need it."""

    def __init__(self, *legs: Mapping[str, str], failures: int = 0) -> None:
        self.legs, self.failures = list(legs), failures
        self.redirected: list[tuple[str, str, str]] = []

    async def channels(self) -> list[Mapping[str, str]]:
        if self.failures:
            self.failures -= 1
            raise ManagerError("not_connected", "Asterisk is being restarted")
        return self.legs

    async def redirect(self, channel: str, context: str, exten: str = "s") -> None:
        self.redirected.append((channel, context, exten))


def pressed(digit: str, direction: str = "Received", leg: str = "PJSIP/trunk-1") -> ManagerEvent:
    return ManagerEvent("DTMFEnd", {"Channel": leg, "Digit": digit, "Direction": direction})


def told(name: str) -> ManagerEvent:
    return ManagerEvent(name, {"Channel": "PJSIP/trunk-1", "Queue": "human"})


JOINED = told("QueueCallerJoin")


async def after(asterisk: Asterisk, *events: ManagerEvent, before: ManagerEvent = JOINED) -> list[tuple[str, str, str]]:
    keys = LostKeys(cast(Manager, asterisk))
    for event in (before, *events):
        keys.event(event)
    task = asyncio.create_task(keys.run())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return asterisk.redirected


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_keys, "SETTLED_S", 0.0)


@pytest.mark.parametrize("digit", ["1", "2"])
async def test_a_caller_who_still_waits_after_the_key_gets_what_it_means(digit: str) -> None:
    assert await after(Asterisk(WAITING), pressed(digit)) == [("PJSIP/trunk-1", "queue-keys", digit)]


@pytest.mark.parametrize(
    "leg",
    [
        {**WAITING, "BridgeId": "talks with a seat"},
        {**WAITING, "Application": "Playback"},
        {**WAITING, "Channel": "PJSIP/trunk-2"},
    ],
)
async def test_who_talks_or_was_served_by_asterisk_is_left_alone(leg: Mapping[str, str]) -> None:
    assert await after(Asterisk(leg), pressed("1")) == []


async def test_other_keys_and_keys_that_we_send_mean_nothing() -> None:
    assert await after(Asterisk(WAITING), pressed("5"), pressed("1", "Sent")) == []


async def test_an_asterisk_that_is_away_for_one_key_is_asked_for_the_next() -> None:
    asterisk, other = Asterisk(WAITING, failures=1), "PJSIP/trunk-2"
    joined = ManagerEvent("QueueCallerJoin", {"Channel": other})
    assert await after(asterisk, joined, pressed("1", leg=other), pressed("2")) == [
        ("PJSIP/trunk-1", "queue-keys", "2")
    ]


@pytest.mark.parametrize("digit", ["1", "2"])
async def test_a_key_of_the_dialogue_is_none_of_the_queue_to_which_0_then_brings(digit: str) -> None:
    """1-2-0 in a row: whoever dials the number for emergencies here wants a person, and no voice mail."""
    assert await after(Asterisk(WAITING), JOINED, before=pressed(digit)) == []


@pytest.mark.parametrize("ended", ["QueueCallerLeave", "Hangup"])
async def test_who_has_left_the_queue_waits_no_longer(ended: str) -> None:
    assert await after(Asterisk(WAITING), told(ended), pressed("1"), JOINED) == []


async def test_who_left_the_queue_and_is_in_it_again_has_been_heard() -> None:
    assert await after(Asterisk(WAITING), pressed("1"), told("QueueCallerLeave"), JOINED) == []


async def test_of_several_keys_in_a_row_the_last_counts() -> None:
    assert await after(Asterisk(WAITING), pressed("1"), pressed("2")) == [("PJSIP/trunk-1", "queue-keys", "2")]
    assert await after(Asterisk(WAITING), pressed("1"), pressed("2"), pressed("0")) == []
