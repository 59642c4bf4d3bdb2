"""No wrap-up is lost, and nobody gets up from a call: what is owed comes back, and a talk keeps its hang-up key."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Locator, expect

from integrations.database.tickets import Tickets
from ivr.rehearsal.caller import Phone
from ivr.routing.seats import SeatQueues
from ivr.settings import load
from tests.browser.conftest import AGENT_HZ, Desk, chromium_or_skip, opened
from tests.browser.test_desk_calls import caller_hears, leave
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline
from tests.waits import at_most

pytestmark = [pytest.mark.calls, pytest.mark.timeout(400, func_only=True)]
SERVICE = "12349"
FIRST, SECOND, THIRD = "13900008001", "13900008002", "13900008003"
SIGNED_OUT_S = 40.0
"""A page is told within STILL_OPEN_EVERY_S of the server that its session has ended."""


@pytest.fixture(scope="module")
def plain_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline whose dialogue is off: every caller asks for a person at once."""
    chromium_or_skip()
    asterisk_or_skip()
    with running_hotline(tmp_path_factory.mktemp("owed"), YINLING_DIALOGUE="false") as running:
        yield running


def form_of(desk: Desk) -> Locator:
    """The wrap-up that is due."""
    return desk.page.get_by_role("form", name="话后处理")


def way_out(desk: Desk, name: str) -> Locator:
    """离席 or 退出."""
    return desk.page.get_by_role("button", name=name, exact=True)


@asynccontextmanager
async def talk(desk: Desk, town: Hotline, number: str, folder: Path) -> AsyncIterator[Phone]:
    """A caller whom this page answers; the caller hangs up when all is said."""
    async with town.caller(number, folder) as phone:
        await phone.call(SERVICE)
        await desk.page.get_by_role("button", name="接听 F2").wait_for(timeout=at_most(40_000))
        await desk.page.keyboard.press("F2")
        await caller_hears(folder / "heard.wav", AGENT_HZ)
        yield phone
        await phone.hangup()


async def test_a_wrap_up_outlives_a_reload_the_next_call_and_a_colleagues_question(
    plain_town: Hotline, browser: Browser, shots: Path, tmp_path: Path
) -> None:
    desk, colleague = [await opened(browser, plain_town, shots) for _ in range(2)]
    await desk.sign_in("agent1")
    await desk.sit()
    async with talk(desk, plain_town, FIRST, tmp_path / "first"):
        await expect(form_of(desk)).to_have_count(0)
    await form_of(desk).wait_for()
    await desk.page.get_by_label("备注").fill("三月没到账，要查")
    await desk.page.get_by_label("生成工单").check()
    await desk.page.get_by_label("回访日期").fill("2030-01-02")

    await desk.page.reload()
    await _is_first(desk)
    await expect(desk.page.get_by_role("button", name="保存并示闲")).to_be_visible()
    await _asked_meanwhile(desk, colleague, plain_town, tmp_path)
    await _is_first(desk)

    await desk.page.keyboard.press("F9")
    await desk.state("空闲")
    async with talk(desk, plain_town, THIRD, tmp_path / "third"):
        await expect(form_of(desk)).to_have_count(0)
    await expect(form_of(desk)).to_contain_text("139****8003")  # while its story is at hand; the older ones after it
    await expect(form_of(desk)).to_contain_text("后面还有待写的： 1")
    await expect(desk.page.get_by_label("备注")).to_have_value("")
    await desk.state("话后处理")
    await desk.shot("wrap-up-waits")
    await desk.accessible()

    await desk.page.get_by_role("button", name="保存并小休").click()
    await desk.state("小休")
    await _is_first(desk)
    await desk.page.get_by_role("button", name="保存", exact=True).click()
    await expect(form_of(desk)).to_have_count(0)
    await desk.state("小休")
    database = plain_town.database
    found = [(one.note, str(one.follow_up_on)) for one in Tickets(database).all() if one.kind == "wrap_up"]
    database.close()
    assert found == [("三月没到账，要查", "2030-01-02")]
    assert await desk.page.evaluate("Object.keys(localStorage).filter((key) => /wrap/i.test(key))") == []
    await leave(desk)
    await colleague.page.get_by_role("button", name="保存并小休").click()
    await colleague.state("小休")
    await leave(colleague)


