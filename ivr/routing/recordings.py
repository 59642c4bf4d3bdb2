"""Recordings of talks with a person: sealed as soon as Asterisk has closed them, kept as long as their class allows.

Their pauses are the desk's (`ivr/desk/pauses.py`)."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import struct
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from integrations.database.recordings import RecordingList
from integrations.errors import DatabaseError
from ivr.routing.vault import Plain, VaultError, load_key, plain_bytes, seal, unseal
from ivr.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
CLOSED_AFTER_S = 8.0
"""Asterisk writes each two seconds while it records: 32 KB at a time."""
RATE_HZ, CHANNELS, SAMPLE_BYTES = 8000, 2, 2
SIDES = ("agent", "caller")
"""The two channels, and the ends of the two files' names: what the seat said, and what the caller said."""
HEADER_BYTES = 44
SHORTEST_FRAMES = RATE_HZ // 2


def wav_header(data_bytes: int) -> bytes:
    """The 44 bytes before so many bytes of two-channel PCM."""
    rate_bytes = RATE_HZ * CHANNELS * SAMPLE_BYTES
    form = struct.pack("<4sI4s4sI", b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", 16)
    sound = struct.pack("<HHIIHH", 1, CHANNELS, RATE_HZ, rate_bytes, CHANNELS * SAMPLE_BYTES, 8 * SAMPLE_BYTES)
    return form + sound + struct.pack("<4sI", b"data", data_bytes)


class Recordings:
    """Runs beside the calls."""

    def __init__(self, settings: Settings, known: RecordingList) -> None:
        self._settings, self._known = settings, known
        self._folder = settings.recordings_dir
        self._key_file = settings.var_dir / "recordings.key"

    async def run(self) -> None:
        """Seal what is complete and delete what is due, every five seconds until cancelled."""
        failed = False
        while True:
            try:
                await asyncio.to_thread(self.sweep, datetime.now(UTC), time.time())
                failed = False
            except (DatabaseError, VaultError, OSError) as error:
                if not failed:
                    log.error("recordings are not sealed or deleted: %s", error)  # noqa: TRY400 - the sentence says it
                failed = True
            await asyncio.sleep(LOOK_EVERY_S)

    def sweep(self, now: datetime, clock: float) -> None:
        """One round. Raises DatabaseError, VaultError and OSError; what is not done then is done in the next round."""
        for talk in sorted({talk for file in self._folder.glob("*.raw") if (talk := _talk(file))}):
            files = [file for side in SIDES if (file := self._folder / f"{talk}-{side}.raw").exists()]
            if files and clock - max(file.stat().st_mtime for file in files) >= CLOSED_AFTER_S:
                self._keep(talk, files, now)
        for old in self._known.expired(now.date()):
            Path(old.file).unlink(missing_ok=True)
            self._known.forget(old.id)
            log.info("a recording of call %s was deleted: kept as %s until %s", old.call_id, old.kept_as, old.delete_on)

    def _keep(self, talk: str, files: list[Path], now: datetime) -> None:
        call_id, began, band = _parts(talk, now)
        target = self._folder / f"{talk}.sealed"
        frames = max(file.stat().st_size for file in files) // SAMPLE_BYTES
        if not target.exists() and frames >= SHORTEST_FRAMES:
            with contextlib.ExitStack() as stack:
                sides = [self._folder / f"{talk}-{side}.raw" for side in SIDES]
                opened = [stack.enter_context(side.open("rb")) if side in files else io.BytesIO() for side in sides]
                both = InStep(opened, frames)
                seal(both, target, load_key(self._key_file), wav_header(frames * CHANNELS * SAMPLE_BYTES))
        if target.exists():
            # After a crash in between it is whole, and one of the files may be gone; the note is made once.
            seconds = (plain_bytes(target) - HEADER_BYTES) / (RATE_HZ * CHANNELS * SAMPLE_BYTES)
            kept_as = "emergency" if band == "emergency" else "ordinary"
            until = self._delete_on(began.date(), kept_as)
            self._known.note(call_id, str(target), kept_as, began.replace(tzinfo=None), seconds, until)
        for file in files:
            file.unlink()

    def _delete_on(self, began: date, kept_as: str) -> date:
        days = self._settings.recording.keep_days
        return began + timedelta(days=days.get(kept_as, min(days.values(), default=0)))

    def open(self, file: str) -> Iterator[bytes]:
        """A sealed recording as a WAV file, piece by piece. Raises VaultError and OSError."""
        return unseal(Path(file), load_key(self._key_file))


class InStep:
    """Several channels of 16 bits as one stream, sample by sample; one that is shorter is silent at its end."""

    def __init__(self, channels: Sequence[Plain], frames: int) -> None:
        self._channels, self._left = channels, frames * len(channels) * SAMPLE_BYTES
        self._rest = b""

    def read(self, count: int, /) -> bytes:
        """See `Plain`."""
        count = min(count, self._left)
        if missing := count - len(self._rest):
            frames = -(-missing // (SAMPLE_BYTES * len(self._channels)))
            parts = [one.read(frames * SAMPLE_BYTES).ljust(frames * SAMPLE_BYTES, b"\0") for one in self._channels]
            both = np.stack([np.frombuffer(part, dtype="<i2") for part in parts], axis=1)
            self._rest += both.tobytes()
        found, self._rest = self._rest[:count], self._rest[count:]
        self._left -= count
        return found


def _talk(file: Path) -> str:
    """The name that the files of both sides share; empty when the name is not one that the dialplan gives."""
    talk, _, side = file.stem.rpartition("-")
    return talk if side in SIDES else ""


def _parts(talk: str, now: datetime) -> tuple[str, datetime, str]:
    """Call, begin and band from the name that the dialplan gave: `1795556310.25_1795556312.040_elder_zh`."""
    parts = talk.split("_")
    if len(parts) == 4 and parts[1].replace(".", "", 1).isdecimal():
        return parts[0], datetime.fromtimestamp(float(parts[1]), UTC), parts[2]
    return talk, now, ""
