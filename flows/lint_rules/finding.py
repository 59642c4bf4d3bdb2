"""One thing that is wrong with a flow or a prompt, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from flows.errors import FlowError


class Severity(StrEnum):
    """Errors keep a flow from being published; warnings do not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and what to do about it."""

    file: str
    line: int
    """1-based; 0 when the place is the file as a whole."""
    code: str
    """Stable name of the rule."""
    message: str
    remedy: str
    severity: Severity = Severity.ERROR

    @classmethod
    def of(cls, error: FlowError, file: str = "") -> Finding:
        """A file that cannot be read at all, as a finding. `file` is used where the error names none."""
        return cls(error.file or file, error.line, error.code, error.message, error.remedy)

    def as_json(self) -> dict[str, str | int]:
        """Plain data: file, line, code, message, remedy, severity."""
        return {**asdict(self), "severity": self.severity.value}

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.severity}: {self.message} [{self.code}] Remedy: {self.remedy}"
