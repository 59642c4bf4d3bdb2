"""Taking back a turn that came too soon: the caller goes on, our answer stops, and both parts are one utterance.

The dialogue's states are values, so that going back is to use the one before. That is done only where the answer did
nothing but speak and listen: no office was asked, nobody was called, nothing was put on record for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flows.actions import Action, Listen, Say
from flows.events import Event, Heard, Unclear
from voices.recognition.hypothesis import Expectation


@dataclass(frozen=True, slots=True)
class Before:
    """The dialogue before its last turn."""

    state: Any
    actions: tuple[Action, ...]
    """Those that put the question to which the caller's words were an answer."""
    listen: Listen
    expectation: Expectation
    text: str
    """The words that were taken to be all."""


def before(state: Any, actions: Sequence[Action], event: Event, expectation: Expectation) -> Before | None:
    """What to go back to when these words were not all; None when it were no words that led here."""
    listen = actions[-1] if actions else None
    if not isinstance(event, Heard | Unclear) or not isinstance(listen, Listen):
        return None
    text = event.understanding.text if isinstance(event, Heard) else ""
    return Before(state, tuple(actions), listen, expectation, text)


def can_be_undone(actions: Sequence[Action]) -> bool:
    """Whether a turn does nothing that stays: it speaks, what may be interrupted, and listens."""
    return all(isinstance(action, Listen) or (isinstance(action, Say) and action.barge_in) for action in actions)
