"""What an utterance means: the interface of every understanding engine, and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

SlotScalar: TypeAlias = str | int | float | bool | None
"""A slot's value. Dates are `2026-03-12`, times `08:00`, parts of the day `am|noon|pm|evening|night`, identity and
phone numbers digits (a final X in capitals), money a number of yuan, departments and hospitals their official names."""


@dataclass(frozen=True, slots=True)
class SlotValue:
    """One value read from an utterance."""

    value: SlotScalar
    text: str
    """The words that the value was read from."""
    start: int
    """Index of the first character in the utterance's text."""
    end: int
    """Index after the last character."""
    confidence: float
    """0 to 1. Below about 0.6 the dialogue asks for confirmation."""
    alternatives: tuple[SlotScalar, ...] = ()
    """Other readings, best first, when the words allow more than one ("八号" on the 8th may be today or next month)."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """Intent, slots and confidence read from one utterance."""

    text: str
    intent: str
    """The best intent, also when it was not accepted; `out_of_scope` when nothing fits."""
    confidence: float
    """Calibrated probability of `intent`, 0 to 1."""
    accepted: bool
    """False when the dialogue should ask again rather than act on `intent`."""
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    denied: Mapping[str, SlotValue] = field(default_factory=dict)
    """Values that the caller took back: "不是骨科，是内科" denies 骨科 and gives 内科."""
    ranking: tuple[tuple[str, float], ...] = ()
    """The best few intents with their confidence, best first."""
    wishes: tuple[Understanding, ...] = ()
    """Of several wishes in one breath each for itself, in the order in which they were spoken; else empty."""


@dataclass(frozen=True, slots=True)
class ParseContext:
    """What the understanding may take for granted about the moment at which the words were said."""

    now: datetime
    """Local time of the call (Asia/Shanghai, naive or aware); gives 明天 its meaning."""
    language: str = "zh"
    expect: tuple[str, ...] = ()
    """Names of the slots that the question just asked for, most wanted first; `affirm` for a yes/no question."""
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Slot name → spoken phrases that the question can take (doctors' names, offered choices), matched by sound."""


class Understander(Protocol):
    """An understanding engine."""

    def understand(self, text: str, context: ParseContext) -> Understanding:
        """Read one utterance. Never raises for any text: nonsense gives `accepted=False`."""
        ...

    async def understand_async(self, text: str, context: ParseContext) -> Understanding:
        """As `understand`, for callers on an event loop: an engine that waits for another program keeps nobody else.

        An engine of a few milliseconds reads at once. Never raises for any text; bounded by the engine's own limit."""
        return self.understand(text, context)
