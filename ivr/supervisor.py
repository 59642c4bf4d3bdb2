"""Starts the parts of the hotline, watches them, and stops what it started and nothing else."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from ivr.asterisk.config import load_secrets, render
from ivr.asterisk.runtime import AsteriskProcess
from ivr.asterisk.unpack import find_or_unpack
from ivr.settings import Settings

log = logging.getLogger(__name__)

RESTART_AFTER_S = 1.0
STOP_TIMEOUT_S = 5.0


class Supervisor:
    """One hotline in the foreground."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings, self._say = settings, say
        self._tree = find_or_unpack(settings.parts_dir, settings.asterisk.minimum_version, say)
        self._secrets = load_secrets(settings)
        self._asterisk = AsteriskProcess(settings, self._tree, render(settings, self._tree, self._secrets))
        self._guardian: subprocess.Popen[bytes] | None = None
        self._ending = False

    def run(self) -> None:
        """Start everything, say what to dial, and watch until Ctrl-C or SIGTERM. Raises AsteriskError."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        try:
            self._asterisk.start()
            self._start_guardian()
            self._publish()
            self._announce()
            while not self._ending:
                time.sleep(0.2)
                self._mend()
        finally:
            self._stop()

    def _end(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._ending = True

    def _start_guardian(self) -> None:
        log_file = self._settings.var_dir / "log/guardian.log"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("ab") as out:
            self._guardian = subprocess.Popen(
                [sys.executable, "-m", "ivr.guardian"],
                env={**os.environ, **_environment(self._settings)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _mend(self) -> None:
        """Start again what has died."""
        mended = False
        if not self._asterisk.alive:
            self._say("Asterisk has stopped; starting it again …")
            time.sleep(RESTART_AFTER_S)
            self._asterisk.start()
            mended = True
        if self._guardian is not None and self._guardian.poll() is not None:
            self._say("The guardian has stopped; starting it again …")
            time.sleep(RESTART_AFTER_S)
            self._start_guardian()
            mended = True
        if mended:
            self._publish()

    def _facts(self) -> dict[str, Any]:
        sip = self._settings.sip
        seats = [{"user": u, "password": p} for u, p in self._secrets.seats.items()] if self._settings.demo else []
        pids = {"asterisk": self._asterisk.pid, "guardian": self._guardian.pid if self._guardian else None}
        return {
            "sip": {"host": sip.host, "port": sip.port},
            "service_number": sip.service_number,
            "seats": seats,
            "pids": pids,
        }

    def _publish(self) -> None:
        write_private(self._settings.run_dir / "status.json", self._facts())
        if self._settings.demo:
            write_private(self._settings.var_dir / "demo.json", self._facts())

    def _announce(self) -> None:
        sip = self._settings.sip
        self._say(f"银铃 is running. Dial {sip.service_number} at {sip.host}:{sip.port} (SIP over UDP).")
        self._say(f"  Asterisk {self._tree.version}: running ({self._asterisk.pid})")
        self._say("  Guardian: running")
        self._say(
            "  Dialogue by voice: not part of this version; every caller goes to a person, 1 call-back, 2 message"
        )
        self._say("  Seats: " + (", ".join(self._secrets.seats) if self._settings.demo else "none"))
        self._say("Ctrl-C stops it.")

    def _stop(self) -> None:
        if self._guardian is not None and self._guardian.poll() is None:
            self._guardian.terminate()
            try:
                self._guardian.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._guardian.kill()
                self._guardian.wait(STOP_TIMEOUT_S)
        self._asterisk.stop()
        for name in ("run/status.json", "demo.json"):
            (self._settings.var_dir / name).unlink(missing_ok=True)


def _environment(settings: Settings) -> dict[str, str]:
    """What a child needs to read the same settings."""
    return {
        "YINLING_VAR_DIR": str(settings.var_dir),
        "YINLING_PARTS_DIR": str(settings.parts_dir),
        "YINLING_DEMO": str(settings.demo).lower(),
        "YINLING_ASTERISK__MANAGER_PORT": str(settings.asterisk.manager_port),
    }


def write_private(file: Path, value: dict[str, Any]) -> None:
    """Write JSON that only we may read, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(value, out, ensure_ascii=False, indent=1)
    fresh.replace(file)


def status(settings: Settings) -> dict[str, Any]:
    """The facts of the running hotline and the state of each part; `{}` when none runs in this var_dir."""
    try:
        facts: dict[str, Any] = json.loads((settings.run_dir / "status.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    facts["parts"] = {
        name: "running" if pid and psutil.pid_exists(pid) else "stopped" for name, pid in facts["pids"].items()
    }
    return facts
