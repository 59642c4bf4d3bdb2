"""The understanding engine that the settings ask for."""

from __future__ import annotations

from typing import Literal

from ivr.settings import Settings
from nlu.embedded import load_understander
from nlu.rasa import RasaUnderstander
from nlu.understand import Understander


def load_engine(settings: Settings, name: Literal["embedded", "rasa"] | None = None) -> Understander:
    """The engine of that name, or of the settings. Learns or loads: about a second. Rasa itself is not asked yet."""
    embedded = load_understander(settings.var_dir / "nlu")
    if (name or settings.nlu.engine) == "embedded":
        return embedded
    return RasaUnderstander(settings.nlu.rasa_url, embedded, settings.nlu.rasa_timeout_s)


async def close_engine(engine: Understander) -> None:
    """Let go of what the engine holds, on the event loop that used it."""
    if isinstance(engine, RasaUnderstander):
        await engine.aclose()
