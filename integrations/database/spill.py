"""Lines that wait in a file while the database cannot be written."""

from __future__ import annotations

import os
from pathlib import Path


class Spill:
    """The file. Every method raises OSError, except where it says otherwise."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def exists(self) -> bool:
        """Whether anything waits. Never raises."""
        try:
            return self.file.exists()
        except OSError:
            return True  # it cannot be looked at: to add to it is safer than to write past it

    def append(self, lines: list[str]) -> None:
        """Add lines. They are readable by the owner only: they tell what callers said."""
        handle = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with open(handle, "r+b", buffering=0) as out:  # noqa: PTH123 - of a handle, opened with its mode above
            size = out.seek(0, os.SEEK_END)
            whole = size == 0 or os.pread(handle, 1, size - 1) == b"\n"  # else the power went within a line
            data = b"" if whole else b"\n"
            data += "".join(f"{line}\n" for line in lines).encode("utf-8", errors="replace")
            while data:
                data = data[out.write(data) :]

    def lines(self) -> list[str]:
        """All that waits, oldest first."""
        text = self.file.read_text(encoding="utf-8", errors="replace")
        return [line for line in text.split("\n") if line]

    def clear(self) -> None:
        """Everything is where it belongs."""
        self.file.unlink(missing_ok=True)
