"""What must be there before the first call: speech models, announcements, and the sentences of every call."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flows.render import common_dynamic_pieces
from integrations.embedded.seed import DEPARTMENTS, HOSPITALS
from ivr.settings import Settings
from voices.announcements import render_announcements
from voices.errors import VoiceError
from voices.models import fetch
from voices.prompts.catalogue import Catalogue
from voices.synthesis.store import PromptStore


def prepare(settings: Settings, say: Callable[[str], None], *, everything: bool = False) -> list[str]:
    """Do what is missing; `everything` renders also what the running hotline would render in its idle time.

    Returns one sentence for each thing that could not be done, and what a caller notices."""
    problems = []
    mirror = settings.speech.mirror_dir
    try:
        fetch("whisper-base", settings.models_dir, say, mirror)
    except VoiceError as error:
        problems.append(f"Recogniser: {error}. {error.remedy} Until then callers answer by key, or talk to a person.")
    try:
        fetch("kokoro", settings.models_dir, say, mirror)
        count = render_announcements(settings.rescue_dir, settings.models_dir, say, mirror)
        count += asyncio.run(_render(settings, say, everything=everything))
        if count:
            say(f"prompts: {count} rendered")
    except OSError as error:
        problems.append(f"Prompts: {error.filename}: {error.strerror}. Free space on the disk and start again.")
    except VoiceError as error:
        problems.append(f"Voice: {error}. {error.remedy} Until then every caller goes to a person.")
    return problems


async def _render(settings: Settings, say: Callable[[str], None], *, everything: bool) -> int:
    workers = os.cpu_count() or 1
    store = PromptStore(
        settings.prompts_dir, settings.models_dir / "kokoro", settings.speech.voice, ahead_workers=workers
    )
    prompts = Catalogue.load(settings.language)
    pieces = prompts.essential_pieces()
    if everything:
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
