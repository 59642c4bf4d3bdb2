"""Consult, three-way and attended transfer by legs alone: no dialogue, and no page that would put anything right."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest

from ivr.asterisk.manager import Manager, ManagerEvent
from ivr.desk import conference
from ivr.desk.conference import Consult
from ivr.rehearsal.caller import Phone
from tests.calls.conftest import Hotline, asterisk_or_skip, legs, running_hotline
from tests.waits import at_most

pytestmark = pytest.mark.calls
SERVICE = "12349"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline without its dialogue whose seats ring for 5 s."""
    asterisk_or_skip()
    settings = {"YINLING_DIALOGUE": "false", "YINLING_QUEUEING__RING_S": "5"}
    with running_hotline(tmp_path_factory.mktemp("house"), **settings) as running:
        yield running


@dataclass
class Talk:
    """A caller with the agent at seat1; seat2 is a colleague whom no queue rings."""

    manager: Manager
    caller: Phone
    agent: Phone
    colleague: Phone
    events: list[ManagerEvent] = field(default_factory=list)
    legs: dict[str, str] = field(default_factory=dict)
    call_id: str = ""

    async def ask(self, target: str = "seat2", *, join: bool = False, others: tuple[str, ...] = ()) -> None:
        legs = self.legs["trunk"], self.legs["seat1"]
        await conference.ask(self.manager, self.call_id, *legs, target, join=join, others=others)

    async def stage(self, wanted: str, timeout_s: float = 8) -> dict[str, str]:
        """Until the dialplan tells that stage of the consultation."""
        until = time.monotonic() + at_most(timeout_s)
        while time.monotonic() < until:
            for event in self.events:
                if event.fields.get("UserEvent") == "DeskConsult" and event.fields.get("Stage") == wanted:
                    return dict(event.fields)
            await asyncio.sleep(0.05)
        raise AssertionError(f"no stage {wanted}: {[e.fields for e in self.events if e.name == 'UserEvent']}")

    async def where(self, leg: str, application: str, context: str, timeout_s: float = 8) -> None:
        """Until that leg is in an application of a context."""
        until, seen = time.monotonic() + at_most(timeout_s), None
        while time.monotonic() < until:
            found = next((c for c in await legs(self.manager) if c["Channel"].startswith(f"PJSIP/{leg}-")), None)
            seen = (found["Application"], found["Context"]) if found else None
            if seen == (application, context):
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{leg} is in {seen}")

    async def together(self, *names: str, timeout_s: float = 8) -> None:
        """Until exactly these legs are in one talk."""
        until, seen = time.monotonic() + at_most(timeout_s), set[str]()
        while time.monotonic() < until:
            talks: dict[str, set[str]] = {}
            for leg in await legs(self.manager):
                if leg.get("BridgeId") and leg["Channel"].startswith("PJSIP/"):
                    talks.setdefault(leg["BridgeId"], set()).add(leg["Channel"].split("/")[1].split("-")[0])
            if set(names) in talks.values():
                return
            seen = set().union(*talks.values()) if talks else set()
            await asyncio.sleep(0.1)
        raise AssertionError(f"not together: {names}; in talks: {seen}")


@contextlib.asynccontextmanager
async def talk(house: Hotline, number: str, colleague_answers_s: float | None = 0.2) -> AsyncIterator[Talk]:
    """A caller and an agent who talk."""
    events: list[ManagerEvent] = []
    async with (
        house.manager(events.append) as manager,
        house.seat(1, colleague_answers_s) as colleague,
        house.seat(0, 0.1) as agent,
        house.caller(number) as caller,
    ):
        await manager.action("QueuePause", Interface="PJSIP/seat1", Paused="false")
        await manager.action("QueuePause", Interface="PJSIP/seat2", Paused="true")
        await caller.call(SERVICE)
        await agent.state("CONFIRMED", timeout_s=15)
        made = Talk(manager, caller, agent, colleague, events)
        await made.together("trunk", "seat1")
        for leg in await manager.channels():
            made.legs[leg["Channel"].split("/")[1].split("-")[0]] = leg["Channel"]
            if "trunk" in leg["Channel"]:
                made.call_id = leg["Uniqueid"]
        yield made


