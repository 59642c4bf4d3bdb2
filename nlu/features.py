"""What the classifier sees of an utterance: its characters, its sounds, and which values were found in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlu.pinyin import parts
from nlu.text import bare, normalise
from nlu.understand import SlotValue

LONGEST = 3
"""Characters or syllables in a row that make one feature, at most."""
_EDGE = "^"
_WISHES = frozenset({"date", "doctor", "hospital"})
"""Slots of which a value that nothing has (专家号, 二月三十号) is a wish like any other words."""
_FILLER = re.compile(
    r"^(?:喂|您好|你好|嗯|啊|哎|唉|诶|呃|额|哦|噢|姑娘|丫头|同志|小伙子?|那个|这个|就是说|就说|请问一?下?|师傅)+"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """An utterance as the classifier takes it."""

    text: str
    """Spoken characters, normalised, without the fillers that it begins with."""
    slots: tuple[str, ...] = ()


def seen(text: str, slots: Mapping[str, SlotValue]) -> Seen:
    """What the classifier takes of an utterance and the values in it."""
    words = bare(normalise(text))
    slots = {name: value for name, value in slots.items() if value.value is not None or name not in _WISHES}
    covered = len({at for value in slots.values() for at in range(value.start, value.end)})
    share = f"covered {min(4, 4 * covered // max(1, len(words)))}"
    named = {"patient"} if "relation" in slots else set[str]()  # a relative tells what it is about, patient or not
    return Seen(_FILLER.sub("", words) or words, (*sorted({*slots} | named), share))


def _runs(items: Sequence[str], joint: str = "") -> list[str]:
    found = list(items)
    edged = [_EDGE, *items, _EDGE]
    for size in range(2, LONGEST + 1):
        found += [joint.join(edged[at : at + size]) for at in range(len(edged) - size + 1)]
    return found


def characters(one: Seen) -> list[str]:
    """Runs of characters, the edges of the utterance marked."""
    return _runs(one.text)


def sounds(one: Seen) -> list[str]:
    """Runs of toneless syllables."""
    return _runs(parts(one.text)[1], " ")


def values(one: Seen) -> list[str]:
    """Names of the slots that were found, and how much of the utterance they cover."""
    return list(one.slots)
