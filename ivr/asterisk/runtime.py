"""Our Asterisk as a process: started, adopted when it is already there, watched and stopped."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import time
from pathlib import Path

import psutil

from ivr.asterisk.unpack import AsteriskError, AsteriskTree
from ivr.settings import Settings

log = logging.getLogger(__name__)

START_TIMEOUT_S = 15.0
STOP_TIMEOUT_S = 8.0
SOCKET_PATH_MAX = 107
"""Bytes of a Unix socket's path on Linux."""


def check_path(settings: Settings) -> None:
    """Whether Asterisk's socket fits below `var_dir`. Raises AsteriskError(`path_too_long`)."""
    longest = len(os.fsencode(settings.var_dir.resolve() / "asterisk/run/asterisk.ctl"))
    if longest > SOCKET_PATH_MAX:
        raise AsteriskError(
            "path_too_long",
            f"the path of var_dir ({settings.var_dir}) is {longest - SOCKET_PATH_MAX} bytes too long for sockets",
            "Set var_dir to a shorter path.",
        )


def check_ports(settings: Settings) -> None:
    """Whether Asterisk's ports are free. Raises AsteriskError(`port_in_use`) for the first that is not."""
    sip, asterisk = settings.sip, settings.asterisk
    wanted = (
        (sip.host, sip.port, socket.SOCK_DGRAM, "sip.port"),
        ("127.0.0.1", asterisk.http_port, socket.SOCK_STREAM, "asterisk.http_port"),
        ("127.0.0.1", asterisk.manager_port, socket.SOCK_STREAM, "asterisk.manager_port"),
    )
    for host, port, kind, name in wanted:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise AsteriskError(
                    "port_in_use",
                    f"port {port} on {host} cannot be used: {error.strerror}",
                    f"Stop the program that has it, or set {name} to another port.",
                ) from error


class AsteriskProcess:
    """One Asterisk with the configuration of one `var_dir`."""

    def __init__(self, settings: Settings, tree: AsteriskTree, config: Path) -> None:
        self._settings, self._tree, self._config = settings, tree, config
        self._pid_file = settings.run_dir / "asterisk.pid"
        self.pid = 0

    def check(self) -> None:
        """Whether it can be started. Raises AsteriskError (`port_in_use`, `path_too_long`)."""
        if self._running() is None:
            check_path(self._settings)
            check_ports(self._settings)

    def start(self) -> int:
        """Start, or adopt the one that a hotline which was killed left with its calls. Returns the process number.

        Raises AsteriskError: `port_in_use`, `path_too_long`, `asterisk_start`."""
        if (pid := self._running()) is not None:
            self.pid = pid
            self.cli("core reload")
            log.info("Asterisk was already running (%d): its calls go on", pid)
            return pid
        self.check()
        self._settings.run_dir.mkdir(parents=True, exist_ok=True)
        output = self._settings.var_dir / "asterisk/log/output"
        with output.open("ab") as out:
            # Its own session: Ctrl-C in the terminal must not end calls before we say so.
            process = subprocess.Popen(
                [*self._tree.command, "-f", "-C", str(self._config)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.pid = process.pid
        self._pid_file.write_text(str(process.pid), encoding="ascii")
        self._wait(process, output)
        return process.pid

    def _wait(self, process: subprocess.Popen[bytes], output: Path) -> None:
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            if process.poll() is not None:
                break
            if self._answers(self._settings.asterisk.manager_port) and "Fully Booted" in self._boot():
                return
            time.sleep(0.05)
        tail = output.read_text(encoding="utf-8", errors="replace")[-300:]
        self.stop()
        raise AsteriskError("asterisk_start", f"Asterisk did not start: {tail}", f"Look into {output.parent}/full.")

    def _boot(self) -> str:
        # `core waitfullybooted` returns when modules are loaded; until the socket is there, the command fails.
        done = self.cli("core waitfullybooted")
        return "Fully Booted" if "fully booted" in done.lower() else ""

    @staticmethod
    def _answers(port: int) -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def _running(self) -> int | None:
        """This var_dir's Asterisk: its number must be in our file and its command line must name our configuration."""
        try:
            pid = int(self._pid_file.read_text(encoding="ascii"))
            command = psutil.Process(pid).cmdline()
        except (OSError, ValueError, psutil.Error):
            return None
        return pid if str(self._config) in command else None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        try:
            return psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def cli(self, command: str) -> str:
        """Run one console command; empty when Asterisk does not answer within 5 s."""
        try:
            done = subprocess.run(
                [*self._tree.command, "-C", str(self._config), "-rx", command],
                capture_output=True,
                text=True,
                timeout=5,
                check=False,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout

    def stop(self) -> None:
        """Stop it: by command, then by signal, then by force."""
        try:
            process = psutil.Process(self.pid)
        except psutil.Error:
            return
        self.cli("core stop now")
        for end in (None, process.terminate, process.kill):
            if end is not None:
                end()
            try:
                process.wait(STOP_TIMEOUT_S)
                break
            except psutil.TimeoutExpired:
                log.warning("Asterisk (%d) does not stop", self.pid)
            except psutil.NoSuchProcess:
                break
        self._pid_file.unlink(missing_ok=True)
