"""The wall, handing on, listening in, a browser without a microphone, English and large text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.conftest import AGENT_HZ, FLAGS, chromium_or_skip, opened
from tests.browser.test_desk_calls import both_hear, caller_hears, leave, page_hears
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline
from tests.waits import at_most

pytestmark = [pytest.mark.calls, pytest.mark.timeout(400, func_only=True)]
SERVICE = "12349"


@pytest.fixture(scope="module")
def quiet_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline whose dialogue is off: every caller asks for a person at once."""
    chromium_or_skip()
    asterisk_or_skip()
    var = tmp_path_factory.mktemp("quiet")
    with running_hotline(var, YINLING_DIALOGUE="false", YINLING_DESK__LISTENING="announced") as running:
        yield running


async def test_a_call_is_handed_on_with_its_story_and_a_supervisor_sees_and_hears_it(
    quiet_town: Hotline, browser: Browser, shots: Path, tmp_path: Path
) -> None:
    first, second, boss = [await opened(browser, quiet_town, shots) for _ in range(3)]
    await boss.sign_in("supervisor")
    await boss.page.get_by_role("button", name="坐下").click()
    await boss.page.get_by_text("网页电话就绪").wait_for()
    await boss.page.get_by_role("button", name="看板").click()
    await first.sign_in("agent1")
    await first.sit()
    async with quiet_town.caller("13900005001", tmp_path / "elder") as phone:
        await phone.call(SERVICE)
        await first.page.get_by_role("button", name="接听 F2").wait_for()
        await expect(boss.page.get_by_role("cell", name="振铃")).to_be_visible()
        await first.page.keyboard.press("F2")
        recording = tmp_path / "elder/heard.wav"
        await both_hear(first, phone, recording, tmp_path)
        await second.sign_in("agent2")
        await second.sit()
        await first.page.get_by_role("button", name="转接").click()
        await first.page.get_by_role("button", name="王强").click()
        await second.page.get_by_role("button", name="接听 F2").wait_for()
        await expect(second.page.get_by_role("region", name="来电人")).to_contain_text("13900005001")
        await first.state("话后处理")
        await second.page.keyboard.press("F2")
        await both_hear(second, phone, recording, tmp_path)

        await expect(boss.page.get_by_role("cell", name="通话中")).to_be_visible()
        await boss.shot("wall")
        await boss.accessible()
        await boss.page.get_by_role("button", name="旁听").click()
        await boss.page.get_by_role("button", name="接听", exact=True).click()
        await boss.page.keyboard.press("F2")
        await page_hears(boss, AGENT_HZ, within_s=20)
        await second.page.get_by_text("班长正在旁听。").wait_for()
        await second.page.keyboard.press("F8")
        await phone.state("DISCONNECTED")
    await second.state("话后处理")
    for desk in (first, second, boss):
        await leave(desk)


async def test_a_page_that_is_closed_gives_its_caller_to_a_colleague(
    quiet_town: Hotline, browser: Browser, shots: Path, tmp_path: Path
) -> None:
    first, second = [await opened(browser, quiet_town, shots) for _ in range(2)]
    await first.sign_in("agent1")
    await first.sit()
    async with quiet_town.caller("13900005002", tmp_path / "elder") as phone:
        await phone.call(SERVICE)
        await first.page.get_by_role("button", name="接听 F2").wait_for()
        await first.page.keyboard.press("F2")
        await caller_hears(tmp_path / "elder/heard.wav", AGENT_HZ)
        await second.sign_in("agent2")
        await second.sit()
        await first.page.context.close()
        await second.page.get_by_role("button", name="接听 F2").wait_for(timeout=at_most(40_000))
        await second.page.keyboard.press("F2")
        await caller_hears(tmp_path / "elder/heard.wav", AGENT_HZ)
        await phone.hangup()
    await second.state("话后处理")
    await leave(second)


async def test_a_browser_without_a_microphone_is_told_what_to_do(quiet_town: Hotline, shots: Path) -> None:
    async with async_playwright() as playwright:
        # No fake permission: headless Chromium refuses, as a person does who presses "block".
        flags = [flag for flag in FLAGS if "fake" not in flag]
        refusing = await playwright.chromium.launch(executable_path=chromium_or_skip(), args=flags)
        desk = await opened(refusing, quiet_town, shots)
        await desk.sign_in("agent1")
        await desk.sit()
        await desk.page.get_by_role("button", name="试音").click()
        await desk.page.get_by_text("没有可用的话筒").wait_for()
        await desk.page.get_by_role("button", name="大字").click()
        await desk.page.get_by_role("button", name="English").click()
        await desk.page.get_by_text("There is no microphone").wait_for()
        await desk.accessible()
        await desk.shot("english-large-no-microphone")
        await refusing.close()


