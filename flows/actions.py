"""What a conversation wants done: the actions that come out of the dialogue engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Say:
    """Speak these pieces one after the other. Each piece is a text that is rendered (or found rendered) as a whole."""

    pieces: tuple[str, ...]
    prompt: str
    """The prompt's name in the catalogue, for events and tests, such as `appointment.ask_department`."""
    barge_in: bool = True
    """False only where the caller must hear it to the end (a code, a warning)."""
    private: bool = False
    """Holds a number that is not to be put on record."""
    language: str = ""
    """Of these words; empty for the language of the call."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for the caller. Always the last action of a turn that has not ended and waits for no office."""

    expect: tuple[str, ...] = ()
    """Slots that an answer may fill; see `nlu.understand.ParseContext`."""
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silence_s: float = 6.0
    """How long to wait for the first word before `Silent`."""
    pause_s: float | None = None
    """How long a pause ends the utterance; None leaves it to the caller's own measured patience."""
    keys: int = 1
    """How many digits a keyed answer may have. More than 1: ended by # or a 3 s pause."""
    keyed: Mapping[str, str] = field(default_factory=dict)
    """Key → what it stands for: affirm, deny, the value of a choice, the intent of a service."""


@dataclass(frozen=True, slots=True)
class CallOffice:
    """Ask an office. Answered by OfficeReplied or OfficeFailed with the same request number."""

    request: int
    office: str
    """Name of the port in `integrations.ports`, such as `appointments`."""
    operation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetSpeech:
    """Speak differently from now on, and remember it for this number."""

    rate: str = "normal"
    loudness: str = "normal"


@dataclass(frozen=True, slots=True)
class Flag:
    """Put a sign on record, at once and whatever becomes of the call: for the person who helps, not for the caller."""

    kind: str
    """emergency or scam."""
    reasons: tuple[str, ...]
    """Stable codes: the number to call, or signs of `flows.scams`."""
    in_words: tuple[str, ...] = ()
    """The reasons as a person reads them."""
    words: str = ""
    """What the caller said."""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Hear and speak this language from now on, and remember it for this number."""

    language: str


@dataclass(frozen=True, slots=True)
class GuessLanguage:
    """The caller may speak this language, and is asked: until they answer, key 0 leads to somebody who does."""

    language: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Hand the call to a person (or call-back, message) after what was said has been heard. Ends the dialogue."""

    to: str = "human"
    """human, callback or message: the value of HOTLINE_NEXT."""
    reason: str = "asked"
    """asked, misunderstood, silent, office_failed, emergency, policy, error."""
    band: str | None = None
    """Raises the caller's priority band (emergency); None keeps it."""
    summary: Mapping[str, Any] = field(default_factory=dict)
    """The story so far, for the person's screen: intent, slots, what was tried."""
    language: str = ""
    """The person should speak this language; empty for the language of the hotline."""
    emergency: str = ""
    """120, 119 or 110 where somebody is in danger: a seat is to ring before all that was to be said has been heard."""


@dataclass(frozen=True, slots=True)
class End:
    """The conversation is over: hang up after what was said has been heard."""

    outcome: str = "done"
    """done, or nothing where the caller said goodbye before anything was done."""
    summary: Mapping[str, Any] = field(default_factory=dict)


Action: TypeAlias = Say | Listen | CallOffice | SetSpeech | SetLanguage | GuessLanguage | Flag | Transfer | End
