"""The sound of one talk, read as Asterisk writes it: a reader that is slow or dead costs the talk nothing."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
SAMPLE_BYTES = 2
READ_MAX_S = 10.0
BEHIND_MAX_S = 30.0
"""More than this unread is left out: words that come so late help nobody, and the reader must catch up."""
ENDED_S = 15.0
"""A file that has not grown for so long is not written any more; Asterisk writes about every two seconds."""

Sound: TypeAlias = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class TapeName:
    """What the dialplan says of a talk in its files' names: `CALL_SECOND_BAND_LANGUAGE-agent.raw`, `…-caller.raw`."""

    call_id: str
    language: str


def tape_name(file: Path) -> TapeName | None:
    """Of the agent's file; None for one that is no talk whose language is known."""
    stem = file.name.removesuffix("-agent.raw")
    parts = stem.split("_")
    return TapeName(parts[0], parts[3]) if len(parts) == 4 and all(parts) and stem != file.name else None


class Tape:
    """Two files that grow. `fleeting`: they are unlinked as soon as they are open, and are gone when we are."""

    def __init__(self, file: Path, name: TapeName, *, fleeting: bool = False, from_end: bool = False) -> None:
        """`file` is the agent's. Raises OSError when one of the two is not there (yet)."""
        self.name = name
        other = file.with_name(file.name.removesuffix("-agent.raw") + "-caller.raw")
        with contextlib.ExitStack() as stack:
            self._sources = [stack.enter_context(one.open("rb")) for one in (file, other)]
            self._open = stack.pop_all()
        if fleeting:
            for one in (file, other):
                one.unlink(missing_ok=True)
        self._at = self._samples() if from_end else 0
        self._grew = time.monotonic()
        self.left_out_s = 0.0

    def _samples(self) -> int:
        """How many there are of both sides."""
        return min(source.seek(0, 2) for source in self._sources) // SAMPLE_BYTES

    def read(self) -> Sound:
        """What is new, at most READ_MAX_S of it, shape (samples, 2): agent, caller. Raises OSError."""
        unread = self._samples() - self._at
        if unread > BEHIND_MAX_S * RATE_HZ:
            skipped = unread - RATE_HZ
            self.left_out_s += skipped / RATE_HZ
            self._at, unread = self._at + skipped, RATE_HZ
        count = max(0, min(unread, round(READ_MAX_S * RATE_HZ)))
        sides = []
        for source in self._sources:
            source.seek(self._at * SAMPLE_BYTES)
            sides.append(np.frombuffer(source.read(count * SAMPLE_BYTES), dtype="<i2"))
        self._at += count
        if count:
            self._grew = time.monotonic()
        return np.stack(sides, axis=1)

    @property
    def over(self) -> bool:
        """Whether it grows no more."""
        return time.monotonic() - self._grew > ENDED_S

    def close(self) -> None:
        """Let go of the files."""
        self._open.close()
