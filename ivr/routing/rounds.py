"""What is looked after again and again, for as long as the program runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from integrations.errors import DatabaseError
from ivr.asterisk.manager import ManagerError

log = logging.getLogger(__name__)


async def look_every(seconds: float, look: Callable[[], Awaitable[None]], what: str) -> None:
    """`look` in rounds until cancelled. A database or an Asterisk that is away is tried again, and told of once."""
    failed = False
    while True:
        try:
            await look()
            failed = False
        except (DatabaseError, ManagerError) as error:
            if not failed:
                log.warning("%s wait: %s", what, error)
            failed = True
        await asyncio.sleep(seconds)
