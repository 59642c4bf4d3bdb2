"""Who hears whom when a supervisor listens, whispers, joins and takes over: three real phones, three tones.

Each phone says a tone of its own all the time; what a phone hears is measured in its recording, tone by tone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyotp
import pytest
from aiohttp import ClientSession, CookieJar

from integrations.database.audit import AuditLog
from ivr.call.events import Kind, Outcome
from ivr.rehearsal.caller import Phone
from tests import ports
from tests.browser.conftest import tone
from tests.calls.conftest import Hotline, PatientPhone, asterisk_or_skip, running_hotline
from tests.waits import at_most

pytestmark = [pytest.mark.calls, pytest.mark.timeout(400, func_only=True)]
SERVICE, NUMBER = "12349", "13900007001"
HZ = {"caller": 700.0, "agent": 1100.0, "supervisor": 1700.0}
HEARD, NOT_HEARD = 0.04, 0.004
"""Share of full scale. A tone arrives with 0.13; bursts of the others leave up to 0.001 at its place."""


@pytest.fixture(scope="module")
def announced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline without its dialogue where supervisors may listen, and callers are told."""
    asterisk_or_skip()
    settings = {"YINLING_DIALOGUE": "false", "YINLING_DESK__LISTENING": "announced"}
    with running_hotline(tmp_path_factory.mktemp("announced"), **settings) as running:
        yield running


class Page:
    """The API as a supervisor's page uses it."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session, self._url = session, url.rstrip("/")
        self._headers = {"Origin": self._url, "User-Agent": "test"}

    async def sign_in(self, account: dict[str, str]) -> None:
        code = pyotp.TOTP(account["totp_secret"]).now()
        given = {"user": account["user"], "password": account["password"], "code": code}
        self._headers["X-Yinling-CSRF"] = (await self.post("/api/sign-in", given))["csrf"]

    async def post(self, path: str, body: dict[str, object] | dict[str, str]) -> dict[str, str]:
        """What comes back; a refusal fails the test with its sentence."""
        async with self._session.post(self._url + path, json=body, headers=self._headers) as answer:
            assert answer.status == 200, await answer.text()
            found: dict[str, str] = await answer.json()
            return found

    async def calls(self) -> list[dict[str, str]]:
        async with self._session.get(self._url + "/api/wall", headers=self._headers) as answer:
            assert answer.status == 200, await answer.text()
            found: list[dict[str, str]] = (await answer.json())["calls"]
            return found


@contextlib.asynccontextmanager
async def page(hotline: Hotline, user: str, seat: str) -> AsyncIterator[Page]:
    """Signed in, at a seat with a desk phone."""
    account = next(u for u in hotline.demo["desk"]["users"] if u["user"] == user)
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        made = Page(session, hotline.demo["desk"]["url"])
        await made.sign_in(account)
        await made.post("/api/seat", {"seat": seat, "language": "zh"})
        yield made
        await made.post("/api/sign-out", {})


@dataclass
class Ear:
    """One phone and what it hears."""

    phone: Phone
    recording: Path

    def levels(self, last_s: float = 1.0) -> dict[str, float]:
        """Side → level of its tone in the last seconds of this phone's recording, as a share of full scale."""
        data = self.recording.read_bytes()[44:]  # while it is written, its header does not know its length
        samples = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(float) / 32768
        samples = samples[-round(8000 * last_s) :]
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) / len(samples) * 2
        of_bin = np.fft.rfftfreq(len(samples), 1 / 8000)
        return {side: float(spectrum[np.abs(of_bin - hz) < 15].max()) for side, hz in HZ.items()}

    def hears(self) -> set[str]:
        """Which tones; fails where that cannot be told."""
        found = self.levels()
        unsure = {side for side, level in found.items() if NOT_HEARD < level < HEARD}
        assert not unsure, found
        return {side for side, level in found.items() if level >= HEARD}


async def heard(ears: dict[str, Ear], wanted: dict[str, set[str]], within_s: float = 12) -> None:
    """Until each side hears just that, and still does two seconds later."""
    until, found = time.monotonic() + at_most(within_s), dict[str, object]()
    calm = 0
    while time.monotonic() < until:
        await asyncio.sleep(1.1)
        found = {side: ears[side].levels() for side in wanted}
        try:
            calm = calm + 1 if all(ears[side].hears() == sides for side, sides in wanted.items()) else 0
        except AssertionError:
            calm = 0
        if calm == 2:
            print({side: {k: round(v, 5) for k, v in ears[side].levels().items()} for side in wanted})
            return
    raise AssertionError(f"wanted {wanted}, heard {found}")


