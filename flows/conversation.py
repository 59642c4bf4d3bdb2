"""A conversation without a phone: the same engine, understanding and offices, driven one thing after the other.

What is typed, rehearsed, simulated and replayed goes through here, so that all of them do what a call does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from flows import clauses
from flows.actions import Action, CallOffice, End, Listen, Say, SetLanguage, Transfer
from flows.events import (
    CallerProfile,
    Event,
    Heard,
    Keyed,
    OfficeFailed,
    OfficeReplied,
    OfficeSlow,
    Silent,
    Started,
    Unclear,
)
from flows.state import State
from integrations.errors import OfficeError
from nlu.understand import ParseContext, Understander, Understanding

Office = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]
"""(office, operation, arguments) → reply. Raises OfficeError."""


class Dialogue(Protocol):
    """The dialogue engine, over one or over all versions of the flows."""

    def start(self, event: Started) -> tuple[State, tuple[Action, ...]]: ...
    def step(self, state: State, event: Event) -> tuple[State, tuple[Action, ...]]: ...


@dataclass(slots=True)
class Asked:
    """One question to an office, and what came of it."""

    call: CallOffice
    code: str
    """`ok`, or the refusal."""

    @property
    def operation(self) -> str:
        """As flow files name it: `office.operation`."""
        return f"{self.call.office}.{self.call.operation}"


@dataclass(slots=True)
class Exchange:
    """One thing that the caller did, and everything up to the moment when the caller is listened to again."""

    event: Event
    actions: list[Action] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    @property
    def prompts(self) -> list[str]:
        """Names of what was said."""
        return [action.prompt for action in self.actions if isinstance(action, Say)]

    @property
    def sentences(self) -> list[str]:
        """What was said, one prompt each."""
        return ["".join(action.pieces) for action in self.actions if isinstance(action, Say)]

    @property
    def said(self) -> str:
        """All that was said."""
        return "".join(self.sentences)

    @property
    def last(self) -> Action | None:
        """What ends it; None when nothing came at all."""
        return self.actions[-1] if self.actions else None


class Conversation:
    """One conversation. `begin` first; then each method is one thing that the caller does."""

    def __init__(
        self,
        dialogue: Dialogue,
        understander: Understander,
        office: Office,
        now: Callable[[], datetime],
        caller: CallerProfile | None = None,
    ) -> None:
        self._dialogue, self._understander, self._office, self._now = dialogue, understander, office, now
        self.caller = caller or CallerProfile()
        self.language = self.caller.language
        """The language that is spoken now."""
        self.state = State()
        self.listen = Listen()
        self.exchanges: list[Exchange] = []
        self.events: list[Event] = []
        """Everything that went into the engine, in order."""
        self.understanding: Understanding | None = None
        """What the last sentence meant."""
        self.slow = False
        """Offices take so long that the caller hears a word in between."""

    @property
    def ending(self) -> Transfer | End | None:
        """How it ended, or None while it goes on."""
        last = self.exchanges[-1].last if self.exchanges else None
        return last if isinstance(last, Transfer | End) else None

    def begin(self) -> Exchange:
        """The call is answered."""
        event = Started(self._now(), self.caller)
        self.events.append(event)
        self.state, actions = self._dialogue.start(event)
        return self._settle(Exchange(event), actions)

    def say(self, text: str) -> Exchange:
        """The caller says something."""
        now = self._now()
        context = ParseContext(now, self.language, self.listen.expect, self.listen.phrases)
        self.understanding = clauses.read(self._understander, text, context)
        return self.feed(Heard(now, self.understanding))

    def press(self, digits: str) -> Exchange:
        """The caller presses keys."""
        return self.feed(Keyed(self._now(), digits))

    def silent(self) -> Exchange:
        """The caller says nothing."""
        return self.feed(Silent(self._now()))

    def noise(self) -> Exchange:
        """Something is heard, but no words."""
        return self.feed(Unclear(self._now()))

    def feed(self, event: Event) -> Exchange:
        """An event, and all that offices answer to what comes of it."""
        return self._settle(Exchange(event), self._step(event))

    def _step(self, event: Event) -> tuple[Action, ...]:
        self.events.append(event)
        self.state, actions = self._dialogue.step(self.state, event)
        return actions

    def _settle(self, exchange: Exchange, actions: tuple[Action, ...]) -> Exchange:
        exchange.actions += actions
        while actions and isinstance(ask := actions[-1], CallOffice):
            if self.slow:
                # As in a call: the state that waits for the office stays as it is.
                _, filler = self._dialogue.step(self.state, OfficeSlow(self._now(), ask.request))
                exchange.actions += filler
            answer = self._answer(ask)
            exchange.asked.append(Asked(ask, answer.code if isinstance(answer, OfficeFailed) else "ok"))
            actions = self._step(answer)
            exchange.actions += actions
        for action in exchange.actions:
            if isinstance(action, SetLanguage):
                self.language = action.language
        if isinstance(last := exchange.last, Listen):
            self.listen = last
        self.exchanges.append(exchange)
        return exchange

    def _answer(self, ask: CallOffice) -> OfficeReplied | OfficeFailed:
        try:
            reply = self._office(ask.office, ask.operation, ask.arguments)
        except OfficeError as error:
            return OfficeFailed(self._now(), ask.request, error.code, error.details)
        return OfficeReplied(self._now(), ask.request, reply)
