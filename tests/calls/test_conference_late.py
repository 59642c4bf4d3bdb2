"""What the last person's leg notes of its end may come late, as on a machine that stands still: it hangs up nobody.

The note of a leg whose end is looked after already (DESK_HANDLER) does not come: we write it, or nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline
from tests.calls.test_conference import Talk, talk

pytestmark = pytest.mark.calls


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline without its dialogue whose seats ring for 5 s."""
    asterisk_or_skip()
    settings = {"YINLING_DIALOGUE": "false", "YINLING_QUEUEING__RING_S": "5"}
    with running_hotline(tmp_path_factory.mktemp("house"), **settings) as running:
        yield running


async def in_the_room_with_one_who_leaves_no_note(made: Talk, *, old: str = "") -> None:
    """Caller and agent, after a colleague was asked. `old`: a note of somebody who left before."""
    await made.manager.set_variable(made.legs["seat1"], "DESK_HANDLER", "1")
    await made.ask()
    await made.stage("talking")
    await made.where("trunk", "MusicOnHold", "desk-hold")
    await noted(made, old)
    await made.colleague.hangup()
    await made.together("trunk", "seat1")
    await made.where("trunk", "ConfBridge", "desk-room")
    await made.manager.action("QueuePause", Interface="PJSIP/seat1", Paused="true")


async def noted(made: Talk, how: str) -> None:
    await made.manager.set_variable(made.legs["trunk"], "SHARED(DESK_LEFT)", how)


@pytest.mark.parametrize("old", ["", "goodbye"])
async def test_a_caller_whose_last_person_left_no_note_is_in_front_of_the_queue(house: Hotline, old: str) -> None:
    async with talk(house, "13900006011") as made:
        await in_the_room_with_one_who_leaves_no_note(made, old=old)
        await made.manager.action("Hangup", Channel=made.legs["seat1"], Cause="44")
        await made.where("trunk", "Queue", "human")


@pytest.mark.parametrize("how", ["goodbye", "lost"])
async def test_a_note_that_comes_a_second_late_counts(house: Hotline, how: str) -> None:
    async with talk(house, "13900006012") as made:
        await in_the_room_with_one_who_leaves_no_note(made)
        await made.agent.hangup()
        await asyncio.sleep(1.2)
        await noted(made, how)
        if how == "goodbye":
            await made.caller.state("DISCONNECTED", timeout_s=3)
        else:
            await made.where("trunk", "Queue", "human")
    assert house.last_call("13900006012").outcome == ("person" if how == "goodbye" else "abandoned")


async def test_a_goodbye_to_a_colleague_who_stays_says_nothing_of_how_they_leave(house: Hotline) -> None:
    async with talk(house, "13900006013") as made:
        await made.ask(join=True)
        await made.together("trunk", "seat1", "seat2")
        leg = (await made.stage("joined"))["Leg"]
        await made.agent.hangup()
        await made.together("trunk", "seat2")
        await made.manager.action("QueuePause", Interface="PJSIP/seat1", Paused="true")
        await made.manager.action("Hangup", Channel=leg, Cause="44")
        await made.where("trunk", "Queue", "human")


async def test_a_caller_who_is_alone_while_it_is_looked_goes_to_who_comes_then(house: Hotline) -> None:
    """A colleague who enters the room in this moment would be in it alone."""
    async with talk(house, "13900006014") as made:
        await in_the_room_with_one_who_leaves_no_note(made)
        await made.agent.hangup()
        variables = f"DESK_CALL={made.call_id},DESK_CALLER={made.legs['trunk']}"
        await made.manager.action(
            "Originate",
            Channel="PJSIP/seat2",
            Context="desk-person",
            Exten="s",
            Priority="1",
            Variable=variables,
            Async="true",
        )
        await made.together("trunk", "seat2")
        await made.colleague.hangup()
        await made.caller.state("DISCONNECTED", timeout_s=4)
