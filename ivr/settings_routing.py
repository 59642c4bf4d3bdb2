"""The settings of who answers: seats, routing, opening hours, call-backs, recordings."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
SPANS_MAX = 4
Language: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,8}$")]
"""Code of a language pack."""


def day_spans(text: str) -> str:
    """`08:30-12:00,14:00-18:00` → `0830-1200+1400-1800`, as the dialplan reads it; `closed` stays as it is.

    Raises ValueError with a sentence for people."""
    if text.strip() == "closed":
        return "closed"
    spans = []
    for part in text.split(","):
        found = _SPAN.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"{text!r}: write spans such as 08:30-12:00,14:00-18:00, or closed")
        begin, end = found[1] + found[2], found[3] + found[4]
        if begin >= end or end > "2400":
            raise ValueError(f"{text!r}: {part.strip()} ends before it begins; write a night as two spans")
        spans.append(f"{begin}-{end}")
    if len(spans) > SPANS_MAX:
        raise ValueError(f"{text!r}: at most {SPANS_MAX} spans a day")
    return "+".join(spans)


class Section(BaseModel):
    """One table of the settings file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Seat(Section):
    """A place that rings."""

    languages: list[Language] = Field(default=["zh"])
    skills: list[Annotated[str, StringConstraints(pattern=r"^[a-z_]{2,30}$")]] = Field(default=[])


class Target(Section):
    """Where a call may be transferred to. Nothing else is ever dialled for a caller."""

    name: str
    number: str = Field(pattern=r"^\d{3,15}$")


_TARGETS = {
    "120": Target(name="急救", number="120"),
    "110": Target(name="报警", number="110"),
    "119": Target(name="消防", number="119"),
    "12345": Target(name="政务服务便民热线", number="12345"),
}


class Routing(Section):
    """Who answers whom, and in which order (ivr/routing/rules.py)."""

    languages: list[Language] = Field(default=["bo", "en", "kk", "ko", "mjg", "mn", "slr", "ug"])
    """Languages beside the hotline's own that have a queue, whoever sits there today."""
    emergency_head_s: int = Field(default=3600, ge=0, le=86400)
    vulnerable_head_s: int = Field(default=120, ge=0, le=3600)
    elder_head_s: int = Field(default=60, ge=0, le=3600)
    """Head start of a band over `general`, in seconds of waiting."""
    language_wait_s: int = Field(default=45, ge=5, le=600)
    """Wait for a seat of the caller's language before any seat with an interpreter takes the call."""
    familiar_s: int = Field(default=20, ge=0, le=120)
    """Wait for the person who helped last time."""
    familiar_days: int = Field(default=30, ge=0, le=365)
    interpreters: dict[Language, list[Annotated[str, StringConstraints(pattern=r"^\d{5,15}$")]]] = {}
    """Language → numbers of interpreters, in the order in which they are tried."""
    targets: dict[Annotated[str, StringConstraints(pattern=r"^\d{3,15}$")], Target] = _TARGETS
    """What a seat dials (digits) → where the call goes. The emergency numbers and 12345 are always among them."""
    duty_number: str = Field(default="", pattern=r"^(\d{3,15})?$")
    """Phone of the person on duty outside opening hours."""

    @field_validator("targets")
    @classmethod
    def _with_emergency(cls, value: dict[str, Target]) -> dict[str, Target]:
        return _TARGETS | value


class Hours(Section):
    """Opening hours until the database has others: `closed`, or spans such as `08:30-12:00,14:00-18:00`."""

    monday: str = "00:00-24:00"
    tuesday: str = "00:00-24:00"
    wednesday: str = "00:00-24:00"
    thursday: str = "00:00-24:00"
    friday: str = "00:00-24:00"
    saturday: str = "00:00-24:00"
    sunday: str = "00:00-24:00"

    @field_validator("*")
    @classmethod
    def _readable(cls, value: str) -> str:
        day_spans(value)
        return value

    @property
    def week(self) -> list[str]:
        """Monday first, as the dialplan reads them."""
        days = (self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday)
        return [day_spans(day) for day in days]


class Callbacks(Section):
    """Calls that we owe."""

    at_once: int = Field(default=2, ge=0, le=50)
    """So many of each language wait in the queue for a person, or are in talks, at once; 0 stops dialling."""
    tries: int = Field(default=3, ge=1, le=10)
    spacing_s: list[int] = Field(default=[300, 1800], min_length=1)
    """Pause before the second try, the third …; the last one holds for all further tries."""
    ring_s: int = Field(default=35, ge=10, le=120)
    speaker_wait_s: int = Field(default=3600, ge=60, le=86_400)
    """Whoever is owed a call in another language waits so long for a speaker; then any person makes the call, with an
    interpreter. In an emergency only a speaker who is free is preferred."""


class Rating(Section):
    """The one question at the end of a call: whether the caller was satisfied. Never asked in an emergency."""

    ask: bool = True
    by_voice: bool = True
    """Listen to a spoken answer, too: it is recorded for the recogniser, and deleted once that has heard it."""
    wait_s: int = Field(default=4, ge=2, le=15)
    """How long an answer is waited for after the question."""


class Recording(Section):
    """Recordings of conversations with a person."""

    policy: Literal["off", "persons"] = "off"
    """persons: callers are told, then the talk with the seat is recorded."""
    transcript: Literal["off", "recorded", "always"] = "recorded"
    """recorded: of talks that are recorded, the words of both sides are written down and shown as they are said. To
    write words down is to record them, so it needs the same policy and the same announcement. always: also of talks
    that are not recorded, from a sound file that is unlinked as soon as it is read; only where callers are told."""
    keep_days: dict[str, int] = Field(default={"ordinary": 90, "emergency": 365})
    """Class → days until it is deleted. A call of the band `emergency` is of that class, all others are ordinary."""
    keep_messages_days: int = Field(default=180, ge=1)
    """The sound of a message is deleted so long after its ticket was closed; its transcript stays with the ticket."""

    @property
    def kept(self) -> bool:
        """Whether anything of a talk is kept: its sound, or its words."""
        return self.policy == "persons" or self.transcript == "always"
