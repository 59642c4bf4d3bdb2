"""When a turn is over: how much silence ends it, by what was said, how it was said, and how this caller pauses.

No audio, no clock, no I/O: silence comes in as seconds, words as a `Sense`. The figures are measured by
`tests/bench/turntaking.py`; docs/BENCHMARKS.md has the curve of delay against cut-ins."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

COMPLETE_S = 0.35
"""Silence after words that need nothing more. Shorter is within a word: a stop before a plosive lasts up to 0.15 s."""
LIKELY_S = 0.6
"""Silence after words that answer the question, to which more may be added: who does so takes the answer back."""
SOONER_S = 0.27
"""So much sooner than by the caller's patience alone, where that is longer than usual."""
UNFINISHED_S = 1.6
"""Silence after words that cannot be all: 我想……那个, half of a number."""
MORE_THAN_PATIENCE_S = 0.5
"""An unfinished sentence is waited for by at least so much more than the caller's usual pause."""
UNCLEAR_S = 0.25
"""Words that answer nothing are waited for by so much more than the caller's usual pause."""
PATIENCE_MAX_S = 1.6
UNFINISHED_MAX_S = 2.6
MARGIN_S = 0.2
"""The next pause of somebody who has just paused for a while may be longer by so much."""
FORGET = 0.7
"""Each turn that needed no patience gives back this share of what was added: one long pause is not held for ever."""
BREATH_S = 0.2
"""Shorter silence is part of speaking, not a pause."""
RESUMED_S = 1.0
"""Who goes on speaking so soon after the end of their turn had not ended it."""


class Sense(StrEnum):
    """What the words so far are, to the question that was put."""

    COMPLETE = "complete"
    """They answer it, and nothing usually follows: yes, a whole number, "请找人工"."""
    LIKELY = "likely"
    """They answer it, or are a bare no; now and then more follows: "我要挂号", "后天"."""
    OPEN = "open"
    """It cannot be told: there are no words yet, or more may well follow."""
    UNCLEAR = "unclear"
    """They answer nothing so far."""
    UNFINISHED = "unfinished"
    """Something is still to come: "我想挂那个", a number cut short."""


def held(sense: Sense) -> Sense:
    """The same words when their last sound was drawn out: the caller is holding the floor."""
    return Sense.OPEN if sense is Sense.COMPLETE else Sense.UNFINISHED


@dataclass(slots=True)
class Patience:
    """How long one caller pauses within a sentence, learnt while they speak. One for each caller."""

    usual_s: float
    """What a caller gets of whom nothing is known."""
    added_s: float = 0.0
    """What this caller's own pauses have added."""
    _longest_s: float = field(default=0.0, repr=False)

    @property
    def pause_s(self) -> float:
        """Silence after which a sentence of this caller is probably over."""
        return min(PATIENCE_MAX_S, self.usual_s + self.added_s)

    def paused(self, pause_s: float) -> None:
        """The caller was silent for so long and then went on with the same sentence."""
        if pause_s >= BREATH_S:
            self._longest_s = max(self._longest_s, pause_s)
            self.added_s = max(self.added_s, min(pause_s + MARGIN_S, PATIENCE_MAX_S) - self.usual_s)

    def cut_in(self, pause_s: float) -> None:
        """The turn was taken to be over, and the caller went on: the pause was `pause_s` long."""
        if pause_s <= PATIENCE_MAX_S + RESUMED_S:
            self.paused(pause_s)

    def turn_ended(self) -> None:
        """An utterance is over."""
        if self._longest_s + MARGIN_S <= self.usual_s:
            self.added_s *= FORGET
        self._longest_s = 0.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How much silence ends a turn."""

    complete_s: float = COMPLETE_S
    likely_s: float = LIKELY_S
    unfinished_s: float = UNFINISHED_S

    def silence_s(self, sense: Sense, patience_s: float, at_least_s: float | None = None) -> float:
        """Seconds of silence after which the turn is over.

        `at_least_s` is what the flow asks for at this question (`pause_s`: a number that is read from a card): it is no
        reason to wait when the answer is complete."""
        if sense is Sense.COMPLETE:
            return self.complete_s
        if sense is Sense.LIKELY and at_least_s is None:
            return min(patience_s, max(self.likely_s, patience_s - SOONER_S))
        patience_s = max(patience_s, at_least_s or 0.0)
        if sense in {Sense.OPEN, Sense.LIKELY}:
            return patience_s
        if sense is Sense.UNCLEAR:
            return max(patience_s, min(PATIENCE_MAX_S, patience_s + UNCLEAR_S))
        return max(patience_s, min(UNFINISHED_MAX_S, max(self.unfinished_s, patience_s + MORE_THAN_PATIENCE_S)))
