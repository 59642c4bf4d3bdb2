"""A small dialogue program for the call tests: takes the media leg, plays a tone, and beats for the guardian.

It speaks with Asterisk through the product's own media leg and manager connection, so that killing and stopping it
shows what the dialplan and the guardian do for a caller. Run as `python -m tests.calls.program`."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import struct

from ivr.asterisk.config import load_secrets
from ivr.asterisk.manager import Manager, ManagerEvent
from ivr.asterisk.media import Audio, MediaLeg
from ivr.settings import Settings, load


def tone(seconds: float, hz: float = 440.0) -> bytes:
    """16 kHz s16le."""
    count = round(16_000 * seconds)
    return struct.pack(f"<{count}h", *(round(4000 * math.sin(2 * math.pi * hz * i / 16_000)) for i in range(count)))


async def take(settings: Settings, connection: str) -> None:
    """Hold one call until its leg ends."""
    leg = await MediaLeg.open(settings.asterisk.http_port, connection)
    print("open", flush=True)
    playing = asyncio.create_task(leg.play(tone(10)))
    frames = 0
    async for item in leg.incoming():
        frames += isinstance(item, Audio)
        if frames == 10:
            print("hearing", flush=True)
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    await leg.close()
    print("closed", flush=True)


async def beat(settings: Settings) -> None:
    """Tell the guardian that we live."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
        mouth.setblocking(False)
        while True:
            with contextlib.suppress(OSError):  # no guardian: the tests kill it on purpose
                mouth.sendto(b"beat", str(settings.run_dir / "guardian.sock"))
            await asyncio.sleep(settings.guardian.heartbeat_every_s)


async def main() -> None:
    settings = load()
    tasks: set[asyncio.Task[None]] = set()

    def on_event(event: ManagerEvent) -> None:
        if event.fields.get("UserEvent") == "MediaWanted":
            tasks.add(asyncio.create_task(take(settings, event.fields["ConnId"])))

    manager = Manager(settings.asterisk.manager_port, "yinling", load_secrets(settings).manager, on_event)
    tasks.add(asyncio.create_task(manager.run()))
    await asyncio.wait_for(manager.connected.wait(), 10)
    print("ready", flush=True)
    await beat(settings)


if __name__ == "__main__":
    asyncio.run(main())
