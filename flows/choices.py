"""Which of the offered choices the caller means."""

from __future__ import annotations

from collections.abc import Mapping

from flows import words
from flows.state import Question
from flows.turn import PAGE
from nlu.understand import Understanding

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
        found = _by_slot(question, understanding, labels)
    if found is None and question.shown:
        position = words.ordinal(understanding.text)
        if position is not None:
            position += question.page * PAGE
            found = position if position < len(labels) and position < (question.page + 1) * PAGE else None
    if found is None and question.any_first and labels and words.wants_any(understanding.text):
        found = 0
    return found


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
