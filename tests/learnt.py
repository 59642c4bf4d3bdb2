"""Where the suite keeps what the understanding has learnt: one folder for all tests, runs and started hotlines.

The files' names change with the data and the code of `nlu`, so nothing stale is ever read."""

from __future__ import annotations

from pathlib import Path

from nlu.embedded import cache_name
from nlu.training import examples

FOLDER = Path(__file__).parents[1] / ".pytest_cache" / "d" / "learnt"
"""In pytest's own cache: `pytest --cache-clear` deletes it, and it is learnt again."""


def folder() -> Path:
    """The folder, without what older code or data left."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    current = cache_name(examples())
    for old in FOLDER.glob("intents-*.joblib"):
        if old.name != current:
            old.unlink(missing_ok=True)
    return FOLDER


def share(var: Path) -> None:
    """Let a program with that state folder read, and keep, what it learns in the common folder."""
    var.mkdir(parents=True, exist_ok=True)
    link = var / "nlu"
    if not link.exists():
        link.symlink_to(folder(), target_is_directory=True)
