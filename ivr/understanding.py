"""The understanding engine that the settings ask for."""

from __future__ import annotations

import logging
from functools import partial
from typing import Literal

from ivr.settings import Settings
from nlu.embedded import EmbeddedUnderstander, load_understander
from nlu.rasa import RasaUnderstander
from nlu.understand import Understander
from nlu.vectors import SentenceVectors, VectorsError

log = logging.getLogger(__name__)


def load_engine(settings: Settings, name: Literal["embedded", "rasa"] | None = None) -> Understander:
    """The engine of that name, or of the settings. Learns or loads: about a second. Rasa itself is not asked yet.

    With `nlu.sentence_vectors` the embedded engine learns from those beside the calls; without their package it reads
    without them, and its `problem` says why."""
    embedded = load_understander(settings.var_dir / "nlu")
    if (name or settings.nlu.engine) == "rasa":
        return RasaUnderstander(settings.nlu.rasa_url, embedded, settings.nlu.rasa_timeout_s)
    return _with_vectors(settings, embedded) if settings.nlu.sentence_vectors else embedded


def _with_vectors(settings: Settings, embedded: EmbeddedUnderstander) -> Understander:
    from nlu.mixed import MixedUnderstander, learn  # noqa: PLC0415 - scikit-learn takes a second to load

    try:
        embedder = SentenceVectors()
    except VectorsError as error:
        log.warning("%s: %s The embedded engine reads without sentence vectors.", error.code, error)
        embedded.problem = f"without sentence vectors: {error}"
        return embedded
    return MixedUnderstander(embedded, embedder, partial(learn, embedder, settings.var_dir / "nlu"))


def state_of(engine: Understander) -> str:
    """`running`, and without what; for the state that is shown."""
    problem = engine.problem if isinstance(engine, EmbeddedUnderstander) else ""
    return f"running, {problem}" if problem else "running"


async def close_engine(engine: Understander) -> None:
    """Let go of what the engine holds, on the event loop that used it."""
    # By name and not by type: to know the type of the mixed engine is to load scikit-learn.
    if (close := getattr(engine, "aclose", None)) is not None:
        await close()
