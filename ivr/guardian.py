"""The guardian: a small process that moves callers to a person when the program hangs. AMI and a heartbeat only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import time

from ivr.asterisk.config import load_secrets
from ivr.asterisk.manager import Manager, ManagerError
from ivr.settings import Settings, load

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.1
RESCUE_EVERY_S = 0.5


class Guardian:
    """Knows when the program last lived, and acts when that is too long ago."""

    def __init__(self, settings: Settings, manager: Manager) -> None:
        self._limit_s = settings.guardian.missed_after_s
        self._path = settings.run_dir / "guardian.sock"
        self._manager = manager
        self._last: float | None = None

    async def run(self) -> None:
        """Watch until cancelled."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.setblocking(False)
            ear.bind(str(self._path))
            try:
                while True:
                    self._hear(ear)
                    if self._last is not None and time.monotonic() - self._last > self._limit_s:
                        await self._rescue()
                        await asyncio.sleep(RESCUE_EVERY_S)
                    else:
                        await asyncio.sleep(LOOK_EVERY_S)
            finally:
                self._path.unlink(missing_ok=True)

    def _hear(self, ear: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while ear.recv(64):
                if self._last is None or time.monotonic() - self._last > self._limit_s:
                    log.info("the program lives")
                self._last = time.monotonic()

    async def _rescue(self) -> None:
        try:
            for channel in await self._manager.channels():
                if channel.get("Context") == "hotline" and channel.get("Application") == "Dial":
                    log.warning("the program hangs: %s goes to a person", channel.get("Channel"))
                    await self._manager.redirect(channel["Channel"], "rescue")
        except ManagerError as error:
            log.warning("callers cannot be moved just now: %s", error)


async def watch(settings: Settings) -> None:
    """Run the guardian until SIGTERM."""
    manager = Manager(settings.asterisk.manager_port, "guardian", load_secrets(settings).guardian, lambda _: None)
    tasks = [asyncio.create_task(manager.run()), asyncio.create_task(Guardian(settings, manager).run())]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ending = asyncio.create_task(stop.wait())
    await asyncio.wait({*tasks, ending}, return_when=asyncio.FIRST_COMPLETED)
    for task in (*tasks, ending):
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    asyncio.run(watch(load()))
