"""Who answers whom, by Asterisk alone: bands, languages, the person of last time, interpreters, hours, transfers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rapidfuzz import fuzz

from ivr.call.events import Kind, Outcome
from ivr.rehearsal.caller import Event, Phone
from ivr.routing.acquainted import forget_old
from ivr.routing.seats import SeatQueues
from ivr.settings import load
from tests import ports
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline
from tests.calls.test_in_danger import BYTES_PER_S, written_down

pytestmark = pytest.mark.calls
SERVICE = "12349"
SEATS = {"seat1": {"languages": ["zh"]}, "seat2": {"languages": ["zh", "bo"]}, "seat3": {"languages": ["zh", "bo"]}}
INTERPRETER, DUTY = "09718888001", "13997000001"


@pytest.fixture(scope="module")
def carrier_port() -> int:
    return ports.free(socket.SOCK_DGRAM)


@pytest.fixture(scope="module")
def routed(tmp_path_factory: pytest.TempPathFactory, carrier_port: int) -> Iterator[Hotline]:
    """A hotline without its program, with a seat that speaks Tibetan, an interpreter and a person on duty."""
    asterisk_or_skip()
    settings = {
        "YINLING_DIALOGUE": "false",
        "YINLING_SEATS": json.dumps(SEATS),
        "YINLING_SIP__TRUNK_OUT": f"127.0.0.1:{carrier_port}",
        "YINLING_QUEUEING__RING_S": "5",
        "YINLING_ROUTING__LANGUAGE_WAIT_S": "5",
        "YINLING_ROUTING__INTERPRETERS": json.dumps({"bo": [INTERPRETER]}),
        "YINLING_ROUTING__DUTY_NUMBER": DUTY,
    }
    with running_hotline(tmp_path_factory.mktemp("routed"), **settings) as running:
        yield running


@contextlib.asynccontextmanager
async def waiting(
    hotline: Hotline, number: str, band: str = "", language: str = "", application: str = "Queue"
) -> AsyncIterator[Phone]:
    """A caller who has asked for a person, and is in the queue (where it is closed, in another application)."""
    if band:
        await hotline.store("band", number, band)
    if language:
        await hotline.store("lang", number, language)
    async with hotline.caller(number) as phone:
        await phone.call(SERVICE)
        await phone.state("CONFIRMED", timeout_s=5)
        await hotline.queued(number, application)
        yield phone


def _numbers(phone: Phone) -> list[str]:
    """Who rang at this phone, in order."""
    return [event["remote"].split("sip:")[1].split("@")[0] for event in phone.events if event["event"] == "ringing"]


async def _answered(phone: Phone, after: int = 0) -> Event:
    return await phone.wait("state", lambda e: e["state"] == "CONFIRMED", after=after, timeout_s=15)


async def _next_call(seat: Phone, who: Phone) -> None:
    """The seat's caller leaves; the seat takes the next."""
    before = len(seat.events)
    await who.hangup()
    await _answered(seat, before)


async def test_a_higher_band_goes_first_and_a_lower_one_is_not_overtaken_for_ever(routed: Hotline) -> None:
    async with contextlib.AsyncExitStack() as stack:
        seat = await stack.enter_async_context(routed.seat(0, 0.1))
        first = await stack.enter_async_context(waiting(routed, "13900002001", "general"))
        await _answered(seat)
        callers = {"13900002001": first}
        for number, band in (("13900002002", "general"), ("13900002003", "elder"), ("13900002004", "emergency")):
            callers[number] = await stack.enter_async_context(waiting(routed, number, band))
        for number in ("13900002001", "13900002004", "13900002003"):
            await _next_call(seat, callers[number])
        assert _numbers(seat) == ["13900002001", "13900002004", "13900002003", "13900002002"]


