"""Priority bands where the dialplan finds them by itself: Asterisk's own database."""

from __future__ import annotations

import asyncio
import logging

from integrations.database.callers import Callers
from integrations.errors import DatabaseError
from ivr.asterisk.manager import Manager, ManagerError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0
RETRY_S = 2.0


async def keep_bands(manager: Manager, callers: Callers) -> None:
    """Bring every known caller's band to Asterisk, at once and when it changes. Runs until cancelled."""
    stored: dict[str, str] = {}
    while True:
        await manager.connected.wait()
        try:
            bands = await asyncio.to_thread(callers.bands)
            for number, band in bands.items():
                if stored.get(number) != band:
                    await manager.store("band", number, band)
                    stored[number] = band
        except (ManagerError, DatabaseError) as error:
            log.warning("priority bands are not up to date in Asterisk: %s", error)
            stored.clear()  # it may have lost its database with the connection
            await asyncio.sleep(RETRY_S)
            continue
        await asyncio.sleep(LOOK_EVERY_S)
