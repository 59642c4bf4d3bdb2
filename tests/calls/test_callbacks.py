"""A call that is owed is made: an agent answers first, then the caller is dialled, and what came of it is on record."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.database.hours import HoursTable
from integrations.database.journal import CallJournal, JournalWriter
from integrations.database.owed import OWED, PLACED, REACHED, Callback, Owed
from integrations.database.store import Database
from ivr.asterisk.config import load_secrets
from ivr.asterisk.manager import Manager
from ivr.rehearsal.caller import Phone
from ivr.routing.callbacks import place_id
from ivr.routing.records import Records
from ivr.routing.work import Routing
from ivr.settings import load
from tests import ports
from tests.calls.calling_back import place
from tests.calls.conftest import Hotline, asterisk_or_skip, legs, running_hotline
from tests.waits import at_most

pytestmark = pytest.mark.calls
SERVICE = "12349"


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
        "YINLING_CALLBACKS__SPACING_S": json.dumps([6, 1]),  # seen as owed between two tries
        "YINLING_CALLBACKS__RING_S": "10",
        "YINLING_ROUTING__LANGUAGES": json.dumps(["bo"]),
    }
    with running_hotline(tmp_path_factory.mktemp("owing"), **settings) as running:
        yield running


@contextlib.asynccontextmanager
async def program(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Owed]:
    """What the program does for routing, without its voice: records, hours, call-backs."""
    with monkeypatch.context() as patch:
        for name, value in hotline.environment.items():
            patch.setenv(name, value)
        settings = load(demo=True)
    database = Database(settings.database_address)
    database.migrate()
    journal = CallJournal(database)
    writer = JournalWriter(journal, settings.var_dir / "unwritten.jsonl")
    manager = Manager(settings.asterisk.manager_port, "yinling", load_secrets(settings).manager, lambda _: None)
    zone = ZoneInfo(settings.timezone)
    routing = Routing(settings, database, manager, None, lambda: datetime.now(zone).replace(tzinfo=None))
    records = Records(settings, journal, writer, manager)
    tasks = [asyncio.create_task(manager.run()), asyncio.create_task(records.run()), *routing.start()]
    try:
        yield Owed(database)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(writer.close, 5)
        database.close()


async def _give_up(hotline: Hotline, number: str) -> None:
    """A caller who asks for a person and hangs up."""
    async with hotline.caller(number) as caller:
        await caller.call(SERVICE)
        await caller.state("CONFIRMED", timeout_s=5)
        await hotline.queued(number)
        await caller.hangup()
        await caller.state("DISCONNECTED")


async def _state(owed: Owed, number: str, state: str, timeout_s: float = 20) -> Callback:
    async with asyncio.timeout(at_most(timeout_s)):
        while True:
            for one in await asyncio.to_thread(owed.all, (state,)):
                if one.number == number:
                    return one
            await asyncio.sleep(0.2)


async def test_the_agent_answers_first_and_then_the_caller_is_dialled(
    owing: Hotline, carrier_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = "13900003001"
    async with owing.seat(0, 0.1) as seat, owing.outside(carrier_port, answer_after_s=0.1) as elder:
        before_seat_is_free = datetime.now(UTC)
        await seat.call("602")  # paused: nobody is free when the caller gives up
        await seat.state("DISCONNECTED")
        await _give_up(owing, number)
        async with program(owing, monkeypatch) as owed:
            placed = await _state(owed, number, "placed")
            assert placed.wanted_at.replace(tzinfo=UTC) >= before_seat_is_free
            assert not any(e["event"] == "ringing" for e in elder.events), "nobody to talk to: nobody is rung"
            before = len(seat.events)
            await seat.call("601")
            ringing = await seat.wait("ringing", after=before, timeout_s=10)
            assert ringing["headers"]["x-yinling-why"] == "callback"
            reached = await elder.wait("ringing", timeout_s=20)
            assert f"sip:{number}@" in reached["local"]
            assert f"sip:{SERVICE}@" in reached["remote"], "the hotline's number is shown"
            await elder.state("CONFIRMED")
            await owing.talks(2, 2)
            await elder.hangup()
            done = await _state(owed, number, REACHED)
            assert (done.tries, done.seat, done.status) == (1, "seat1", "ANSWER")


async def test_who_does_not_answer_is_tried_again(
    owing: Hotline, carrier_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = "13900003002"
    await _give_up(owing, number)
    async with (
        owing.seat(1, 0.1),
        owing.outside(carrier_port) as elder,
        program(owing, monkeypatch) as owed,
    ):
        await elder.wait("ringing", timeout_s=20)
        before = len(elder.events)
        await elder.hangup()  # declined
        first = await _state(owed, number, OWED)
        assert (first.tries, first.status) == (1, "CHANUNAVAIL")
        await elder.wait("ringing", after=before, timeout_s=30)
        await elder.hangup()


async def test_in_danger_a_seat_that_does_not_speak_the_language_makes_the_call(
    owing: Hotline, carrier_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = "13900003003"
    async with owing.manager(lambda _: None) as manager:
        for family, value in (("lang", "bo"), ("band", "emergency")):
            await manager.action("DBPut", Family=family, Key=number, Val=value)
    async with owing.seat(0, 0.1) as seat, owing.outside(carrier_port, answer_after_s=0.1) as elder:
        await seat.call("602")
        await seat.state("DISCONNECTED")
        await _give_up(owing, number)
        before = len(seat.events)
        await seat.call("601")
        async with program(owing, monkeypatch) as owed:
            ringing = await seat.wait("ringing", after=before, timeout_s=20)
            assert (ringing["headers"]["x-yinling-why"], ringing["headers"]["x-yinling-language"]) == ("callback", "bo")
            await elder.wait("ringing", timeout_s=20)
            await elder.state("CONFIRMED")
            await owing.talks(2, 2)
            await elder.hangup()
            assert (await _state(owed, number, REACHED)).seat == "seat1"


async def test_at_night_the_person_on_duty_calls_back_who_is_in_danger(
    owing: Hotline, carrier_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One phone stands for the duty's and for the elder's: it rings for the one, then for the other."""
    number, duty = "13900003004", "13997000001"
    await owing.store("duty", "number", duty)
    await owing.store("band", number, "emergency")
    async with closed_today(owing), program(owing, monkeypatch) as owed, owing.seat(0, 0.1) as seat:
        today = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y%m%d")
        await _in_asterisk(owing, "holiday", today, "closed")
        async with owing.outside(carrier_port) as asleep, owing.caller(number) as caller:
            await caller.call(SERVICE)
            await asleep.wait("ringing", timeout_s=20)
            await caller.hangup()
            await caller.state("DISCONNECTED")
            assert _rung(asleep) == [duty]
        async with owing.outside(carrier_port, answer_after_s=0.1) as awake:
            reached = await _state(owed, number, PLACED, 90)  # a minute later, if it was tried before this phone was up
            assert reached.band == "emergency"
            await awake.wait("ringing", lambda e: number in e["local"], timeout_s=90)
            assert _rung(awake) == [duty, number]
            await owing.talks(2, 2)
            await awake.hangup()
            assert (await _state(owed, number, REACHED)).seat == "duty"
        assert not any(e["event"] == "ringing" for e in seat.events)


