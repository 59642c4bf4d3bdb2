"""200 desks on one server: how long an event takes from the call to the page. `python -m tests.bench.desk_pages`.

The way is that of a real call: the journal's writer gathers, the event list is read, the page is told. All in one
process, the pages too, so that the figures are of the server and its readers together."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, TCPConnector
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher

import integrations.database.people as people_module
from integrations.database.journal import JournalWriter
from integrations.database.people import Role
from integrations.database.seats import Seats
from ivr.asterisk.config import load_secrets
from ivr.desk.server import application
from ivr.settings import load
from tests.desk.conftest import FakeDesk

DESKS = 200
EVENTS = 400
GAP_S = 0.025
AGENT = "bench"


async def reader(page: ClientWebSocketResponse, delays: list[float], lines: int) -> None:
    """Read one page's feed until it had all its lines."""
    while lines:
        message = await page.receive_json()
        if message["type"] == "line" and "sent" in message["line"]["data"]:
            delays.append(time.time() - float(message["line"]["data"]["sent"]))
            lines -= 1


async def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["YINLING_SETTINGS"] = str(Path(folder) / "none.toml")
        settings = load(var_dir=Path(folder), desk={"seats": DESKS})
        desk = FakeDesk(settings, load_secrets(settings))
        desk.database.migrate()
        # Signing in is not what is measured.
        people_module._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        seats = Seats(desk.database)
        people = [desk.people.add("bench", f"agent{n}", f"agent{n}", Role.AGENT.value).person for n in range(DESKS)]
        for n, person in enumerate(people):
            seats.take(person, f"web{n + 1}", "zh")
        await desk.seating.load()
        server = TestServer(application(desk, Path(folder)))
        await server.start_server()
        origin = str(server.make_url("/")).rstrip("/")
        pages: list[ClientWebSocketResponse] = []
        connector = TCPConnector(limit=0)  # each page holds a connection, and the client's own limit is 100
        async with ClientSession(connector=connector, cookie_jar=CookieJar(unsafe=True)) as session:
            for person in people:
                opened = desk.sessions.open(person, "127.0.0.1", AGENT)
                headers = {"Origin": origin, "User-Agent": AGENT, "Cookie": f"yinling={opened.token}"}
                pages.append(await session.ws_connect(server.make_url("/api/live"), headers=headers))
            for n in range(DESKS):
                desk.rings(f"web{n + 1}", f"17.{n}")
                desk.answers(f"web{n + 1}", f"17.{n}")
            delays: list[float] = []
            per_page = EVENTS // DESKS
            writer = JournalWriter(desk.journal, Path(folder) / "spill")
            readers = [asyncio.create_task(reader(page, delays, per_page)) for page in pages]
            await asyncio.sleep(3)
            process, began = psutil.Process(), time.time()
            used = process.cpu_times()
            for n in range(EVENTS):
                now = datetime.now(UTC)
                data = {"text": "我想挂骨科", "sent": time.time()}
                writer.event(f"17.{n % DESKS}", now, "utterance", data)
                await asyncio.sleep(GAP_S)
            async with asyncio.timeout(60):
                await asyncio.gather(*readers)
            spent = process.cpu_times()
            cores = (spent.user + spent.system - used.user - used.system) / (time.time() - began)
            writer.close(5)
            for page in pages:
                await page.close()
        await server.close()
    delays.sort()
    told = (
        f"p50 {statistics.median(delays):.3f} s, p95 {delays[round(0.95 * len(delays))]:.3f} s, max {delays[-1]:.3f} s"
    )
    print(f"{DESKS} pages, {EVENTS} events, {1 / GAP_S:.0f} a second at most: said in the call → on the page: {told}")
    print(f"server, readers and writer together: {cores:.2f} cores")


if __name__ == "__main__":
    asyncio.run(main())
