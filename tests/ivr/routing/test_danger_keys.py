"""Who dials 120, 119 or 110 on the keypad is an emergency, wherever no person is with them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import cast

import pytest

from ivr.asterisk.manager import Manager, ManagerError, ManagerEvent
from ivr.routing import danger_keys
from ivr.routing.danger_keys import DangerKeys

LEG = "PJSIP/trunk-1"
WITH_THE_BOT = {"Channel": LEG, "Context": "hotline", "Application": "Dial", "BridgeId": "with the bot"}
WAITING = {"Channel": LEG, "Context": "human", "Application": "Queue", "BridgeId": ""}


class Asterisk:
    """The manager, as far as keys need it."""

    def __init__(self, leg: Mapping[str, str], variables: Mapping[str, str], failures: int) -> None:
        self.leg, self.variables, self.failures = leg, variables, failures
        self.redirected: list[tuple[str, str, str]] = []
        self.connected = asyncio.Event()
        self.connected.set()

    async def channels(self) -> list[Mapping[str, str]]:
        if self.failures:
            self.failures -= 1
            raise ManagerError("not_connected", "Asterisk is being restarted")
        return [self.leg]

    async def action(self, name: str, **fields: str) -> Mapping[str, str]:
        assert (name, fields["Channel"]) == ("Getvar", LEG)
        return {"Value": self.variables.get(fields["Variable"], "")}

    async def redirect(self, channel: str, context: str, exten: str = "s") -> None:
        self.redirected.append((channel, context, exten))


async def dialled(
    *numbers: str,
    leg: Mapping[str, str] = WITH_THE_BOT,
    direction: str = "Received",
    failures: int = 0,
    ended: bool = False,
    **variables: str,
) -> list[tuple[str, str, str]]:
    """Where the leg was moved. Between two numbers there is a pause."""
    asterisk = Asterisk(leg, variables, failures)
    keys = DangerKeys(cast(Manager, asterisk))
    task = asyncio.create_task(keys.run())
    for number in numbers:
        for digit in number:
            keys.event(ManagerEvent("DTMFEnd", {"Channel": LEG, "Digit": digit, "Direction": direction}))
        if ended:
            keys.event(ManagerEvent("Hangup", {"Channel": LEG}))
        await asyncio.sleep(0.15)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return asterisk.redirected


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(danger_keys, "PAUSE_S", 0.1)
    monkeypatch.setattr(danger_keys, "SETTLED_S", {"0": 0.02, "9": 0.02})


@pytest.mark.parametrize("number", ["120", "119", "110"])
@pytest.mark.parametrize("leg", [WITH_THE_BOT, WAITING], ids=["with the bot", "waiting"])
async def test_who_dials_an_emergency_is_one(number: str, leg: Mapping[str, str]) -> None:
    assert await dialled(number, leg=leg) == [(LEG, "keyed-danger", number)]


@pytest.mark.parametrize(
    ("context", "application"),
    [
        ("closed", "Playback"),
        ("closed", "Dial"),
        ("estimate", "Playback"),
        ("message", "Record"),
        ("caller", "Set"),
        ("hours", "GotoIf"),
        ("tape", "StopMixMonitor"),
    ],
)
async def test_who_is_sent_away_or_told_to_wait_meanwhile_is_an_emergency_too(context: str, application: str) -> None:
    """The 0 at its end has ended the dialogue: at night they are with the person on duty, by day on the way."""
    leg = {**WAITING, "Context": context, "Application": application}
    assert await dialled("120", leg=leg) == [(LEG, "keyed-danger", "120")]


@pytest.mark.parametrize(
    ("keys", "number"), [("120#", "120"), ("119119", "119"), ("0120", "120"), ("0110110#", "110"), ("119##", "119")]
)
async def test_a_zero_before_a_hash_behind_and_a_second_time_do_not_matter(keys: str, number: str) -> None:
    assert (LEG, "keyed-danger", number) in await dialled(keys)


@pytest.mark.parametrize("number", ["1", "12", "1190", "2120", "11", "13811912345", "1199"])
async def test_other_numbers_mean_nothing_here(number: str) -> None:
    assert await dialled(number) == []


async def test_keys_of_another_question_are_no_part_of_the_number() -> None:
    assert await dialled("2", "120") == [(LEG, "keyed-danger", "120")]


@pytest.mark.parametrize(
    "leg",
    [
        {**WAITING, "BridgeId": "with a person"},
        {**WAITING, "Context": "desk-room", "Application": "ConfBridge"},
        {**WAITING, "Context": "from-seat"},
        {**WAITING, "Context": "closed", "Application": "Dial", "BridgeId": "with the person on duty"},
        {**WITH_THE_BOT, "Application": "Hangup"},
    ],
)
async def test_whoever_a_person_is_with_is_left_there(leg: Mapping[str, str]) -> None:
    assert await dialled("120", leg=leg) == []


@pytest.mark.parametrize("context", ["human", "closed"])
async def test_who_is_an_emergency_already_is_moved_no_second_time(context: str) -> None:
    assert await dialled("120", leg={**WAITING, "Context": context}, HOTLINE_BAND="emergency") == []


@pytest.mark.parametrize("context", ["queue-keys", "callback", "message"])
async def test_an_emergency_whose_first_key_has_sent_them_away_comes_back(context: str) -> None:
    """Who dials slowly: the 1 alone asks for a call later, the 2 for a message."""
    leg = {**WAITING, "Context": context, "Application": "Playback"}
    assert await dialled("120", leg=leg, HOTLINE_BAND="emergency") == [(LEG, "keyed-danger", "120")]


async def test_an_emergency_whom_a_person_has_sent_back_to_the_dialogue_comes_back() -> None:
    assert await dialled("119", HOTLINE_BAND="emergency") == [(LEG, "keyed-danger", "119")]


async def test_the_code_of_a_teacher_is_no_cry_for_help() -> None:
    assert await dialled("119", HOTLINE_TEACHING="1") == []


async def test_keys_that_we_send_and_those_of_a_leg_that_is_gone_mean_nothing() -> None:
    assert await dialled("120", direction="Sent") == []
    assert await dialled("120", ended=True) == []


async def test_an_asterisk_that_is_away_for_a_moment_is_told_again() -> None:
    assert await dialled("120", failures=1) == [(LEG, "keyed-danger", "120")]


async def test_an_asterisk_that_is_away_for_one_number_is_told_the_next() -> None:
    assert await dialled("120", "119", failures=2) == [(LEG, "keyed-danger", "119")]
