"""The caller's last sentence of each live call, so that a person can hear it again. Kept no longer than the call."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import wave
from collections.abc import Collection
from pathlib import Path

log = logging.getLogger(__name__)

RATE_HZ = 16_000
_CALL = re.compile(r"\d{1,12}\.\d{1,12}")


class LastSentences:
    """Files of `folder`, one for each call, for us alone to read. Nothing here raises."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, call_id: str, pcm: bytes) -> None:
        """Keep a sentence (16 kHz s16le) in place of the one before. One that cannot be kept is not worth a call."""
        target = self._file(call_id)
        if target is None or not pcm:
            return
        fresh = target.with_suffix(".new")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as raw, wave.open(raw, "wb") as out:
                out.setparams((1, 2, RATE_HZ, 0, "NONE", "not compressed"))
                out.writeframes(pcm)
            fresh.replace(target)
        except OSError as error:
            log.warning("call %s: its last sentence cannot be heard again: %s", call_id, error)

    def read(self, call_id: str) -> bytes | None:
        """The sentence as a WAV file; None when there is none."""
        target = self._file(call_id)
        try:
            return target.read_bytes() if target is not None else None
        except OSError:
            return None

    def forget(self, call_id: str) -> None:
        """The call is over."""
        if (target := self._file(call_id)) is not None:
            with contextlib.suppress(OSError):
                target.unlink(missing_ok=True)

    def forget_others(self, live: Collection[str]) -> None:
        """Of calls that ended while nobody looked."""
        with contextlib.suppress(OSError):
            for file in self._folder.glob("*.*"):
                if file.stem not in live:
                    file.unlink(missing_ok=True)

    def _file(self, call_id: str) -> Path | None:
        return self._folder / f"{call_id}.wav" if _CALL.fullmatch(call_id) else None
