"""A call-back is a talk like any other for whoever speaks in it: asked about, joined, handed on, and nobody is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest

from ivr.asterisk.config import ledger_file
from ivr.asterisk.manager import Manager, ManagerEvent
from ivr.call.events import Kind, Outcome
from ivr.desk import conference
from ivr.desk.board import Board, LiveCall
from ivr.rehearsal.caller import Phone
from ivr.routing.callbacks import PREFIX, place_id
from ivr.routing.ledger import calls, read
from ivr.settings import load
from tests import ports
from tests.calls.calling_back import place
from tests.calls.conftest import Hotline, asterisk_or_skip, legs, running_hotline
from tests.waits import at_most

pytestmark = pytest.mark.calls
SEATS = frozenset({"seat1", "seat2"})


@pytest.fixture(scope="module")
def carrier_port() -> int:
    return ports.free(socket.SOCK_DGRAM)


@pytest.fixture(scope="module")
def owing(tmp_path_factory: pytest.TempPathFactory, carrier_port: int) -> Iterator[Hotline]:
    """A hotline without its program, that can dial out."""
    asterisk_or_skip()
    settings = {
        "YINLING_DIALOGUE": "false",
        "YINLING_SIP__TRUNK_OUT": f"127.0.0.1:{carrier_port}",
        "YINLING_CALLBACKS__SPACING_S": json.dumps([1, 1]),
        "YINLING_QUEUEING__RING_S": "5",
    }
    with running_hotline(tmp_path_factory.mktemp("owing"), **settings) as running:
        yield running


@dataclass
class Talk:
    """An elder who was called back, with the agent at seat1; seat2 is a colleague whom no queue rings."""

    manager: Manager
    elder: Phone
    agent: Phone
    colleague: Phone
    board: Board
    call_id: str
    events: list[ManagerEvent] = field(default_factory=list)

    @property
    def call(self) -> LiveCall:
        """As the desk knows it."""
        return self.board.calls[self.call_id]

    async def ask(self) -> None:
        call = self.call
        await conference.ask(self.manager, self.call_id, call.channel, call.seat_channel, "seat2", join=False)

    async def agent_vanishes(self) -> None:
        """As a page that crashed: no goodbye, and the seat takes no call until it is back."""
        await self.manager.action("QueuePause", Interface="PJSIP/seat1", Paused="true")
        await self.manager.action("Hangup", Channel=self.call.seat_channel, Cause="44")

    async def until(self, what: str, timeout_s: float = 10) -> None:
        """Until the desk sees it so: `state seat at stage`."""
        until, seen = time.monotonic() + at_most(timeout_s), ""
        while time.monotonic() < until:
            if (call := self.board.calls.get(self.call_id)) is None:
                seen = "gone"
            else:
                stage = call.consult.stage if call.consult else "-"
                seen = f"{call.state} {call.seat or '-'} {call.at or '-'} {stage}"
            if seen == what:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"the desk sees “{seen}” instead of “{what}”")

    async def hears(self, bridged: bool, timeout_s: float = 10) -> None:
        """Until the leg that stands for the elder is with others, or hears music."""
        until, seen = time.monotonic() + at_most(timeout_s), None
        while time.monotonic() < until:
            found = {leg["Uniqueid"]: leg for leg in await legs(self.manager)}
            leg = found.get(place_id(self.call_id), {})
            seen = leg.get("Application"), leg.get("Context")
            if (
                (seen != ("MusicOnHold", "desk-hold") and bool(leg.get("BridgeId")))
                if bridged
                else (seen == ("MusicOnHold", "desk-hold"))
            ):
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"the elder's leg is in {seen}")


@contextlib.asynccontextmanager
async def talk(
    owing: Hotline,
    carrier_port: int,
    number: str,
    colleague_answers_s: float | None = 0.2,
    *,
    reached: bool = True,
    answers_s: float = 0.1,
) -> AsyncIterator[Talk]:
    """An agent and an elder who talk: placed as `CallbackDialer` places it."""
    events: list[ManagerEvent] = []
    board = Board(SEATS, lambda _: None)

    def on_event(event: ManagerEvent) -> None:
        events.append(event)
        board.on_manager(event)

    async with (
        owing.manager(on_event) as manager,
        owing.seat(1, colleague_answers_s) as colleague,
        owing.seat(0, 0.1) as agent,
        owing.outside(carrier_port, answer_after_s=answers_s) as elder,
    ):
        await manager.action("QueuePause", Interface="PJSIP/seat1", Paused="false")
        await manager.action("QueuePause", Interface="PJSIP/seat2", Paused="true")
        leg = await place(manager, f"1700000000.{number[-3:]}", number)
        made = Talk(manager, elder, agent, colleague, board, leg, events)
        if reached:
            await made.until("talking seat1 - -", 20)
            await elder.state("CONFIRMED", timeout_s=20)
        yield made


async def test_the_elder_waits_while_the_agent_asks_and_goes_on_with_the_colleague(
    owing: Hotline, carrier_port: int
) -> None:
    async with talk(owing, carrier_port, "13900009001") as made:
        await made.ask()
        await made.until("talking seat1 hold talking")
        await made.hears(bridged=False)
        await conference.join(made.manager, made.call.seat_channel)
        await made.until("talking seat1 room joined")
        await made.hears(bridged=True)
        await owing.talks(3, 2)  # all three in the room, and elder and half
        fresh = Board(SEATS, lambda _: None)
        fresh.sync(await made.manager.channels())
        again = fresh.calls[made.call_id]
        assert (again.state, again.seat, again.at) == ("talking", "seat1", "room"), "a new server knows of it"
        assert again.consult is not None
        assert again.consult.target == "seat2", "the elder is no colleague"
        await made.agent.hangup()
        await made.until("talking seat2 room -")
        await made.colleague.hangup()
        await made.elder.state("DISCONNECTED")
        await made.until("gone")


async def test_a_colleague_who_does_not_help_gives_the_elder_back(owing: Hotline, carrier_port: int) -> None:
    async with talk(owing, carrier_port, "13900009002") as made:
        await made.ask()
        await made.until("talking seat1 hold talking")
        await made.colleague.hangup()
        await made.until("talking seat1 room -")
        await made.hears(bridged=True)
        await made.elder.hangup()
        await made.agent.state("DISCONNECTED")
        await made.until("gone")


async def test_an_elder_on_hold_whose_agent_vanishes_is_in_front_of_the_queue(
    owing: Hotline, carrier_port: int
) -> None:
    async with talk(owing, carrier_port, "13900009003", colleague_answers_s=None) as made:
        await made.manager.action("QueuePause", Interface="PJSIP/seat1", Paused="true")
        await made.ask()
        await made.until("talking seat1 hold ringing")
        await made.manager.action("Hangup", Channel=made.call.seat_channel, Cause="44")
        await made.until("waiting - - -")
        assert (made.call.band, made.call.number) == ("elder", "13900009003")
        await made.manager.action("QueuePause", Interface="PJSIP/seat1", Paused="false")
        await made.until("talking seat1 - -", 20)
        await made.hears(bridged=True)
        told = [event.fields["Call"] for event in made.events if "Call" in event.fields]
        assert set(told) == {made.call_id}, "one talk has one name"
        await owing.helped("seat1")
        await made.agent.hangup()
        await made.elder.state("DISCONNECTED")


def tried(owing: Hotline, made: Talk) -> list[object]:
    """What Asterisk's ledger tells of the call-back."""
    events, _ = read(ledger_file(load(var_dir=owing.var)))
    of_call = [e for e in events if e.call_id == made.call_id.removeprefix(PREFIX)]
    return [e.data["status"] for e in of_call if e.kind is Kind.CALLBACK_TRIED]


