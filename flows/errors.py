"""The error of everything that reads flow files."""

from __future__ import annotations


class FlowError(ValueError):
    """A flow file cannot be used. Says where, what, and what to do about it.

    A ValueError, so that pydantic puts the place to an expression that does not parse."""

    def __init__(self, code: str, message: str, *, file: str = "", line: int = 0, remedy: str = "") -> None:
        self.code = code
        self.message = message
        self.file = file
        self.line = line
        """1-based; 0 when the place is the file as a whole."""
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        tail = f" Remedy: {self.remedy}" if self.remedy else ""
        return f"{place}{self.message} [{self.code}]{tail}"
