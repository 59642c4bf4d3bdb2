"""A caller comes back from a person: the flow goes on at the step that the person chose, with what is filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows import fill, hub, run
from flows.events import Back
from flows.render import plain_data
from flows.schema import AskStep, Flow, Slot
from flows.state import Frame
from flows.turn import Turn


def questions(flow: Flow) -> list[str]:
    """The slots that a caller can be asked for again, in the order of the flow."""
    return list(dict.fromkeys(step.ask for step in flow.steps if isinstance(step, AskStep)))


def known(flow: Flow, values: Mapping[str, Any]) -> dict[str, Any]:
    """What of `values` the flow can use, by its own names of slots. Never raises."""
    found: dict[str, Any] = {}
    for name, slot in flow.slots.items():
        value = values.get(name, values.get(slot.source or name))
        if isinstance(value, str | int | float) and value != "" and _fits(slot, value):
            found[name] = slot.read.get(str(value), value)
    return found


def _fits(slot: Slot, value: object) -> bool:
    return slot.accept is None or value in slot.accept or slot.read.get(str(value)) in slot.accept


def go_on(turn: Turn, back: Back) -> None:
    """Say that it goes on, and put the question that is due. A flow that there is not (any more): the open question."""
    turn.say("main.back")
    flow = turn.machine.flows.flows.get(back.flow)
    if flow is None:
        hub.open_question(turn, "short")
        return
    values = {name: plain_data(value) for name, value in known(flow, back.values).items()}
    frame = Frame(flow.flow, flow.steps[0].step, values, list(values))
    fill.forget(frame, flow, back.again)
    turn.state.frames[:] = [frame]
    run.steps(turn)
