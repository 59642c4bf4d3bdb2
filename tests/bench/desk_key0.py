"""From key 0 to the seat ringing, and to the story on the page: `python -m tests.bench.desk_key0 [--rounds N]`.

A real caller presses 0 while the bot speaks; the seat is a real SIP phone, and the page is a client of the live feed
that its agent would have open. Both times begin at key down (the key itself lasts 0.16 s). The story counts when the
feed's message has arrived; what a browser takes to draw it is not in it."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar

from tests.calls.conftest import Hotline, running_hotline
from tests.calls.test_listening import Page

ROUNDS = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 20
SERVICE, SEAT, USER = "12349", "seat1", "agent1"
KNOWN = "13909710001"
AIM_S = {"the seat rings": 0.3, "the story is on the page": 0.5}
TOO_LONG_S = 15.0


class Told:
    """When the feed told the story of each call."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket, self._at = socket, dict[str, float]()
        self._news = asyncio.Condition()

    async def read(self) -> None:
        async for message in self._socket:
            told = message.json()
            if told["type"] == "story":
                async with self._news:
                    self._at.setdefault(told["call"]["call_id"], time.time())
                    self._news.notify_all()

    async def next_after(self, known: int) -> float:
        """When the story of one more call came than were `known`. Raises TimeoutError."""
        async with asyncio.timeout(TOO_LONG_S), self._news:
            await self._news.wait_for(lambda: len(self._at) > known)
            return list(self._at.values())[known]


async def measure(hotline: Hotline) -> dict[str, list[float]]:
    """Seconds of each round."""
    found: dict[str, list[float]] = {name: [] for name in AIM_S}
    url = hotline.demo["desk"]["url"].rstrip("/")
    account = next(u for u in hotline.demo["desk"]["users"] if u["user"] == USER)
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session, hotline.seat() as seat:
        page = Page(session, url)
        await page.sign_in(account)
        await page.post("/api/seat", {"seat": SEAT, "language": "zh"})
        headers = {"Origin": url, "User-Agent": "test"}
        async with session.ws_connect(f"{url}/api/live", headers=headers) as socket:
            told = Told(socket)
            reader = asyncio.create_task(told.read())
            try:
                for round_ in range(ROUNDS):
                    await page.post("/api/state", {"state": "ready"})
                    before = len(seat.events)
                    async with hotline.caller(KNOWN) as caller:
                        await caller.call(SERVICE)
                        await caller.state("CONFIRMED", timeout_s=10)
                        await caller.wait("sound", timeout_s=15)
                        await asyncio.sleep(1)
                        pressed = await caller.press("0")
                        rang = await seat.wait("ringing", after=before, timeout_s=TOO_LONG_S)
                        found["the seat rings"].append(float(rang["t"]) - pressed)
                        found["the story is on the page"].append(await told.next_after(round_) - pressed)
                        await caller.hangup()
                        await caller.state("DISCONNECTED")
                    await asyncio.sleep(0.5)
            finally:
                reader.cancel()
                await asyncio.gather(reader, return_exceptions=True)
        await page.post("/api/sign-out", {})
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running_hotline(Path(folder)) as hotline:
        found = asyncio.run(measure(hotline))
    for name, values in found.items():
        ordered = sorted(values)
        p95 = ordered[round(0.95 * (len(ordered) - 1))]
        p50 = statistics.median(ordered)
        print(
            f"key 0 → {name}: p50 {p50:.3f} s, p95 {p95:.3f} s (aim {AIM_S[name]} s), max {ordered[-1]:.3f} s,"
            f" {len(ordered)} calls"
        )


if __name__ == "__main__":
    main()