async def _is_first(desk: Desk) -> None:
    """The form of the first call, as it was left."""
    await expect(form_of(desk)).to_contain_text("139****8001")
    await expect(desk.page.get_by_label("备注")).to_have_value("三月没到账，要查")
    await expect(desk.page.get_by_label("生成工单")).to_be_checked()
    await expect(desk.page.get_by_label("回访日期")).to_have_value("2030-01-02")


async def _asked_meanwhile(desk: Desk, colleague: Desk, town: Hotline, folder: Path) -> None:
    """A colleague asks about a call of theirs, and goes back to their caller."""
    await colleague.sign_in("agent2")
    await colleague.sit()
    async with talk(colleague, town, SECOND, folder / "second"):
        await colleague.page.keyboard.press("F3")
        await colleague.page.get_by_role("list", name="问谁").get_by_role("button").wait_for()
        await colleague.page.keyboard.press("Enter")
        await desk.page.get_by_text("同事请您帮忙").first.wait_for()
        await expect(form_of(desk)).to_have_count(0)
        await desk.page.keyboard.press("F2")
        await colleague.page.get_by_text("正在和同事说，老人听不到").wait_for()
        await expect(way_out(desk, "离席")).to_be_disabled()
        await colleague.page.keyboard.press("F3")
        await colleague.page.get_by_text("同事已经离开，您在和老人通话。").wait_for()


async def test_what_is_owed_is_there_after_signing_in_again_and_is_nobody_elses(
    plain_town: Hotline, browser: Browser, shots: Path, tmp_path: Path
) -> None:
    desk = await opened(browser, plain_town, shots)
    await desk.sign_in("agent1")
    await desk.sit()
    async with talk(desk, plain_town, FIRST, tmp_path / "first"):
        for name in ("离席", "退出"):
            await expect(way_out(desk, name)).to_be_disabled()
            await expect(way_out(desk, name)).to_have_attribute(
                "title", "还有电话，不能离席或退出：请先挂断，或转给同事。"
            )
        await desk.shot("no-way-out")
        await desk.accessible()
    await form_of(desk).wait_for()
    await desk.page.get_by_label("备注").fill("明天打回去")
    await way_out(desk, "离席").click()
    await desk.page.get_by_role("button", name="坐下").wait_for()
    await expect(desk.page.get_by_label("备注")).to_have_value("明天打回去")
    await desk.shot("wrap-up-without-a-seat")
    await desk.accessible()
    await leave(desk)

    await desk.sign_in("agent2")
    await desk.page.get_by_role("button", name="坐下").wait_for()
    await asyncio.sleep(1)
    await expect(form_of(desk)).to_have_count(0)
    await leave(desk)

    await desk.sign_in("agent1")
    await expect(desk.page.get_by_label("备注")).to_have_value("明天打回去")
    await _too_late(desk)
    await leave(desk)


async def _too_late(desk: Desk) -> None:
    """What cannot be saved any more is said, and put away by the agent."""
    refused = {"code": "no_call", "message": "没有这通电话。 There is no such call."}
    await desk.page.route("**/wrap-up", lambda route: route.fulfill(status=404, json=refused))
    await expect(desk.page.get_by_role("button", name="不再保留这张表")).to_have_count(0)
    await desk.page.get_by_role("button", name="保存", exact=True).click()
    await desk.page.get_by_text("没有这通电话。").wait_for()
    await desk.page.get_by_role("button", name="不再保留这张表").click()
    await expect(form_of(desk)).to_have_count(0)
    await desk.page.unroute("**/wrap-up")


