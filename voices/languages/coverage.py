"""Which prompts of a language can be spoken, and how well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import yaml

from voices.errors import VoiceError
from voices.languages.pack import Pack, Quality
from voices.prompts.catalogue import FOLDER, Catalogue
from voices.synthesis.recordings import Recordings, file_names
from voices.synthesis.voices import voice_of

REFERENCE = "zh"
"""The language that has every prompt."""


class State(StrEnum):
    """How a prompt will be heard, best first."""

    RECORDED = "recorded"
    GOOD = "good voice"
    POOR = "poor voice"
    UNSPOKEN = "nothing"
    """There are words, and nobody to say them."""
    UNWRITTEN = "no text"


@dataclass(frozen=True, slots=True)
class Line:
    """One prompt of one language."""

    prompt: str
    state: State
    checked: bool
    """A native speaker has approved the words."""
    files: tuple[str, ...] = ()
    """Recordings that would be of use and are not there."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One language."""

    language: str
    voice: str
    """The synthetic voice that is used here; empty when there is none."""
    lines: tuple[Line, ...]
    strays: tuple[Path, ...] = ()
    """Recordings that no prompt is called like."""

    @property
    def counts(self) -> Mapping[State, int]:
        """State → how many prompts."""
        return Counter(line.state for line in self.lines)

    def lacking(self, prompts: Iterable[str]) -> list[str]:
        """Those of the prompts that nothing can say."""
        silent = {line.prompt for line in self.lines if line.state in {State.UNSPOKEN, State.UNWRITTEN}}
        known = {line.prompt for line in self.lines}
        return [name for name in prompts if name in silent or name not in known]


def catalogue_of(pack: Pack, folder: Path = FOLDER) -> Catalogue | None:
    """What is said in the language, as it ships; None when nothing is written. Raises VoiceError when it is broken."""
    source = pack.texts or pack.language
    if not (folder / f"{source}.yaml").exists():
        return None
    loaded = Catalogue.load(source, folder)
    if source == pack.language:
        return loaded
    return loaded.called(pack.language)


def checked_prompts(language: str, folder: Path = FOLDER) -> frozenset[str]:
    """Prompts that a native speaker has approved: the list `checked` of the language's file, or `all`."""
    file = folder / f"{language}.yaml"
    if not file.exists():
        return frozenset()
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    checked = data.get("checked", []) if isinstance(data, dict) else []
    if checked == "all":
        return frozenset(str(name) for name in data.get("prompts", {}))
    return frozenset(str(name) for name in checked)


def coverage(pack: Pack, recordings_dir: Path, models: Path, *, checks: bool = True) -> Coverage:
    """How each prompt of the reference language fares in this one. Raises VoiceError."""
    reference = Catalogue.load(REFERENCE)
    catalogue = catalogue_of(pack)
    checked = checked_prompts(pack.language) if checks and not pack.texts else frozenset()
    voice = voice_of(pack, models)
    if catalogue is None:
        lines = tuple(Line(name, State.UNWRITTEN, checked=False) for name in reference.prompts)
        return Coverage(pack.language, "", lines)
    recordings = Recordings(recordings_dir, catalogue)
    recordings.refresh()
    names = file_names(catalogue)
    lines = tuple(
        _line(name, catalogue, recordings, voice.quality if voice else None, names, checked=name in checked)
        for name in dict.fromkeys([*reference.prompts, *catalogue.prompts])
    )
    called = f"{voice.engine} {voice.voice}" if voice else ""
    return Coverage(pack.language, called, lines, tuple(recordings.unknown))


def _line(
    name: str,
    catalogue: Catalogue,
    recordings: Recordings,
    quality: Quality | None,
    names: Mapping[str, str],
    *,
    checked: bool,
) -> Line:
    if not catalogue.has(name):
        return Line(name, State.UNWRITTEN, checked=False)
    own = [file for file in names if _of(file, name, catalogue)]
    absent = tuple(file for file in own if not recordings.has(names[file]))
    if own and not absent:
        return Line(name, State.RECORDED, checked)
    state = {None: State.UNSPOKEN, Quality.GOOD: State.GOOD, Quality.POOR: State.POOR}[quality]
    return Line(name, state, checked, absent)


def _of(file: str, name: str, catalogue: Catalogue) -> bool:
    """Whether a file name belongs to this prompt: prompts may be called like the beginnings of others."""
    stem = file.removesuffix(".wav")
    if stem == name:
        return True
    rest = stem.removeprefix(f"{name}.")
    return rest != stem and (rest.split(".")[0] in catalogue.variants(name) or rest.isdigit())


def require(pack: Pack, found: Coverage, prompts: Iterable[str]) -> None:
    """Raises VoiceError (`not_spoken`) when the language cannot say all of these."""
    lacking = found.lacking(prompts)
    if lacking:
        some = ", ".join(lacking[:5]) + (f" and {len(lacking) - 5} more" if len(lacking) > 5 else "")
        raise VoiceError(
            "not_spoken",
            f"{pack.called('en')} cannot say: {some}.",
            f"`yinling voices coverage --language {pack.language} --missing` lists what to record.",
        )
