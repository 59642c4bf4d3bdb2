"""During a call: a colleague is asked, joins, keeps the caller; the caller goes back to the bot at a chosen step."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.conftest import AGENT_HZ, CALLER_HZ, FLAGS, chromium_or_skip, opened, tone
from tests.browser.test_desk_calls import KNOWN, both_hear, leave, page_hears, rings_and_is_answered
from tests.calls.conftest import Hotline
from tests.waits import at_most

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.timeout(400, func_only=True)]
COLLEAGUE_HZ = 1700.0
CLEAR = 0.004


@pytest.fixture
async def colleagues_browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """Chromium whose microphone plays the colleague's tone."""
    voice = tone(tmp_path / "colleague.wav", COLLEAGUE_HZ, 48_000, 10)
    flags = [*FLAGS, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={voice}"]
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=chromium_or_skip(), args=flags, timeout=at_most(30_000))
        yield made
        await made.close()


def level(recording: Path, hz: float, last_s: float = 1.0) -> float:
    """How loud a tone is in the last seconds of a recording, 0 to 1."""
    data = recording.read_bytes()[44:]
    samples = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(float) / 32768
    samples = samples[-round(8000 * last_s) :]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) * 4 / len(samples)
    at = round(hz * len(samples) / 8000)
    return float(spectrum[at - 3 : at + 4].max())


async def caller_hears(recording: Path, *, within_s: float = 12, **tones: bool) -> None:
    """Until the caller hears those of agent and colleague that are True, and not the others."""
    wanted = {{"agent": AGENT_HZ, "colleague": COLLEAGUE_HZ}[name]: heard for name, heard in tones.items()}
    until, found = time.monotonic() + at_most(within_s), dict[float, float]()
    while time.monotonic() < until:
        await asyncio.sleep(0.4)
        found = {hz: level(recording, hz) for hz in wanted}
        if all((found[hz] > CLEAR) is heard for hz, heard in wanted.items()):
            return
    raise AssertionError(f"the caller hears {found}, not {wanted}")


async def test_a_colleague_is_asked_joins_and_keeps_the_caller(
    town: Hotline, browser: Browser, colleagues_browser: Browser, shots: Path, tmp_path: Path
) -> None:
    agent, colleague = await opened(browser, town, shots), await opened(colleagues_browser, town, shots)
    await agent.sign_in("agent1")
    await agent.sit()
    async with town.caller(KNOWN, tmp_path / "elder") as phone:
        await rings_and_is_answered(agent, phone)
        recording = tmp_path / "elder/heard.wav"
        await both_hear(agent, phone, recording, tmp_path)
        await colleague.sign_in("agent2")
        await colleague.sit()

        await agent.page.keyboard.press("F3")
        await agent.page.get_by_role("list", name="问谁").get_by_role("button").wait_for()
        await agent.shot("consult-list")
        await agent.accessible()
        await agent.page.keyboard.press("Enter")
        await colleague.page.get_by_role("heading", name="王秀英").wait_for()
        await expect(colleague.page.get_by_text("同事请您帮忙").first).to_be_visible()
        await colleague.shot("consult-asked")
        await caller_hears(recording, agent=False)
        await colleague.page.keyboard.press("F2")
        await agent.page.get_by_text("正在和同事说，老人听不到").wait_for()
        await asyncio.gather(page_hears(agent, COLLEAGUE_HZ), page_hears(colleague, AGENT_HZ))
        await caller_hears(recording, agent=False, colleague=False)
        await agent.shot("consult-talking")
        await agent.accessible()

        await agent.page.keyboard.press("F7")
        await agent.page.get_by_text("三方通话", exact=True).wait_for()
        await caller_hears(recording, agent=True, colleague=True)
        await agent.shot("three-way")
        await colleague.shot("three-way-colleague")

        await agent.page.keyboard.press("F10")
        await agent.page.get_by_role("form", name="话后处理").wait_for()
        await caller_hears(recording, agent=False, colleague=True)
        await page_hears(colleague, CALLER_HZ)
        await colleague.state("通话中")
        await colleague.shot("kept-by-colleague")
        await colleague.page.keyboard.press("F8")
        await phone.state("DISCONNECTED")
    await colleague.page.get_by_role("form", name="话后处理").wait_for()
    assert town.outcome(KNOWN) == "person"
    for desk in (agent, colleague):
        await desk.page.get_by_role("button", name="保存并小休").click()
        await desk.state("小休")
        await leave(desk)


