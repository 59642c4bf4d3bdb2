"""Who helped whom last, in Asterisk's own database, is forgotten when it is no longer used."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ivr.asterisk.manager import Manager, ManagerError

log = logging.getLogger(__name__)

FAMILY = "last"
LOOK_EVERY_S = 6 * 3600.0
RETRY_S = 60.0


async def forget_old(manager: Manager, days: int, now: Callable[[], float]) -> int:
    """Take out what is older than `days`, or cannot be read; returns how many. Raises ManagerError.

    `now`: epoch seconds."""
    oldest, gone = now() - days * 86_400, 0
    for number, value in (await manager.stored(FAMILY)).items():
        second = value.partition("/")[0]
        if not second.isdigit() or int(second) < oldest:
            await manager.forget(FAMILY, number)
            gone += 1
    return gone


async def keep_forgetting(manager: Manager, days: int, now: Callable[[], float]) -> None:
    """Look at the start and every six hours. Runs until cancelled."""
    while True:
        await manager.connected.wait()
        try:
            gone = await forget_old(manager, days, now)
        except ManagerError as error:
            log.warning("who helped whom last cannot be looked through: %s", error)
            await asyncio.sleep(RETRY_S)
            continue
        if gone:
            log.info("who helped last was forgotten for %d callers", gone)
        await asyncio.sleep(LOOK_EVERY_S)
