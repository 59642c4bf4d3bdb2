"""Files in which is kept what was learnt."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write for our own eyes only (the temporary file has mode 0600), whole or not at all; a full disk is logged."""
    name = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".new")
        with os.fdopen(handle, "wb") as file:
            write(file)
        Path(name).replace(path)
    except OSError as error:
        log.warning("What was learnt cannot be kept in %s: %s", path, error)
        if name:
            Path(name).unlink(missing_ok=True)
