"""The script of a rehearsal: what a caller says and presses, what must be said, asked and put on record.

rehearsal: 一句话说全                       what it shows, in a few words
now: 2026-03-11T10:00                      the moment of the call
caller: {number: "13909710002"}            known callers of the demonstration have their name
offices:                                   answers that stand over those of the embedded offices, one after the other
  appointments.book: [{refuse: session_full}, {code: "12345678"}]
steps:
  - say: 我想挂后天上午的骨科               or press: "1", silent: true, noise: true
    hear: [自己挂]                          words that must be said then, whatever the pauses between
    asks: appointment.ask_patient          the prompt of the question that is put then
  - say: 给我自己
    do: {appointments.book: {patient: self}}    an office must be asked, with at least these arguments
ends: {how: done, done: [appointments_book]}
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from flows.errors import FlowError
from flows.loader import Place, explain, nearest_line, read_file, read_yaml

NOW = datetime(2026, 3, 11, 10)  # noqa: DTZ001  local time without a zone, as flows take it; a Wednesday
ACTS = ("say", "press", "silent", "noise")
Words: TypeAlias = list[str]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Caller(_Strict):
    """Who calls."""

    number: str | None = Field(default="13909719999", pattern=r"^\d{5,15}$")
    """Null when it is withheld."""
    name: str | None = None
    person_id: int | None = None
    band: Literal["emergency", "vulnerable", "elder", "general"] | None = None
    by_key: bool = False
    """There is no recogniser: the caller has keys alone."""


class Step(_Strict):
    """One thing that the caller does, and what must come of it."""

    say: str | None = Field(default=None, min_length=1, max_length=400)
    press: str | None = Field(default=None, pattern=r"^[0-9*#]+$", max_length=20)
    silent: Literal[True] | None = None
    """Says nothing for as long as it takes."""
    noise: Literal[True] | None = None
    """Something is heard, but no words."""
    slow: bool = False
    """Offices take longer than 1.2 s in this turn."""
    hear: Words = []
    never: Words = []
    """Words that must not be said then."""
    asks: str | None = None
    do: dict[str, dict[str, Any]] = {}

    @model_validator(mode="after")
    def _one_act(self) -> Step:
        given = [name for name in ACTS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a step does exactly one of {', '.join(ACTS)}; here: {', '.join(given) or 'none'}")
        return self

    @property
    def act(self) -> str:
        """What the caller does, in words."""
        if self.say is not None:
            return f"“{self.say}”"
        if self.press is not None:
            return f"key {self.press}"
        return "silence" if self.silent else "noise"


class Ends(_Strict):
    """How it must stand after the last step."""

    how: Literal["done", "nothing", "person", "callback", "message", "listening"] = "listening"
    """`person` and so on: the caller was handed over; `done`: the hotline said goodbye; `listening`: it goes on."""
    reason: str | None = None
    band: str | None = None
    done: list[str] | None = None
    """Flows that were gone through to their end, as recorded."""
    flags: list[str] | None = None
    """Among the flags on record."""
    slots: dict[str, Any] = {}
    """Among the values on record for the person who takes over."""


class Script(_Strict):
    """A whole rehearsal."""

    rehearsal: str = Field(min_length=1, max_length=60)
    now: datetime = NOW
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")
    """The first language of its flow when left out."""
    needs: list[str] = []
    """Other flows that it goes through; it is played only in sets that have them."""
    by_call: bool = True
    """False where a real call cannot show the same: the day, or what is booked, matters."""
    caller: Caller = Caller()
    offices: dict[str, list[dict[str, Any]]] = {}
    open_hear: Words = Field(default=[], alias="opening")
    """Words that must be said when the call is answered."""
    steps: list[Step] = Field(min_length=1, max_length=100)
    ends: Ends = Ends()


class LoadedScript:
    """A script and where its parts stand in its file."""

    def __init__(self, script: Script, file: str, lines: Mapping[Place, int]) -> None:
        self.script, self.file, self._lines = script, file, lines

    @property
    def not_by_call(self) -> str:
        """Why it cannot be played by a real call; empty when it can."""
        script = self.script
        if not script.by_call:
            return "it says so (by_call: false)"
        if script.offices:
            return "its offices answer by script"
        if script.caller.number is None or script.caller.by_key:
            return "a call has a number and a recogniser"
        if any(step.noise or step.slow for step in script.steps):
            return "noise and slow offices cannot be ordered"
        return ""

    @property
    def flow(self) -> str:
        """The flow beside which it stands: the name of its folder."""
        return Path(self.file).parent.name

    @property
    def name(self) -> str:
        """FLOW/NAME."""
        return f"{self.flow}/{Path(self.file).stem}"

    def line(self, *place: str | int) -> int:
        """Line of a part, or of the nearest part that holds it."""
        return nearest_line(self._lines, place)


def read_script(text: str, file: str) -> LoadedScript:
    """A script from its text. Raises FlowError with file, line and remedy."""
    data, lines = read_yaml(text, file)
    if not isinstance(data, dict):
        raise FlowError(
            "not_a_rehearsal",
            "The file holds no rehearsal.",
            file=file,
            line=1,
            remedy="Begin with “rehearsal: what it shows”.",
        )
    try:
        script = Script.model_validate(data)
    except ValidationError as error:
        raise explain(error.errors()[0], lines, file) from error
    return LoadedScript(script, file, lines)


def load_script(path: Path) -> LoadedScript:
    """A script from a file. Raises FlowError."""
    return read_script(read_file(path), str(path))