async def over(owing: Hotline, made: Talk) -> list[object]:
    """The same once it tells anything: the desk may know of the end before it is written down."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(at_most(5)):
            while not tried(owing, made):
                await asyncio.sleep(0.05)
    return tried(owing, made)


async def test_an_elder_whose_agent_vanishes_in_the_talk_is_in_front_of_the_queue(
    owing: Hotline, carrier_port: int
) -> None:
    async with talk(owing, carrier_port, "13900009004") as made:
        await asyncio.sleep(1.5)
        await made.agent_vanishes()
        await made.until("waiting - - -")
        await made.manager.action("QueuePause", Interface="PJSIP/seat1", Paused="false")
        await made.until("talking seat1 - -", 20)
        await made.hears(bridged=True)
        assert tried(owing, made) == []
        await owing.helped("seat1")
        await made.agent.hangup()
        await made.elder.state("DISCONNECTED")
        await made.until("gone")
        assert await over(owing, made) == ["ANSWER"]


async def test_an_elder_who_gives_up_after_the_agent_vanished_is_owed_the_call_still(
    owing: Hotline, carrier_port: int
) -> None:
    async with talk(owing, carrier_port, "13900009005") as made:
        await asyncio.sleep(1.5)
        await made.agent_vanishes()
        await made.until("waiting - - -")
        await made.elder.hangup()
        await made.until("gone")
        assert await over(owing, made) == ["LEFT"]


async def test_an_elder_who_gives_up_in_the_moment_in_which_the_agent_vanished_is_owed_the_call_still(
    owing: Hotline, carrier_port: int
) -> None:
    """Before Asterisk has looked whether the seat's leg said goodbye."""
    async with talk(owing, carrier_port, "13900009019") as made:
        await asyncio.sleep(1.5)
        seat_leg = made.call.seat_channel
        await made.agent_vanishes()
        until = time.monotonic() + at_most(5)
        while ("Hangup", seat_leg) not in [(e.name, e.fields.get("Channel")) for e in made.events]:
            assert time.monotonic() < until
            await asyncio.sleep(0)
        await made.elder.hangup()
        await made.until("gone")
        assert await over(owing, made) == ["LEFT"]


