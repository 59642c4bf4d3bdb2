"""Callers reach a person, a call-back or a message by Asterisk alone: no dialogue program runs in these calls."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest

from ivr.asterisk.config import ledger_file
from ivr.call.events import CallEvent, Kind, Outcome
from ivr.routing.ledger import read
from ivr.settings import load
from tests.calls.conftest import Hotline
from tests.waits import at_most

pytestmark = pytest.mark.calls
SERVICE = "12349"


async def test_a_caller_is_answered_at_once_and_reaches_a_seat(hotline: Hotline) -> None:
    async with hotline.seat(answer_after_s=0.2) as seat, hotline.caller("13900000001") as caller:
        await caller.call(SERVICE)
        await caller.state("CONFIRMED", timeout_s=3)
        await seat.state("CONFIRMED", timeout_s=8)
        await hotline.with_person("13900000001")
        await caller.hangup()
        await caller.state("DISCONNECTED")
    call = hotline.last_call("13900000001")
    assert call.outcome is Outcome.PERSON
    wanted = next(e for e in call.events if e.kind is Kind.HUMAN_WANTED)
    assert wanted.data == {"why": "no_program", "band": "general", "language": "zh"}


async def test_key_0_rings_a_seat_before_the_program_is_given_up(hotline: Hotline) -> None:
    async with hotline.seat(answer_after_s=0.2) as seat, hotline.caller("13900000002") as caller:
        await caller.call(SERVICE)
        await caller.state("CONFIRMED", timeout_s=3)
        await caller.press("0")
        await seat.state("CONFIRMED", timeout_s=8)
        await hotline.with_person("13900000002")
        await caller.hangup()
        await caller.state("DISCONNECTED")
    assert hotline.last_call("13900000002").outcome is Outcome.PERSON


async def test_key_1_in_the_queue_owes_a_call_back(hotline: Hotline) -> None:
    async with hotline.caller("13900000003") as caller:
        await caller.call(SERVICE)
        await caller.state("CONFIRMED", timeout_s=3)
        await hotline.queued("13900000003")
        await caller.press("1")
        await caller.state("DISCONNECTED", timeout_s=15)
    call = hotline.last_call("13900000003")
    assert call.outcome is Outcome.CALLBACK_OWED
    assert next(e for e in call.events if e.kind is Kind.CALLBACK_OWED).data["number"] == "13900000003"


async def test_key_2_in_the_queue_takes_a_message(hotline: Hotline) -> None:
    async with hotline.caller("13900000004") as caller:
        await caller.call(SERVICE)
        await caller.state("CONFIRMED", timeout_s=3)
        await hotline.queued("13900000004")
        await caller.press("2")
        await hotline.queued("13900000004", "Record", timeout_s=20)
        await asyncio.sleep(2)
        await caller.press("#")
        await caller.state("DISCONNECTED", timeout_s=15)
    call = hotline.last_call("13900000004")
    assert call.outcome is Outcome.MESSAGE_LEFT
    recording = Path(next(e for e in call.events if e.kind is Kind.MESSAGE_LEFT).data["file"])
    assert recording.stat().st_size > 16_000  # noqa: ASYNC240 - one look at a local file


async def test_a_caller_who_gives_up_in_the_queue_is_on_record(hotline: Hotline) -> None:
    async with hotline.caller("13900000005") as caller:
        await caller.call(SERVICE)
        await caller.state("CONFIRMED", timeout_s=3)
        await hotline.queued("13900000005")
        await caller.hangup()
    assert hotline.last_call("13900000005").outcome is Outcome.ABANDONED


async def test_a_caller_who_says_to_be_a_seat_needs_the_seats_password(hotline: Hotline) -> None:
    async with hotline.caller("seat1") as caller:
        await caller.call(SERVICE)
        gone = await caller.state("DISCONNECTED", timeout_s=5)
    assert gone["code"] in (401, 403)


async def test_no_leg_is_left_behind_and_nothing_warns(hotline: Hotline) -> None:
    log = (hotline.var / "asterisk/log/full").read_text(encoding="utf-8", errors="replace")
    assert "No application" not in log
    assert "ERROR" not in log
    asterisk = psutil.Process(hotline.demo["pids"]["asterisk"])
    tcp = {c.laddr.ip for c in asterisk.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
    assert tcp == {"127.0.0.1"}
    assert psutil.Process(hotline.demo["pids"]["guardian"]).is_running()


async def test_the_ledger_may_be_renamed_in_the_middle_of_a_call(hotline: Hotline) -> None:
    """As `LedgerFile` takes its old lines away: Asterisk holds the file no longer than it writes a line."""
    ledger = ledger_file(load(var_dir=hotline.var))
    async with hotline.caller("13900000006") as caller:
        await caller.call(SERVICE)
        await caller.state("CONFIRMED", timeout_s=3)
        await hotline.queued("13900000006")
        await _lines(ledger, Kind.HUMAN_WANTED)
        aside = ledger.rename(ledger.with_name("calls.csv.aside"))
        await caller.hangup()
    ended = await _lines(ledger, Kind.CALL_ENDED)
    began, _ = read(aside)
    assert began[-1].call_id == ended[-1].call_id
    ledger.write_bytes(aside.read_bytes() + ledger.read_bytes())


async def _lines(ledger: Path, last: Kind) -> list[CallEvent]:
    """What the file tells once its last line is of that kind."""
    async with asyncio.timeout(at_most(5)):
        while True:
            events, _ = read(ledger)
            if events and events[-1].kind is last:
                return events
            await asyncio.sleep(0.05)
