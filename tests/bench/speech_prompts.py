"""What callers hear, written down by a recogniser: character errors of the hotline's prompts over a phone line.

Every language that can be spoken and recognised here, and why the others cannot. A measure of how well prompts can be
understood, as far as a recogniser stands for an ear: compare voices and rates by it, not languages."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import Levenshtein

from ivr.settings import Settings
from tests.bench.speech_recognition import characters, heard
from tests.bench.speech_tables import together
from voices.audio import phone_line
from voices.errors import VoiceError
from voices.languages.coverage import catalogue_of
from voices.languages.pack import Pack, Quality, Speaking, load_packs
from voices.models import complete
from voices.recognition.assembly import recogniser
from voices.recognition.chain import Member
from voices.recognition.hypothesis import Expectation
from voices.synthesis.voices import Folders, Voices, voice_of

SHORTEST = 3
"""Characters. A single word says more of the recogniser than of the voice."""
EACH = 60
"""Pieces of each language in the default run."""
UNCLEAR = 0.5
"""A piece with so many errors is told by name: somebody should listen to it."""
WORST = 15
"""Pieces of a language that are told by name at most."""
WAYS: Mapping[str, tuple[str, str]] = {
    "slow": ("slow", "normal"),
    "slower": ("slower", "normal"),
    "loud": ("normal", "loud"),
}
"""Other rates and levels than the usual one: (rate, loudness)."""
QUIET = bytes(9600)


@dataclass(frozen=True, slots=True)
class Piece:
    """One sentence that was spoken and written down again."""

    said: str
    heard: str

    @property
    def errors(self) -> int:
        """Characters."""
        return Levenshtein.distance(characters(self.said), characters(self.heard))

    @property
    def share(self) -> float:
        """Errors for each character."""
        return self.errors / max(1, len(characters(self.said)))


def character_errors(pieces: Sequence[Piece]) -> float:
    """Character error rate of all together."""
    return round(sum(one.errors for one in pieces) / max(1, sum(len(characters(one.said)) for one in pieces)), 3)


def worst(pieces: Sequence[Piece], most: int = WORST) -> list[str]:
    """Those that were least understood, from `UNCLEAR` on, the worst first."""
    found = sorted((one for one in pieces if one.share >= UNCLEAR), key=lambda one: -one.share)
    return [f"{one.said} → {one.heard}" for one in found[:most]]


def heard_languages(settings: Settings) -> list[Pack]:
    """Packs that Whisper hears and a synthetic voice of this machine speaks."""
    return [pack for pack in load_packs().values() if not unheard(pack, settings)]


def unheard(pack: Pack, settings: Settings) -> str:
    """Why a language's prompts cannot be measured here; empty when they can."""
    reasons = []
    if voice_of(pack, settings.models_dir) is None:
        reasons.append("no synthetic voice; recordings only")
    if not any(one.engine == "whisper" for one in pack.hear):
        absent = [one.model for one in pack.hear if one.model and not complete(one.model, settings.models_dir)]
        reasons.append(
            f"{', '.join(absent)} is not here" if absent else "no recogniser knows it but by phrases that are taught"
        )
    return "; ".join(reasons)


def pieces_of(pack: Pack, *, full: bool, every: int = 1) -> list[str]:
    """Fixed sentences, spread over all prompts."""
    catalogue = catalogue_of(pack)
    pieces = [] if catalogue is None else [p for p in catalogue.all_fixed_pieces() if len(characters(p)) >= SHORTEST]
    return pieces[:: every if full else every * max(1, -(-len(pieces) // EACH))]


async def measure(settings: Settings, say: Callable[[str], None], *, full: bool, every: int = 1) -> dict[str, Any]:
    """Rows by language, by rate and level, and what cannot be measured. Raises VoiceError when there is no
    recogniser."""
    packs = heard_languages(settings)
    folders = Folders(settings.prompts_dir, settings.models_dir, settings.voices_dir)
    speaking = Voices(folders, {pack.language: pack for pack in packs}, settings.language, settings.speech.voice)
    member = recogniser("whisper", settings.models_dir, workers=os.cpu_count() or 1)
    await member.start()
    await speaking.start()
    try:
        trial = _Trial(speaking, member, say)
        rows, texts = [], {pack.language: pieces_of(pack, full=full, every=every) for pack in packs}
        for pack in packs:
            voice = voice_of(pack, settings.models_dir)
            assert voice is not None
            rows.append(await trial.row(pack.language, voice, texts[pack.language]))
            say(f"  {pack.language}: {rows[-1]['pieces']} pieces, CER {rows[-1]['cer']}")
        usual = texts[settings.language][:: 3 if full else 2]
        ways = [{"as": "usual", **await trial.way(settings.language, usual)}]
        for name, (rate, loudness) in WAYS.items():
            ways.append({"as": name, **await trial.way(settings.language, usual, rate, loudness)})
    finally:
        await speaking.close()
        await member.close()
    lacking = {pack.language: why for pack in load_packs().values() if (why := unheard(pack, settings))}
    return {"languages": rows, "rates and levels": ways, "cannot be measured here": lacking}


class _Trial:
    """Speaks and hears."""

    def __init__(self, speaking: Voices, member: Member, say: Callable[[str], None]) -> None:
        self._speaking, self._member, self._say = speaking, member, say

    async def row(self, language: str, voice: Speaking, texts: Sequence[str]) -> dict[str, Any]:
        """One language."""
        pieces = await self._pieces(language, texts)
        return {
            "language": language,
            "voice": f"{voice.engine} {voice.voice}",
            "good_voice": voice.quality is Quality.GOOD,
            "pieces": len(pieces),
            "failed": len(texts) - len(pieces),
            "cer": character_errors(pieces),
            "to the letter": sum(one.errors == 0 for one in pieces),
            "unclear": sum(one.share >= UNCLEAR for one in pieces),
            "worst": worst(pieces),
        }

    async def way(
        self, language: str, texts: Sequence[str], rate: str = "normal", loudness: str = "normal"
    ) -> dict[str, Any]:
        """One rate and level."""
        pieces = await self._pieces(language, texts, rate, loudness)
        return {"pieces": len(pieces), "cer": character_errors(pieces), "worst": worst(pieces, 3)}

    async def _pieces(
        self, language: str, texts: Sequence[str], rate: str = "normal", loudness: str = "normal"
    ) -> list[Piece]:
        async def one(text: str) -> Piece | None:
            try:
                pcm = phone_line(await self._speaking.pcm(text, language=language, rate=rate, loudness=loudness))
                found = await heard(self._member, language, QUIET + pcm + QUIET, Expectation())
            except VoiceError as error:
                self._say(f"{language}: {text!r}: {error}")
                return None
            return Piece(text, found.text)

        found = await together(os.cpu_count() or 1, [one(text) for text in texts])
        return [piece for piece in found if piece is not None]