def _phone(hotline: Hotline, index: int, folder: Path) -> Phone:
    folder.mkdir(parents=True, exist_ok=True)
    account = hotline.demo["seats"][index]
    return PatientPhone(
        hotline.server, account["user"], rtp=ports.rtp(), password=account["password"], answer_after_s=0.1,
        record=folder,
    )  # fmt: skip


async def test_each_side_hears_what_it_should_and_nothing_else(announced: Hotline, tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        agent, boss = (
            await enter(page(announced, "agent1", "seat1")),
            await enter(page(announced, "supervisor", "seat2")),
        )
        phones = {
            "agent": await enter(_phone(announced, 0, tmp_path / "agent")),
            "supervisor": await enter(_phone(announced, 1, tmp_path / "supervisor")),
            "caller": await enter(announced.caller(NUMBER, tmp_path / "caller")),
        }
        ears = {side: Ear(phone, tmp_path / side / "heard.wav") for side, phone in phones.items()}
        sounds = {side: tone(tmp_path / f"{side}.wav", hz, 8000, 150) for side, hz in HZ.items()}
        await agent.post("/api/state", {"state": "ready"})
        await phones["caller"].call(SERVICE)
        await phones["agent"].state("CONFIRMED", timeout_s=25)
        for side in ("caller", "agent"):
            await phones[side].start_playing(sounds[side])
        await heard(ears, {"caller": {"agent"}, "agent": {"caller"}})
        (call,) = await boss.calls()
        path = f"/api/calls/{call['call_id']}/listen"

        await boss.post(path, {"mode": "listen"})
        await phones["supervisor"].state("CONFIRMED")
        await phones["supervisor"].start_playing(sounds["supervisor"])
        both = {"agent", "caller"}
        await heard(ears, {"supervisor": both, "caller": {"agent"}, "agent": {"caller"}})

        await boss.post(path, {"mode": "whisper"})
        await heard(ears, {"supervisor": both, "caller": {"agent"}, "agent": {"caller", "supervisor"}})

        await boss.post(path, {"mode": "join"})
        await heard(ears, {"supervisor": both, "caller": {"agent", "supervisor"}, "agent": {"caller", "supervisor"}})

        await boss.post(path, {"mode": "take"})
        await phones["agent"].state("DISCONNECTED")
        await heard(ears, {"supervisor": {"caller"}, "caller": {"supervisor"}})
        assert [e["event"] for e in phones["supervisor"].events].count("ringing") == 1
        until = time.monotonic() + at_most(5)
        while (await boss.calls())[0]["seat"] != "seat2":
            assert time.monotonic() < until, await boss.calls()
            await asyncio.sleep(0.1)
        await phones["supervisor"].hangup()
        await phones["caller"].state("DISCONNECTED", timeout_s=15)
    call_record = announced.last_call(NUMBER)
    assert call_record.outcome is Outcome.PERSON
    answered = [e.data["seat"] for e in call_record.events if e.kind is Kind.AGENT_ANSWERED]
    assert answered == ["seat1", "seat2"]
    database = announced.database
    try:
        entries = [(e.who, e.what) for e in reversed(AuditLog(database).entries(200)) if e.target == call["call_id"]]
        verdict = AuditLog(database).verify()
    finally:
        database.close()
    assert [what for who, what in entries if who == "supervisor" and what != "story_shown"] == [
        "listened", "whispered", "joined", "taken_over",
    ]  # fmt: skip
    assert verdict.broken_at is None


async def test_callers_are_told_that_somebody_may_listen_before_they_wait(announced: Hotline, tmp_path: Path) -> None:
    """The announcement plays before any seat rings, and once: not again for whoever is handed on."""
    async with announced.caller("13900007002", tmp_path / "told") as caller:
        await caller.call(SERVICE)
        await caller.state("CONFIRMED")
        await asyncio.sleep(0.3)
        async with announced.manager() as manager:
            seen: list[str] = []
            until = time.monotonic() + at_most(6)
            while time.monotonic() < until and not any("Queue" in one for one in seen):
                legs = [leg for leg in await manager.channels() if leg["CallerIDNum"] == "13900007002"]
                seen += [f"{leg['Application']} {leg['ApplicationData']}" for leg in legs]
                await asyncio.sleep(0.1)
        told = [one for one in seen if one.startswith("Playback") and "may-listen" in one]
        assert told, seen
        await caller.hangup()
