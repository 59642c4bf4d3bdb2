"""A real hotline on free ports, for calls by real SIP."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from integrations.database.journal import CallJournal, CallRecord
from integrations.database.store import Database
from ivr.asterisk.config import ledger_file, load_secrets
from ivr.asterisk.manager import Manager, ManagerError, ManagerEvent
from ivr.asterisk.unpack import AsteriskError, find_or_unpack
from ivr.rehearsal.actor import CallerVoice
from ivr.rehearsal.caller import Event, Phone
from ivr.routing.ledger import LedgerCall, calls, read
from ivr.settings import load
from ivr.supervisor import demo_users_file
from tests import learnt, ports
from tests.waits import BESIDE_OTHERS, at_most
from voices.errors import VoiceError

START_TIMEOUT_S = 90.0
NO_DESK = {"users": ["nobody is waited for"]}


class PatientPhone(Phone):
    """Waits as long as this run of the tests needs."""

    async def wait(
        self, event: str, fits: Callable[[Event], bool] = lambda _: True, *, after: int = 0, timeout_s: float = 10
    ) -> Event:
        return await super().wait(event, fits, after=after, timeout_s=at_most(timeout_s))


async def legs(manager: Manager) -> list[Mapping[str, str]]:
    """Asterisk's channels, for who asks again: none where it did not answer this time."""
    try:
        return await manager.channels()
    except ManagerError:
        return []