async def test_after_a_goodbye_the_call_back_is_over(owing: Hotline, carrier_port: int) -> None:
    async with talk(owing, carrier_port, "13900009006") as made:
        await owing.helped("seat1")
        await made.agent.hangup()
        await made.elder.state("DISCONNECTED")
        await made.until("gone")
        assert await over(owing, made) == ["ANSWER"]


async def test_a_number_of_the_table_that_does_not_answer_gives_the_elder_back(
    owing: Hotline, carrier_port: int
) -> None:
    """The elder's own phone is the only one at this carrier: it declines the second call."""
    async with talk(owing, carrier_port, "13900009007", answers_s=2) as made:
        await asyncio.sleep(1.5)
        before = len(made.elder.events)
        await made.manager.action("Redirect", Channel=made.call.channel, Context="targets", Exten="12345", Priority="1")
        await made.elder.wait("ringing", after=before)
        await made.elder.hangup()
        await made.until("talking seat1 - -", 40)
        await made.hears(bridged=True)
        assert tried(owing, made) == []
        await owing.helped("seat1")
        await made.agent.hangup()
        await made.until("gone")
        assert await over(owing, made) == ["ANSWER"]


async def test_nobody_is_rung_for_an_agent_who_vanished_before(owing: Hotline, carrier_port: int) -> None:
    async with talk(owing, carrier_port, "13900009008", reached=False) as made:
        await made.until("talking seat1 - -", 20)
        await made.agent_vanishes()
        await made.until("gone")
        assert await over(owing, made) == ["GAVEUP"]
        assert not any(event["event"] == "ringing" for event in made.elder.events)


async def test_a_call_back_is_on_record_with_its_number_and_outcome(owing: Hotline, carrier_port: int) -> None:
    async with talk(owing, carrier_port, "13900009009") as made:
        await owing.helped("seat1")
        await made.agent.hangup()
        await made.until("gone")
        assert await over(owing, made) == ["ANSWER"]
        events, _ = read(ledger_file(load(var_dir=owing.var)))
        (own,) = [one for one in calls(events) if one.call_id == made.call_id]
        assert (own.number, own.outcome) == ("13900009009", Outcome.PERSON)
