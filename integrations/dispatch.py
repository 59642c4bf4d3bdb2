"""Calls an office by name: the dialogue names an office and an operation, nothing else is reachable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from integrations import ports
from integrations.errors import DatabaseError, OfficeError

log = logging.getLogger(__name__)

PORTS: Mapping[str, type] = {"appointments": ports.AppointmentsPort, "pension": ports.PensionPort}
THREADS = 16
"""An office that hangs holds its threads; it must not hold those of others, so each office has its own."""


class Offices:
    """The offices that there are."""

    def __init__(self, offices: Mapping[str, object]) -> None:
        self._offices = dict(offices)
        self._threads = {
            name: ThreadPoolExecutor(THREADS, thread_name_prefix=f"office-{name}") for name in self._offices
        }

    async def call(self, office: str, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask an office. Raises OfficeError: its refusals, or `unavailable` for everything else."""
        port, target = PORTS.get(office), self._offices.get(office)
        if port is None or target is None or operation.startswith("_") or operation not in vars(port):
            raise OfficeError("unavailable", f"there is no {office}.{operation}")
        method = getattr(target, operation)
        loop = asyncio.get_running_loop()
        try:
            result: Mapping[str, Any] = await loop.run_in_executor(
                self._threads[office], lambda: method(**dict(arguments))
            )
        except DatabaseError as error:
            log.warning("%s.%s: %s %s", office, operation, error, error.remedy)
            raise OfficeError("unavailable", str(error)) from error
        except OfficeError:
            raise
        except Exception as error:  # above all a TypeError: a flow names an argument that the office does not know
            log.exception("%s.%s was called with %s", office, operation, sorted(arguments))
            raise OfficeError("unavailable", str(error)) from error
        return result

    def close(self) -> None:
        """Let the threads end; what an office still does is not waited for."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)
