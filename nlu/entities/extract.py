"""All values in an utterance: what was said, and what was taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nlu.entities import answers, dates, departments, hospitals, identity, money, names, patients, times
from nlu.entities.corrections import split
from nlu.entities.readings import Reading
from nlu.text import normalise
from nlu.understand import ParseContext, SlotValue

_NUMERALS = frozenset("差零一二两三四五六七八九十0123456789")


@dataclass(frozen=True, slots=True)
class Extraction:
    """The values in one utterance, by slot."""

    slots: dict[str, SlotValue] = field(default_factory=dict)
    denied: dict[str, SlotValue] = field(default_factory=dict)
    """Values that the caller took back."""


def _long_numbers(text: str) -> list[Reading]:
    return [Reading("number", None, start, end) for start, end in identity.long_numbers(text)]


def _readings(text: str, context: ParseContext) -> list[Reading]:
    """Every value that any module finds. What stands earlier keeps its words from what stands later."""
    numbers = identity.find(text, context)
    taken = [*numbers, *_long_numbers(text)]
    sums = [one for one in money.find(text) if not _within(one, taken)]
    clock = [one for one in times.find(text, context) if not _within(one, taken)]
    used = [*taken, *sums, *(_hours(one, text) for one in clock if one.slot == "time")]
    places = hospitals.find(text, context, taken)
    days = dates.find(text, context, used)
    doctors = names.doctors(text, places)
    found = departments.find(text, context, [*places, *doctors])
    people = names.people(text, context, [*places, *doctors, *days])
    whom = patients.find(text, context, [*doctors, *people])
    return [*numbers, *sums, *clock, *places, *days, *found, *doctors, *people, *whom]


def _hours(time: Reading, text: str) -> Reading:
    """A time without the part of the day before it: 明早 in 明早八点 is a day as well."""
    start = next((at for at in range(time.start, time.end) if text[at] in _NUMERALS), time.start)
    return replace(time, start=start)


def _within(reading: Reading, taken: Sequence[Reading]) -> bool:
    return any(one.start <= reading.start and reading.end <= one.end for one in taken)


def extract(text: str, context: ParseContext) -> Extraction:
    """Read all values from an utterance. Places are those of `text`; never raises for any text."""
    plain = normalise(text)
    by_slot: dict[str, list[Reading]] = {}
    for reading in (*_readings(plain, context), *answers.affirm(plain, context)):
        by_slot.setdefault(reading.slot, []).append(reading)
    for reading in answers.phrases(plain, context):  # what the question offers goes before what was found anywhere
        by_slot[reading.slot] = [reading]
    result = Extraction()
    for slot, readings in by_slot.items():
        standing, back = split(plain, readings) if slot not in {"affirm", "choice"} else (readings[0], None)
        if standing is not None:
            result.slots[slot] = standing.slot_value(text)
        if back is not None:
            result.denied[slot] = back.slot_value(text)
    return result
