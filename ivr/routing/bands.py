"""Bands and languages of known callers where the dialplan finds them by itself: Asterisk's own database."""

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
    """Bring every known caller's band and language to Asterisk, at once and when they change. Runs until cancelled."""
    stored: dict[tuple[str, str], str] = {}
    while True:
        await manager.connected.wait()
        try:
            wanted = {("band", number): band for number, band in (await asyncio.to_thread(callers.bands)).items()}
            languages = await asyncio.to_thread(callers.languages)
            wanted |= {("lang", number): language for number, language in languages.items()}
            for (family, number), value in wanted.items():
                if stored.get((family, number)) != value:
                    await manager.store(family, number, value)
                    stored[family, number] = value
        except (ManagerError, DatabaseError) as error:
            log.warning("bands and languages are not up to date in Asterisk: %s", error)
            stored.clear()  # it may have lost its database with the connection
            await asyncio.sleep(RETRY_S)
            continue
        await asyncio.sleep(LOOK_EVERY_S)