async def test_who_is_asked_leaves_and_agent_and_caller_talk_on(
    town: Hotline, browser: Browser, colleagues_browser: Browser, shots: Path, tmp_path: Path
) -> None:
    agent, colleague = await opened(browser, town, shots), await opened(colleagues_browser, town, shots)
    await agent.sign_in("agent1")
    await agent.sit()
    async with town.caller("13900007002", tmp_path / "elder") as phone:
        await rings_and_is_answered(agent, phone)
        recording = tmp_path / "elder/heard.wav"
        await both_hear(agent, phone, recording, tmp_path)
        await colleague.sign_in("agent2")
        await colleague.sit()
        await agent.page.keyboard.press("F3")
        await agent.page.get_by_role("list", name="问谁").get_by_role("button").wait_for()
        await agent.page.keyboard.press("Enter")
        await colleague.page.get_by_role("button", name="接听 F2").wait_for()
        await agent.page.keyboard.press("F3")  # not waited for any longer
        await agent.page.get_by_text("同事没有接，老人已经接回来了。").wait_for()
        await both_hear(agent, phone, recording, tmp_path)
        await colleague.page.get_by_text("现在没有电话。").wait_for()

        await agent.page.keyboard.press("Alt+b")
        await agent.page.get_by_role("form", name="代办预约").wait_for()
        await agent.shot("booking-form")
        await agent.accessible()
        await agent.page.keyboard.press("Alt+m")
        await agent.page.get_by_label("模板").select_option("fraud")
        await expect(agent.page.get_by_label("短信内容")).to_have_value(re.compile("转账"))
        await agent.shot("text-message")
        await agent.accessible()
        await agent.page.keyboard.press("Alt+r")  # nothing was said to the bot
        await agent.page.get_by_text("没有可以重听的话。").wait_for()
        await agent.page.keyboard.press("F3")
        await agent.page.get_by_role("list", name="问谁").get_by_role("button").wait_for()
        await agent.page.keyboard.press("Enter")
        await colleague.page.get_by_role("button", name="接听 F2").wait_for()
        await colleague.page.keyboard.press("F2")
        await page_hears(agent, COLLEAGUE_HZ)
        await agent.page.reload()  # in the middle of it: agent and caller are brought together again
        await agent.page.get_by_text("页面刷新过，通话已接回。").wait_for()
        await both_hear(agent, phone, recording, tmp_path)
        await colleague.page.get_by_text("现在没有电话。").wait_for()
        await agent.page.keyboard.press("F8")
        await phone.state("DISCONNECTED")
    await agent.page.get_by_role("button", name="保存并小休").click()
    await agent.state("小休")
    await leave(agent)
    await leave(colleague)


async def test_the_caller_goes_back_to_the_bot_at_the_chosen_question_and_key_0_works_there(
    town: Hotline, browser: Browser, shots: Path, tmp_path: Path
) -> None:
    agent = await opened(browser, town, shots)
    await agent.sign_in("agent1")
    await agent.sit()
    number = "13900007003"
    async with town.caller(number, tmp_path / "elder") as phone:
        await rings_and_is_answered(agent, phone)
        recording = tmp_path / "elder/heard.wav"
        await both_hear(agent, phone, recording, tmp_path)
        await agent.page.keyboard.press("F1")
        await agent.page.get_by_label("从哪一步再听").select_option("date")
        await agent.shot("back-to-bot")
        await agent.accessible()
        await agent.page.get_by_role("button", name="送回去").focus()
        await agent.page.keyboard.press("Enter")
        await agent.page.get_by_role("form", name="话后处理").wait_for()
        await agent.page.get_by_role("button", name="保存并示闲").click()
        await agent.state("空闲")
        await asyncio.sleep(4)
        assert level(recording, AGENT_HZ, 2.0) < CLEAR
        await phone.press("0")
        await agent.page.get_by_role("button", name="接听 F2").wait_for()
        said = agent.page.get_by_label("对话")
        await expect(said).to_contain_text("咱们接着办")
        await agent.shot("after-the-bot")
        await agent.page.keyboard.press("F2")
        await both_hear(agent, phone, recording, tmp_path)
        await town.helped()
        await agent.page.keyboard.press("F8")
        await phone.state("DISCONNECTED")
    await agent.page.get_by_role("button", name="保存并小休").click()
    await agent.state("小休")
    await leave(agent)
    kinds = [(kind, data.get("flow")) for kind, data in town.story(number)]
    assert ("returned", "appointments_book") in kinds