async def test_a_seat_that_does_not_answer_is_paused_and_the_caller_stays_in_front(routed: Hotline) -> None:
    async with routed.seat(0) as sleepy, waiting(routed, "13900002011") as caller:
        await sleepy.wait("ringing", timeout_s=5)
        await sleepy.state("DISCONNECTED", timeout_s=8)
        async with waiting(routed, "13900002012"), routed.seat(1, 0.1) as awake:
            await _answered(awake)
            assert _numbers(awake) == ["13900002011"]
            await caller.hangup()
            await asyncio.sleep(2)
            assert len(_numbers(sleepy)) == 1, "a paused seat must not ring"
            before = len(sleepy.events)
            await awake.hangup()
            await sleepy.call("601")
            await _answered(sleepy, before)


async def test_a_caller_who_gives_up_does_not_cost_the_seat_its_place(routed: Hotline) -> None:
    async with routed.seat(0) as seat:
        async with waiting(routed, "13900002021") as caller:
            await seat.wait("ringing", timeout_s=5)
            await caller.hangup()
            await seat.state("DISCONNECTED")
        before = len(seat.events)
        async with waiting(routed, "13900002022"):
            await seat.wait("ringing", after=before, timeout_s=5)


async def test_a_caller_of_another_language_gets_the_seat_that_speaks_it(routed: Hotline) -> None:
    async with routed.seat(0, 0.1) as mandarin, routed.seat(1, 0.1) as tibetan:
        async with waiting(routed, "13900002031", language="bo"):
            await _answered(tibetan)
            await routed.with_person("13900002031")
        ringing = next(e for e in tibetan.events if e["event"] == "ringing")
        assert ringing["headers"]["x-yinling-language"] == "bo"
        assert ringing["headers"]["x-yinling-why"] == "no_program"
        assert _numbers(mandarin) == []
    call = routed.last_call("13900002031")
    assert call.outcome is Outcome.PERSON
    assert call.call_id == ringing["headers"]["x-yinling-call"]


async def test_without_such_a_seat_any_seat_and_an_interpreter_talk_as_three(
    routed: Hotline, carrier_port: int
) -> None:
    async with (
        routed.seat(0, 0.1) as seat,
        routed.outside(carrier_port, answer_after_s=0.1) as interpreter,
        waiting(routed, "13900002041", language="bo") as caller,
    ):
        await _answered(seat)
        await _answered(interpreter)
        await routed.talks(3, 2)
        await interpreter.hangup()
        await asyncio.sleep(1)
        assert caller.events[-1].get("state") != "DISCONNECTED", "an interpreter who leaves must not end the talk"
        assert INTERPRETER in next(e["local"] for e in interpreter.events if e["event"] == "ringing")


async def test_who_helped_with_an_interpreter_last_time_does_not_talk_without_one_now(routed: Hotline) -> None:
    number = "13900002042"
    await routed.store("last", number, f"{int(time.time())}/seat1")
    async with routed.seat(0, 0.1) as mandarin, routed.seat(1, 0.1) as tibetan:
        async with waiting(routed, number, language="bo"):
            await _answered(tibetan)
        assert _numbers(mandarin) == []


async def test_who_speaks_the_language_and_helped_last_time_is_first(routed: Hotline) -> None:
    number = "13900002043"
    await routed.store("last", number, f"{int(time.time())}/seat2")
    async with routed.seat(1, 0.1) as helper, routed.seat(2, 0.1) as other:  # `other` has been idle for longer
        async with waiting(routed, number, language="bo"):
            await _answered(helper)
        assert _numbers(other) == []


async def test_the_person_who_helped_last_time_is_first(routed: Hotline) -> None:
    number = "13900002051"
    async with routed.seat(1, 0.1) as helper:
        async with waiting(routed, number):
            await _answered(helper)
            await routed.with_person(number)
        async with routed.seat(0, 0.1) as longer_idle:
            before = len(helper.events)
            async with waiting(routed, number):
                await _answered(helper, before)
            assert _numbers(longer_idle) == []
    async with routed.manager() as manager:
        assert (await manager.stored("last"))[number].endswith("/seat2")
        await forget_old(manager, 30, lambda: time.time() + 29 * 86_400)
        assert number in await manager.stored("last")
        await forget_old(manager, 30, lambda: time.time() + 31 * 86_400)
        assert await manager.stored("last") == {}


