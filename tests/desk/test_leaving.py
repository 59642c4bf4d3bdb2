"""Nobody gets up from a call, and a wrap-up moves the seat only from the wrap-up of that very call."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from integrations.database.people import NewPerson
from tests.desk.conftest import CALL, CALLER_LEG, Browser, FakeDesk
from tests.desk.test_calls import live
from tests.desk.test_conference import COLLEAGUE_LEG, asked, talks, tells

NEXT = "1700000000.9"
FORM = {"result": "follow_up", "subject": "养老金", "note": "三月没到账", "ticket": True, "follow_up_on": "2026-03-12"}
WAYS_OUT = ("/api/leave", "/api/sign-out", "/api/seat")


@pytest.fixture
async def wang(desk: FakeDesk, new_browser: Any) -> Browser:
    """王强, at the seat web2, ready."""
    made: Browser = new_browser()
    await made.sign_in(desk.people.add("root", "wang", "王强", "agent"))
    await made.ok("POST", "/api/seat", {"seat": "web2", "language": "zh"})
    await made.ok("POST", "/api/state", {"state": "ready"})
    return made


async def stays(browser: Browser) -> None:
    """No way out is open, and the sentence says what to do."""
    for path in WAYS_OUT:
        answer = await browser.ask("POST", path, {"seat": "web3"})
        told = await answer.json()
        assert (answer.status, told["code"]) == (409, "in_call")
        assert "请先挂断" in told["message"]
        assert "hand it on" in told["message"]
    assert (await browser.ok("GET", "/api/me"))["seat"] is not None


async def seat_state(browser: Browser) -> str:
    """As the page would be told."""
    found: str = (await browser.ok("GET", "/api/me"))["seat"]["state"]
    return found


async def until_state(browser: Browser, state: str) -> None:
    """What Asterisk's events set off is done in a moment."""
    async with asyncio.timeout(5):
        while await seat_state(browser) != state:
            await asyncio.sleep(0.02)


async def test_who_is_rung_or_talks_neither_leaves_nor_signs_out_and_may_afterwards(
    desk: FakeDesk, agent: Browser
) -> None:
    desk.rings()
    await stays(agent)
    desk.answers()
    await stays(agent)
    desk.seat_hangs_up()
    await until_state(agent, "wrap_up")
    await agent.ok("POST", "/api/leave", {})
    await agent.ok("POST", "/api/sign-out", {})
    assert (await agent.ask("GET", "/api/me")).status == 401


async def test_a_desk_phone_keeps_its_agent_as_well(desk: FakeDesk, new_browser: Any, li: NewPerson) -> None:
    browser: Browser = new_browser()
    await browser.sign_in(li)
    phone = next(seat for seat in desk.seating.names if seat not in desk.secrets.web_seats)
    await browser.ok("POST", "/api/seat", {"seat": phone, "language": "zh"})
    desk.rings(seat=phone)
    desk.answers(seat=phone)
    await stays(browser)


async def test_who_is_asked_by_a_colleague_stays_until_that_is_over(
    desk: FakeDesk, agent: Browser, wang: Browser
) -> None:
    talks(desk)
    await asked(desk, agent)
    await stays(wang)
    tells(desk, "DeskConsult", Stage="over")
    desk.said("Hangup", Channel=COLLEAGUE_LEG, Uniqueid="1700000000.3", Linkedid=CALL)
    await wang.ok("POST", "/api/leave", {})
    await stays(agent)


async def test_who_has_handed_the_caller_on_may_leave(desk: FakeDesk, agent: Browser, wang: Browser) -> None:
    desk.rings()
    desk.answers()
    desk.rings(seat="web2")
    desk.answers(seat="web2")
    await agent.ok("POST", "/api/leave", {})
    await stays(wang)


async def test_while_asterisk_cannot_be_asked_nobody_is_kept_by_what_it_said_last(
    desk: FakeDesk, agent: Browser
) -> None:
    desk.rings()
    desk.manager.connected.clear()
    await agent.ok("POST", "/api/leave", {})


async def talked(desk: FakeDesk, agent: Browser) -> None:
    """A talk is over, and its wrap-up is owed."""
    desk.rings()
    desk.answers()
    desk.seat_hangs_up()
    await until_state(agent, "wrap_up")


async def test_the_form_of_an_earlier_call_does_not_end_the_wrap_up_of_a_later_one(
    desk: FakeDesk, agent: Browser
) -> None:
    await talked(desk, agent)
    await agent.ok("POST", "/api/state", {"state": "ready"})
    await agent.ok("POST", f"/api/calls/{CALL}/wrap-up", {**FORM, "then": "paused"})
    assert await seat_state(agent) == "ready"
    desk.rings(call_id=NEXT)
    desk.answers(call_id=NEXT)
    desk.said("Hangup", Channel="PJSIP/web1-00000002", Uniqueid="1700000000.10", Linkedid=NEXT)
    desk.said("Hangup", Channel=CALLER_LEG, Uniqueid=NEXT, Linkedid=NEXT)
    await until_state(agent, "wrap_up")
    await agent.ok("POST", f"/api/calls/{CALL}/wrap-up", {**FORM, "then": "ready"})
    assert await seat_state(agent) == "wrap_up"
    await agent.ok("POST", f"/api/calls/{NEXT}/wrap-up", {**FORM, "then": "paused"})
    assert await seat_state(agent) == "paused"


async def test_who_is_asked_during_wrap_up_is_not_rung_for_what_is_saved_then(
    desk: FakeDesk, agent: Browser, wang: Browser
) -> None:
    desk.rings(seat="web2", call_id=NEXT)
    desk.answers(seat="web2", call_id=NEXT)
    desk.seat_hangs_up(seat="web2", call_id=NEXT)
    await until_state(wang, "wrap_up")
    talks(desk)
    await asked(desk, agent)
    await wang.ok("POST", f"/api/calls/{NEXT}/wrap-up", {**FORM, "then": "ready"})
    assert await seat_state(wang) == "wrap_up"


async def test_a_form_that_says_nothing_of_the_seat_leaves_it_and_the_other_pages_are_told(
    desk: FakeDesk, agent: Browser
) -> None:
    feed = await live(agent)
    await talked(desk, agent)
    await agent.ok("POST", f"/api/calls/{CALL}/wrap-up", {**FORM, "then": "stay"})
    assert (await feed.until("wrapped_up"))["call_id"] == CALL
    assert await seat_state(agent) == "wrap_up"
    assert (await agent.ask("POST", f"/api/calls/{CALL}/wrap-up", {**FORM, "then": "away"})).status == 400


async def test_after_the_server_started_anew_a_wrap_up_still_makes_the_seat_ready(
    desk: FakeDesk, agent: Browser
) -> None:
    await talked(desk, agent)
    desk.seating.wraps.clear()
    await agent.ok("POST", f"/api/calls/{CALL}/wrap-up", {**FORM, "then": "ready"})
    assert await seat_state(agent) == "ready"
