"""Human voices: `FOLDER/LANGUAGE/PROMPT[.VARIANT][.PIECE].wav` and `FOLDER/LANGUAGE/words/WORD.wav`.

A recording of a whole prompt stands above one of its pieces (counted from 1), and both above any synthetic voice. Words
are joined where a value (a date, a code) has no recording of its own. Every recording is brought to 16 kHz, mono, one
loudness, and loses the silence around it. A file that cannot be read is passed over and named once in the log."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from voices.audio import read_wav_pcm
from voices.errors import VoiceError
from voices.prompts.catalogue import Catalogue

log = logging.getLogger(__name__)

WORDS = "words"
LONGEST_S = 30
_NAME = re.compile(r"(?P<prompt>.+?)(?:\.(?P<variant>full|short|again|keys|own|v\d))?(?:\.(?P<piece>\d{1,2}))?")
_SPLIT = re.compile(r"([\s،,，、。.།]+)")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a file in the folder stands for."""

    prompt: str
    variant: str
    piece: int
    """Counted from 1; 0 is the whole prompt."""


def parse_name(stem: str) -> Recorded:
    """`appointment.ask_date.again.2` → its parts."""
    found = _NAME.fullmatch(stem)
    assert found is not None, "every name has a prompt"
    return Recorded(found["prompt"], found["variant"] or "full", int(found["piece"] or 0))


class Recordings:
    """The recordings of one language. Read from disk when they are needed; new files are noticed."""

    def __init__(self, folder: Path, catalogue: Catalogue) -> None:
        self._folder, self._catalogue = folder / catalogue.language, catalogue
        self._seen: tuple[int, int] | None = None
        self._files: dict[str, Path] = {}
        self._words: dict[str, Path] = {}
        self._bad: set[Path] = set()
        self.unknown: list[Path] = []
        """Files that no prompt of the language is called like."""

    def refresh(self) -> None:
        """Look at the folder again if something was put in or taken out."""
        seen = _stamp(self._folder), _stamp(self._folder / WORDS)
        if seen == self._seen:
            return
        files: dict[str, Path] = {}
        unknown: list[Path] = []
        for file in sorted(self._folder.glob("*.wav")):
            text = self._text(parse_name(file.stem))
            if text:
                files[text] = file
            else:
                unknown.append(file)
        words = {_plain(file.stem): file for file in sorted((self._folder / WORDS).glob("*.wav"))}
        # New tables, whole: a call in another thread may be reading the old ones.
        self._files, self._words, self.unknown, self._seen = files, words, unknown, seen

    def _text(self, name: Recorded) -> str:
        """The words that a recording says; empty when there is no such prompt, or values go into it."""
        if not self._catalogue.has(name.prompt) or name.variant not in self._catalogue.variants(name.prompt):
            return ""
        pieces = self._catalogue.template(name.prompt, name.variant).pieces
        if name.piece > len(pieces):
            return ""
        wanted = pieces if name.piece == 0 else pieces[name.piece - 1 : name.piece]
        parts = [part for piece in wanted for part in piece]
        return "".join(str(p) for p in parts) if all(isinstance(p, str) for p in parts) else ""

    def has(self, text: str) -> bool:
        """Whether the text is recorded as it is."""
        self.refresh()
        return text in self._files

    def has_prompt(self, name: str) -> bool:
        """Whether a prompt's fixed words are recorded in every variant, whole or by pieces."""
        for variant in self._catalogue.variants(name):
            template = self._catalogue.template(name, variant)
            if template.fixed is not None and self.has("".join(template.fixed)):
                continue
            fixed = ["".join(map(str, p)) for p in template.pieces if all(isinstance(part, str) for part in p)]
            if not self.can_say(fixed):
                return False
        return True

    def pieces(self, pieces: tuple[str, ...]) -> tuple[str, ...]:
        """All as one where they were recorded so."""
        whole = "".join(pieces)
        return (whole,) if len(pieces) > 1 and self.has(whole) else pieces

    def pcm(self, text: str) -> bytes | None:
        """16 kHz PCM of the text as it was recorded, or put together of recorded words; None when neither is there."""
        parts = [self._read(file) for file in self.files(text)]
        return b"".join(part for part in parts if part) if parts and all(parts) else None

    def files(self, text: str) -> list[Path]:
        """The recording of the text, else those of the words that make it up; empty when neither is there."""
        self.refresh()
        return [self._files[text]] if text in self._files else self._joined(text)

    def can_say(self, texts: Iterable[str]) -> bool:
        """Whether all of these are recorded, as they are or by their words."""
        self.refresh()
        return all(text in self._files or bool(self._joined(text)) for text in texts)

    def _joined(self, text: str) -> list[Path]:
        """Recordings of words that make up the text, the longest first; empty when one is missing."""
        words = [_plain(word) for word in _SPLIT.split(text)[::2] if _plain(word)]
        files: list[Path] = []
        while words:
            count = next((n for n in range(len(words), 0, -1) if " ".join(words[:n]) in self._words), 0)
            if not count:
                return []
            files.append(self._words[" ".join(words[:count])])
            words = words[count:]
        return files

    def _read(self, file: Path) -> bytes | None:
        try:
            pcm = read_wav_pcm(file)
        except VoiceError as error:
            if file not in self._bad:
                self._bad.add(file)
                log.warning("%s %s", error, error.remedy)
            return None
        return pcm[: LONGEST_S * 32_000] or None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _stamp(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def file_names(catalogue: Catalogue) -> Mapping[str, str]:
    """File name → text of every recording that would be of use, whole prompts first."""
    names: dict[str, str] = {}
    for prompt in catalogue.prompts:
        for variant in catalogue.variants(prompt):
            template = catalogue.template(prompt, variant)
            stem = prompt if variant == "full" else f"{prompt}.{variant}"
            if template.fixed is not None:
                names[f"{stem}.wav"] = "".join(template.fixed)
                continue
            for n, piece in enumerate(template.pieces, start=1):
                if all(isinstance(part, str) for part in piece):
                    names[f"{stem}.{n}.wav"] = "".join(str(part) for part in piece)
    return names
