"""Whether a talk is kept just now, and by which leg: as Asterisk tells it, not as the settings would have it.

The dialplan decides (templates/extensions_recording.conf); whoever was not told before the talk is not recorded."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from ivr.asterisk.manager import Manager, ManagerError

SOUND, WORDS = "sound", "words"


@dataclass(frozen=True, slots=True)
class Tape:
    """What is kept of a talk at this moment."""

    what: str
    """sound, or words alone."""
    leg: str
    """The channel whose MixMonitor it is."""
    since: float
    """Wall-clock second."""


def told(known: Tape | None, fields: Mapping[str, str]) -> Tape | None:
    """What a DeskTape event makes of it. The end of a leg that is not the one known is no end."""
    leg, what = fields.get("Leg", ""), fields.get("What", "")
    if what in {SOUND, WORDS} and leg:
        return Tape(what, leg, time.time())
    return known if known is not None and known.leg != leg else None


async def asked(manager: Manager, legs: tuple[str, ...]) -> Tape | None:
    """What these legs themselves say: after a start, or when their events were missed. Raises ManagerError."""
    for leg in filter(None, legs):
        try:
            answer = await manager.action("Getvar", Channel=leg, Variable="TAPING")
        except ManagerError as error:
            if error.code != "refused":  # refused: that leg has just ended
                raise
            continue
        what, _, since = answer.get("Value", "").partition("/")
        if what in {SOUND, WORDS}:
            return Tape(what, leg, float(since) if since.isdigit() else time.time())
    return None
