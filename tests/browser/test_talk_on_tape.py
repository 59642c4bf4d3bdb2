"""The talk with a person: its words on the page as they are said, paused for codes, and heard again with a picture."""

from __future__ import annotations

import asyncio
import re
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, async_playwright, expect

from ivr.rehearsal.actor import Actor, CallerVoice
from ivr.settings import load
from tests.browser.conftest import FLAGS, Desk, chromium_or_skip, opened
from tests.browser.test_desk_calls import leave
from tests.calls.conftest import Hotline, asterisk_or_skip, rendered, running_hotline
from tests.waits import at_most
from voices.audio import pcm_to_rate

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.timeout(300, func_only=True)]
SERVICE, NUMBER = "12349", "13900006201"
ELDER, AGENT = "我想挂后天上午的骨科", "您好，请问您要挂哪个科"


@pytest.fixture(scope="module")
def taped_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline that hears and speaks, whose town allows recordings."""
    chromium_or_skip()
    asterisk_or_skip()
    for model in ("whisper-base", "kokoro"):
        if not (load().models_dir / model).is_dir():
            pytest.skip(f"the speech model {model} is not here: `make prepare` says why")
    with running_hotline(tmp_path_factory.mktemp("taped"), YINLING_RECORDING__POLICY="persons") as running:
        yield running


def _microphone(speech: Path, target: Path) -> Path:
    """The agent's sentence with pauses around it, at the rate of a browser."""
    with wave.open(str(speech), "rb") as source:
        pcm = pcm_to_rate(source.readframes(source.getnframes()), source.getframerate(), 48_000)
    with wave.open(str(target), "wb") as out:
        out.setparams((1, 2, 48_000, 0, "NONE", "not compressed"))
        out.writeframes(bytes(48_000 * 4) + pcm + bytes(48_000 * 4))
    return target


async def test_words_pause_and_recording(taped_town: Hotline, shots: Path, tmp_path: Path) -> None:
    async with CallerVoice(load()) as voice, async_playwright() as playwright:
        await rendered(voice, ELDER)
        await rendered(voice, AGENT)
        microphone = _microphone(await voice.wav(AGENT), tmp_path / "agent.wav")
        flags = [*FLAGS, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}"]
        browser = await playwright.chromium.launch(executable_path=chromium_or_skip(), args=flags)
        desk = await opened(browser, taped_town, shots)
        await desk.sign_in("agent1")
        await desk.sit()
        async with taped_town.caller(NUMBER, tmp_path / "elder") as phone:
            elder = Actor(phone, voice)
            await elder.dial(SERVICE)
            await elder.listen()
            await phone.press("0")
            await _talk(desk, elder)
            await _pause(desk, elder)
            await desk.page.keyboard.press("F8")
            await phone.state("DISCONNECTED")
        await desk.state("话后处理")
        await leave(desk)
        story = taped_town.story(NUMBER)
        kinds = [kind for kind, _ in story if kind.startswith("recording_")]
        assert kinds == ["recording_paused", "recording_resumed", "recording_paused"]
        print("from the end of an utterance to its words:", [d["late_s"] for k, d in story if k == "talk"])
        await _hear_again(await opened(browser, taped_town, shots))
        await browser.close()


async def _talk(desk: Desk, elder: Actor) -> None:
    """Both sides are on the page, each under its name."""
    page = desk.page
    await page.get_by_role("button", name="接听 F2").wait_for(timeout=at_most(30_000))
    await page.keyboard.press("F2")
    await page.get_by_test_id("taping").get_by_text("录音中").wait_for()
    lines = page.get_by_label("对话")
    await lines.locator("li.agent").filter(has_text="请问").first.wait_for(timeout=at_most(40_000))
    await elder.say(ELDER)
    said = lines.locator("li.caller").filter(has_text=re.compile("后天|上午|骨科"))
    await said.first.wait_for(timeout=at_most(40_000))
    await expect(lines.locator("li.agent .side").first).to_have_text("坐席")
    await desk.shot("talk-transcript")
    await desk.accessible()


async def _pause(desk: Desk, elder: Actor) -> None:
    """By the agent's key, and by the caller's keys."""
    page, taping = desk.page, desk.page.get_by_test_id("taping")
    await page.keyboard.press("Alt+p")
    await taping.get_by_text("录音已暂停").wait_for()
    said = await _steady(page.get_by_label("对话").locator("li.caller"))
    await elder.say(ELDER)
    await asyncio.sleep(4)
    await expect(page.get_by_label("对话").locator("li.caller")).to_have_count(said)
    await desk.shot("recording-paused")
    await desk.accessible()
    await page.keyboard.press("Alt+p")
    await taping.get_by_text("录音中").wait_for()
    await elder.phone.press("123")
    await taping.get_by_text("录音已暂停").wait_for()


async def _steady(lines: Locator, calm_s: float = 3) -> int:
    """How many there are, once no more came for a while: words come later than they are said."""
    found, since = await lines.count(), time.monotonic()
    while time.monotonic() - since < calm_s:
        await asyncio.sleep(0.2)
        if (now := await lines.count()) != found:
            found, since = now, time.monotonic()
    return found


async def _hear_again(boss: Desk) -> None:
    """The supervisor plays it, and the audit log has it."""
    await boss.sign_in("supervisor")
    page = boss.page
    await page.get_by_role("button", name="录音", exact=True).click()
    play = page.get_by_role("row").filter(has_text=NUMBER).get_by_role("button", name="播放")
    async with asyncio.timeout(at_most(40)):
        while not await play.count():  # sealed some seconds after the end
            await asyncio.sleep(1)
            await page.get_by_role("button", name="刷新列表").click()
    await play.click()
    player = page.get_by_role("region", name="播放录音")
    await player.get_by_role("button", name="播放").press("Enter")
    await player.get_by_role("button", name="停一下").wait_for()
    await player.get_by_test_id("place").get_by_text("0:02").wait_for(timeout=at_most(20_000))
    await expect(player).to_contain_text("来电人按键")
    await boss.shot("recordings")
    await boss.accessible()
    assert boss.errors == []
