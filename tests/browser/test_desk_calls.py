"""An elder presses 0 and a person answers in the page: who knows the story, is heard, and is not lost by a reload."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from ivr.rehearsal.actor import Actor, CallerVoice
from ivr.rehearsal.caller import Phone
from ivr.settings import load
from tests.browser.conftest import AGENT_HZ, CALLER_HZ, Desk, opened, peak_hz, tone
from tests.calls.conftest import Hotline, rendered
from tests.waits import at_most

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.timeout(400, func_only=True)]
SERVICE = "12349"
KNOWN = "13909710001"
"""王秀英, of the demonstration."""


async def caller_hears(recording: Path, hz: float, within_s: float = 12) -> None:
    """Until the caller hears that tone."""
    until, found = time.monotonic() + at_most(within_s), (0.0, 0.0)
    while time.monotonic() < until:
        await asyncio.sleep(0.5)
        found = peak_hz(recording, 1.0)
        if abs(found[0] - hz) < 20 and found[1] > 0.008:
            return
    raise AssertionError(f"the caller hears {found}, not {hz} Hz")


async def caller_hears_not(recording: Path, hz: float, within_s: float = 8) -> None:
    """Until that tone is gone."""
    until = time.monotonic() + at_most(within_s)
    while time.monotonic() < until:
        await asyncio.sleep(0.5)
        found = peak_hz(recording, 1.0)
        if abs(found[0] - hz) > 20 or found[1] < 0.004:
            return
    raise AssertionError(f"the caller still hears {hz} Hz")


async def page_hears(desk: Desk, hz: float, within_s: float = 12) -> None:
    """Until the page hears that tone."""
    until, found = time.monotonic() + at_most(within_s), 0.0
    while time.monotonic() < until:
        found = await desk.hears_hz()
        if abs(found - hz) < 20:
            return
    raise AssertionError(f"the page hears {found} Hz, not {hz} Hz")


async def both_hear(desk: Desk, caller: Phone, recording: Path, tmp_path: Path) -> None:
    """The caller's tone arrives in the page, the page's at the caller."""
    file = tmp_path / "caller.wav"
    if not file.exists():  # once: it lasts longer than any test here
        await caller.start_playing(tone(file, CALLER_HZ, 8000, 150))
    await asyncio.gather(page_hears(desk, CALLER_HZ), caller_hears(recording, AGENT_HZ))


async def test_an_elder_is_answered_by_somebody_who_knows_the_story(
    town: Hotline, browser: Browser, shots: Path, tmp_path: Path
) -> None:
    desk = await opened(browser, town, shots)
    await desk.sign_in("agent1")
    await desk.page.get_by_role("button", name="坐下").wait_for()
    await desk.accessible()
    await desk.shot("seat")
    await desk.sit()
    await desk.accessible()
    async with CallerVoice(load()) as voice, town.caller(KNOWN, tmp_path / "elder") as phone:
        await rendered(voice, "我想挂后天上午的骨科")
        elder = Actor(phone, voice)
        await elder.dial(SERVICE)
        await elder.say("我想挂后天上午的骨科")
        await elder.listen()
        pressed = await phone.press("0")
        await desk.page.get_by_role("heading", name="王秀英").wait_for()
        seen_s = time.time() - pressed
        answer = desk.page.get_by_role("button", name="接听 F2")
        await expect(answer).to_be_visible()  # the story stands there before anybody has answered
        story = desk.page.get_by_role("region", name="来电人")
        for word in ("预约挂号", "按了 0", "重点关爱", "骨科", KNOWN):
            await expect(story).to_contain_text(word)
        await expect(story.get_by_label("对话")).to_contain_text("骨科")
        print(f"from key 0 to the story on the screen: {seen_s:.2f} s")
        await desk.shot("ringing")
        await desk.accessible()

        await desk.page.keyboard.press("F2")
        await both_hear(desk, phone, tmp_path / "elder/heard.wav", tmp_path)
        await desk.shot("talking")
        await desk.accessible()

        await desk.page.keyboard.press("F6")
        await caller_hears_not(tmp_path / "elder/heard.wav", AGENT_HZ)
        await desk.page.keyboard.press("F6")
        await caller_hears(tmp_path / "elder/heard.wav", AGENT_HZ)
        await desk.page.keyboard.press("F4")
        await caller_hears_not(tmp_path / "elder/heard.wav", AGENT_HZ)
        await desk.page.keyboard.press("F4")
        await caller_hears(tmp_path / "elder/heard.wav", AGENT_HZ)

        await desk.page.get_by_label("备注").fill("老人想挂骨科，<b>已代办</b>。")
        await desk.page.get_by_text("已保存").wait_for()
        await desk.page.keyboard.press("F8")
        await phone.state("DISCONNECTED")
    await desk.page.get_by_role("form", name="话后处理").wait_for()
    await desk.state("话后处理")
    await expect(desk.page.get_by_label("主题")).to_have_value("预约挂号")
    await expect(desk.page.get_by_label("备注")).to_have_value("老人想挂骨科，<b>已代办</b>。")
    await desk.shot("wrap-up")
    await desk.accessible()
    await desk.page.get_by_role("button", name="保存并示闲").focus()
    await desk.page.keyboard.press("Enter")
    await desk.shot("after")
    await desk.state("空闲", 20)
    assert town.outcome(KNOWN) == "person"
    await leave(desk)


async def leave(desk: Desk) -> None:
    """Sign out: the seat is free for the next test. Nothing has failed in the page."""
    assert desk.errors == []
    await desk.page.get_by_role("button", name="退出").click()
    await desk.page.get_by_label("用户名").wait_for()


async def rings_and_is_answered(desk: Desk, phone: Phone) -> None:
    """The caller asks for a person; the page answers."""
    await phone.call(SERVICE)
    await phone.state("CONFIRMED")
    await phone.wait("sound", timeout_s=15)
    await phone.press("0")
    await desk.page.get_by_role("button", name="接听 F2").wait_for()
    await desk.page.keyboard.press("F2")


async def test_a_page_that_is_loaded_anew_has_its_call_and_its_note_again(
    town: Hotline, browser: Browser, shots: Path, tmp_path: Path
) -> None:
    desk = await opened(browser, town, shots)
    await desk.sign_in("agent2")
    await desk.sit()
    async with town.caller("13900004001", tmp_path / "elder") as phone:
        await rings_and_is_answered(desk, phone)
        recording = tmp_path / "elder/heard.wav"
        await both_hear(desk, phone, recording, tmp_path)
        await desk.page.get_by_label("备注").type("写到一半")
        await desk.page.reload()
        await desk.page.get_by_text("页面刷新过，通话已接回。").wait_for()
        await expect(desk.page.get_by_label("备注")).to_have_value("写到一半")
        await both_hear(desk, phone, recording, tmp_path)
        await desk.shot("recovered")
        await phone.hangup()
    await desk.page.get_by_role("form", name="话后处理").wait_for()
    await desk.page.get_by_role("button", name="保存并小休").click()
    await desk.state("小休")
    await leave(desk)


async def test_they_go_on_talking_while_the_dialogue_and_the_pages_server_are_killed(
    town: Hotline, browser: Browser, shots: Path, tmp_path: Path
) -> None:
    desk = await opened(browser, town, shots)
    await desk.sign_in("agent1")
    await desk.sit()
    async with town.caller("13900004002", tmp_path / "elder") as phone:
        await rings_and_is_answered(desk, phone)
        recording = tmp_path / "elder/heard.wav"
        await both_hear(desk, phone, recording, tmp_path)
        before = town.pids["desk"]
        os.kill(town.pids["app"], signal.SIGKILL)
        os.kill(before, signal.SIGKILL)
        down = desk.page.get_by_text("和服务器断开，正在重连。通话不受影响。")
        await down.wait_for()
        await desk.page.get_by_label("备注").type("断线时写的")
        await both_hear(desk, phone, recording, tmp_path)
        await desk.shot("server-away")
        await down.wait_for(state="hidden", timeout=at_most(30_000))
        assert town.pids["desk"] != before
        await desk.page.get_by_text("已保存").wait_for()
        await both_hear(desk, phone, recording, tmp_path)
        await desk.page.keyboard.press("F8")
        await phone.state("DISCONNECTED")
    await desk.page.get_by_role("form", name="话后处理").wait_for()
    await expect(desk.page.get_by_label("备注")).to_have_value("断线时写的")
    await leave(desk)
