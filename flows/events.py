"""What can happen to a conversation: the events that go into the dialogue engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from nlu.understand import Understanding


@dataclass(frozen=True, slots=True)
class CallerProfile:
    """What is known about the caller when the call begins."""

    number: str | None = None
    """Digits as the network gave them, or None when withheld."""
    name: str | None = None
    person_id: int | None = None
    band: str = "elder"
    """emergency, vulnerable, elder or general."""
    language: str = "zh"
    rate: str = "normal"
    """Speaking rate that this number asked for last: normal, slow, slower."""
    loudness: str = "normal"
    """normal or loud."""
    by_key: bool = False
    """Nothing can be heard (no recogniser): offer keys from the beginning."""
    speaks: str = ""
    """The language that this number asked for last, where only a person speaks it; empty when it is `language`."""
    unheard: tuple[str, ...] = ()
    """Languages that nothing can hear today: calls that go on in one of them go on by key."""


@dataclass(frozen=True, slots=True)
class Back:
    """Where a caller whom a person sends back goes on."""

    flow: str
    values: Mapping[str, Any] = field(default_factory=dict)
    """Slot → value, as it was filled in before or by the person."""
    again: str = ""
    """The slot that is asked for again; empty to go on where something is lacking."""


@dataclass(frozen=True, slots=True)
class Started:
    """The call was answered and the caller can hear."""

    at: datetime
    caller: CallerProfile = field(default_factory=CallerProfile)
    back: Back | None = None
    """A person was there already, and sends the caller back."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller said something."""

    at: datetime
    understanding: Understanding
    barged_in: bool = False
    """True when the caller spoke over the prompt."""
    language: str = ""
    """The language in which it was said, where a recogniser can tell and it is not the language of the call."""
    pieces_heard: int | None = None
    """Whole pieces of the last turn that the caller had heard when speaking over it; None when all of them."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """The caller pressed keys: one digit, or a whole number ended by # or a pause."""

    at: datetime
    digits: str


@dataclass(frozen=True, slots=True)
class Silent:
    """The patience of the listening step passed without speech or a key."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Unclear:
    """The caller spoke, but the recogniser gave no words (noise, a cough) or failed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class OfficeReplied:
    """An office answered a `CallOffice`."""

    at: datetime
    request: int
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OfficeFailed:
    """An office refused (a rule) or failed (unreachable, slow, broken)."""

    at: datetime
    request: int
    code: str
    """Stable code of the refusal, such as `already_booked`, or `unavailable` for any failure."""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OfficeSlow:
    """1.2 s have passed since a `CallOffice` and no answer has come: say something."""

    at: datetime
    request: int


Event: TypeAlias = Started | Heard | Keyed | Silent | Unclear | OfficeReplied | OfficeFailed | OfficeSlow