async def test_a_transferred_call_reaches_the_office_and_comes_back_when_nobody_is_there(
    routed: Hotline, carrier_port: int
) -> None:
    async with routed.seat(0, 0.1) as seat:
        async with waiting(routed, "13900002061") as caller:
            await _answered(seat)
            await routed.with_person("13900002061")
            async with routed.outside(carrier_port, answer_after_s=0.1) as office:
                await seat.transfer("12345")
                await _answered(office)
                assert "sip:12345@" in next(e["local"] for e in office.events if e["event"] == "ringing")
                await caller.hangup()
        before = len(seat.events)
        async with waiting(routed, "13900002062"):
            await _answered(seat, before)
            await routed.with_person("13900002062")
            before = len(seat.events)
            await seat.transfer("12345")  # the carrier is not there
            await seat.wait("ringing", after=before, timeout_s=45)
    kinds = [event.kind for event in routed.last_call("13900002062").events]
    assert kinds.index(Kind.TRANSFER_FAILED) > kinds.index(Kind.TRANSFERRED)


async def test_whom_the_desk_hands_on_outside_is_in_front_again_when_nobody_is_there(routed: Hotline) -> None:
    number = "13900002063"
    async with routed.seat(0, 0.1) as seat, routed.manager() as manager, waiting(routed, number):
        await _answered(seat)
        await routed.with_person(number)
        before = len(seat.events)
        legs = [one for one in await manager.channels() if one["Uniqueid"] == one["Linkedid"]]
        leg = next(one["Channel"] for one in legs if one["CallerIDNum"] == number)
        await manager.redirect(leg, "targets", "12345")  # as the desk does it; the carrier is not there
        await seat.wait("ringing", after=before, timeout_s=45)
    events = routed.last_call(number).events
    kinds = [event.kind for event in events]
    assert kinds.index(Kind.TRANSFER_FAILED) > kinds.index(Kind.TRANSFERRED)
    assert [event.data["why"] for event in events if event.kind == Kind.HUMAN_WANTED][-1] == "transfer_failed"


async def test_nothing_but_the_fixed_targets_can_be_dialled_from_a_seat(routed: Hotline, carrier_port: int) -> None:
    async with routed.seat(0) as seat, routed.outside(carrier_port, answer_after_s=0.1) as outside:
        await seat.call("13912345678")
        gone = await seat.state("DISCONNECTED")
        assert gone["code"] == 404
        assert _numbers(outside) == []


async def test_an_agent_who_moves_takes_languages_and_acquainted_callers_along(routed: Hotline) -> None:
    number = "13900002101"
    async with routed.seat(0, 0.1) as first, routed.seat(1, 0.1) as second, routed.manager() as manager:
        seats = SeatQueues(load(var_dir=routed.var, seats=SEATS), manager)
        await seats.enter("seat1", "cuo", ["zh", "bo"], paused=False)
        await seats.enter("seat2", "wang", ["zh"], paused=False)
        try:
            async with waiting(routed, number, language="bo"):
                await _answered(first)
                await routed.with_person(number)
            assert _numbers(second) == []
            await seats.leave("seat1", "cuo")
            await seats.enter("seat2", "cuo", ["zh", "bo"], paused=False)
            async with waiting(routed, number, language="bo"):
                await _answered(second)
        finally:
            await seats.leave("seat2", "cuo")
            for seat, facts in SEATS.items():
                await seats.enter(seat, seat, facts["languages"], paused=False)
                await manager.forget("agent", seat)


async def test_a_waiting_caller_who_turns_out_to_be_an_emergency_goes_to_the_front(routed: Hotline) -> None:
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(waiting(routed, "13900002111", "general"))
        await stack.enter_async_context(waiting(routed, "13900002112", "general"))
        manager = await stack.enter_async_context(routed.manager())
        leg = next(c["Channel"] for c in await manager.channels() if c["CallerIDNum"] == "13900002112")
        seats = SeatQueues(load(var_dir=routed.var, seats=SEATS), manager)
        assert await seats.raise_band(leg, int(time.time()), "emergency")
        assert not await seats.raise_band("PJSIP/nobody-1", int(time.time()), "emergency")
        seat = await stack.enter_async_context(routed.seat(0, 0.1))
        await _answered(seat)
        assert _numbers(seat) == ["13900002112"]


