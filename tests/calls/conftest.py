"""A real hotline on free ports, for calls by real SIP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ivr.asterisk.config import ledger_file
from ivr.asterisk.unpack import AsteriskError, find_or_unpack
from ivr.rehearsal.caller import Phone
from ivr.routing.ledger import LedgerCall, calls, read
from ivr.settings import load

START_TIMEOUT_S = 30.0


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Hotline:
    """One running hotline and phones to call it with."""

    var: Path
    process: subprocess.Popen[bytes]
    demo: dict[str, Any]
    next_rtp: int = 31000

    @property
    def server(self) -> str:
        return f"{self.demo['sip']['host']}:{self.demo['sip']['port']}"

    def caller(self, number: str) -> Phone:
        self.next_rtp += 100
        return Phone(self.server, number, rtp=self.next_rtp)

    def seat(self, index: int = 0, answer_after_s: float | None = None) -> Phone:
        self.next_rtp += 100
        account = self.demo["seats"][index]
        password = account["password"]
        return Phone(self.server, account["user"], rtp=self.next_rtp, password=password, answer_after_s=answer_after_s)

    def last_call(self, number: str) -> LedgerCall:
        """The newest call of that number, once it has ended."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            events, _ = read(ledger_file(load(var_dir=self.var)))
            found = [c for c in calls(events) if c.number == number and c.outcome is not None]
            if found:
                return found[-1]
            time.sleep(0.05)
        raise AssertionError(f"no ended call of {number} in the ledger")


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    try:
        find_or_unpack(load().parts_dir, load().asterisk.minimum_version)
    except AsteriskError as error:
        pytest.skip(f"Asterisk cannot be had here: {error}")
    var = tmp_path_factory.mktemp("hotline")
    environment = {
        **os.environ,
        "YINLING_VAR_DIR": str(var),
        "YINLING_SIP__PORT": str(free_port(socket.SOCK_DGRAM)),
        "YINLING_ASTERISK__HTTP_PORT": str(free_port(socket.SOCK_STREAM)),
        "YINLING_ASTERISK__MANAGER_PORT": str(free_port(socket.SOCK_STREAM)),
    }
    process = subprocess.Popen([sys.executable, "-m", "ivr.cli", "run", "--demo"], env=environment)
    try:
        until = time.monotonic() + START_TIMEOUT_S
        while not (var / "demo.json").exists():
            assert process.poll() is None, "the hotline did not start"
            assert time.monotonic() < until, "the hotline did not start in time"
            time.sleep(0.05)
        yield Hotline(var, process, json.loads((var / "demo.json").read_text(encoding="utf-8")))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
