"""What the desk tells at each moment is so: its keys, whether the talk is recorded, what else may have been said."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from integrations.database.calls import CallJournal
from ivr.call.events import Kind
from tests.browser.conftest import Desk, chromium_or_skip, opened
from tests.browser.test_desk_calls import leave
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline
from tests.waits import at_most

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240, func_only=True)]
SERVICE, NUMBER, TIBETAN = "12349", "13900007201", "13900007202"
# Notes every text of the call's state from now on.
WATCH = """
() => {
  window.states = [];
  const note = () => document.querySelectorAll(".call-state").forEach((one) => window.states.push(one.textContent));
  new MutationObserver(note).observe(document.body, { childList: true, subtree: true, characterData: true });
}
"""


@pytest.fixture(scope="module")
def taping_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline whose dialogue is off, and whose town records talks with persons."""
    chromium_or_skip()
    asterisk_or_skip()
    var = tmp_path_factory.mktemp("taping")
    with running_hotline(var, YINLING_DIALOGUE="false", YINLING_RECORDING__POLICY="persons") as running:
        yield running


async def _taping(desk: Desk, words: str) -> None:
    await desk.page.get_by_test_id("taping").get_by_text(words).wait_for(timeout=at_most(10_000))


async def _f4(desk: Desk, word: str) -> None:
    """Once the phone itself is there: the server may know of the talk, or of its pause, before."""
    await desk.page.get_by_role("button", name=f"{word} F4", exact=True).wait_for()
    await desk.page.keyboard.press("F4")


async def test_keys_recording_and_other_readings(
    taping_town: Hotline, browser: Browser, shots: Path, tmp_path: Path
) -> None:
    agent, colleague = [await opened(browser, taping_town, shots) for _ in range(2)]
    await agent.sign_in("agent1")
    await agent.sit()
    keys = agent.page.get_by_role("region", name="按键")
    for key in ("F1", "F3", "F7", "F10", "Alt+M", "Alt+P"):
        await expect(keys.get_by_text(key, exact=True).first).to_be_visible()
    await agent.shot("desk-idle-keys")
    await agent.accessible()
    async with taping_town.caller(NUMBER, tmp_path / "elder") as phone:
        await phone.call(SERVICE)
        await agent.page.get_by_role("button", name="接听 F2").wait_for(timeout=at_most(40_000))
        await expect(agent.page.get_by_test_id("taping")).to_have_count(0)
        await agent.page.keyboard.press("F2")
        await _taping(agent, "录音中")
        await _f4(agent, "保持")
        await _taping(agent, "录音已暂停")
        await _f4(agent, "取消保持")
        await _taping(agent, "录音中")
        await _other_readings(agent, taping_town)
        await _recorded_or_not(agent, colleague)
        await colleague.page.evaluate(WATCH)
        await phone.hangup()
    await colleague.page.get_by_role("form", name="话后处理").wait_for()
    await colleague.page.get_by_text("通话中").first.wait_for(state="detached")
    told = await colleague.page.evaluate("window.states")
    assert not any("同事还在线上" in one or "通话已结束" in one for one in told), told
    for desk in (agent, colleague):
        await desk.page.get_by_role("button", name="保存并小休").click()
        await desk.state("小休")
        await leave(desk)


async def test_who_does_not_speak_the_callers_language_is_told_before_answering(
    taping_town: Hotline, browser: Browser, shots: Path, tmp_path: Path
) -> None:
    async with taping_town.manager(lambda _: None) as manager:
        await manager.action("DBPut", Family="lang", Key=TIBETAN, Val="bo")
        await manager.action("DBPut", Family="band", Key=TIBETAN, Val="emergency")  # any free seat, at once
    desk = await opened(browser, taping_town, shots)
    await desk.sign_in("agent1")
    await desk.sit()
    async with taping_town.caller(TIBETAN, tmp_path / "tibetan") as phone:
        await phone.call(SERVICE)
        await desk.page.get_by_role("button", name="接听 F2").wait_for(timeout=at_most(40_000))
        await expect(desk.page.get_by_text("老人说： 藏语。接起后按 F7，请人一起翻译。")).to_be_visible()
        await desk.shot("speaks-another-language")
        await desk.accessible()
        await desk.page.keyboard.press("F2")
        await desk.page.get_by_text("通话中").first.wait_for()
        await phone.hangup()
    await desk.page.get_by_role("button", name="保存并小休").click()
    await desk.state("小休")
    await leave(desk)


async def _other_readings(agent: Desk, town: Hotline) -> None:
    """What a second recogniser heard, in both languages."""
    async with town.manager() as manager:
        call_id = next(c["Uniqueid"] for c in await manager.channels() if c["CallerIDNum"] == NUMBER)
    beside = [{"text": "我想挂牙科", "confidence": 0.4}]
    data = {"text": "我想挂骨科", "confidence": 0.5, "recogniser": "examples", "beside": beside}
    database = town.database
    await asyncio.to_thread(CallJournal(database).add, call_id, datetime.now(UTC), Kind.UTTERANCE.value, data)
    database.close()
    line = agent.page.get_by_label("对话").locator("li.caller")
    await expect(line).to_contain_text("也可能是：我想挂牙科")
    await agent.shot("other-readings")
    await agent.accessible()
    await agent.page.get_by_role("button", name="English").click()
    await agent.page.get_by_text("or perhaps: 我想挂牙科").wait_for()
    await _taping(agent, "recording")
    await agent.shot("other-readings-english")
    await agent.page.get_by_role("button", name="中文").click()


async def _recorded_or_not(agent: Desk, colleague: Desk) -> None:
    """The colleague is asked, comes in, and keeps the caller."""
    await colleague.sign_in("agent2")
    await colleague.sit()
    await agent.page.keyboard.press("F3")
    await agent.page.get_by_role("list", name="问谁").get_by_role("button").wait_for()
    await agent.page.keyboard.press("Enter")
    await colleague.page.get_by_role("button", name="接听 F2").wait_for()
    await colleague.page.keyboard.press("F2")
    await agent.page.get_by_text("正在和同事说，老人听不到").wait_for()
    await _taping(agent, "老人在等候，没有录音")
    await _taping(colleague, "没有录音")
    await expect(agent.page.get_by_role("button", name="暂停录音")).to_have_count(0)
    await agent.shot("held-not-recorded")
    await agent.accessible()
    await agent.page.keyboard.press("F7")
    await _taping(agent, "录音中")
    await _taping(colleague, "录音中")
    await colleague.shot("three-way-recorded")
    await colleague.accessible()
    await agent.page.keyboard.press("F10")
    await colleague.state("通话中")
    await _taping(colleague, "录音中")
    await colleague.page.keyboard.press("Alt+p")
    await _taping(colleague, "录音已暂停")