async def test_who_is_handed_back_goes_to_the_front_and_stays_in_the_own_band(routed: Hotline) -> None:
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(waiting(routed, "13900002121", "vulnerable"))
        await stack.enter_async_context(waiting(routed, "13900002122", "general"))
        manager = await stack.enter_async_context(routed.manager())
        leg = next(c["Channel"] for c in await manager.channels() if c["CallerIDNum"] == "13900002122")
        await manager.redirect(leg, "desk-front")
        seat = await stack.enter_async_context(routed.seat(0, 0.1))
        await _answered(seat)
        (ringing,) = [e for e in seat.events if e["event"] == "ringing"]
        assert _numbers(seat) == ["13900002122"]
        assert ringing["headers"]["x-yinling-band"] == "general"
        assert ringing["headers"]["x-yinling-why"] == "handed_on"


@contextlib.asynccontextmanager
async def closed_today(hotline: Hotline) -> AsyncIterator[None]:
    day = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y%m%d")
    await hotline.store("holiday", day, "closed")
    try:
        yield
    finally:
        await hotline.store("holiday", day, "0000-2400")


async def test_on_a_holiday_key_0_reaches_the_person_on_duty(routed: Hotline, carrier_port: int) -> None:
    async with closed_today(routed), routed.seat(0, 0.1) as seat:
        async with (
            routed.outside(carrier_port, answer_after_s=0.1) as duty,
            waiting(routed, "13900002071", application="Read") as caller,
        ):
            await caller.press("0")
            await _answered(duty)
            await routed.with_person("13900002071")
            assert DUTY in next(e["local"] for e in duty.events if e["event"] == "ringing")
        assert _numbers(seat) == []
    assert routed.last_call("13900002071").outcome is Outcome.PERSON


async def test_an_emergency_on_a_holiday_is_not_asked_to_press_anything(routed: Hotline, carrier_port: int) -> None:
    async with (
        closed_today(routed),
        routed.outside(carrier_port, answer_after_s=0.1) as duty,
        waiting(routed, "13900002091", "emergency", application="Dial"),
    ):
        await _answered(duty)


@pytest.mark.speech
async def test_in_a_fire_on_a_holiday_what_to_do_is_heard_while_the_duty_phone_rings(
    routed: Hotline, carrier_port: int, tmp_path: Path
) -> None:
    number = "13900002092"
    async with (
        closed_today(routed),
        routed.outside(carrier_port) as duty,
        routed.manager() as manager,
        routed.caller(number, tmp_path) as caller,
    ):
        await caller.call(SERVICE)
        await caller.state("CONFIRMED", timeout_s=5)
        leg = next(one["Channel"] for one in await manager.channels() if one["CallerIDNum"] == number)
        for name, value in (("HOTLINE_BAND", "emergency"), ("HOTLINE_EMERGENCY", "119")):
            await manager.set_variable(leg, name, value)  # as the dialogue does
        await manager.redirect(leg, "human")
        await duty.wait("ringing", timeout_s=10)
        heard_s = (tmp_path / "heard.wav").stat().st_size / BYTES_PER_S
        await asyncio.sleep(6)
        await caller.hangup()
        await caller.state("DISCONNECTED")
    heard = written_down(tmp_path / "heard.wav", heard_s)
    assert fuzz.partial_ratio("快到屋外去，手机别挂", heard) > 60, heard


async def test_on_a_holiday_a_caller_may_have_a_call_back(routed: Hotline) -> None:
    async with closed_today(routed), routed.caller("13900002081") as caller:
        await caller.call(SERVICE)
        await caller.state("CONFIRMED", timeout_s=5)
        await routed.queued("13900002081", "Read")
        await caller.press("1")
        await caller.state("DISCONNECTED", timeout_s=15)
    assert routed.last_call("13900002081").outcome is Outcome.CALLBACK_OWED