@dataclass
class Hotline:
    """One running hotline and phones to call it with."""

    var: Path
    process: subprocess.Popen[bytes]
    demo: dict[str, Any]
    environment: dict[str, str]

    @property
    def server(self) -> str:
        return f"{self.demo['sip']['host']}:{self.demo['sip']['port']}"

    def caller(self, number: str, record: Path | None = None) -> Phone:
        if record is not None:
            record.mkdir(parents=True, exist_ok=True)
        return PatientPhone(self.server, number, rtp=ports.rtp(), record=record)

    @property
    def pids(self) -> dict[str, int]:
        """Process numbers as they are now: the supervisor may have started a part anew."""
        status: dict[str, Any] = json.loads((self.var / "run/status.json").read_text(encoding="utf-8"))
        return {name: int(pid) for name, pid in status["pids"].items() if pid}

    def app_facts(self) -> dict[str, Any]:
        """What the dialogue program says of itself; empty while it is away."""
        try:
            facts: dict[str, Any] = json.loads((self.var / "run/app.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return facts

    def _record(self, number: str) -> CallRecord | None:
        database = self.database
        try:
            found = [call for call in CallJournal(database).calls() if call.number == number]
        finally:
            database.close()
        return found[-1] if found else None

    def outcome(self, number: str, timeout_s: float = 10) -> str:
        """Outcome of the newest call of that number, once the database has it."""
        until = time.monotonic() + at_most(timeout_s)
        while time.monotonic() < until:
            call = self._record(number)
            if call is not None and call.outcome is not None:
                return call.outcome
            time.sleep(0.1)
        raise AssertionError(f"the call of {number} has no outcome")

    def story(self, number: str) -> list[tuple[str, dict[str, Any]]]:
        """The events (kind, data) of the newest call of that number, once it has ended."""
        self.outcome(number)
        return self.story_so_far(number)

    def story_so_far(self, number: str) -> list[tuple[str, dict[str, Any]]]:
        """The events (kind, data) of the newest call of that number that are on record by now."""
        call = self._record(number)
        assert call is not None
        database = self.database
        try:
            story = CallJournal(database).story(call.call_id)
        finally:
            database.close()
        assert story is not None
        return [(kind, data) for _, kind, data in story[1]]

    def why(self, number: str) -> str:
        """Why the newest call of that number went to a person."""
        return next(str(data["why"]) for kind, data in self.story(number) if kind == "human_wanted")

    async def channels(self) -> list[str]:
        """Asterisk's channels, after a second for those that are just ending."""
        await asyncio.sleep(1)
        async with self.manager() as manager:
            return [channel["Channel"] for channel in await manager.channels()]

    async def cleared(self, timeout_s: float = 10) -> None:
        """Until Asterisk has no channel left."""
        until, left = time.monotonic() + at_most(timeout_s), ["unknown"]
        while left:
            assert time.monotonic() < until, left
            with contextlib.suppress(ManagerError):
                left = await self.channels()

    @property
    def database(self) -> Database:
        return Database(load(var_dir=self.var).database_address)

    def seat(self, index: int = 0, answer_after_s: float | None = None) -> Phone:
        account = self.demo["seats"][index]
        password = account["password"]
        return PatientPhone(
            self.server, account["user"], rtp=ports.rtp(), password=password, answer_after_s=answer_after_s
        )

    @contextlib.asynccontextmanager
    async def manager(self, on_event: Callable[[ManagerEvent], None] = lambda _: None) -> AsyncIterator[Manager]:
        """A connection of our own to Asterisk."""
        secrets = load_secrets(load(var_dir=self.var))
        port = int(self.environment["YINLING_ASTERISK__MANAGER_PORT"])
        manager = Manager(port, "yinling", secrets.manager, on_event)
        task = asyncio.create_task(manager.run())
        try:
            await asyncio.wait_for(manager.connected.wait(), at_most(5))
            yield manager
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def store(self, family: str, key: str, value: str) -> None:
        """What the program keeps in Asterisk's database for the time when it is away."""
        async with self.manager() as manager:
            await manager.store(family, key, value)

    async def store_band(self, number: str, band: str) -> None:
        """A known caller's band."""
        await self.store("band", number, band)

    async def talks(self, *sizes: int, timeout_s: float = 8) -> None:
        """Until there are just these talks: how many legs each has, the largest first."""
        until, seen = time.monotonic() + at_most(timeout_s), list[int]()
        async with self.manager() as manager:
            while time.monotonic() < until:
                bridges = Counter(leg["BridgeId"] for leg in await legs(manager) if leg.get("BridgeId"))
                seen = sorted(bridges.values(), reverse=True)
                if seen == list(sizes):
                    return
                await asyncio.sleep(0.1)
        raise AssertionError(f"the talks have {seen} legs, not {sizes}")

    async def with_person(self, number: str, timeout_s: float = 8) -> None:
        """Until the caller of that number talks with somebody: who hangs up while that begins was with nobody."""
        until, seen = time.monotonic() + at_most(timeout_s), list[str]()
        async with self.manager() as manager:
            while time.monotonic() < until:
                phones = [leg for leg in await legs(manager) if leg["Channel"].startswith("PJSIP/")]
                talks = Counter(leg["BridgeId"] for leg in phones if leg.get("BridgeId"))
                if any(talks[leg.get("BridgeId", "")] > 1 for leg in phones if leg["CallerIDNum"] == number):
                    return
                seen = [leg["Channel"] for leg in phones]
                await asyncio.sleep(0.05)
        raise AssertionError(f"{number} is with nobody; there are {seen}")

    async def queued(self, number: str, application: str = "Queue", timeout_s: float = 10) -> None:
        """Until the caller of that number waits in the queue, or is in another application of the dialplan.

        Without its program the hotline gives that up after `answer_wait_s`: until then nobody is in the queue, and keys
        go to the program."""
        until, seen = time.monotonic() + at_most(timeout_s), list[str]()
        async with self.manager() as manager:
            while time.monotonic() < until:
                seen = [leg["Application"] for leg in await legs(manager) if leg["CallerIDNum"] == number]
                if application in seen:
                    return
                await asyncio.sleep(0.05)
        raise AssertionError(f"{number} is in {seen}, not in {application}")

    async def helped(self, seat: str = "", timeout_s: float = 10) -> None:
        """Until the person at that seat (or at any) has talked so long that hanging up is a goodbye: `seat-left`."""
        until = time.monotonic() + at_most(timeout_s)
        async with self.manager() as manager:
            while time.monotonic() < until:
                names = [leg["Channel"] for leg in await legs(manager)]
                for name in names:
                    if name.startswith(f"PJSIP/{seat}") and (since := await value(manager, name, "AT_SEAT_SINCE")):
                        await asyncio.sleep(int(since) + 2.1 - time.time())  # the dialplan counts whole seconds
                        return
                await asyncio.sleep(0.1)
        raise AssertionError(f"nobody has answered at {seat or 'any seat'}")

    def outside(self, port: int, answer_after_s: float | None = None) -> Phone:
        """The rest of the world: whatever the hotline dials through the carrier rings here."""
        return PatientPhone(self.server, "outside", rtp=ports.rtp(), port=port, answer_after_s=answer_after_s)

    def kill_guardian(self) -> None:
        """Kill it as it now is: the supervisor may have started it anew."""
        os.kill(self.pids["guardian"], signal.SIGKILL)

    def last_call(self, number: str) -> LedgerCall:
        """The newest call of that number, once it has ended."""
        until = time.monotonic() + at_most(5)
        while time.monotonic() < until:
            events, _ = read(ledger_file(load(var_dir=self.var)))
            found = [c for c in calls(events) if c.number == number and c.outcome is not None]
            if found:
                return found[-1]
            time.sleep(0.05)
        raise AssertionError(f"no ended call of {number} in the ledger")


async def value(manager: Manager, leg: str, variable: str) -> str:
    """A variable of a leg; empty where it has none, or the leg has just ended."""
    with contextlib.suppress(ManagerError):
        return (await manager.action("Getvar", Channel=leg, Variable=variable)).get("Value", "")
    return ""


def _demo(var: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((var / "demo.json").read_text(encoding="utf-8"))
    return found


def _nobody_comes(var: Path) -> bool:
    """Whether the pages' server is there and has made no people, for its database cannot be written."""
    settings = load(var_dir=var)
    return (settings.run_dir / "desk.json").exists() and not demo_users_file(settings).exists()


@contextlib.contextmanager
def running_hotline(var: Path, **settings: str) -> Iterator[Hotline]:
    """Start a hotline in `var`, and stop it afterwards. `settings` are environment variables over the defaults."""
    talks = settings.get("YINLING_DIALOGUE") != "false"
    environment = {
        "YINLING_VAR_DIR": str(var),
        "YINLING_SIP__PORT": str(ports.free(socket.SOCK_DGRAM)),
        "YINLING_ASTERISK__HTTP_PORT": str(ports.free(socket.SOCK_STREAM)),
        "YINLING_ASTERISK__MANAGER_PORT": str(ports.free(socket.SOCK_STREAM)),
        "YINLING_DESK__PORT": str(ports.free(socket.SOCK_STREAM)),
        # Three hotlines on two cores: one that does not get its turn for a second and a half does not hang, and one
        # that takes a call a second late has taken it.
        **({"YINLING_GUARDIAN__MISSED_AFTER_S": "3.5"} if BESIDE_OTHERS else {}),
        **({"YINLING_ASTERISK__ANSWER_WAIT_S": "4"} if BESIDE_OTHERS and talks else {}),
        "YINLING_RATING__ASK": "false",  # a question at the end of each call would be waited for in every test
        **settings,
    }
    learnt.share(var)
    command = [sys.executable, "-m", "ivr.cli", "run", "--demo"]
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + at_most(START_TIMEOUT_S)
        while not (var / "demo.json").exists():
            assert process.poll() is None, "the hotline did not start"
            assert time.monotonic() < until, "the hotline did not start in time"
            time.sleep(0.02)
        while not (demo := _demo(var)).get("desk", NO_DESK)["users"] and not _nobody_comes(var):
            assert time.monotonic() < until, "the pages' server did not come in time"
            time.sleep(0.2)
        yield Hotline(var, process, demo, environment)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(at_most(20))


def asterisk_or_skip() -> None:
    """Skip where there is no Asterisk and none can be had."""
    try:
        find_or_unpack(load().parts_dir, load().asterisk.minimum_version)
    except AsteriskError as error:
        pytest.skip(f"Asterisk cannot be had here: {error}")


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline without its dialogue program, as if that were never started."""
    asterisk_or_skip()
    with running_hotline(tmp_path_factory.mktemp("hotline"), YINLING_DIALOGUE="false") as running:
        yield running


SENTENCES = (
    "我想挂后天上午的骨科",
    "我想挂后天上午的骨科，给我自己",
    "给我自己挂",
    "对",
    "没有了",
    "我要退号",
    "我要挂号",
    "挂骨科",
    "不是骨科，是内科",
    "明天",
    "上午",
    "我自己看病",
    "我要挂骨科的号",
    "我要找人工",
)
"""What callers say in these tests."""


async def rendered(voice: CallerVoice, text: str) -> None:
    """What a caller will say, rendered before the call; a busy machine may need more than one try."""
    for _ in range(4):
        try:
            await voice.wav(text)
        except VoiceError:
            continue
        return
    await voice.wav(text)


async def _render_callers() -> None:
    async with CallerVoice(load()) as voice:
        for sentence in SENTENCES:
            await rendered(voice, sentence)


def speech_or_skip() -> None:
    """Skip where the models are not; have ready what callers say: one who thinks for seconds is asked whether they are
    still there. Of all workers one renders, and the others wait for what it has rendered."""
    for model in ("whisper-base", "kokoro"):
        if not (load().models_dir / model).is_dir():
            pytest.skip(f"the speech model {model} is not here: `make prepare` says why")
    with (load().parts_dir / ".rendering-callers").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the process that holds it
        asyncio.run(_render_callers())


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline with everything: it hears and speaks."""
    asterisk_or_skip()
    speech_or_skip()
    with running_hotline(tmp_path_factory.mktemp("talking")) as running:
        yield running
