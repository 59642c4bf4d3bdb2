"""Offices for rehearsals: the embedded ones on a database of their own, over which a script may put its own answers."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from flows.lint_rules.offices import operations
from integrations.database.callers import Callers
from integrations.database.store import Database
from integrations.embedded.appointments import Appointments
from integrations.embedded.pension import Pension
from integrations.embedded.seed import seed_demo
from integrations.errors import DatabaseError, OfficeError

log = logging.getLogger(__name__)

UNAVAILABLE = "unavailable"


class Town:
    """The demonstration's hospitals and callers, on whatever day. Use as a context manager: its files are temporary."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="rehearsal-")
        self._made: dict[date, Path] = {}
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def database(self, day: date) -> Database:
        """A fresh database as on the morning of that day. Close it. Raises DatabaseError."""
        if day not in self._made:
            path = Path(self._folder.name) / f"{day}.sqlite"
            made = Database(f"sqlite:///{path}")
            made.migrate()
            seed_demo(made, day)
            made.close()
            self._made[day] = path
        self._count += 1
        copy = Path(self._folder.name) / f"{self._count}.sqlite"
        try:
            shutil.copyfile(self._made[day], copy)
        except OSError as error:
            raise DatabaseError("disk_full", f"The rehearsal's database cannot be made: {error}.") from error
        return Database(f"sqlite:///{copy}")


class ScriptedOffices:
    """Answers as the script says, else as the embedded offices do. Close it."""

    def __init__(
        self,
        town: Town,
        now: Callable[[], datetime],
        script: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> None:
        self._database = town.database(now().date())
        offices: dict[str, object] = {
            "appointments": Appointments(self._database, now),
            "pension": Pension(self._database),
        }
        self._offices = offices
        self._script = {operation: list(answers) for operation, answers in (script or {}).items()}
        self.callers = Callers(self._database)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __call__(self, office: str, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask an office. Raises OfficeError: its refusals, or `unavailable` for everything else."""
        name = f"{office}.{operation}"
        answers = self._script.get(name)
        if answers:
            return _scripted(answers.pop(0) if len(answers) > 1 else answers[0])
        target = self._offices.get(office)
        if target is None or name not in operations():
            raise OfficeError(UNAVAILABLE, f"there is no {name}")
        try:
            reply: Mapping[str, Any] = getattr(target, operation)(**dict(arguments))
        except (DatabaseError, TypeError) as error:  # TypeError: a flow names an argument that the office does not know
            log.warning("%s: %s", name, error)
            raise OfficeError(UNAVAILABLE, str(error)) from error
        return reply


def _scripted(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """One answer of a script: `{refuse: code, …details}` or the reply itself."""
    if "refuse" in answer:
        details = {name: value for name, value in answer.items() if name != "refuse"}
        raise OfficeError(str(answer["refuse"]), "as the script says", **details)
    return answer
