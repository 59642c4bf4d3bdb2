"""Somebody is in danger: a seat rings while they are told what to do, not afterwards."""

from __future__ import annotations

import pytest

from flows.actions import Flag, Say, Transfer
from ivr.call.events import Kind
from ivr.call.parts import Ending
from tests.ivr.call.scripted import Call, Script, end

HOLD_ON, OTHER_PHONE = "别挂电话，我这就给您找人。", "身边有人，叫他拿别的电话打一二零。"
CUT_OFF = "要是断了，您就自己打一二零。"
DANGER = (
    Flag("emergency", ("120",), ("急事",), "我摔倒了"),
    Say((HOLD_ON, OTHER_PHONE, CUT_OFF), "emergency.call_120", barge_in=False),
    Transfer("human", "emergency", "emergency", emergency="120"),
)


async def test_in_its_own_language_asterisk_says_it_and_the_call_leaves_at_once() -> None:
    call = Call(Script(DANGER, end))
    await call.run()
    assert call.leg.played == b""
    assert call.endings == [Ending("human", "emergency", band="emergency", emergency="120")]
    (told,) = [event.data for event in call.record if event.kind is Kind.PROMPT_STARTED]
    assert told["text"] == HOLD_ON + OTHER_PHONE + CUT_OFF, "the agent sees what the caller hears"
    assert told["by"] == "asterisk"


async def test_in_another_language_what_to_do_and_the_number_are_said_and_no_more() -> None:
    call = Call(Script(DANGER, end), announced="")
    await call.run()
    (told,) = [event.data for event in call.record if event.kind is Kind.PROMPT_STARTED]
    assert told["text"] == HOLD_ON + OTHER_PHONE
    assert len(call.leg.played) > 0
    (ending,) = call.endings
    assert ending == Ending("human", "emergency", band="emergency", emergency="120", told=True), "Asterisk need not"


@pytest.mark.parametrize("announced", ["zh", ""])
async def test_who_is_not_in_danger_hears_everything_before_a_seat_rings(announced: str) -> None:
    asked = (Say(("好的，", "这就给您找人。"), "main.transfer"), Transfer())
    call = Call(Script(asked, end), announced=announced)
    await call.run()
    (told,) = [event.data for event in call.record if event.kind is Kind.PROMPT_STARTED]
    assert told["text"] == "好的，这就给您找人。"
    assert call.endings == [Ending("human", "asked")]
