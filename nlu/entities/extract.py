"""All values in an utterance: what was said, and what was taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from nlu.entities import (
    addresses,
    answers,
    dates,
    departments,
    hospitals,
    identity,
    korean,
    money,
    names,
    patients,
    places,
    quantities,
    ranges,
    tibetan,
    times,
    topics,
)
from nlu.entities.corrections import split
from nlu.entities.heard import heard
from nlu.entities.readings import Reading, overlaps
from nlu.text import language_of, normalise
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


_BY_EAR = 0.7
"""Confidence, at most, of what is read from the sound of the words."""


def _moments(text: str, context: ParseContext, taken: Sequence[Reading]) -> list[Reading]:
    """Sums of money, times and days."""
    sums = [one for one in money.find(text, context) if not _within(one, taken)]
    clock = [one for one in times.find(text, context) if not _within(one, taken)]
    used = [*taken, *sums, *(_hours(one, text) for one in clock if one.slot == "time")]
    pairs = [one for one in ranges.two_days(text, context.now) if not _within(one, taken)]
    days = [*pairs, *ranges.ends(text, dates.find(text, context, [*used, *pairs]))]
    hours = ranges.ends(text, [one for one in clock if one.slot == "time"])
    parts = [one for one in clock if one.slot == "part_of_day"]
    return [*sums, *parts, *hours, *ranges.two_hours(text, hours), *days]


def _by_ear(text: str, context: ParseContext, taken: Sequence[Reading]) -> list[Reading]:
    """Sums, times and days as written, with those that only sound so: new ones, and longer ones."""
    written = _moments(text, context, taken)
    meant = heard(text, context.expect)
    if meant == text:
        return written
    found = list(written)
    for one in _moments(meant, context, taken):
        rivals = [other for other in found if other.slot == one.slot and overlaps(one.start, one.end, [other])]
        if rivals and not all(_longer(one, other) for other in rivals):
            continue
        found = [other for other in found if other not in rivals]
        confidence = (
            min(one.confidence, _BY_EAR) if text[one.start : one.end] != meant[one.start : one.end] else one.confidence
        )
        found.append(replace(one, confidence=confidence))
    return found


def _longer(one: Reading, other: Reading) -> bool:
    return one.value != other.value and one.end - one.start > other.end - other.start


def _readings(text: str, context: ParseContext) -> list[Reading]:
    """Every value that any module finds. What stands earlier keeps its words from what stands later."""
    numbers = identity.find(text, context)
    taken = [*numbers, *_long_numbers(text)]
    moments = _by_ear(text, context, taken)
    amounts = quantities.find(text, context, numbers)
    clinics = hospitals.find(text, context, taken)
    towns = places.find(text, context, [*taken, *clinics])
    homes = addresses.find(text, context, towns, clinics)
    doctors = names.doctors(text, clinics)
    found = departments.find(text, context, [*clinics, *towns, *homes, *doctors])
    people = names.people(text, context, [*clinics, *towns, *doctors, *(one for one in moments if one.slot == "date")])
    whom = patients.find(text, context, [*doctors, *people])
    moments = [one for one in moments if not _within(one, homes)]  # 十二号 of a street is no day
    return [*numbers, *moments, *amounts, *clinics, *towns, *homes, *found, *doctors, *people, *whom]


def _hours(time: Reading, text: str) -> Reading:
    """A time without the part of the day before it: 明早 in 明早八点 is a day as well."""
    start = next((at for at in range(time.start, time.end) if text[at] in _NUMERALS), time.start)
    return replace(time, start=start)


def _within(reading: Reading, taken: Sequence[Reading]) -> bool:
    return any(one.start <= reading.start and reading.end <= one.end for one in taken)


_Reader: TypeAlias = Callable[[str, ParseContext], list[Reading]]


def _chinese(text: str, context: ParseContext) -> list[Reading]:
    return [*_readings(text, context), *answers.affirm(text, context), *topics.find(text, context)]


def _with_figures(read: _Reader) -> _Reader:
    """What a language's own module finds, after identity and phone numbers in figures."""

    def both(text: str, context: ParseContext) -> list[Reading]:
        numbers = identity.find(text, context)
        return [*numbers, *(one for one in read(text, context) if not overlaps(one.start, one.end, numbers))]

    return both


READERS: dict[str, _Reader] = {
    "zh": _chinese,
    "ko": _with_figures(korean.find),
    "bo": _with_figures(tibetan.find),
    **dict.fromkeys(("kk", "mn", "ug"), identity.find),
}
"""How values are read in each language; in any other as in Chinese."""


def extract(text: str, context: ParseContext) -> Extraction:
    """Read all values from an utterance. Places are those of `text`; never raises for any text."""
    plain = normalise(text)
    by_slot: dict[str, list[Reading]] = {}
    for reading in READERS.get(language_of(text, context.language), _chinese)(plain, context):
        by_slot.setdefault(reading.slot, []).append(reading)
    for reading in answers.phrases(plain, context):  # what the question offers goes before what was found anywhere
        by_slot[reading.slot] = [reading]
    said = heard(plain, context.expect)  # 明天不兑是后天 takes back too
    result = Extraction()
    for slot, readings in by_slot.items():
        standing, back = split(said, readings) if slot not in {"affirm", "choice", "topic"} else (readings[0], None)
        if standing is not None:
            result.slots[slot] = standing.slot_value(text)
        if back is not None:
            result.denied[slot] = back.slot_value(text)
    choice = result.slots.get("choice")  # 不是骨科 names what could be offered, and does not choose it
    if choice is not None and any(one.start < choice.end and choice.start < one.end for one in result.denied.values()):
        del result.slots["choice"]
    return result
