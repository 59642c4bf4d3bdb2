"""A phone that is driven from asyncio: the test caller and the test seat."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Event = dict[str, Any]
READY_TIMEOUT_S = 30.0
REGISTER_TIMEOUT_S = 15.0
"""Generous: where much else goes on, a phone takes seconds to start."""
LEAVE_TIMEOUT_S = 10.0
"""Longer than a phone takes for its goodbyes. One that is killed before stays registered, and is rung."""


class Phone:
    """One phone process. Use as an async context manager."""

    def __init__(
        self,
        server: str,
        name: str,
        *,
        rtp: int,
        password: str = "",
        answer_after_s: float | None = None,
        record: Path | None = None,
        port: int = 0,
    ) -> None:
        self._arguments = ["--server", server, "--name", name, "--rtp", str(rtp)]
        self._registers = bool(password)
        if port:
            self._arguments += ["--port", str(port)]
        if password:
            self._arguments += [f"--password={password}"]  # one that begins with a dash is no option
        if answer_after_s is not None:
            self._arguments += ["--answer", str(answer_after_s)]
        if record is not None:
            self._arguments += ["--record", str(record)]
        self.events: list[Event] = []
        self._news = asyncio.Condition()
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Phone:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ivr.rehearsal.phone",
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reader = asyncio.create_task(self._read())
        try:
            await self.wait("ready", timeout_s=READY_TIMEOUT_S)
            if self._registers:
                await self.wait("registered", lambda e: e["code"] == 200, timeout_s=REGISTER_TIMEOUT_S)
        except BaseException:
            await self.__aexit__()  # what could not be entered is not left by anybody else
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(LEAVE_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    def kill(self) -> None:
        """As a phone that loses its power: nobody is told."""
        assert self._process is not None
        self._process.kill()

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if not line.startswith(b"{"):  # pjsua2 prints a banner before it can be told to be quiet
                continue
            async with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()

    async def _do(self, **command: str) -> float:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        await self._process.stdin.drain()
        return time.time()

    async def call(self, number: str) -> float:
        """Dial. Returns the wall-clock second."""
        return await self._do(do="call", number=number)

    async def press(self, digits: str) -> float:
        """Press keys (RFC 4733). Returns the wall-clock second of key down."""
        return await self._do(do="press", digits=digits)

    async def play(self, file: Path, *, timeout_s: float = 40) -> Event:
        """Say a WAV file to its end. Returns the event at its end."""
        before = len(self.events)
        await self._do(do="play", file=str(file))
        return await self.wait("said", after=before, timeout_s=timeout_s)

    async def start_playing(self, file: Path) -> float:
        """Begin to say a WAV file."""
        return await self._do(do="play", file=str(file))

    async def transfer(self, number: str) -> float:
        """Hand the call on without asking (SIP REFER). Returns the wall-clock second."""
        return await self._do(do="transfer", number=number)

    async def hangup(self) -> float:
        """End the call."""
        return await self._do(do="hangup")

    async def wait(
        self, event: str, fits: Callable[[Event], bool] = lambda _: True, *, after: int = 0, timeout_s: float = 10
    ) -> Event:
        """The first event of that name that fits, among those after the first `after`. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s), self._news:
            while True:
                for item in self.events[after:]:
                    if item["event"] == event and fits(item):
                        return item
                await self._news.wait()

    async def state(self, name: str, *, timeout_s: float = 10) -> Event:
        """Wait for a state of the call: CONFIRMED, DISCONNECTED."""
        return await self.wait("state", lambda e: e["state"] == name, timeout_s=timeout_s)
