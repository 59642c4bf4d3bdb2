"""What a call stands on: the leg, the dialogue, what all calls share, and how a call leaves the dialogue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from flows.actions import Action
from flows.events import Event, OfficeFailed, OfficeReplied, Started
from ivr.call.asking import OfficeDesk
from ivr.call.events import CallEvent
from nlu.understand import Understander


class Leg(Protocol):
    """The media leg, as the session sees it."""

    def incoming(self) -> Any: ...
    async def play(self, pcm: bytes) -> None: ...
    async def mark(self, name: str) -> None: ...
    async def flush(self) -> None: ...
    async def close(self) -> None: ...


class Dialogue(Protocol):
    """The dialogue engine, as the session sees it."""

    def start(self, event: Started) -> tuple[Any, tuple[Action, ...]]: ...
    def step(self, state: Any, event: Event) -> tuple[Any, tuple[Action, ...]]: ...
    def achieved(self, state: Any) -> bool: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What every call shares."""

    dialogue: Dialogue
    understander: Understander
    offices: OfficeDesk
    record: Callable[[CallEvent], None]
    local_now: Callable[[], datetime]
    remember_speech: Callable[[str | None, str, str], None]
    """(number, rate, loudness): how this number wants to be spoken to."""
    remember_language: Callable[[str | None, str], None] = lambda _number, _language: None
    """(number, language): in which language this number is to be greeted the next time."""
    keep_sentence: Callable[[str, bytes], None] = lambda _call, _audio: None
    """(call, 16 kHz s16le): what the caller said last, to be heard again by a person. Never private numbers."""
    hold: Callable[[str], tuple[str, ...]] = lambda _language: ()
    """Language → what is said once when the words of a turn take long: the pieces of the prompt `main.hold`."""
    announced: str = ""
    """The language in which Asterisk speaks by itself."""
    languages: tuple[str, ...] = ()
    """Languages that the first sentence may turn out to be in, where a recogniser can tell."""
    teach: Callable[[str | None, str, str, bytes], None] | None = None
    """(number, language, phrase, PCM): an utterance of which the call became sure; None where none are kept."""
    late_answers: set[asyncio.Task[OfficeReplied | OfficeFailed]] = field(default_factory=set)
    """Offices that were asked by calls which have left the dialogue since. Each ends within OFFICE_TIMEOUT_S."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What the dialplan is to do next: the values of HOTLINE_NEXT, HOTLINE_OUTCOME, HOTLINE_BAND, HOTLINE_LANG,
    HOTLINE_EMERGENCY and HOTLINE_EMERGENCY_TOLD."""

    next: str = "human"
    reason: str = "error"
    outcome: str = ""
    band: str = ""
    language: str = ""
    emergency: str = ""
    """120, 119 or 110 where somebody is in danger: Asterisk tells them what to do while a seat rings …"""
    told: bool = False
    """… unless the dialogue has."""