async def test_people_are_managed_in_the_page(quiet_town: Hotline, browser: Browser, shots: Path) -> None:
    desk = await opened(browser, quiet_town, shots)
    await desk.sign_in("admin")
    await desk.page.get_by_role("button", name="人员").click()
    await desk.page.get_by_label("用户名").fill("sun.li")
    await desk.page.get_by_label("姓名").fill("<b>孙丽</b>")
    await desk.page.get_by_role("button", name="添加").click()
    await desk.page.get_by_text("只显示这一次").wait_for()
    await expect(desk.page.get_by_role("cell", name="<b>孙丽</b>")).to_be_visible()
    await desk.accessible()
    await desk.shot("people")
    assert desk.errors == []


async def test_the_wall_and_its_big_screen_can_be_read_and_left_by_key(
    quiet_town: Hotline, browser: Browser, shots: Path, tmp_path: Path
) -> None:
    boss = await opened(browser, quiet_town, shots)
    await boss.sign_in("supervisor")
    await boss.page.get_by_role("button", name="看板").click()
    async with quiet_town.caller("09712345678", tmp_path / "elder") as phone:
        await phone.call(SERVICE)
        await expect(boss.page.get_by_role("cell", name="等人接")).to_be_visible()
        await expect(boss.page.get_by_role("cell", name="西宁市")).to_be_visible()
        for label in ("等待人数", "15 秒接通率 · 近一小时", "座席", "待回拨", "满意率 · 今天", "来电县区"):
            await expect(boss.page.locator("dt", has_text=label).first).to_be_visible()
        await boss.page.get_by_role("button", name="标为紧急").click()
        await expect(boss.page.get_by_role("cell", name="紧急", exact=True)).to_be_visible()
        for span, title in (("按天", "近两周各天"), ("按周", "近十二周")):
            await boss.page.get_by_role("button", name=span).click()
            await expect(boss.page.get_by_role("heading", name=title)).to_be_visible()
            await boss.page.locator("canvas").wait_for()
            await boss.accessible()
        await boss.shot("wall-by-week")
        await boss.page.set_viewport_size({"width": 1920, "height": 1080})
        await boss.page.get_by_role("button", name="大屏").click()
        await expect(boss.page.get_by_role("button", name="退出")).to_be_hidden()
        await boss.shot("big-screen")
        await boss.accessible()
        await boss.page.keyboard.press("Escape")
        await expect(boss.page.get_by_role("button", name="退出")).to_be_visible()
        await phone.hangup()
    await leave(boss)


async def test_the_sign_in_page_says_what_was_wrong_with_the_towns_sign_in(
    quiet_town: Hotline, browser: Browser, shots: Path
) -> None:
    desk = await opened(browser, quiet_town, shots)
    await desk.page.goto(quiet_town.demo["desk"]["url"] + "?sign-in=clock")
    await desk.page.get_by_text("请告诉管理员核对时钟").wait_for()
    assert "sign-in" not in desk.page.url, "loaded anew, the page does not say it again"
    await desk.accessible()
    await desk.shot("sign-in")
    for code in ("second", "<b>x"):
        await desk.page.goto(quiet_town.demo["desk"]["url"] + f"?sign-in={code}")
        await desk.page.get_by_label("验证码（6 位）").wait_for()
        await desk.accessible()
    assert desk.errors == []


@pytest.mark.parametrize(("user", "tab"), [("supervisor", "知识"), ("admin", "看板")])
async def test_the_other_pages_have_labels_and_contrast(
    quiet_town: Hotline, browser: Browser, shots: Path, user: str, tab: str
) -> None:
    desk = await opened(browser, quiet_town, shots)
    await desk.sign_in(user)
    await desk.page.get_by_role("button", name=tab, exact=True).click()
    await desk.page.get_by_role("heading").first.wait_for()
    await desk.accessible()
    await desk.shot(f"{user}-{tab}")
    await leave(desk)
