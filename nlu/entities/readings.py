"""What the modules of this package hand to each other: one value of one slot, read at one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nlu.understand import SlotScalar, SlotValue

EXACT = 0.95
"""Confidence of a value whose words are exactly as expected."""
UNSURE = 0.75
"""Confidence of a value whose words allow another reading."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A slot's value, and where it was read. The text is filled in from the original utterance later."""

    slot: str
    value: SlotScalar
    start: int
    end: int
    confidence: float = EXACT
    alternatives: tuple[SlotScalar, ...] = ()

    def slot_value(self, original: str) -> SlotValue:
        """This reading as the interface has it."""
        words = original[self.start : self.end]
        return SlotValue(self.value, words, self.start, self.end, round(self.confidence, 3), self.alternatives)


def by_sound(score: float, least: float) -> float:
    """Confidence of a sound-alike: 0.5 where the score is just enough, 0.85 where the sounds are the same."""
    return 0.5 + 0.35 * max(0.0, min(1.0, (score - least) / (1.0 - least)))


def overlaps(start: int, end: int, taken: Iterable[Reading]) -> bool:
    """True when the stretch shares a character with a reading."""
    return any(start < one.end and one.start < end for one in taken)