async def test_a_draft_of_a_week_ago_is_gone(plain_town: Hotline, browser: Browser, shots: Path) -> None:
    desk = await opened(browser, plain_town, shots)
    await desk.page.goto(plain_town.demo["desk"]["url"])
    await desk.page.evaluate("""() => {
        const day = 24 * 3600 * 1000;
        const call = (id, days) => ({ call_id: id, number: "139****0000", since: 1, kept_at: Date.now() - days * day });
        localStorage.setItem("toWrap:agent1", JSON.stringify([call("1.1", 8), call("1.2", 6), { broken: true }]));
        for (const id of ["1.1", "1.2"]) localStorage.setItem(`wrap:agent1:${id}`, JSON.stringify(
            { result: "solved", subject: "", note: id, ticket: false, follow_up_on: null }));
        localStorage.setItem("wrap:agent2:1.3", "{");
    }""")
    await desk.sign_in("agent1")
    await expect(desk.page.get_by_label("备注")).to_have_value("1.2")
    kept = await desk.page.evaluate("Object.keys(localStorage).filter((key) => /wrap/i.test(key)).sort()")
    assert kept == ["toWrap:agent1", "wrap:agent1:1.2"]
    await leave(desk)


async def test_who_leaves_during_an_echo_test_takes_it_along(
    plain_town: Hotline, browser: Browser, shots: Path
) -> None:
    desk = await opened(browser, plain_town, shots)
    await desk.sign_in("agent1")
    await desk.sit()
    await desk.page.get_by_role("button", name="试音").click()
    await desk.page.get_by_test_id("level").wait_for()
    async with asyncio.timeout(at_most(10)):
        while not await plain_town.channels():
            await asyncio.sleep(0.2)
    await way_out(desk, "离席").click()
    await desk.page.get_by_role("button", name="坐下").wait_for()
    async with asyncio.timeout(at_most(10)):
        while await plain_town.channels():
            await asyncio.sleep(0.2)
    await leave(desk)


async def test_a_session_that_ends_during_a_talk_leaves_the_phone_until_it_is_over(
    plain_town: Hotline, browser: Browser, shots: Path, tmp_path: Path
) -> None:
    desk = await opened(browser, plain_town, shots)
    await desk.sign_in("agent1")
    await desk.sit()
    seat = await desk.page.get_by_text(re.compile(r"^web\d+$")).text_content()
    async with talk(desk, plain_town, FIRST, tmp_path / "first") as phone:
        await _used_elsewhere(desk, plain_town)
        await desk.page.get_by_text("登录已结束，通话不受影响。").wait_for(timeout=at_most(SIGNED_OUT_S) * 1000)
        await expect(desk.page.get_by_role("button", name="退出")).to_have_count(0)
        await desk.page.get_by_label("备注").fill("没登录时写的")
        await caller_hears(tmp_path / "first/heard.wav", AGENT_HZ)
        await desk.shot("session-over-in-a-call")
        await desk.accessible()
        await desk.page.get_by_role("button", name="挂断 F8").click()
        await desk.page.get_by_label("用户名").wait_for()
        await phone.state("DISCONNECTED", timeout_s=40)
    await _phone_is_gone(plain_town, seat or "")
    await desk.sign_in("agent1")
    await expect(desk.page.get_by_label("备注")).to_have_value("没登录时写的")
    await desk.page.get_by_role("button", name="保存并小休").click()
    await desk.state("小休")
    await leave(desk)


async def _used_elsewhere(desk: Desk, town: Hotline) -> None:
    """A session that another browser uses is ended for both."""
    cookies = {one["name"]: one["value"] for one in await desk.page.context.cookies()}
    async with ClientSession(cookies=cookies, headers={"User-Agent": "another browser"}) as session:
        assert (await session.get(town.demo["desk"]["url"].rstrip("/") + "/api/me")).status == 401


async def _phone_is_gone(town: Hotline, seat: str) -> None:
    """The page's phone is registered no longer."""
    async with town.manager() as manager, asyncio.timeout(at_most(10)):
        while await SeatQueues(load(var_dir=town.var), manager).phone_connected(seat):
            await asyncio.sleep(0.2)
