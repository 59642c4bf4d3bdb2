"""Files that are there as a whole or not at all, also when several programs write the same one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(file: Path, content: bytes, mode: int = 0o644) -> None:
    """Put a file in place of whatever is there; its folder is made. Raises OSError, and then leaves nothing behind."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=file.parent)  # a name that no other program uses
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            os.fchmod(out.fileno(), mode)
        fresh.replace(file)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
