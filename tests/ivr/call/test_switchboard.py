"""Which offered calls the dialogue takes, and which it leaves to the dialplan, which takes them to a person."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from flows.events import CallerProfile
from ivr.asterisk.manager import Manager, ManagerEvent
from ivr.call.events import CallEvent
from ivr.call.session import Parts
from ivr.call.switchboard import Equipment, Switchboard
from ivr.settings import Asterisk, Settings, Speech
from tests.ivr.call.fakes import FakeDetector, FakeRecogniser, FakeVoice
from voices.recognition.hearing import WholeHearing
from voices.recognition.hypothesis import ANYTHING, Expectation, Hearing, OnPartial

OFFER = {"UserEvent": "MediaWanted", "Call": "c1", "ConnId": "media_1", "Channel": "PJSIP/trunk-1", "Number": "139"}


class Busy(FakeRecogniser):
    """A recogniser that tells how long a turn would wait."""

    def __init__(self, wait_s: float) -> None:
        super().__init__()
        self.would_wait_s = wait_s

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        return WholeHearing(self, language, expect)


def switchboard(recogniser: Any, port: int, records: list[CallEvent]) -> Switchboard:
    async def profile(number: str) -> CallerProfile:
        return CallerProfile(number)

    settings = Settings(asterisk=Asterisk(http_port=port), speech=Speech(recogniser_wait_max_s=2.0))
    equipment = Equipment(FakeVoice(), recogniser, FakeDetector, profile)
    return Switchboard(settings, cast(Parts, SimpleNamespace(record=records.append)), equipment, cast(Manager, None))


@pytest.mark.parametrize(("wait_s", "taken"), [(0.0, 1), (1.9, 1), (2.1, 0)])
async def test_a_call_goes_to_a_person_when_its_turns_would_wait_too_long(
    wait_s: float, taken: int, unused_tcp_port: int
) -> None:
    board = switchboard(Busy(wait_s), unused_tcp_port, [])
    board.wanted(ManagerEvent("UserEvent", OFFER))
    assert board.count == taken
    await board.close()


async def test_a_recogniser_that_does_not_tell_takes_every_call(unused_tcp_port: int) -> None:
    for recogniser in (None, FakeRecogniser()):
        board = switchboard(recogniser, unused_tcp_port, [])
        board.wanted(ManagerEvent("UserEvent", OFFER))
        assert board.count == 1
        await board.close()
