"""Human voices: `FOLDER/LANGUAGE/PROMPT[.VARIANT][.PIECE].wav` and `FOLDER/LANGUAGE/words/WORD.wav`.

A recording of a whole prompt stands above one of its pieces (counted from 1), and both above any synthetic voice. Words
are joined where a value (a date, a code) has no recording of its own. Every recording is brought to 16 kHz, mono, one
loudness, and loses the silence around it. A file that cannot be read, breaks off or is silent counts as not there, and
is named once in the log."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread

from voices.errors import VoiceError
from voices.prompts.catalogue import Catalogue
from voices.synthesis.probing import PROBES, State, checked, state_of

WORDS = "words"
BAD_AGAIN_S = 2.0
"""How often bad files are looked at again: one that is written over changes no folder."""
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
        self._folder, self.catalogue = folder / catalogue.language, catalogue
        self._seen: tuple[int, int] | None = None
        self._files: dict[str, Path] = {}
        self._words: dict[str, Path] = {}
        self._bad: dict[Path, State] = {}
        self._bad_at = 0.0
        """When the bad ones were looked at last; monotonic."""
        self._lock = Lock()
        self._looking: Thread | None = None
        self.unknown: list[Path] = []
        """Files that no prompt of the language is called like."""

    def refresh(self) -> None:
        """Look at the folder again if something was put in, taken out or mended, and read what is new: some ms a file.
        Not on a call's path."""
        with self._lock:
            seen = self._stamps()
            if seen == self._seen and not self._mended():
                return
            files: dict[str, Path] = {}
            unknown: list[Path] = []
            bad: dict[Path, State] = {}
            for file in sorted(self._folder.glob("*.wav")):
                text = self._text(parse_name(file.stem))
                if not text:
                    unknown.append(file)
                elif _good(file, bad):
                    files[text] = file
            words = {_plain(f.stem): f for f in sorted((self._folder / WORDS).glob("*.wav")) if _good(f, bad)}
            # New tables, whole: a call in another thread may be reading the old ones.
            self._files, self._words, self.unknown, self._bad, self._seen = files, words, unknown, bad, seen
            self._bad_at = time.monotonic()

    def _look(self) -> None:
        """On a call's path: notice what has changed; a thread of its own reads it, and until then all is as it was."""
        if self._seen is None:
            self.refresh()
            return
        if self._looking is not None and self._looking.is_alive():
            return
        again = bool(self._bad) and time.monotonic() - self._bad_at >= BAD_AGAIN_S
        if again:
            self._bad_at = time.monotonic()
        if self._stamps() != self._seen or (again and self._mended()):
            self._looking = Thread(target=self.refresh, name="recordings", daemon=True)
            self._looking.start()

    def _stamps(self) -> tuple[int, int]:
        return _stamp(self._folder), _stamp(self._folder / WORDS)

    def _mended(self) -> bool:
        """Whether a bad file is not as it was."""
        return any(state_of(file) != state for file, state in self._bad.items())

    def _text(self, name: Recorded) -> str:
        """The words that a recording says; empty when there is no such prompt, or values go into it."""
        if not self.catalogue.has(name.prompt) or name.variant not in self.catalogue.variants(name.prompt):
            return ""
        pieces = self.catalogue.template(name.prompt, name.variant).pieces
        if name.piece > len(pieces):
            return ""
        wanted = pieces if name.piece == 0 else pieces[name.piece - 1 : name.piece]
        parts = [part for piece in wanted for part in piece]
        return "".join(str(p) for p in parts) if all(isinstance(p, str) for p in parts) else ""

    def has(self, text: str) -> bool:
        """Whether the text is recorded as it is."""
        self._look()
        return text in self._files

    def has_prompt(self, name: str) -> bool:
        """Whether a prompt's fixed words are recorded in every variant, whole or by pieces."""
        for variant in self.catalogue.variants(name):
            template = self.catalogue.template(name, variant)
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
        self._look()
        file = self._files.get(text)
        return [file] if file is not None else self._joined(text)

    def can_say(self, texts: Iterable[str]) -> bool:
        """Whether all of these are recorded, as they are or by their words."""
        self._look()
        return all(text in self._files or bool(self._joined(text)) for text in texts)

    def _joined(self, text: str) -> list[Path]:
        """Recordings of words that make up the text, the longest first; empty when one is missing."""
        words = [_plain(word) for word in _SPLIT.split(text)[::2] if _plain(word)]
        files: list[Path] = []
        known = self._words
        while words:
            count = next((n for n in range(len(words), 0, -1) if " ".join(words[:n]) in known), 0)
            if not count:
                return []
            files.append(known[" ".join(words[:count])])
            words = words[count:]
        return files

    def _read(self, file: Path) -> bytes | None:
        try:
            return checked(file).pcm or None
        except VoiceError as error:  # it was good when it was looked at
            PROBES.bad(file, error)
            self._seen = self._seen and (-1, -1)
            return None


def _good(file: Path, bad: dict[Path, State]) -> bool:
    """Whether a recording can be used; one that cannot goes to the `bad`, as it was before it was read."""
    state = state_of(file)
    good = PROBES.good(file)
    if not good:
        bad[file] = state
    return good


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
