"""A long number that is given in groups: over several turns, with corrections, or on the keypad."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nlu.entities.identity import valid_identity
from nlu.entities.numbers import digits
from nlu.text import bare, normalise

LENGTHS = {"identity_number": 18, "phone_number": 11, "code": 8}
"""Places of each number."""
_RESTART = ("重来", "从头", "重新", "全错")
_BACK = ("不对", "错了", "说错", "不是")


@dataclass(frozen=True, slots=True)
class Groups:
    """What has been given of a number so far. Plain values: it can be kept between any two turns."""

    slot: str
    given: str = ""
    """Digits (and a final X) that stand."""
    last: int = 0
    """How many of them the last turn gave, which a correction takes the place of."""

    @property
    def missing(self) -> int:
        """Places that are still to come."""
        return max(0, LENGTHS[self.slot] - len(self.given))

    @property
    def complete(self) -> bool:
        """True when all places are there and none too many."""
        return len(self.given) == LENGTHS[self.slot]

    def valid(self, today: date) -> bool:
        """True when the number can be right: for identity numbers by check digit and birth date."""
        if self.slot == "identity_number":
            return valid_identity(self.given, today)
        return self.complete and self.given.isdigit() and (self.slot != "phone_number" or self.given[0] in "01")

    def say(self, text: str) -> Groups:
        """Another group as spoken. 不对 takes back the last group; 重来 all; a whole number replaces what was given."""
        words, said = bare(normalise(text)), digits(text)
        if any(word in words for word in _RESTART):
            return Groups(self.slot, said, len(said))
        if not said or (len(said) == 1 and len(words) > 2):  # 等一下 is no group
            return self
        if len(said) == LENGTHS[self.slot]:
            return Groups(self.slot, said, len(said))
        back = any(words.startswith(word) for word in _BACK)
        kept = self.given[: len(self.given) - self.last] if back else self.given
        return Groups(self.slot, kept + said, len(said))

    def press(self, keys: str) -> Groups:
        """Another group from the keypad, where * is X and # is the end."""
        typed = "".join(key for key in keys.rstrip("#").replace("*", "X") if key in "0123456789X")
        return Groups(self.slot, self.given + typed, len(typed))
