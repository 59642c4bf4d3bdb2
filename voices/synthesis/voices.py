"""All voices of the hotline: recordings first, then the synthetic voice that a language's pack names."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from voices.errors import VoiceError
from voices.languages.pack import Pack, Quality, Speaking
from voices.prompts.catalogue import Catalogue
from voices.synthesis import english, espeak
from voices.synthesis.phone import for_phone
from voices.synthesis.recordings import Recordings
from voices.synthesis.store import PromptStore, stretch, tidy
from voices.synthesis.tempo import stretched

log = logging.getLogger(__name__)

_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Folders:
    """Where voices keep their things."""

    prompts: Path
    """Rendered pieces, by content."""
    models: Path
    recordings: Path
    logs: Path | None = None


def usable(speaking: Speaking, models: Path, language: str) -> bool:
    """Whether a synthetic voice can speak this language on this machine."""
    if speaking.engine == "espeak":
        return espeak.installed()
    if language == "en" and not english.installed():
        return False
    kokoro = models / "kokoro"
    return (kokoro / "model.onnx").exists() and (kokoro / f"{speaking.voice}.bin").exists()


def voice_of(pack: Pack, models: Path) -> Speaking | None:
    """The first synthetic voice of a pack that can be had here, or None."""
    return next((one for one in pack.speak if one.engine != "recordings" and usable(one, models, pack.language)), None)


class Voices:
    """Speaks every language of the packs, as far as it can be spoken here."""

    def __init__(
        self,
        folders: Folders,
        packs: Mapping[str, Pack],
        language: str,
        voice: str = "",
        ahead_workers: int = 1,
    ) -> None:
        """`language` is the hotline's own, `voice` the name of its Kokoro voice in place of the pack's."""
        self._folders, self._language = folders, language
        self._recordings: dict[str, Recordings] = {}
        self._judged: dict[str, Recordings] = {}
        """By words that may be told one day; no call is spoken by them."""
        self._stores: dict[str, PromptStore] = {}
        self._kokoro = folders.models / "kokoro"
        self._good = {language}
        """Languages with a voice that holds a call; the hotline's own has to."""
        self._mandarin = {code for code, pack in packs.items() if "zh" in (code, pack.texts)}
        for code, pack in packs.items():
            one = voice_of(pack, folders.models)
            if code == language:
                # The hotline's own voice is kept even when its model is not here yet, so that asking it says why.
                one = Speaking(engine="kokoro", voice=voice) if voice else one or pack.voice
            if one is not None:
                if one.quality is Quality.GOOD:
                    self._good.add(code)
                self._stores[code] = PromptStore(
                    folders.prompts,
                    self._kokoro,
                    one.voice,
                    folders.logs,
                    ahead_workers if code == language else 1,
                    engine=one.engine,
                    language=code,
                )

    def take(self, catalogue: Catalogue) -> None:
        """Know what is said in a language, so that recordings of it are found."""
        self._recordings[catalogue.language] = Recordings(self._folders.recordings, catalogue)

    async def take_all(self, catalogues: Iterable[Catalogue]) -> None:
        """The same while calls go on: the recordings are read before any call is spoken by them."""
        fresh = {one.language: Recordings(self._folders.recordings, one) for one in catalogues}
        await asyncio.to_thread(_read_all, fresh.values())
        self._recordings |= fresh

    async def start(self) -> None:
        """Begin to take orders, and read what was recorded: no call has to wait for that."""
        await asyncio.to_thread(_read_all, list(self._recordings.values()))
        for store in self._stores.values():
            await store.start()

    async def close(self) -> None:
        """Stop rendering."""
        results = await asyncio.gather(*(store.close() for store in self._stores.values()), return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                log.warning("a voice did not stop as it should: %s", result)

    async def warm(self) -> None:
        """Start the hotline's own voice, so that the first piece need not wait. Raises VoiceError."""
        await self._store(self._language).warm()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run."""
        return [pid for store in self._stores.values() for pid in store.pids]

    def pieces(self, pieces: tuple[str, ...], language: str) -> tuple[str, ...]:
        """All as one where they were recorded so."""
        recordings = self._recordings.get(language or self._language)
        return pieces if recordings is None else recordings.pieces(pieces)

    async def pcm(self, text: str, *, language: str = "", rate: str = "normal", loudness: str = "normal") -> bytes:
        """The audio of a piece, 16 kHz s16le. Raises VoiceError (`no_voice`, and those of `PromptStore.pcm`)."""
        language = self._of(text, language or self._language)
        recorded = await asyncio.to_thread(self._recorded, text, language)
        if recorded is not None:
            return for_phone(stretched(tidy(recorded), stretch(rate)), loudness)
        return await self._store(language).pcm(text, rate=rate, loudness=loudness)

    def _of(self, text: str, language: str) -> str:
        """Names that the language has no words for (a hospital) are said in Mandarin, as they are known in the town."""
        foreign = language not in self._mandarin and _HAN.search(text) is not None
        return "zh" if foreign and "zh" in self._stores else language

    def _recorded(self, text: str, language: str) -> bytes | None:
        recordings = self._recordings.get(language)
        if recordings is None:
            return None
        if language in self._stores and not recordings.has(text):
            return None  # one voice in a sentence is easier on the ear than words of two
        return recordings.pcm(text)

    def _store(self, language: str) -> PromptStore:
        store = self._stores.get(language)
        if store is None:
            raise VoiceError(
                "no_voice",
                f"the language “{language}” has no synthetic voice here, and no recording of this",
                f"Record it: `yinling voices coverage --language {language} --missing` lists the files.",
            )
        return store

    def can_say(self, catalogue: Catalogue, prompts: Collection[str]) -> bool:
        """Whether all fixed words of these prompts can be spoken so that older people understand them.

        A poor voice does not count: it reads out values between recordings, but holds no call of its own."""
        if catalogue.language in self._good:
            return True
        recordings = self._recordings.get(catalogue.language)
        if recordings is None or recordings.catalogue is not catalogue:  # words that are not told yet
            recordings = self._judged.get(catalogue.language)
            if recordings is None or recordings.catalogue is not catalogue:
                recordings = self._judged[catalogue.language] = Recordings(self._folders.recordings, catalogue)
            recordings.refresh()
        return all(recordings.has_prompt(name) for name in prompts)

    def missing(self, texts: Iterable[str], rate: str = "normal") -> list[str]:
        """Those of the hotline's own language that are neither recorded nor rendered."""
        recordings = self._recordings.get(self._language)
        left = [text for text in texts if recordings is None or not recordings.has(text)]
        return self._store(self._language).missing(left, rate)

    async def render_now(self, texts: Iterable[str], rate: str = "normal", language: str = "") -> int:
        """Render what is missing; returns how many. Raises VoiceError."""
        return await self._store(language or self._language).render_now(texts, rate)

    def render_ahead(self, texts: Mapping[str, Iterable[str]]) -> None:
        """Language → all pieces to render in the background, in place of those that were wanted of it before.
        Languages without a synthetic voice are passed over."""
        for language, some in texts.items():
            if language in self._stores:
                self._stores[language].render_ahead(some)


def _read_all(some: Iterable[Recordings]) -> None:
    for one in some:
        one.refresh()
