"""The pages' server is killed and started anew: agents go on with what they had."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import WSCloseCode
from aiohttp.test_utils import TestServer

from tests.desk.conftest import CALL, CALLER_LEG, Browser, FakeDesk
from tests.desk.test_calls import live, tell


def starts_anew(desk: FakeDesk) -> None:
    """What the server knows by heart is gone, as after a kill; what it wrote down is not."""
    desk.owners.clear()
    desk.board.calls.clear()
    desk.board.compared = False


async def test_a_note_that_comes_before_the_new_server_knows_who_talks_is_asked_for_again(
    desk: FakeDesk, agent: Browser
) -> None:
    desk.rings()
    desk.answers()
    starts_anew(desk)
    answer = await agent.ask("PUT", f"/api/calls/{CALL}/note", {"text": "断线时写的", "version": 0})
    told = await answer.json()
    assert (answer.status, told["code"]) == (503, "starting")  # pages try again what failed with 5xx, and not with 403
    assert "还在页面上" in told["message"]
    caller = {"Uniqueid": CALL, "Linkedid": CALL, "Channel": CALLER_LEG, "Context": "human"}
    seat = {"Uniqueid": "1700000000.2", "Linkedid": CALL, "Channel": "PJSIP/web1-00000002", "ChannelStateDesc": "Up"}
    desk.board.sync([caller, seat])
    kept = await agent.ok("PUT", f"/api/calls/{CALL}/note", {"text": "断线时写的", "version": 0})
    assert kept["version"] == 1


async def test_a_call_that_ended_while_the_server_was_away_is_still_wrapped_up_by_who_had_it(
    desk: FakeDesk, agent: Browser, new_browser: Any
) -> None:
    tell(desk, "understood", intent="query_pension", accepted=True, confidence=0.9, slots={})
    feed = await live(agent)
    desk.rings()
    await feed.until("story")
    desk.answers()
    starts_anew(desk)
    desk.board.sync([])
    path = f"/api/calls/{CALL}/wrap-up"
    form = await agent.ok("GET", path)
    await agent.ok("POST", path, {**form, "note": "问了养老金"})
    assert (await agent.ok("GET", path))["note"] == "问了养老金"
    other: Browser = new_browser()
    await other.sign_in(desk.people.add("root", "wang", "王强", "agent"))
    assert (await other.ask("GET", path)).status == 403
    assert (await agent.ask("POST", f"/api/calls/{CALL}/hand-on", {"target": "queue"})).status == 403


async def test_a_server_that_ends_tells_its_pages_to_come_back(agent: Browser, server: TestServer) -> None:
    feed = await live(agent)
    await feed.until("hello")
    ending = asyncio.create_task(server.close())
    async with asyncio.timeout(5):
        while not feed.socket.closed:
            await feed.socket.receive()
        await ending
    assert feed.socket.close_code == WSCloseCode.TRY_AGAIN_LATER
