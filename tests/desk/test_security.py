"""Who may come in, what other sites cannot do, and what is said when it is refused."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError
from aiohttp.test_utils import TestServer

import ivr.desk.feed as feed_module
from integrations.database.people import NewPerson
from ivr.desk import routes_people
from tests.desk.conftest import CALL, Browser, FakeDesk


async def test_every_answer_forbids_framing_sniffing_and_scripts_from_elsewhere(agent: Browser) -> None:
    for path in ("/", "/api/me", "/nothing", "/health"):
        headers = (await agent.ask("GET", path)).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "script-src 'self';" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_nothing_is_told_to_those_who_are_not_signed_in(desk: FakeDesk, new_browser: Any) -> None:
    desk.rings()
    stranger: Browser = new_browser()
    for method, path in (
        ("GET", "/api/me"), ("GET", "/api/seats"), ("GET", "/api/phone"), ("GET", f"/api/calls/{CALL}"),
        ("GET", "/api/live"), ("GET", "/api/wall"), ("GET", "/api/audit"), ("GET", "/api/staff"),
        ("GET", "/api/knowledge"), ("GET", "/api/export/calls.csv"), ("GET", "/api/export/ledger.csv"),
        ("GET", "/api/targets"), ("POST", "/api/seat"), ("POST", "/api/state"), ("POST", "/api/leave"),
        ("POST", f"/api/calls/{CALL}/hand-on"), ("POST", f"/api/calls/{CALL}/listen"), ("POST", "/api/staff/x/add"),
        ("PUT", f"/api/calls/{CALL}/note"), ("PUT", "/api/knowledge/x"), ("POST", f"/api/calls/{CALL}/recover"),
    ):  # fmt: skip
        answer = await stranger.ask(method, path, {} if method != "GET" else None)
        assert answer.status == 401, path


async def test_each_role_gets_its_own_and_no_more(desk: FakeDesk, new_browser: Any) -> None:
    allowed = {
        "agent": {"/api/seats", "/api/targets"},
        "supervisor": {"/api/seats", "/api/targets", "/api/wall", "/api/export/calls.csv"},
        "editor": set(),
        "administrator": {"/api/wall", "/api/staff", "/api/export/calls.csv"},
        "auditor": {"/api/audit"},
    }
    paths = ["/api/seats", "/api/targets", "/api/wall", "/api/staff", "/api/audit", "/api/export/calls.csv"]
    for role, own in allowed.items():
        browser: Browser = new_browser()
        await browser.sign_in(desk.people.add("root", f"the-{role}", role, role))
        statuses = {path: (await browser.ask("GET", path)).status for path in paths}
        assert {path for path, status in statuses.items() if status == 200} == own, role
        assert set(statuses.values()) <= {200, 403}


async def test_another_sites_page_can_do_nothing(agent: Browser) -> None:
    body = {"state": "paused", "reason": "break"}
    for headers in ({"Origin": "https://evil.example"}, {"X-Yinling-CSRF": ""}, {"X-Yinling-CSRF": "guess"}):
        answer = await agent.ask("POST", "/api/state", body, **headers)
        assert (answer.status, (await answer.json())["code"]) == (403, "csrf")
    for headers in ({"Origin": "https://evil.example"}, {}):
        with pytest.raises(WSServerHandshakeError) as caught:
            await agent.client.ws_connect("/api/live", headers={"User-Agent": agent.agent, **headers})
        assert caught.value.status == 403


async def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(new_browser: Any, li: NewPerson) -> None:
    answer = await new_browser().sign_in(li)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


async def test_a_stolen_cookie_from_another_browser_is_refused_and_the_session_is_over(agent: Browser) -> None:
    thief = await agent.ask("GET", "/api/me", None, **{"User-Agent": "another browser"})
    assert (thief.status, (await thief.json())["code"]) == (401, "elsewhere")
    owner = await agent.ask("GET", "/api/me")
    assert (owner.status, (await owner.json())["code"]) == (401, "ended")


async def test_a_stolen_cookie_from_another_address_is_refused(agent: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from ivr.desk import security  # noqa: PLC0415 - patched for this test only

    monkeypatch.setattr(security, "address_of", lambda _: "10.9.8.7")
    thief = await agent.ask("GET", "/api/me")
    assert (thief.status, (await thief.json())["code"]) == (401, "elsewhere")


async def test_a_name_that_somebody_pointed_here_is_not_served(agent: Browser) -> None:
    answer = await agent.ask("GET", "/", None, Host="rebound.example")
    assert answer.status == 421


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/assets/%2e%2e%2f%2e%2e%2fsecret.txt"]
)
async def test_nothing_outside_the_pages_is_served(server: TestServer, path: str) -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {server.host}:{server.port}\r\nConnection: close\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 404")


async def test_ten_wrong_passwords_lock_with_a_sentence(new_browser: Any, li: NewPerson, desk: FakeDesk) -> None:
    browser: Browser = new_browser()
    statuses = [(await browser.sign_in(li, "guess guess guess")).status for _ in range(10)]
    assert statuses[:4] == [403] * 4
    assert set(statuses[5:]) == {429}
    told = await (await browser.sign_in(li)).json()
    assert told["code"] == "locked"
    assert told["wait_s"] > 0
    assert "请等" in told["message"]


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff\xfe", b'{"user": 5}', b'{"user": "a", "password": null}'])
async def test_nonsense_is_refused_in_a_sentence(new_browser: Any, raw: bytes) -> None:
    browser: Browser = new_browser()
    headers = {"Content-Type": "application/json", "User-Agent": "x"}
    answer = await browser.client.post("/api/sign-in", data=raw, headers=headers)
    assert answer.status == 400
    assert (await answer.json())["code"] == "bad_request"


async def test_a_page_that_never_reads_is_cut_off_and_holds_up_nobody(
    desk: FakeDesk, agent: Browser, server: TestServer, li: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "SEND_TIMEOUT_S", 0.5)
    cookie = next(c.value for c in agent.client.session.cookie_jar if c.key == "yinling")
    host = f"{server.host}:{server.port}"
    deaf = socket.create_connection((server.host, server.port or 0))
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.sendall(
        f"GET /api/live HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUser-Agent: {agent.agent}\r\n"
        f"Cookie: yinling={cookie}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    async with asyncio.timeout(10):
        while desk.feed.pages == 0:
            await asyncio.sleep(0.02)
        loop = asyncio.get_running_loop()
        while desk.feed.pages:
            before = loop.time()
            for _ in range(20):
                desk.feed.publish(li.person.staff_id, "line", text="话" * 20_000)
            assert loop.time() - before < 5  # telling a page never waits for it: that would be ten seconds
            await asyncio.sleep(0.02)
    deaf.close()


async def test_a_page_that_is_left_open_is_told_when_the_session_has_ended(
    desk: FakeDesk, agent: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_people, "STILL_OPEN_EVERY_S", 0.1)
    origin = str(agent.client.make_url("/")).rstrip("/")
    page = await agent.client.ws_connect("/api/live", headers={"Origin": origin, "User-Agent": agent.agent})
    desk.people.set_active("root", "li.na", False)
    async with asyncio.timeout(5):
        while (await page.receive_json())["type"] != "signed_out":
            pass


async def test_one_person_cannot_take_all_pages(desk: FakeDesk, agent: Browser) -> None:
    headers = {"Origin": str(agent.client.make_url("/")).rstrip("/"), "User-Agent": agent.agent}
    for _ in range(feed_module.PAGES_OF_ONE_MAX):
        await agent.client.ws_connect("/api/live", headers=headers)
    with pytest.raises(WSServerHandshakeError) as caught:
        await agent.client.ws_connect("/api/live", headers=headers)
    assert caught.value.status == 429


async def test_an_administrator_adds_and_closes_people_but_not_themselves(desk: FakeDesk, new_browser: Any) -> None:
    admin: Browser = new_browser()
    await admin.sign_in(desk.people.add("root", "chen", "陈静", "administrator"))
    made = await admin.ok("POST", "/api/staff/wang/add", {"name": "王强", "role": "agent"})
    assert set(made) == {"user", "password", "totp_secret"}
    assert (await admin.ask("POST", "/api/staff/wang/add", {"name": "", "role": "agent"})).status == 400
    assert (await admin.ask("POST", "/api/staff/chen/close", {})).status == 409
    await admin.ok("POST", "/api/staff/wang/close", {})
    assert [(p.user, p.active) for p in desk.people.list()] == [("chen", True), ("wang", False)]
    whole: Browser = new_browser()
    await whole.sign_in(desk.people.add("root", "sun", "孙", "auditor"))
    log = await whole.ok("GET", "/api/audit")
    assert log["broken_at"] is None
    assert "staff_closed" in [entry["what"] for entry in log["entries"]]