async def test_the_caller_waits_while_the_agent_asks_and_all_three_talk_when_joined(house: Hotline) -> None:
    async with talk(house, "13900006001") as made:
        await made.ask()
        asked = await made.stage("talking")
        assert (asked["Call"], asked["Target"]) == (made.call_id, "seat2")
        await made.together("seat1", "seat2")
        await made.where("trunk", "MusicOnHold", "desk-hold")
        await conference.join(made.manager, made.legs["seat1"])
        await made.together("trunk", "seat1", "seat2")
        await made.agent.hangup()  # attended transfer: the colleague keeps the caller
        await made.together("trunk", "seat2")
        await made.colleague.hangup()
        await made.caller.state("DISCONNECTED")
    assert house.last_call("13900006001").outcome == "person"


async def test_an_agent_who_hangs_up_while_asking_leaves_the_caller_with_the_colleague(house: Hotline) -> None:
    async with talk(house, "13900006002") as made:
        await made.ask()
        await made.stage("talking")
        await made.together("seat1", "seat2")
        await made.agent.hangup()
        await made.together("trunk", "seat2")
        await made.caller.hangup()
        await made.colleague.state("DISCONNECTED")
    assert house.last_call("13900006002").outcome == "person"


async def test_a_colleague_who_hangs_up_gives_the_agent_back_to_the_caller(house: Hotline) -> None:
    async with talk(house, "13900006003") as made:
        await made.ask()
        await made.stage("talking")
        await made.together("seat1", "seat2")
        await made.colleague.hangup()
        await made.together("trunk", "seat1")
        made.events.clear()
        await made.ask("seat2")  # and once more, now that both are in the room
        asked = await made.stage("talking")
        await made.together("seat1", "seat2")
        await conference.back(made.manager, made.legs["seat1"], Consult("seat2", "talking", asked["Leg"]))
        await made.together("trunk", "seat1")
        await made.caller.hangup()
        await made.agent.state("DISCONNECTED")


async def test_a_colleague_who_does_not_answer_costs_the_caller_no_more_than_the_ring(house: Hotline) -> None:
    async with talk(house, "13900006004", None) as made:
        await made.ask()
        over = await made.stage("over", 9)
        assert over["Why"] == "NOANSWER"
        await made.together("trunk", "seat1")
        made.events.clear()
        await made.ask()
        await made.stage("ringing")
        await conference.back(made.manager, made.legs["seat1"], Consult("seat2"))
        await made.together("trunk", "seat1")
        assert (await made.stage("over"))["Why"] == "BACK"


async def test_an_agent_who_is_gone_before_anybody_answers_leaves_the_caller_in_front(house: Hotline) -> None:
    async with talk(house, "13900006005", None) as made:
        await made.ask()
        await made.stage("ringing")
        await made.manager.action("QueuePause", Interface="PJSIP/seat1", Paused="true")
        await made.agent.hangup()
        await made.where("trunk", "Queue", "human")
        wanted = [e.fields for e in made.events if e.fields.get("UserEvent") == "HumanWanted"]
        assert (wanted[-1]["Why"], wanted[-1]["Call"]) == ("handed_on", made.call_id)


async def test_a_leg_that_is_lost_in_the_room_is_no_end_of_the_call(house: Hotline) -> None:
    async with talk(house, "13900006006") as made:
        await made.ask()
        await made.stage("talking")
        await made.colleague.hangup()
        await made.together("trunk", "seat1")
        await made.manager.action("QueuePause", Interface="PJSIP/seat1", Paused="true")
        await made.manager.action("Hangup", Channel=made.legs["seat1"], Cause="44")  # as when no more sound comes
        await made.where("trunk", "Queue", "human")


async def test_an_interpreter_is_in_the_talk_as_soon_as_they_answer(house: Hotline) -> None:
    async with talk(house, "13900006007") as made:
        await made.ask(join=True)
        await made.together("trunk", "seat1", "seat2")
        assert (await made.stage("joined"))["Call"] == made.call_id
        await made.colleague.hangup()
        await made.together("trunk", "seat1")


async def test_where_one_interpreter_does_not_answer_the_next_is_rung(house: Hotline) -> None:
    async with talk(house, "13900006017") as made:
        await made.ask("web1", join=True, others=("web2", "seat2"))  # nobody is at the pages
        await made.together("trunk", "seat1", "seat2")
        await made.colleague.hangup()
        await made.together("trunk", "seat1")


async def test_nothing_but_the_seats_can_be_asked(house: Hotline) -> None:
    async with talk(house, "13900006008") as made:
        for target in ("13900000001", "120"):  # no trunk: nothing outside
            await made.ask(target)
            await made.together("trunk", "seat1")
        assert [e for e in made.events if e.fields.get("UserEvent") == "DeskConsult"] == []
