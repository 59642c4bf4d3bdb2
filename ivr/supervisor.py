"""Starts the parts of the hotline, watches them, and stops what it started and nothing else."""

from __future__ import annotations

import fcntl
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
from typing import Any, TextIO

import psutil

from ivr.asterisk.config import load_secrets, render
from ivr.asterisk.runtime import AsteriskProcess
from ivr.asterisk.unpack import AsteriskError, find_or_unpack
from ivr.call.last_sentence import LastSentences
from ivr.heartbeat import alive_file
from ivr.left_over import end_left_over
from ivr.logs import LogKeeper
from ivr.settings import PROJECT_DIR, Settings

log = logging.getLogger(__name__)

RESTART_AFTER_S = 1.0
RESTART_AFTER_MAX_S = 30.0
"""A program that served and died is started again at once; one that never came to serve is broken, and can wait."""
MEND_AGAIN_S = 5.0
"""What could not be started again is tried anew after this: one part less is no reason to end the others."""
STOP_TIMEOUT_S = 6.0
DEMO_USERS = "demo-users.json"
DESK_READY_TIMEOUT_S = 20.0
APP_READY_TIMEOUT_S = 180.0
"""The first start renders the sentences that every call needs; until it is ready callers go to a person."""


class Supervisor:
    """One hotline in the foreground."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings, self._say = settings, say
        self._claim = claim(settings)
        end_left_over(settings, say)
        self._logs = LogKeeper(settings)
        self._tree = find_or_unpack(settings.parts_dir, settings.asterisk.minimum_version, say)
        self._secrets = load_secrets(settings)
        self._asterisk = AsteriskProcess(settings, self._tree, render(settings, self._tree, self._secrets))
        self._guardian: subprocess.Popen[bytes] | None = None
        self._app: subprocess.Popen[bytes] | None = None
        self._app_started = 0.0
        self._app_due: float | None = None
        self._app_pause_s = RESTART_AFTER_S
        self._desk: subprocess.Popen[bytes] | None = None
        self._desk_due = 0.0
        self._named: list[dict[str, str]] = []
        """The people whom demo.json names."""
        self._desk_pause_s = RESTART_AFTER_S
        self._desk_started = 0.0
        self._ending = False
        self._mend_due = 0.0

    def run(self) -> None:
        """Start everything, say what to dial, and watch until Ctrl-C or SIGTERM. Raises AsteriskError."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        try:
            self._asterisk.check()
            if self._settings.dialogue:
                self._start_app()  # takes longest, and connects to Asterisk when that is there
            self._asterisk.start()
            self._guardian = self._start_child("guardian")
            self._start_desk()
            if self._settings.dialogue:
                self._wait_for_app()
            self._wait_for_desk()
            self._publish()
            self._announce()
            while not self._ending:
                time.sleep(0.2)
                self._look_after()
        finally:
            self._stop()

    def _end(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._ending = True

    def _start_child(self, name: str, module: str = "") -> subprocess.Popen[bytes]:
        log_file = self._settings.var_dir / f"log/{name}.log"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", module or f"ivr.{name}"],
                env={**os.environ, **_environment(self._settings)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _start_app(self) -> None:
        for name in ("app.json", "app.error"):
            (self._settings.run_dir / name).unlink(missing_ok=True)
        self._app_due = None
        self._app_started = time.time()
        self._app = self._start_child("app", "ivr.program")

    def _wait_for_app(self) -> None:
        """Until calls are taken by voice, or it is clear that they will not be: persons take them then."""
        until = time.monotonic() + APP_READY_TIMEOUT_S
        while time.monotonic() < until and not self._ending:
            if self._app_facts() or (self._app is not None and self._app.poll() is not None):
                return
            time.sleep(0.1)
            self._look_after(everything=False)

    def _app_facts(self) -> dict[str, Any]:
        """What the dialogue program says of itself; `{}` until it takes calls."""
        try:
            facts: dict[str, Any] = json.loads((self._settings.run_dir / "app.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return facts if self._app is not None and facts.get("pid") == self._app.pid else {}

    def _look_after(self, *, everything: bool = True) -> None:
        """Mend, and keep the logs small. Whatever goes wrong in it, callers keep what still runs."""
        if time.monotonic() >= self._mend_due:
            try:
                self._mend(everything=everything)
            except (AsteriskError, OSError, subprocess.SubprocessError) as error:
                self._mend_due = time.monotonic() + MEND_AGAIN_S
                remedy = error.remedy if isinstance(error, AsteriskError) else "Is the disk full?"
                self._say(f"{error}. {remedy} It is tried again in {MEND_AGAIN_S:.0f} s.")
        self._logs.tend()

    def _mend(self, *, everything: bool = True) -> None:
        """Start again what has died; of what is only being started, no more than what calls to a person need."""
        mended = False
        if not self._asterisk.alive:
            self._say("Asterisk has stopped; starting it again …")
            time.sleep(RESTART_AFTER_S)
            self._asterisk.start()
            mended = True
        if self._guardian is not None and self._guardian.poll() is not None:
            self._say("The guardian has stopped; starting it again …")
            time.sleep(RESTART_AFTER_S)
            self._guardian = self._start_child("guardian")
            mended = True
        if not everything:
            return
        if self._app is not None:
            mended = self._mend_app(self._app) or mended
        if self._desk is not None:
            mended = self._mend_desk(self._desk) or mended
        if mended or self._people_came():
            self._publish()

    def _mend_app(self, app: subprocess.Popen[bytes]) -> bool:
        if app.poll() is None and self._app_hangs():
            self._say("The dialogue program hangs; it is ended.")
            app.kill()
            app.wait(STOP_TIMEOUT_S)
        if app.poll() is None:
            return False
        now = time.time()
        if self._app_due is None:
            served = bool(self._app_facts())
            self._app_pause_s = RESTART_AFTER_S if served else min(self._app_pause_s * 2, RESTART_AFTER_MAX_S)
            self._app_due = now + self._app_pause_s
            self._say(f"The dialogue program has stopped; callers go to a person. {self._app_error()}")
        if now < self._app_due:
            return False
        self._start_app()
        return True

    def _start_desk(self) -> None:
        """The pages' server, of its own: whatever ends it or the dialogue, the other goes on."""
        if not self._settings.desk.enabled:
            return
        if self._desk is None:
            demo_users_file(self._settings).unlink(missing_ok=True)
        (self._settings.run_dir / "desk.json").unlink(missing_ok=True)
        self._desk, self._desk_due, self._desk_started = self._start_child("desk"), 0.0, time.monotonic()

    def _wait_for_desk(self) -> None:
        """So that the address that is said can be opened. A server that does not come is mended later."""
        until = time.monotonic() + DESK_READY_TIMEOUT_S
        ready = self._settings.run_dir / "desk.json"
        while self._desk is not None and self._desk.poll() is None and not ready.exists():
            if time.monotonic() > until or self._ending:
                return
            time.sleep(0.1)

    def _mend_desk(self, desk: subprocess.Popen[bytes]) -> bool:
        if desk.poll() is None:
            return False
        now = time.monotonic()
        if not self._desk_due:
            served = now - self._desk_started > RESTART_AFTER_MAX_S
            self._desk_pause_s = RESTART_AFTER_S if served else min(self._desk_pause_s * 2, RESTART_AFTER_MAX_S)
            self._desk_due = now + self._desk_pause_s
            self._say(f"The pages' server has stopped; calls go on. {self._error_of('desk')}")
        if now < self._desk_due:
            return False
        self._start_desk()
        return True

    def _app_error(self) -> str:
        return self._error_of("app")

    def _error_of(self, name: str) -> str:
        """Why it could not start, in its own words."""
        try:
            return (self._settings.run_dir / f"{name}.error").read_text(encoding="utf-8")
        except OSError:
            return f"See {self._settings.var_dir / f'log/{name}.log'}."

    def _app_hangs(self) -> bool:
        """The guardian looks after the callers at once; this is for the program itself, and in no hurry."""
        try:
            last = alive_file(self._settings).stat().st_mtime
        except OSError:
            last = 0.0
        last = max(last, self._app_started + APP_READY_TIMEOUT_S if not self._app_facts() else self._app_started)
        return time.time() - last > self._settings.guardian.restart_hung_after_s

    def _facts(self) -> dict[str, Any]:
        sip, phones = self._settings.sip, self._settings.phones
        shown = phones if self._settings.demo else ()
        seats = [{"user": user, "password": self._secrets.seats[user]} for user in shown]
        pids = {
            "app": self._app.pid if self._app else None,
            "guardian": self._guardian.pid if self._guardian else None,
            "desk": self._desk.pid if self._desk else None,
            "asterisk": self._asterisk.pid,
        }
        return {
            "sip": {"host": sip.host, "port": sip.port},
            "service_number": sip.service_number,
            "seats": seats,
            "pids": pids,
            **({"desk": {"url": self._desk_url}} if self._desk else {}),
        }

    @property
    def _desk_url(self) -> str:
        desk = self._settings.desk
        return f"{'http' if desk.loopback else 'https'}://{desk.host}:{desk.port}/"

    def _desk_users(self) -> list[dict[str, str]]:
        """The people of the demonstration, as the pages' server made them; none while the database is away."""
        try:
            users: list[dict[str, str]] = json.loads(demo_users_file(self._settings).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return users

    def _people_came(self) -> bool:
        """Whether the people of the demonstration are there and demo.json does not name them yet: a late server."""
        return self._settings.demo and self._desk is not None and self._named == [] != self._desk_users()

    def _publish(self) -> None:
        write_private(self._settings.run_dir / "status.json", self._facts())
        if self._settings.demo:
            self._named = self._desk_users()
            desk = {"desk": {"url": self._desk_url, "users": self._named}} if self._desk else {}
            write_private(self._settings.var_dir / "demo.json", self._facts() | desk)

    def _announce(self) -> None:
        sip = self._settings.sip
        self._say(f"银铃 is running. Dial {sip.service_number} at {sip.host}:{sip.port} (SIP over UDP).")
        self._say(f"  Asterisk {self._tree.version}: running ({self._asterisk.pid})")
        self._say("  Guardian: running")
        facts = self._app_facts()
        if facts:
            self._say(f"  Dialogue: running ({facts['pid']})")
            for part, state in facts["states"].items():
                self._say(f"    {part}: {state}")
        elif self._settings.dialogue:
            self._say(
                f"  Dialogue: not running; every caller goes to a person. See {self._settings.var_dir}/log/app.log"
            )
        else:
            self._say("  Dialogue: switched off by the setting `dialogue`; every caller goes to a person")
        if self._desk is not None:
            who = " (users: demo.json)" if self._settings.demo else " (people: yinling users add)"
            self._say(f"  Pages: {self._desk_url}{who}")
            if not (PROJECT_DIR / "console/dist/index.html").exists():
                self._say("    not built: install Node.js 20 and npm, then `make setup`. Calls are not affected.")
        self._say("  Seats: " + (", ".join(self._settings.phones) or "none"))
        self._say("Ctrl-C stops it.")

    def _stop(self) -> None:
        for child in (self._app, self._desk, self._guardian):
            if child is None or child.poll() is not None:
                continue
            child.terminate()
            try:
                child.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait(STOP_TIMEOUT_S)
        self._asterisk.stop()
        LastSentences(self._settings.sentences_dir).forget_others(())  # every call is over
        run = ("status.json", "app.json", "app.alive", "app.error", "desk.error", "desk.json", DEMO_USERS)
        for name in (*(f"run/{one}" for one in run), "demo.json"):
            (self._settings.var_dir / name).unlink(missing_ok=True)


def claim(settings: Settings) -> TextIO:
    """Hold `var_dir` until this process ends, however that is: two hotlines in one folder would take each other's files
    away. Raises AsteriskError(`already_running`)."""
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    held = (settings.run_dir / "supervisor.lock").open("a", encoding="utf-8")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        held.close()
        raise AsteriskError(
            "already_running",
            f"a hotline is running in {settings.var_dir} already",
            "Stop it with Ctrl-C where it runs, or set var_dir to another folder for a second one.",
        ) from error
    return held


def _environment(settings: Settings) -> dict[str, str]:
    """What a child needs to read the same settings."""
    return {
        "YINLING_VAR_DIR": str(settings.var_dir),
        "YINLING_PARTS_DIR": str(settings.parts_dir),
        "YINLING_DEMO": str(settings.demo).lower(),
        "YINLING_ASTERISK__MANAGER_PORT": str(settings.asterisk.manager_port),
    }


def demo_users_file(settings: Settings) -> Path:
    """Where the pages' server writes the people of a demonstration with their passwords, for `demo.json`."""
    return settings.run_dir / DEMO_USERS


def write_private(file: Path, value: Any) -> None:
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
    try:
        app = json.loads((settings.run_dir / "app.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        app = {}
    facts["parts"] |= app.get("states", {})
    return facts
