"""A real hotline, a real caller, and agents in Debian's Chromium whose microphone plays a tone."""

from __future__ import annotations

import asyncio
import json
import math
import os
import shutil
import struct
import time
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyotp
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from ivr.settings import PROJECT_DIR
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline, speech_or_skip
from tests.waits import at_most

expect.set_options(timeout=at_most(5_000))
AGENT_HZ, CALLER_HZ = 1100.0, 700.0
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
]  # fmt: skip
# Keeps every connection of the page, so that a test can listen to what came over it.
KEEP_CONNECTIONS = """
window.connections = [];
const Real = window.RTCPeerConnection;
window.RTCPeerConnection = function (...given) {
  const made = new Real(...given);
  window.connections.push(made);
  return made;
};
window.RTCPeerConnection.prototype = Real.prototype;
"""
PEAK_HZ = """
async () => {
  const connection = window.connections.at(-1);
  const track = connection?.getReceivers().find((one) => one.track.kind === "audio")?.track;
  if (!track) return [0, 0];
  window.ear ??= new AudioContext();
  await window.ear.resume();
  const analyser = window.ear.createAnalyser();
  analyser.fftSize = 8192;
  window.ear.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  await new Promise((done) => setTimeout(done, 700));
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  let best = 0;
  for (let at = 3; at < bins.length; at += 1) if (bins[at] > bins[best]) best = at;
  return [(best * window.ear.sampleRate) / analyser.fftSize, bins[best]];
}
"""


def chromium_or_skip() -> str:
    """Where Chromium is."""
    found = os.environ.get("YINLING_CHROMIUM") or shutil.which("chromium")
    if found is None:
        pytest.skip("Chromium is not here: apt-get install chromium (or set YINLING_CHROMIUM)")
    if not (PROJECT_DIR / "console/dist/index.html").exists():
        pytest.skip("the pages are not built: `make setup`, with Node.js 20 and npm")
    return found


def tone(file: Path, hz: float, rate_hz: int, seconds: float) -> Path:
    """A WAV file with a tone in bursts, as speech comes: browsers take a steady tone for noise and turn it down."""
    count = round(rate_hz * seconds)
    burst = [(i / rate_hz) % 0.5 < 0.35 for i in range(count)]
    samples = [round(12000 * math.sin(2 * math.pi * hz * i / rate_hz)) * burst[i] for i in range(count)]
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, rate_hz, 0, "NONE", "not compressed"))
        out.writeframes(struct.pack(f"<{count}h", *samples))
    return file


def peak_hz(recording: Path, last_s: float) -> tuple[float, float]:
    """(frequency, level 0 to 1) of the loudest tone in the last seconds of a recording."""
    data = recording.read_bytes()[44:]  # while it is written, its header does not know its length
    samples = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(float) / 32768
    samples = samples[-round(8000 * last_s) :]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    best = int(np.argmax(spectrum))
    return best * 8000 / len(samples), float(np.sqrt(np.mean(samples**2)))


class Desk:
    """One agent's or supervisor's page."""

    def __init__(self, page: Page, hotline: Hotline, shots: Path) -> None:
        self.page, self._hotline, self._shots = page, hotline, shots
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        # Shown by pytest when a test fails.
        page.on("response", lambda one: print(one.request.method, one.url, one.status) if one.status >= 400 else None)

    async def sign_in(self, user: str) -> None:
        """With the keyboard only."""
        account = next(u for u in self._hotline.demo["desk"]["users"] if u["user"] == user)
        await self.page.goto(self._hotline.demo["desk"]["url"])
        await self.page.get_by_label("用户名").wait_for()
        # A code is good once: a second sign-in within 30 s takes the next one, as a clock that runs ahead would.
        secret = account["totp_secret"]
        interval = max(int(time.time()) // 30, _CODES.get(secret, 0) + 1)
        _CODES[secret] = interval
        await asyncio.sleep(max(0.0, (interval - 1) * 30 - time.time()))  # but not the one after that
        code = pyotp.TOTP(secret).generate_otp(interval)
        for text in (user, account["password"], code):
            await self.page.keyboard.type(text)
            await self.page.keyboard.press("Tab")
        await self.page.keyboard.press("Enter")

    async def sit(self) -> None:
        """Take the first free seat and be ready, with the keyboard only."""
        sit, up = self.page.get_by_role("button", name="坐下"), self.page.get_by_role("button", name="离席")
        await sit.or_(up).wait_for()
        if await sit.is_visible():  # a test that failed may have left its agent at a seat
            await expect(sit).to_be_enabled()  # once the list of seats is there
            await sit.focus()
            await self.page.keyboard.press("Enter")
        await self.page.get_by_text("网页电话就绪").wait_for(timeout=at_most(15_000))
        if not await self.page.get_by_test_id("state").get_by_text("空闲", exact=True).is_visible():
            await self.page.keyboard.press("F9")
        await self.state("空闲")

    async def state(self, word: str, timeout_s: float = 10) -> None:
        """Until the seat is in that state."""
        shown = self.page.get_by_test_id("state").get_by_text(word, exact=True)
        await shown.wait_for(timeout=at_most(timeout_s) * 1000)

    async def hears_hz(self) -> float:
        """The loudest tone that this page hears; 0 when it is quiet."""
        hz, level_db = await self.page.evaluate(PEAK_HZ)
        return float(hz) if level_db > -70 else 0.0

    async def shot(self, name: str) -> None:
        """Keep a picture for people to look at."""
        await self.page.screenshot(path=str(self._shots / f"{name}.png"), full_page=True)

    async def accessible(self) -> None:
        """Nothing that axe-core finds wrong (WCAG 2 A and AA)."""
        source = PROJECT_DIR / "console/node_modules/axe-core/axe.min.js"
        await self.page.evaluate(source.read_text(encoding="utf-8"))
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
        result: dict[str, Any] = await self.page.evaluate("(options) => axe.run(document, options)", options)
        found = [(v["id"], [n["target"] for n in v["nodes"]]) for v in result["violations"]]
        assert found == [], json.dumps(found, ensure_ascii=False)


_CODES: dict[str, int] = {}
"""Secret of an account → the interval whose code was used last."""


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where pictures are kept."""
    folder = PROJECT_DIR / "var/screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline with everything: it hears and speaks, and has pages."""
    chromium_or_skip()
    asterisk_or_skip()
    speech_or_skip()
    with running_hotline(tmp_path_factory.mktemp("town"), YINLING_DESK__LISTENING="announced") as running:
        yield running


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """Chromium whose microphone plays the agents' tone."""
    path = chromium_or_skip()
    voice = tone(tmp_path / "agent.wav", AGENT_HZ, 48_000, 10)
    flags = [*FLAGS, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={voice}"]
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=path, args=flags, timeout=at_most(30_000))
        yield made
        await made.close()


async def opened(browser: Browser, hotline: Hotline, shots: Path) -> Desk:
    """A page in a browser of its own."""
    context = await browser.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN")
    await context.add_init_script(KEEP_CONNECTIONS)
    context.set_default_timeout(at_most(15_000))
    return Desk(await context.new_page(), hotline, shots)
