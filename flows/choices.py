"""Which of the offered choices the caller means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flows import words
from flows.state import Question
from flows.turn import PAGE
from nlu.understand import Understanding

_NEXT_TO = {"doctor": "hospital", "part_of_day": "date"}
"""What is changed with another, where it has no choice of its own."""
_TOPICS = frozenset({"date", "part_of_day", "department", "hospital", "doctor", "patient"})
_REST = "other"
"""The choice that stands for all that is not offered yet."""
LIKE = 0.6
"""Below it, what sounds like a choice is none: the caller may have named something that is not offered."""


def choice_of(question: Question, understanding: Understanding) -> int | None:
    """The option that the words or the understanding name: its position among all options, or None."""
    labels = [label for label, _ in question.options]
    items = [value for _, value in question.options if isinstance(value, Mapping)]
    if items and len(items) == len(labels):
        fits = _by_values(items, understanding)
        if len(fits) == 1:
            return fits[0]
        if not fits and "date" in understanding.slots:
            return None  # 大后天, which is not offered, is not the label that begins with 后天
    found = words.match_label(understanding.text, labels)
    denied = {one.value for one in understanding.denied.values()}
    if found is not None and denied & {labels[found], _plain(question.options[found][1])}:
        return None  # 不是骨科
    if found is None:
        found = of_topic([value for _, value in question.options], topic(understanding))
    if found is None:
        found = _by_slot(question, understanding, labels)
    if found is None and question.shown:
        position = words.ordinal(understanding.text)
        if position is not None:
            position += question.page * PAGE
            found = position if position < len(labels) and position < (question.page + 1) * PAGE else None
    if found is None and question.any_first and labels and words.wants_any(understanding.text):
        found = 0
    return found


def topic(understanding: Understanding) -> str:
    """The slot that is to be changed: 换个医院, 不是这家医院. Empty where the words name none."""
    named = understanding.slots.get("topic")
    if named is not None:
        return str(named.value)
    denied = [name for name in understanding.denied if name in _TOPICS and name not in understanding.slots]
    return denied[0] if denied else ""


def of_topic(values: Sequence[Any], name: str) -> int | None:
    """The choice by which a slot is changed: its position, or None where none of them does."""
    slots = [value if isinstance(value, str) else "" for value in values]
    if not name or not {*slots} & _TOPICS or not {*slots} <= _TOPICS | {_REST}:
        return None
    return next((slots.index(one) for one in (name, _NEXT_TO.get(name, ""), _REST) if one in slots), None)


def _by_values(items: list[Mapping[str, object]], understanding: Understanding) -> list[int]:
    """The items that have all the values that were said: of two bookings, that of the day or of the department."""
    given = {name: (one.value, *one.alternatives) for name, one in understanding.slots.items() if one.value is not None}
    said = {name: values for name, values in given.items() if any(name in item for item in items)}
    return [n for n, item in enumerate(items) if said and all(item.get(name) in one for name, one in said.items())]


def _plain(value: object) -> object:
    """A value that can be compared with those of an understanding; choices from lists have none."""
    return value if isinstance(value, str | int | float | bool) else None


def _by_slot(question: Question, understanding: Understanding, labels: list[str]) -> int | None:
    given = understanding.slots.get("choice")
    if given is None or given.confidence < LIKE:
        return None
    if isinstance(given.value, str) and given.value in labels:
        return labels.index(given.value)
    try:
        position = int(str(given.value)) - 1 + question.page * PAGE
    except ValueError:
        return None
    return (
        position
        if question.shown and question.page * PAGE <= position < min(len(labels), (question.page + 1) * PAGE)
        else None
    )
