"""One question to an office, from the moment at which it is asked until its answer is on record."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from flows.actions import Action, CallOffice, Say
from flows.events import Event, OfficeFailed, OfficeReplied, OfficeSlow
from integrations.errors import OfficeError
from ivr.call.events import Kind

log = logging.getLogger(__name__)

OFFICE_TIMEOUT_S = 10.0


class OfficeDesk(Protocol):
    """Where offices are called."""

    async def call(self, office: str, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]: ...


class Steps(Protocol):
    """The dialogue, as far as it is needed here."""

    def step(self, state: Any, event: Event) -> tuple[Any, tuple[Action, ...]]: ...


class Asking:
    """A question under way. `task` ends within OFFICE_TIMEOUT_S and never raises."""

    def __init__(
        self, ask: CallOffice, offices: OfficeDesk, now: Callable[[], datetime], record: Callable[..., None]
    ) -> None:
        self._ask, self._offices, self._now, self._record = ask, offices, now, record
        self._began = asyncio.get_running_loop().time()
        record(Kind.OFFICE_ASKED, office=ask.office, operation=ask.operation)
        self.task = asyncio.create_task(self._call(), name=f"office {ask.office}.{ask.operation}")

    async def _call(self) -> OfficeReplied | OfficeFailed:
        ask = self._ask
        try:
            async with asyncio.timeout(OFFICE_TIMEOUT_S):
                result = await self._offices.call(ask.office, ask.operation, ask.arguments)
        except OfficeError as error:
            return OfficeFailed(self._now(), ask.request, error.code, error.details)
        except Exception:  # broken in any way means not available
            log.exception("office %s.%s failed", ask.office, ask.operation)
            return OfficeFailed(self._now(), ask.request, "unavailable")
        return OfficeReplied(self._now(), ask.request, result)

    def fillers(self, dialogue: Steps, state: Any) -> list[Say]:
        """What is said because it takes long. States are values: the one that waits for the office stays as it is."""
        _, actions = dialogue.step(state, OfficeSlow(self._now(), self._ask.request))
        return [action for action in actions if isinstance(action, Say)]

    def answered(self, event: OfficeReplied | OfficeFailed, **more: Any) -> None:
        """Put the answer on record."""
        self._record(
            Kind.OFFICE_ANSWERED,
            office=self._ask.office,
            operation=self._ask.operation,
            code=event.code if isinstance(event, OfficeFailed) else "ok",
            seconds=round(asyncio.get_running_loop().time() - self._began, 3),
            **more,
        )

    def leave_to(self, late: set[asyncio.Task[OfficeReplied | OfficeFailed]]) -> None:
        """The caller has left the dialogue. The office may still do it: who takes the call must see what became of it.

        `late` owns the task from now on."""
        late.add(self.task)
        self.task.add_done_callback(lambda task: self._answered_late(task, late))

    def _answered_late(
        self,
        task: asyncio.Task[OfficeReplied | OfficeFailed],
        late: set[asyncio.Task[OfficeReplied | OfficeFailed]],
    ) -> None:
        late.discard(task)
        if not task.cancelled():
            self.answered(task.result(), late=True)
