"""Language packs: all that Yinling needs to hear and speak one language, one YAML file each.

A pack says how to hear, how to speak, how values are read out, and what to do for each thing that it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from voices.errors import VoiceError
from voices.languages.reading import Reading

FOLDER = Path(__file__).parent
MAX_BYTES = 256 * 1024


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Quality(StrEnum):
    """How well older people understand a voice over a phone line."""

    GOOD = "good"
    POOR = "poor"


class Lack(StrEnum):
    """What to do for a thing that the language does not have."""

    RECORDING = "recording"
    """A native speaker records it; until then, an agent."""
    AGENT = "agent"
    """A person who speaks the language takes the call."""


RECOGNISERS = ("whisper", "vosk", "sherpa", "remote", "examples")
VOICES = ("recordings", "kokoro", "espeak")


def _known(kind: str, name: str, known: tuple[str, ...]) -> str:
    if name not in known:
        raise ValueError(f"there is no {kind} “{name}”; known: {', '.join(known)}")
    return name


class Hearing(_Strict):
    """One recogniser that can hear the language. They are tried in order."""

    engine: str
    model: str = ""
    """Name in models.toml, or the address of a remote server's settings."""
    code: str = ""
    """The engine's own name of the language; the pack's when empty."""
    wide_band_only: bool = False
    """Of no use at 8 kHz."""

    @field_validator("engine")
    @classmethod
    def _engine(cls, name: str) -> str:
        return _known("recogniser", name, RECOGNISERS)


class Speaking(_Strict):
    """One way of speaking the language. They are tried in order; recordings come first wherever they are."""

    engine: str
    voice: str = ""
    """The engine's own name of the voice."""
    quality: Quality = Quality.GOOD
    """Recordings are always good."""

    @field_validator("engine")
    @classmethod
    def _engine(cls, name: str) -> str:
        return _known("voice", name, VOICES)

    @model_validator(mode="after")
    def _named(self) -> Speaking:
        if self.engine != "recordings" and not self.voice:
            raise ValueError(f"the voice of “{self.engine}” has no name")
        return self


class Lacking(_Strict):
    """What to do for what is not there. The rest is no choice: where nothing hears the language callers answer by key,
    and where a value cannot be read out a person takes the call."""

    prompt: Lack = Lack.AGENT
    """A sentence has neither a recording nor a voice."""


class Pack(_Strict):
    """One language."""

    language: str = Field(pattern=r"^[a-z]{2,3}$")
    """ISO 639 code; the name of the file."""
    names: Mapping[str, list[str]]
    """Language → what callers who speak that call this one; the first is its proper name."""
    people: list[str] = []
    """What Mandarin calls the people whose language it is: who wants 藏族的工作人员 wants one who speaks it."""
    key: int = Field(ge=1, le=9)
    """Its place in the menu of languages."""
    texts: str = ""
    """The language whose prompts stand for this one's, where it has no script in use: whoever records says them in
    their own words, and what is recorded is found by that text."""
    hear: list[Hearing] = []
    speak: list[Speaking] = Field(min_length=1)
    understands: bool = False
    """Whole sentences are understood (there is training data); otherwise `phrases` are, and keys are always offered."""
    phrases: Mapping[str, list[str]] = {}
    """Meaning in Mandarin → how it is said. What `understands` is not needed for: yes, tomorrow, a person."""
    read: Reading | None = None
    """How values are read out; None where only fixed sentences can be said."""
    lacks: Lacking = Lacking()
    checked_by: str = ""
    """The native speaker who read all texts; empty while nobody has."""
    note: str = ""
    """For the people who look after the hotline."""

    @model_validator(mode="after")
    def _own_name(self) -> Pack:
        if not self.names.get(self.language):
            raise ValueError(f"names.{self.language} is missing: how the language calls itself")
        if not self.names.get("zh"):
            raise ValueError("names.zh is missing: how callers ask for the language in Mandarin")
        return self

    @property
    def name(self) -> str:
        """What the language calls itself."""
        return self.names[self.language][0]

    def called(self, language: str) -> str:
        """Its name in another language; its own name where there is none."""
        return (self.names.get(language) or self.names[self.language])[0]

    @property
    def voice(self) -> Speaking | None:
        """The first synthetic voice, or None."""
        return next((one for one in self.speak if one.engine != "recordings"), None)


def load_pack(file: Path) -> Pack:
    """Read one pack. Raises VoiceError (`language_pack`) that names the file and what to write instead."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise VoiceError("language_pack", f"{file} is larger than {MAX_BYTES // 1024} KiB.", "It is no pack.")
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise VoiceError("language_pack", f"{file} cannot be read: {error}", "Restore it from the release.") from error
    if not isinstance(data, dict):
        raise VoiceError("language_pack", f"{file} is no language pack.", "Begin with “language: CODE”.")
    try:
        pack = Pack.model_validate(data)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(str(p) for p in e['loc']) or 'the pack'}: {e['msg']}" for e in error.errors())
        remedy = "voices/languages/pack.py lists what is allowed."
        raise VoiceError("language_pack", f"{file}: {told}", remedy) from error
    if pack.language != file.stem:
        raise VoiceError(
            "language_pack",
            f"{file} holds the language “{pack.language}”.",
            f"Call the file {pack.language}.yaml, or write “language: {file.stem}”.",
        )
    return pack


@cache
def load_packs(folder: Path = FOLDER) -> Mapping[str, Pack]:
    """All packs of a folder by language, in the order of their keys. Raises VoiceError (`language_pack`)."""
    packs = sorted((load_pack(file) for file in folder.glob("*.yaml")), key=lambda pack: pack.key)
    keys: dict[int, str] = {}
    for pack in packs:
        if pack.key in keys:
            raise VoiceError(
                "language_pack",
                f"{folder / pack.language}.yaml: key {pack.key} belongs to {keys[pack.key]} already.",
                "Give each language a key of its own.",
            )
        keys[pack.key] = pack.language
    return {pack.language: pack for pack in packs}
