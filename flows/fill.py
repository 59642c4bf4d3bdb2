"""Taking the values out of what was said: several at once, corrected at any time, doubted when badly heard."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from flows.schema import Flow, Slot
from flows.state import Frame
from flows.turn import Turn
from nlu.understand import SlotValue, Understanding

IGNORE = 0.35
"""A value that nobody asked for is dropped below this confidence."""
DOUBT = 0.6
"""Below it the caller is asked whether the value is right."""
SURE = 0.85
"""Below it the value is said back with the next question."""
READINGS = 0.8
"""Below it, a value with a second reading is asked about."""


@dataclass(slots=True)
class Taken:
    """What an utterance gave."""

    names: list[str] = field(default_factory=list)
    """Slots that were given or are to be checked."""
    changed: list[str] = field(default_factory=list)
    """Slots that had another value, or none, before."""
    unknown: tuple[str, SlotValue] | None = None
    """A slot whose words name nothing that exists."""

    @property
    def anything(self) -> bool:
        return bool(self.names) or self.unknown is not None


def take(turn: Turn, understanding: Understanding, wanted: str = "") -> Taken:
    """Put the values of an understanding into the flow under way. `wanted` is the slot that was asked for."""
    taken, frame = Taken(), turn.frame
    if frame is None or frame.committed:
        return taken
    flow = turn.flow
    for name, slot in flow.slots.items():
        _take_back(taken, frame, flow, name, understanding.denied.get(slot.source or name))
    for name, slot in flow.slots.items():
        given = _given(name, slot, understanding)
        if given is None or (slot.when is not None and name != wanted and not slot.when.true(turn.scope())):
            continue
        _take_one(taken, frame, flow, name, _likely(turn, slot, given), asked=name == wanted)
    return taken


def _likely(turn: Turn, slot: Slot, given: SlotValue) -> SlotValue:
    """Without the readings that the flow cannot use, where it can use another: 星期天 on a Sunday is the next one."""
    if slot.likely is None or not given.alternatives:
        return given
    usable = slot.likely.evaluate(turn.scope())
    readings = (given.value, *given.alternatives)
    fits = [one for one in readings if one in usable] if isinstance(usable, list) else []
    return replace(given, value=fits[0], alternatives=tuple(fits[1:])) if fits else given


def _take_back(taken: Taken, frame: Frame, flow: Flow, name: str, denied: SlotValue | None) -> None:
    if denied is not None and denied.value is not None and frame.values.get(name) == denied.value:
        forget(frame, flow, name)
        taken.names.append(name)
        taken.changed.append(name)


def _take_one(taken: Taken, frame: Frame, flow: Flow, name: str, given: SlotValue, *, asked: bool) -> None:
    slot = flow.slots[name]
    value = slot.read.get(str(given.value), given.value)
    if value is None:
        if asked or slot.unknown is not None or frame.values.get(name) is None:
            taken.unknown = (name, given)
        return
    if (slot.accept is not None and value not in slot.accept) or (given.confidence < IGNORE and not asked):
        return
    taken.names.append(name)
    if frame.values.get(name) == value:
        return
    readings = [value, *(one for one in given.alternatives if one is not None and one != value)]
    two = len(readings) > 1 and given.confidence < READINGS
    if two or given.confidence < DOUBT:
        frame.checks.append([name, value, readings[1:2] if two else []])
    else:
        give(taken, frame, flow, name, value, echo=given.confidence < SURE)


def _given(name: str, slot: Slot, understanding: Understanding) -> SlotValue | None:
    source = slot.source or name
    given = understanding.slots.get(source)
    if given is not None:
        return given
    if source == "part_of_day" and (clock := understanding.slots.get("time")) is not None and clock.value is not None:
        half = "am" if str(clock.value) < "12" else "pm"
        return SlotValue(half, clock.text, clock.start, clock.end, clock.confidence)
    return None


def give(taken: Taken, frame: Frame, flow: Flow, name: str, value: Any, *, echo: bool = False) -> None:
    """Set a slot to what was said. What depended on its old value is forgotten, the flow gone through again."""
    old = frame.values.get(name)
    stale = [other for other, slot in flow.slots.items() if name in slot.after and frame.values.get(other) is not None]
    if old == value:
        return
    for other in stale:
        forget(frame, flow, other)
    frame.values[name] = value
    frame.order = [one for one in frame.order if one != name] + [name]
    taken.changed.append(name)
    if old is not None or stale:
        frame.at = flow.steps[0].step
    if (echo or old is not None) and name not in frame.echo:
        frame.echo.append(name)


def forget(frame: Frame, flow: Flow, name: str) -> None:
    """Unset a value and what depends on it; the flow is gone through from its first step."""
    if frame.values.pop(name, None) is None:
        return
    frame.order = [one for one in frame.order if one != name]
    frame.echo = [one for one in frame.echo if one != name]
    frame.at = flow.steps[0].step
    for other, slot in flow.slots.items():
        if name in slot.after:
            forget(frame, flow, other)


def go_back(turn: Turn) -> bool:
    """Forget what the caller gave last. False when there is nothing to go back to."""
    frame = turn.frame
    if frame is None or frame.committed or not frame.order:
        return False
    forget(frame, turn.flow, frame.order[-1])
    frame.checks.clear()
    return True