@contextlib.asynccontextmanager
async def closed_today(hotline: Hotline) -> AsyncIterator[None]:
    """From before the program is there, or it would first make what earlier callers are owed."""
    with contextlib.closing(hotline.database) as database:
        database.migrate()
        table, today = HoursTable(database), datetime.now(ZoneInfo("Asia/Shanghai")).date()
        await asyncio.to_thread(table.set_day, today, "closed", "夜")
        try:
            yield
        finally:
            await asyncio.to_thread(table.clear_day, today)


async def test_a_call_back_in_danger_that_waits_when_the_office_closes_goes_to_the_person_on_duty(
    owing: Hotline, carrier_port: int
) -> None:
    number, duty = "13900003005", "13997000001"
    today = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y%m%d")
    await owing.store("duty", "number", duty)
    async with owing.manager() as manager, owing.outside(carrier_port, answer_after_s=0.1) as phone:
        await manager.forget("holiday", today)
        leg = await place(manager, "1700000000.35", number, "emergency", timeout_s=120)
        await _waits(manager, place_id(leg))
        await manager.store("holiday", today, "closed")
        try:
            await phone.wait("ringing", timeout_s=75)
            await phone.wait("ringing", lambda e: number in e["local"], timeout_s=20)
            assert _rung(phone) == [duty, number]
            await owing.talks(2, 2)
            await phone.hangup()
        finally:
            await manager.forget("holiday", today)


async def _waits(manager: Manager, leg: str) -> None:
    async with asyncio.timeout(at_most(10)):
        while not any((one["Uniqueid"], one["Application"]) == (leg, "Queue") for one in await legs(manager)):
            await asyncio.sleep(0.2)


def _rung(phone: Phone) -> list[str]:
    """The numbers for which this phone rang, in order."""
    return [e["local"].partition("sip:")[2].partition("@")[0] for e in phone.events if e["event"] == "ringing"]


async def _in_asterisk(hotline: Hotline, family: str, key: str, value: str) -> None:
    async with hotline.manager() as manager, asyncio.timeout(at_most(20)):
        while (await manager.stored(family)).get(key) != value:
            await asyncio.sleep(0.2)
