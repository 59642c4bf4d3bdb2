"""The agent's browser and the pages' server die in the same moment: the caller is not hung up."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.browser.conftest import AGENT_HZ, FLAGS, chromium_or_skip, opened, tone
from tests.browser.test_desk_calls import caller_hears
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline
from tests.waits import at_most

pytestmark = [pytest.mark.calls, pytest.mark.timeout(400, func_only=True)]
SERVICE = "12349"


@pytest.fixture(scope="module")
def plain_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline whose dialogue is off: every caller asks for a person at once."""
    chromium_or_skip()
    asterisk_or_skip()
    with running_hotline(tmp_path_factory.mktemp("plain"), YINLING_DIALOGUE="false") as running:
        yield running


def _chromium(folder: Path) -> subprocess.Popen[bytes]:
    """A browser of our own, in a process group of its own, so that all of it can be killed."""
    voice = tone(folder / "agent.wav", AGENT_HZ, 48_000, 10)
    flags = ["--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={voice}", "--headless=new"]
    where = [f"--user-data-dir={folder / 'profile'}", "--remote-debugging-port=0"]
    return subprocess.Popen([chromium_or_skip(), *FLAGS, *flags, *where], start_new_session=True, stderr=-3)


async def _port(folder: Path) -> int:
    file, until = folder / "profile/DevToolsActivePort", time.monotonic() + at_most(30)
    while time.monotonic() < until:
        if file.exists() and (lines := file.read_text(encoding="ascii").splitlines()):
            return int(lines[0])
        await asyncio.sleep(0.1)
    raise AssertionError("Chromium did not start")


async def test_the_caller_is_answered_by_the_other_seat(plain_town: Hotline, shots: Path, tmp_path: Path) -> None:
    chromium = _chromium(tmp_path)
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.connect_over_cdp(
                f"http://127.0.0.1:{await _port(tmp_path)}", timeout=at_most(30_000)
            )
            desk = await opened(browser, plain_town, shots)
            await desk.sign_in("agent1")
            await desk.sit()
            async with plain_town.caller("13900006101", tmp_path / "elder") as phone:
                await phone.call(SERVICE)
                await desk.page.get_by_role("button", name="接听 F2").wait_for()
                await desk.page.keyboard.press("F2")
                await caller_hears(tmp_path / "elder/heard.wav", AGENT_HZ)
                began = time.monotonic()
                os.kill(plain_town.pids["desk"], signal.SIGKILL)
                os.killpg(chromium.pid, signal.SIGKILL)
                async with plain_town.seat(0, 0.1) as other:
                    await other.state("CONFIRMED", timeout_s=60)
                    print(f"from both gone to a colleague's answer: {time.monotonic() - began:.1f} s")
                    assert not any(e.get("state") == "DISCONNECTED" for e in phone.events)
                    await plain_town.helped(plain_town.demo["seats"][0]["user"])
                    await other.hangup()
                    await phone.state("DISCONNECTED")
    finally:
        if chromium.poll() is None:
            os.killpg(chromium.pid, signal.SIGKILL)
        chromium.wait(10)
    lost = [data for kind, data in _events(plain_town, "13900006101") if kind == "seat_lost"]
    assert len(lost) == 1


def _events(hotline: Hotline, number: str) -> list[tuple[str, dict[str, object]]]:
    """From Asterisk's own ledger: nobody else was there."""
    return [(event.kind.value, dict(event.data)) for event in hotline.last_call(number).events]
