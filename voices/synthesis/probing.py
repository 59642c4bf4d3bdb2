"""Whether a recording of a prompt can be heard as it should: found out once for each state of the file."""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from voices.errors import VoiceError
from voices.synthesis.phone import active_level_dbfs

if TYPE_CHECKING:
    from voices.audio_files import Recording

log = logging.getLogger(__name__)

LONGEST_S = 60.0
SILENT_DBFS = -70.0
"""What is not louder than this, `for_phone` leaves as it is: the caller would hear nothing."""
State: TypeAlias = tuple[int, int]
"""Modified when, in ns, and bytes."""


def checked(file: Path) -> Recording:
    """What a file holds. Raises VoiceError for one that a caller would not hear, or not to its end."""
    from voices.audio_files import read_audio  # noqa: PLC0415 - libsndfile takes a quarter of a second to load

    recording = read_audio(file, LONGEST_S)
    if recording.cut_off:
        missing = f"{recording.missing_s:.1f} s are missing" if recording.missing_s else "its end is missing"
        raise VoiceError("cut_off", f"{file} is cut off: {missing}.", "Copy or record it again.")
    if active_level_dbfs(recording.samples) < SILENT_DBFS:
        raise VoiceError("silent", f"{file} is silent.", "Record it again, and look at the level.")
    return recording


class Probes:
    """What is known of the files of one folder and those below. May be asked from several threads."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[State, bool]] = {}
        self._named: set[Path] = set()
        self._lock = Lock()

    def good(self, file: Path) -> bool:
        """Whether the file can be heard as it should. Reads it unless it is as it was; names it when it is bad."""
        with self._lock:  # whoever comes second gets what the first one finds out
            state = state_of(file)
            known = self._known.get(file)
            if known is not None and known[0] == state:
                return known[1]
            try:
                checked(file)
            except VoiceError as error:
                self._note(file, state, error)
                return False
            self._known[file] = state, True
            self._named.discard(file)
            return True

    def bad(self, file: Path, error: VoiceError) -> None:
        """A file turned out to be bad when it was to be heard."""
        with self._lock:
            self._note(file, state_of(file), error)

    def _note(self, file: Path, state: State, error: VoiceError) -> None:
        self._known[file] = state, False
        if file not in self._named:  # one that is just being copied changes again and again
            self._named.add(file)
            log.warning("%s %s", error, error.remedy)


def state_of(file: Path) -> State:
    """What tells whether a file was changed; zeros for one that is not there."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


PROBES = Probes()
"""Of this process: new flows are no reason to read all recordings again."""
