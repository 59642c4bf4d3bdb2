"""What must be there before the first call: speech models, announcements, and the sentences of every call."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.asterisk.unpack import AsteriskError, find_or_unpack
from ivr.ears import models_to_fetch
from ivr.settings import Settings
from ivr.system_packages import NPM, SystemPackage, ensure
from voices.announcements import render_announcements
from voices.errors import VoiceError
from voices.models import fetch
from voices.prompts.catalogue import Catalogue
from voices.synthesis import espeak
from voices.synthesis.store import PromptStore

ESPEAK = SystemPackage(
    "espeak-ng",
    espeak.installed,
    "callers who speak English get a person instead of the program, and some names of languages are not said in them",
)


def prepare(settings: Settings, say: Callable[[str], None], *, everything: bool = False) -> list[str]:
    """Do what is missing; `everything` renders also what the running hotline would render in its idle time.

    Downloads go on while sentences are rendered: on two cores the first start takes half the time. Returns one
    sentence for each thing that could not be done, and what a caller notices."""
    with ThreadPoolExecutor(max_workers=2) as beside:
        asterisk = beside.submit(_asterisk, settings, say)
        packages = ensure(NPM, settings.parts_dir, say)
        voice = _fetch(settings, say, "kokoro", "Voice", "Until then every caller goes to a person.")
        effect = "Until then callers answer by key, or talk to a person."
        recogniser = beside.submit(_recognisers, settings, say, effect)
        old_voices = ensure(ESPEAK, settings.parts_dir, say)
        prompts = _prompts(settings, say, everything=everything) if not voice else ""
        results = (asterisk.result(), recogniser.result(), packages, old_voices, voice, prompts)
        return [problem for problem in results if problem]


def _asterisk(settings: Settings, say: Callable[[str], None]) -> str:
    try:
        find_or_unpack(settings.parts_dir, settings.asterisk.minimum_version, say)
    except AsteriskError as error:
        return f"Asterisk: {error}. {error.remedy} Until then no call is taken."
    return ""


def _fetch(settings: Settings, say: Callable[[str], None], model: str, part: str, effect: str) -> str:
    try:
        fetch(model, settings.models_dir, say, settings.speech.mirror_dir)
    except VoiceError as error:
        return f"{part}: {error}. {error.remedy} {effect}"
    return ""


def _recognisers(settings: Settings, say: Callable[[str], None], effect: str) -> str:
    models = models_to_fetch(settings)
    return " ".join(filter(None, (_fetch(settings, say, model, "Recogniser", effect) for model in models)))


def _prompts(settings: Settings, say: Callable[[str], None], *, everything: bool) -> str:
    try:
        with ThreadPoolExecutor(max_workers=1) as beside:
            # What Asterisk plays beside what the dialogue says, each with all cores: whichever is longer is done alone.
            announcements = beside.submit(
                render_announcements,
                settings.rescue_dir,
                settings.models_dir,
                say,
                settings.speech.mirror_dir,
                workers=os.cpu_count() or 1,
            )
            count = asyncio.run(_render(settings, say, everything=everything))
            count += announcements.result()
    except OSError as error:
        return f"Prompts: {error.filename}: {error.strerror}. Free space on the disk and start again."
    except VoiceError as error:
        return f"Voice: {error}. {error.remedy} Until then every caller goes to a person."
    if count:
        say(f"prompts: {count} rendered")
    return ""


async def _render(settings: Settings, say: Callable[[str], None], *, everything: bool) -> int:
    workers = os.cpu_count() or 1
    store = PromptStore(
        settings.prompts_dir, settings.models_dir / "kokoro", settings.speech.voice, ahead_workers=workers
    )
    prompts = Catalogue.load(settings.language)
    pieces = prompts.essential_pieces()
    if everything:
        # Here, because every start of the hotline comes through this file.
        from flows.render import common_dynamic_pieces  # noqa: PLC0415
        from integrations.embedded.seed import DEPARTMENTS, HOSPITALS  # noqa: PLC0415

        now = datetime.now(ZoneInfo(settings.timezone)).replace(tzinfo=None)
        pieces += prompts.all_fixed_pieces() + common_dynamic_pieces(prompts, now, list(DEPARTMENTS), list(HOSPITALS))
    missing = list(dict.fromkeys(store.missing(pieces)))
    if not missing:
        return 0
    say(f"prompts: rendering {len(missing)} pieces …")
    await store.start()
    began = time.monotonic()
    try:
        return await store.render_now(missing)
    finally:
        await store.close()
        say(f"prompts: {time.monotonic() - began:.0f} s")
