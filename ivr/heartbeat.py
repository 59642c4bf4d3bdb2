"""The heartbeat: tells the guardian, four times a second, that the event loop turns."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from pathlib import Path

from ivr.settings import Settings

ALIVE_EVERY_S = 2.0


def alive_file(settings: Settings) -> Path:
    """Touched while the program lives; the supervisor restarts a program that has not for long."""
    return settings.run_dir / "app.alive"


async def beat(settings: Settings) -> None:
    """Beat until cancelled."""
    guardian, alive = str(settings.run_dir / "guardian.sock"), alive_file(settings)
    touched = 0.0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
        mouth.setblocking(False)
        while True:
            with contextlib.suppress(OSError):  # the guardian is being restarted: the next beat reaches it
                mouth.sendto(b"beat", guardian)
            if time.monotonic() - touched > ALIVE_EVERY_S:
                touched = time.monotonic()
                with contextlib.suppress(OSError):  # a full disk must not stop the heart
                    alive.touch()
                    os.utime(alive)
            await asyncio.sleep(settings.guardian.heartbeat_every_s)
