"""Where the suite keeps what the understanding has learnt: one folder for all tests, runs and started hotlines.

The files' names change with the data and the code of `nlu`, so nothing stale is ever read."""

from __future__ import annotations

import fcntl
import time
from pathlib import Path

from nlu.embedded import EmbeddedUnderstander, cache_name, load_understander
from nlu.training import examples

FOLDER = Path(__file__).parents[1] / ".pytest_cache" / "d" / "learnt"
"""In pytest's own cache: `pytest --cache-clear` deletes it, and it is learnt again."""
UNUSED_S = 24 * 3600
"""What is as old as that is of older code or data. Younger files may be of another run that goes on just now."""


def folder() -> Path:
    """The folder, without what older code or data left a day ago."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    current = cache_name(examples())
    for old in FOLDER.glob("intents-*.joblib"):
        if old.name != current and _age_s(old) > UNUSED_S:
            old.unlink(missing_ok=True)
    return FOLDER


def _age_s(file: Path) -> float:
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:  # another worker has just deleted it
        return 0.0


def understander() -> EmbeddedUnderstander:
    """The trained engine: of all workers one learns, and the others wait for what it has learnt."""
    kept = folder()
    with (kept / ".learning").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the process that holds it, whatever becomes of that
        return load_understander(kept)


def share(var: Path) -> None:
    """Let a program with that state folder read what was learnt, and keep what it learns, in the common folder."""
    if not (folder() / cache_name(examples())).exists():
        understander()  # here, once: programs that start beside each other would each learn the same
    var.mkdir(parents=True, exist_ok=True)
    link = var / "nlu"
    if not link.exists():
        link.symlink_to(folder(), target_is_directory=True)
