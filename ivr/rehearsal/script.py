"""A rehearsal: what a scripted caller does, step by step, as a YAML file or as one line on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

FOLDER = Path(__file__).parent / "scripts"
"""The rehearsals that ship."""
VERBS = ("say", "press", "silent_s", "interrupt", "listen", "hang_up")


class ScriptError(Exception):
    """A rehearsal cannot be read. `str()` names the file and what is wrong."""

    code = "rehearsal_invalid"


class Step(BaseModel):
    """One thing that the caller does. Exactly one of the verbs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    say: str | None = Field(default=None, min_length=1, max_length=200)
    """Wait for the turn, then say this."""
    press: str | None = Field(default=None, pattern=r"^[0-9*#]+$", max_length=20)
    """Wait for the turn, then press these keys."""
    silent_s: float | None = Field(default=None, gt=0, le=60)
    """Say nothing for so long."""
    interrupt: str | None = Field(default=None, min_length=1, max_length=200)
    """Say this over the prompt, `after_s` after it began."""
    after_s: float = Field(default=1.0, ge=0, le=20)
    listen: bool | None = None
    """Let the hotline finish what it says."""
    hang_up: bool | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> Step:
        given = [verb for verb in VERBS if getattr(self, verb) is not None]
        if len(given) != 1:
            raise ValueError(f"a step does exactly one of {', '.join(VERBS)}; here: {given or 'none'}")
        return self


class Script(BaseModel):
    """A whole rehearsal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rehearsal: str = Field(min_length=1, max_length=60)
    number: str = Field(default="13909710002", pattern=r"^\d{5,15}$")
    """The caller's number."""
    voice: str = Field(default="zm_yunxi", pattern=r"^[a-z]{2}_[a-z]+$")
    steps: list[Step] = Field(min_length=1, max_length=100)
    expect: list[str] = []
    """Words that must be among what the hotline said, as the program recorded it."""


def load_script(name_or_file: str) -> Script:
    """A rehearsal by name (of those that ship) or by file. Raises ScriptError."""
    file = Path(name_or_file)
    if not file.suffix:
        file = FOLDER / f"{name_or_file}.yaml"
    try:
        data: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        return Script.model_validate(data)
    except OSError as error:
        known = ", ".join(sorted(one.stem for one in FOLDER.glob("*.yaml")))
        raise ScriptError(f"{file} cannot be read: {error.strerror}. Rehearsals that ship: {known}.") from error
    except yaml.YAMLError as error:
        raise ScriptError(f"{file}: this is not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ScriptError(f"{file}: {place}: {first['msg']}") from error


def script_of_sentences(sentences: tuple[str, ...], number: str) -> Script:
    """A rehearsal in which each sentence is said in turn; digits alone are keys. Raises ScriptError."""
    try:
        steps = [Step(press=s) if s.strip("0123456789*#") == "" else Step(say=s) for s in sentences]
        return Script(rehearsal="from the command line", number=number, steps=[*steps, Step(listen=True)])
    except ValidationError as error:
        raise ScriptError(str(error.errors()[0]["msg"])) from error
