"""What a caller told the dialogue is with the person before they answer: in the INVITE, and in the database."""

from __future__ import annotations

import base64
import json

import pytest

from integrations.database.calls import CallJournal
from integrations.database.stories import StoredStories
from ivr.rehearsal.actor import Actor, CallerVoice
from ivr.routing.story import story
from ivr.settings import load
from tests.calls.conftest import Hotline
from tests.calls.test_by_voice import turn

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.timeout(400)]
SERVICE = "12349"


async def test_the_seat_knows_what_was_said_before_it_answers(talking: Hotline) -> None:
    number = "13900005001"
    async with (
        CallerVoice(load()) as voice,
        talking.seat(answer_after_s=0.5) as seat,
        talking.caller(number) as phone,
    ):
        caller = Actor(phone, voice)
        await caller.dial(SERVICE)
        await caller.say("我要挂骨科的号")
        await turn(caller, talking, number)  # it has understood and asks on
        await caller.press_now("0")
        ringing = await seat.wait("ringing", timeout_s=20)
        await seat.state("CONFIRMED")
        await talking.with_person(number)
        await phone.hangup()
        await phone.state("DISCONNECTED")
    headers = ringing["headers"]
    told = json.loads(base64.b64decode(headers["x-yinling-story"]))
    assert told["slots"]["department"] == "骨科"
    assert headers["x-yinling-why"] == "key0"
    assert talking.outcome(number) == "person"
    database = talking.database
    try:
        kept = StoredStories(database).of(headers["x-yinling-call"])
        full = story(CallJournal(database), headers["x-yinling-call"])
    finally:
        database.close()
    assert kept is not None
    assert full is not None
    assert (kept["slots"]["department"], kept["why"], kept["number"]) == ("骨科", "key0", number)
    assert full["earlier_seats"] == ["seat1"]
