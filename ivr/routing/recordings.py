"""Recordings of talks with a person: sealed as soon as Asterisk has closed them, kept as long as their class allows,

and silent while private digits are said or entered."""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from integrations.database.recordings import RecordingList
from integrations.errors import DatabaseError
from ivr.asterisk.manager import Manager, ManagerError
from ivr.routing.vault import VaultError, load_key, seal, unseal
from ivr.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
CLOSED_AFTER_S = 8.0
"""Asterisk writes at least each second while it records."""
PAUSE_MAX_S = 120.0
"""A pause that nobody ends is ended: a talk whose rest is missing helps nobody."""
RATE_HZ, CHANNELS, SAMPLE_BYTES = 8000, 2, 2
"""MixMonitor with D: what the seat said and what the caller said, as two channels."""
SHORTEST_BYTES = RATE_HZ * CHANNELS * SAMPLE_BYTES // 2


def wav_header(data_bytes: int) -> bytes:
    """The 44 bytes before so many bytes of two-channel PCM."""
    rate_bytes = RATE_HZ * CHANNELS * SAMPLE_BYTES
    form = struct.pack("<4sI4s4sI", b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", 16)
    sound = struct.pack("<HHIIHH", 1, CHANNELS, RATE_HZ, rate_bytes, CHANNELS * SAMPLE_BYTES, 8 * SAMPLE_BYTES)
    return form + sound + struct.pack("<4sI", b"data", data_bytes)


class Recordings:
    """Runs beside the calls; `pause` and `resume` are for the desk."""

    def __init__(self, settings: Settings, manager: Manager, known: RecordingList) -> None:
        self._settings, self._manager, self._known = settings, manager, known
        self._folder = settings.recordings_dir
        self._key_file = settings.var_dir / "recordings.key"
        self._resuming: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Seal what is complete and delete what is due, every five seconds until cancelled."""
        failed = False
        try:
            while True:
                try:
                    await asyncio.to_thread(self.sweep, datetime.now(UTC), time.time())
                    failed = False
                except (DatabaseError, VaultError, OSError) as error:
                    if not failed:
                        log.error("recordings are not sealed or deleted: %s", error)  # noqa: TRY400 - the sentence says it
                    failed = True
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            for task in list(self._resuming.values()):
                task.cancel()
            await asyncio.gather(*self._resuming.values(), return_exceptions=True)

    def sweep(self, now: datetime, clock: float) -> None:
        """One round. Raises DatabaseError, VaultError and OSError; what is not done then is done in the next round."""
        for raw in sorted(self._folder.glob("*.raw")):
            if clock - raw.stat().st_mtime >= CLOSED_AFTER_S:
                self._keep(raw, now)
        for old in self._known.expired(now.date()):
            Path(old.file).unlink(missing_ok=True)
            self._known.forget(old.id)
            log.info("a recording of call %s was deleted: kept as %s until %s", old.call_id, old.kept_as, old.delete_on)

    def _keep(self, raw: Path, now: datetime) -> None:
        size = raw.stat().st_size
        call_id, began, band = _parts(raw, now)
        if size >= SHORTEST_BYTES:
            target = raw.with_suffix(".sealed")
            # Sealing again after a crash in between gives the same name, and the note is made once.
            seal(raw, target, load_key(self._key_file), wav_header(size))
            kept_as = "emergency" if band == "emergency" else "ordinary"
            seconds = size / (RATE_HZ * CHANNELS * SAMPLE_BYTES)
            until = self._delete_on(began.date(), kept_as)
            self._known.note(call_id, str(target), kept_as, began.replace(tzinfo=None), seconds, until)
        raw.unlink()

    def _delete_on(self, began: date, kept_as: str) -> date:
        days = self._settings.recording.keep_days
        return began + timedelta(days=days.get(kept_as, min(days.values(), default=0)))

    def open(self, file: str) -> Iterator[bytes]:
        """A sealed recording as a WAV file, piece by piece. Raises VaultError and OSError."""
        return unseal(Path(file), load_key(self._key_file))

    async def pause(self, leg: str) -> None:
        """Record silence instead of what is said, for two minutes at most. `leg` is the seat's. Raises ManagerError."""
        await self._mute(leg, on=True)
        self._forget(leg)
        task = asyncio.create_task(self._resume_later(leg), name=f"recording {leg}")
        self._resuming[leg] = task

    async def resume(self, leg: str) -> None:
        """Record again. Raises ManagerError."""
        self._forget(leg)
        await self._mute(leg, on=False)

    def _forget(self, leg: str) -> None:
        task = self._resuming.pop(leg, None)
        if task is not None:
            task.cancel()

    async def _resume_later(self, leg: str) -> None:
        await asyncio.sleep(PAUSE_MAX_S)
        self._resuming.pop(leg, None)
        try:
            await self._mute(leg, on=False)
        except ManagerError as error:
            log.info("the recording on %s is not taken up again: %s", leg, error)

    async def _mute(self, leg: str, *, on: bool) -> None:
        await self._manager.action("MixMonitorMute", Channel=leg, Direction="both", State="1" if on else "0")


def _parts(raw: Path, now: datetime) -> tuple[str, datetime, str]:
    """Call, begin and band from the name that the dialplan gave: `1795556310.25_1795556312_elder.raw`."""
    parts = raw.stem.split("_")
    if len(parts) == 3 and parts[1].isdigit():
        return parts[0], datetime.fromtimestamp(int(parts[1]), UTC), parts[2]
    return raw.stem, now, ""
