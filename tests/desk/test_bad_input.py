"""What goes wrong at desks: a seat without a phone, clocks that are wrong, a tab that was left open."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest

from integrations.database.people import NewPerson
from ivr.asterisk.manager import ManagerError
from tests.desk.conftest import CALL, Browser, FakeDesk


@pytest.mark.parametrize(("status", "connected"), [("5", False), ("4", False), ("1", True), ("6", True)])
async def test_a_desk_phone_that_is_not_there_is_told(
    desk: FakeDesk, agent: Browser, monkeypatch: pytest.MonkeyPatch, status: str, connected: bool
) -> None:
    async def members(queue: str) -> list[dict[str, str]]:
        assert queue == "seat-seat1"
        return [{"Name": "seat1", "Location": "PJSIP/seat1", "Status": status}]

    monkeypatch.setattr(desk.manager, "queue_members", members)
    await agent.ok("POST", "/api/seat", {"seat": "seat1", "language": "zh"})
    assert await agent.ok("GET", "/api/phone") == {"kind": "phone", "connected": connected}


async def test_while_asterisk_is_away_nothing_is_said_of_the_phone(
    desk: FakeDesk, agent: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: str) -> list[dict[str, str]]:
        raise ManagerError("not_connected", "away")

    monkeypatch.setattr(desk.manager, "queue_members", away)
    await agent.ok("POST", "/api/seat", {"seat": "seat1", "language": "zh"})
    assert await agent.ok("GET", "/api/phone") == {"kind": "phone", "connected": None}


@pytest.mark.parametrize("minutes", [-10, 10])
async def test_a_code_of_a_phone_whose_clock_is_wrong_is_refused_with_a_hint(
    new_browser: Any, li: NewPerson, minutes: int
) -> None:
    browser: Browser = new_browser()
    code = pyotp.TOTP(li.totp_secret).at(datetime.now(UTC) + timedelta(minutes=minutes))
    body = {"user": "li.na", "password": li.password, "code": code}
    answer = await browser.ask("POST", "/api/sign-in", body)
    assert answer.status == 403
    assert "核对手机的时间" in (await answer.json())["message"]


async def test_a_seat_can_have_every_language_that_has_a_queue_and_no_other(agent: Browser) -> None:
    offered = (await agent.ok("GET", "/api/me"))["offered"]
    assert {"zh", "bo", "en", "slr", "mjg"} <= set(offered)
    for language in offered:
        await agent.ok("POST", "/api/seat", {"seat": "web1", "language": language})
    answer = await agent.ask("POST", "/api/seat", {"seat": "web1", "language": "sla"})
    assert answer.status == 400


async def test_a_page_is_told_what_time_it_is_here(agent: Browser) -> None:
    assert abs((await agent.ok("GET", "/api/me"))["now"] - time.time()) < 5


async def test_a_tab_of_last_friday_is_signed_out_and_loses_nothing(
    desk: FakeDesk, agent: Browser, new_browser: Any, li: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.rings()
    path = f"/api/calls/{CALL}/note"
    await agent.ok("PUT", path, {"text": "周五写的", "version": 0})
    monday = datetime.now(UTC) + timedelta(days=3)
    with monkeypatch.context() as patch:
        patch.setattr(desk.sessions, "_clock", lambda: monday)
        answer = await agent.ask("PUT", path, {"text": "周一写的", "version": 1})
        told = await answer.json()
        assert (answer.status, told["code"]) == (401, "ended")
        assert "写好的内容还在" in told["message"]
    answer = await agent.ask("GET", "/api/me")
    assert answer.status == 401, "it stays ended"
    assert desk.calls.note(CALL, li.person.staff_id).text == "周五写的"
