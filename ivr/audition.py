"""What a caller is likely to hear: every prompt, spoken, sent over a phone line, and written down by the recogniser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from ivr.settings import Settings
from nlu.pinyin import similarity
from voices.audio import phone_line
from voices.prompts.catalogue import Catalogue
from voices.recognition.pool import RecogniserPool
from voices.synthesis.store import PromptStore

POOR = 0.7
"""Below this likeness by sound the words are better chosen anew. The recogniser itself misses about one in four
characters of people reading sentences aloud over such a line."""
TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One piece of a prompt and what was understood of it."""

    text: str
    heard: str
    likeness: float
    """1.0 when it sounds the same, tones apart."""


async def audition(settings: Settings, pieces: list[str] | None = None) -> AsyncIterator[Heard]:
    """Each piece in turn. Raises VoiceError when the voice or the recogniser cannot be had."""
    store = PromptStore(settings.prompts_dir, settings.models_dir / "kokoro", settings.speech.voice)
    pool = RecogniserPool(settings.models_dir / "whisper-base", 1)
    await store.start()
    try:
        await pool.start()
        for text in pieces or Catalogue.load(settings.language).all_fixed_pieces():
            pcm = phone_line(await store.pcm(text))
            heard = (await pool.transcribe(pcm, settings.language, timeout_s=TIMEOUT_S)).text
            yield Heard(text, heard, similarity(text, heard))
    finally:
        await store.close()
        await pool.close()
