"""Which offered calls the dialogue takes, and which it leaves to the dialplan, which takes them to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from flows.events import CallerProfile
from integrations.errors import DatabaseError
from ivr.asterisk.manager import Manager, ManagerEvent
from ivr.call.events import CallEvent
from ivr.call.parts import Parts
from ivr.call.switchboard import Equipment, Switchboard
from ivr.settings import Asterisk, Settings, Speech
from tests.ivr.call.fakes import FakeDetector, FakeRecogniser, FakeVoice
from voices.recognition.chain import Member, RecogniserChain
from voices.recognition.hearing import WholeHearing
from voices.recognition.hypothesis import ANYTHING, Expectation, Hearing, OnPartial

OFFER = {"UserEvent": "MediaWanted", "Call": "c1", "ConnId": "media_1", "Channel": "PJSIP/trunk-1", "Number": "139"}


class Busy(FakeRecogniser):
    """A recogniser that tells how long a turn would wait."""

    def __init__(self, wait_s: float) -> None:
        super().__init__()
        self.wait_s = wait_s

    def would_wait_s(self, language: str) -> float:
        return self.wait_s if language == "zh" else 0.0

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        return WholeHearing(self, language, expect)


async def _nothing(_: str) -> float:
    return 0.0


def switchboard(
    recogniser: Any, port: int, records: list[CallEvent], pauses: Callable[[str], Awaitable[float]] = _nothing
) -> Switchboard:
    async def profile(number: str) -> CallerProfile:
        return CallerProfile(number)

    settings = Settings(asterisk=Asterisk(http_port=port), speech=Speech(recogniser_wait_max_s=2.0))
    equipment = Equipment(FakeVoice(), recogniser, FakeDetector, profile, pauses=pauses)
    return Switchboard(settings, cast(Parts, SimpleNamespace(record=records.append)), equipment, cast(Manager, None))


@pytest.mark.parametrize(("wait_s", "taken"), [(0.0, 1), (1.9, 1), (2.1, 0)])
async def test_a_call_goes_to_a_person_when_its_turns_would_wait_too_long(
    wait_s: float, taken: int, unused_tcp_port: int
) -> None:
    board = switchboard(Busy(wait_s), unused_tcp_port, [])
    board.wanted(ManagerEvent("UserEvent", OFFER))
    assert board.count == taken
    await board.close()


async def test_an_idle_server_or_taught_phrases_do_not_hide_that_the_line_is_full(unused_tcp_port: int) -> None:
    members = {"whisper": cast(Member, Busy(2.1)), "idle": cast(Member, Busy(0.0))}
    for order, taken in ((["whisper", "idle"], 0), (["idle", "whisper"], 1)):
        board = switchboard(RecogniserChain(members, {"zh": order, "ko": ["idle"]}), unused_tcp_port, [])
        board.wanted(ManagerEvent("UserEvent", OFFER))
        assert board.count == taken
        await board.close()


async def test_a_recogniser_that_does_not_tell_takes_every_call(unused_tcp_port: int) -> None:
    for recogniser in (None, FakeRecogniser()):
        board = switchboard(recogniser, unused_tcp_port, [])
        board.wanted(ManagerEvent("UserEvent", OFFER))
        assert board.count == 1
        await board.close()


async def test_a_caller_who_paused_in_an_earlier_call_is_waited_for_from_the_first_word() -> None:
    async def known(number: str) -> float:
        return {"13909710001": 0.45}.get(number, 0.0)

    board = switchboard(FakeRecogniser(), 1, [], pauses=known)
    assert (await board._patience("13909710001")).pause_s == pytest.approx(Settings().listening.pause_s + 0.45)
    assert (await board._patience("13909710002")).pause_s == Settings().listening.pause_s
    assert (await board._patience(None)).pause_s == Settings().listening.pause_s


async def test_a_database_that_hangs_or_fails_costs_a_caller_nothing_but_what_was_known() -> None:
    async def hangs(number: str) -> float:
        await asyncio.sleep(60)
        return 1.0

    async def fails(number: str) -> float:
        raise DatabaseError("locked", "The database is locked.", "")

    for pauses in (hangs, fails):
        async with asyncio.timeout(5):
            board = switchboard(FakeRecogniser(), 1, [], pauses=pauses)
            assert (await board._patience("13909710001")).added_s == 0.0


async def test_a_teaching_call_without_workbooks_is_left_to_the_dialplan(unused_tcp_port: int) -> None:
    """Nobody listens on the port: the leg cannot be had, which is on record, and no conversation is begun instead."""
    records: list[CallEvent] = []
    board = switchboard(FakeRecogniser(), unused_tcp_port, records)
    board.wanted(ManagerEvent("UserEvent", {**OFFER, "Teaching": "1"}))
    async with asyncio.timeout(10):
        while board.count:
            await asyncio.sleep(0.01)
    assert [one.kind.value for one in records] == ["error"]
