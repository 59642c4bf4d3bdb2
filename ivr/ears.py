"""The recognisers of the hotline, started. Imports nothing large: see `ivr/program.py`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from ivr.settings import Settings
from voices.errors import VoiceError
from voices.languages.pack import load_packs
from voices.recognition.assembly import ALIASES, recognisers
from voices.recognition.by_example import ByExample
from voices.recognition.chain import RecogniserChain
from voices.recognition.engine import KINDS
from voices.recognition.packs import EXAMPLES, hearers

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ears:
    """The recognisers that were started."""

    chain: RecogniserChain
    lost: Mapping[str, VoiceError]
    """Those that did not start, and why."""


def models_to_fetch(settings: Settings) -> tuple[str, ...]:
    """The models that the settings name, else that the pack of the hotline's language names first. Those of one's own,
    and servers, are not fetched."""
    chosen = settings.speech.recognisers
    names = dict.fromkeys(name for some in chosen.values() for name in some)
    if settings.language not in chosen and "*" not in chosen:
        first = next((one.model for one in load_packs()[settings.language].hear if one.engine in KINDS), "")
        names |= {first: None} if first else {}
    return tuple(ALIASES.get(name, name) for name in names if ":" not in name)


async def start_ears(settings: Settings) -> Ears:
    """Start the recognisers of the settings. Raises VoiceError when nobody can hear."""
    speech, models, logs = settings.speech, settings.models_dir, settings.var_dir / "log"
    taught = ByExample(models / "whisper-base", settings.examples_dir, load_packs(), logs)
    found = hearers(load_packs(), speech.recognisers, models, taught.languages)
    for absent in found.absent:
        log.warning("%s %s", absent, absent.remedy)
    chain = recognisers(found.order, models, speech.recogniser_workers, logs, {EXAMPLES: taught}, found.codes)
    try:
        return Ears(chain, await chain.start())
    except asyncio.CancelledError:
        await chain.close()
        raise
