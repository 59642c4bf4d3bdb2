"""Text → sound without a call, as the line would say it: a person's recording of it, else the synthetic voice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.settings import Settings
from voices.errors import VoiceError
from voices.languages.coverage import catalogue_of
from voices.languages.pack import Pack, Speaking, load_packs
from voices.prompts.catalogue import Catalogue
from voices.synthesis.phone import for_phone
from voices.synthesis.recordings import Recordings
from voices.synthesis.store import PromptStore, tidy
from voices.synthesis.voices import usable, voice_of

PIECE_MAX = 120
"""Characters that the voice is given at once."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was spoken, and by whom."""

    pcm: bytes
    """16 kHz, s16le."""
    recordings: tuple[Path, ...] = ()
    """The files in which a person says it, or parts of it."""


async def say(settings: Settings, text: str, language: str) -> Said:
    """Speak a text. Raises VoiceError (`text_unspeakable`, `no_voice`, and those of `PromptStore.render_now`)."""
    if not text.strip():
        raise VoiceError("text_unspeakable", "there is no text to speak", 'Write it in quotes: yinling say "您好"')
    packs = load_packs()
    voice = _voice(settings, language, packs)
    catalogue = catalogue_of(packs[language]) if language in packs else None
    pieces: tuple[str, ...] = tuple(_sentences(text))
    spoken: dict[str, bytes] = {}
    files: tuple[Path, ...] = ()
    if catalogue is not None:
        recordings = Recordings(settings.voices_dir, catalogue)
        pieces = recordings.pieces(_as_written(catalogue, text.strip()) or pieces)
        spoken = _recorded(recordings, pieces, words=voice is None)
        files = tuple(file for piece in spoken for file in recordings.files(piece))
    left = [piece for piece in pieces if piece not in spoken]
    if left and voice is None:
        raise _no_voice(settings, language, packs)
    if left and voice is not None:
        spoken |= await _rendered(voice, left)
    return Said(b"".join(spoken[piece] for piece in pieces), tuple(dict.fromkeys(files)))


def _as_written(catalogue: Catalogue, text: str) -> tuple[str, ...]:
    """The pieces of the prompt that is this text, by which it is recorded; none when no prompt is."""
    for variants in catalogue.prompts.values():
        for template in variants.values():
            if template.fixed is not None and "".join(template.fixed) == text:
                return template.fixed
    return ()


def _recorded(recordings: Recordings, pieces: Iterable[str], *, words: bool) -> dict[str, bytes]:
    """Piece → what a person says; `words`: put together of recorded words, too, where there is no other voice."""
    some = {piece: recordings.pcm(piece) for piece in pieces if words or recordings.has(piece)}
    return {piece: for_phone(tidy(pcm)) for piece, pcm in some.items() if pcm is not None}


async def _rendered(voice: PromptStore, pieces: list[str]) -> dict[str, bytes]:
    await voice.start()
    try:
        await voice.render_now(pieces)  # without the time-out of a piece that a caller waits for
        return {piece: await voice.pcm(piece) for piece in pieces}
    finally:
        await voice.close()


def _voice(settings: Settings, language: str, packs: Mapping[str, Pack]) -> PromptStore | None:
    """The synthetic voice of a language, or None. Raises VoiceError `no_voice` for what is no language of ours."""
    if language not in packs:
        raise _no_voice(settings, language, packs)
    own = Speaking(engine="kokoro", voice=settings.speech.voice) if language == "zh" else None
    one = own if own and usable(own, settings.models_dir, language) else voice_of(packs[language], settings.models_dir)
    if one is None:
        return None
    return PromptStore(
        settings.prompts_dir, settings.models_dir / "kokoro", one.voice, engine=one.engine, language=language
    )


def _no_voice(settings: Settings, language: str, packs: Mapping[str, Pack]) -> VoiceError:
    speakable = [code for code, pack in packs.items() if voice_of(pack, settings.models_dir)]
    remedy = f"There is one for: {', '.join(speakable)}. Voices are fetched with: yinling models fetch kokoro"
    if language not in packs:
        return VoiceError("no_voice", f"there is no voice for the language “{language}”", remedy)
    record = f"What to record: yinling voices coverage --language {language} --missing"
    return VoiceError(
        "no_voice",
        f"no synthetic voice of the language “{language}” is here, and no recording of this text",
        f"{record}. {remedy}",
    )


def _sentences(text: str) -> list[str]:
    """The text in pieces that end where a sentence does, none longer than the voice takes at once."""
    found = [""]
    for part in re.findall(r"[^。！？!?；;\n]*[。！？!?；;\n]?", text):
        if len(found[-1]) + len(part) > PIECE_MAX:
            found.append("")
        found[-1] += part
    return [piece[at : at + PIECE_MAX] for piece in found for at in range(0, len(piece), PIECE_MAX) if piece.strip()]
