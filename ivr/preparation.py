"""What must be there before the first call: speech models, announcements, and the sentences of every call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from ivr.settings import Settings
from voices.announcements import render_announcements
from voices.errors import VoiceError
from voices.models import fetch
from voices.prompts.catalogue import Catalogue
from voices.synthesis.store import PromptStore


def prepare(settings: Settings, say: Callable[[str], None]) -> list[str]:
    """Do what is missing. Returns one sentence for each thing that could not be done, and what a caller notices."""
    problems = []
    mirror = settings.speech.mirror_dir
    try:
        fetch("whisper-base", settings.models_dir, say, mirror)
    except VoiceError as error:
        problems.append(f"Recogniser: {error}. {error.remedy} Until then callers answer by key, or talk to a person.")
    try:
        fetch("kokoro", settings.models_dir, say, mirror)
        count = render_announcements(settings.rescue_dir, settings.models_dir, say, mirror)
        count += asyncio.run(_render_essential(settings, say))
        if count:
            say(f"prompts: {count} rendered")
    except OSError as error:
        problems.append(f"Prompts: {error.filename}: {error.strerror}. Free space on the disk and start again.")
    except VoiceError as error:
        problems.append(f"Voice: {error}. {error.remedy} Until then every caller goes to a person.")
    return problems


async def _render_essential(settings: Settings, say: Callable[[str], None]) -> int:
    store = PromptStore(settings.prompts_dir, settings.models_dir / "kokoro", settings.speech.voice)
    pieces = Catalogue.load(settings.language).essential_pieces()
    missing = store.missing(pieces)
    if not missing:
        return 0
    say(f"prompts: rendering {len(missing)} sentences …")
    await store.start()
    began = time.monotonic()
    try:
        return await store.render_now(missing)
    finally:
        await store.close()
        say(f"prompts: {time.monotonic() - began:.0f} s")
