"""Going through the steps of a flow until the caller or an office has to answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flows import fill, hub, repair, wishes
from flows.choices import of_topic
from flows.expressions import Scope
from flows.numbers import PRIVATE
from flows.render import field_words, plain_data, prompt_values, words
from flows.schema import (
    AnyStep,
    AskStep,
    CallStep,
    ChooseStep,
    ConfirmStep,
    DecideStep,
    DoStep,
    EndStep,
    SayStep,
    TransferStep,
)
from flows.state import Frame, Question
from flows.turn import Turn
from nlu.understand import Understanding

MAX_STEPS = 200
"""Steps in one turn; a flow that needs more goes in a circle."""
MAX_VISITS = 8
"""How often one question is put in one flow before a person takes over."""
MAX_DEPTH = 5
"""Flows that call flows."""


def go_on(turn: Turn, understanding: Understanding | None = None) -> None:
    """Take what was said, then go on from the step that stands."""
    if understanding is not None:
        taken = fill.take(turn, understanding)
        if taken.unknown is not None and unknown(turn, *taken.unknown):
            return
    steps(turn)


def steps(turn: Turn) -> None:
    """Run steps until one of them ends the turn."""
    if _check(turn):
        return
    for _ in range(MAX_STEPS):
        if turn.ended:
            return
        frame = turn.frame
        assert frame is not None, "steps belong to a flow"
        step = turn.step(frame.at)
        if turn.machine.watch is not None:
            turn.machine.watch(frame.flow, step.step)
        if step.when is not None and not step.when.true(turn.scope()):
            skip(turn, frame)
            continue
        for name in step.forget:
            at = frame.at
            fill.forget(frame, turn.flow, name)
            frame.at = at
        _RUN[step.verb](turn, frame, step)
    turn.transfer("error", prompt="office.failed")


def skip(turn: Turn, frame: Frame) -> None:
    """Go to the following step without doing this one."""
    flow = turn.flow
    position = turn.machine.position[frame.flow][frame.at] + 1
    if position < len(flow.steps):
        frame.at = flow.steps[position].step
    else:
        _leave_flow(turn)


def put(turn: Turn, frame: Frame, step: AnyStep) -> None:
    """Set what the step sets."""
    if step.put:
        scope = turn.scope()
        frame.values.update({name: plain_data(expression.evaluate(scope)) for name, expression in step.put.items()})


def done(turn: Turn, frame: Frame, step: AnyStep) -> None:
    """Set what the step sets, and go where it leads."""
    put(turn, frame, step)
    if step.next is not None:
        frame.at = step.next
    else:
        skip(turn, frame)


def _leave_flow(turn: Turn) -> None:
    """Back to the flow that called, or to “anything else?”."""
    left = turn.state.frames.pop()
    caller = turn.frame
    if caller is None:
        wishes.same_for_other(turn, left)
        whatever_else(turn)
        return
    step = turn.step(caller.at)
    if isinstance(step, CallStep):
        caller.values.update({own: left.values.get(theirs) for own, theirs in step.give.items()})
    done(turn, caller, step)


def whatever_else(turn: Turn) -> None:
    """What was wanted in the same breath; where there is nothing left of that, “anything else?”."""
    if wishes.due(turn) is None:
        hub.anything_else(turn)
    elif (understanding := wishes.take_up(turn)) is not None:
        go_on(turn, understanding)


def label_of(turn: Turn, kind: str, value: Any) -> str:
    """How a choice is named."""
    return words(kind, value, turn.at, turn.prompts)


def item_label(turn: Turn, prompt: str, scope: Scope) -> str:
    """How an item of a list is named, by a label prompt: its pieces become one, so that one key follows them."""
    template = turn.prompts.template(prompt)
    return "，".join(template.render(lambda field: field_words(field, scope, turn.at, turn.prompts)))


def _visit(turn: Turn, frame: Frame, what: str, most: int = MAX_VISITS) -> bool:
    """Count a question; True when it was put too often and a person takes over."""
    frame.visits[what] = frame.visits.get(what, 0) + 1
    if frame.visits[what] <= most:
        return False
    turn.transfer("misunderstood", prompt="repair.to_person")
    return True


def _values(turn: Turn, prompt: str) -> dict[str, str]:
    return prompt_values(prompt, turn.scope(), turn.at, turn.prompts)


def say_back(turn: Turn) -> None:
    """Say back what was heard not quite surely, or was corrected."""
    frame = turn.frame
    if frame is None or not frame.echo:
        return
    for name in frame.echo:
        slot = turn.flow.slots[name]
        value = label_of(turn, slot.kind or slot.source or name, frame.values.get(name))
        if value:
            turn.say("repair.echo", {"value": value}, private=(slot.source or name) in PRIVATE)
    frame.echo.clear()


def _ask(turn: Turn, frame: Frame, step: AskStep) -> None:
    if frame.values.get(step.ask) is not None:
        _pass(turn, frame, step)
        return
    if _visit(turn, frame, step.step):
        return
    say_back(turn)
    turn.ask(ask_question(turn, step))


def ask_question(turn: Turn, step: AskStep) -> Question:
    """The question that an ask step puts."""
    slot = turn.flow.slots[step.ask]
    source = slot.source or step.ask
    options: list[tuple[str, Any]] = [(turn.fixed(option.label), option.value) for option in step.options]
    if step.choices is not None:
        values = step.choices.evaluate(turn.scope())
        known = [value for value in values if value is not None] if isinstance(values, list) else []
        options += [(label_of(turn, slot.kind or source, value), plain_data(value)) for value in known]
    if step.skip is not None:
        options.append((turn.fixed(step.skip), ""))
    expect = (source, "choice") if options else (source,)
    return Question(
        "ask",
        step.prompt,
        _values(turn, step.prompt),
        step.step,
        step.ask,
        expect,
        tuple(options),
        any_first=step.either,
        keys=slot.digits or 1,
        silence_s=step.silence_s,
        pause_s=step.pause_s,
        barge_in=step.barge_in,
    )


def _say(turn: Turn, frame: Frame, step: SayStep) -> None:
    if not (step.once and step.step in frame.once):
        items: list[Any] = [None]
        if step.each is not None:
            found = step.each.evaluate(turn.scope())
            items = found[: step.limit] if isinstance(found, list) else []
        for item in items:
            extra = {**item, "item": item} if isinstance(item, Mapping) else {"item": item}
            values = prompt_values(step.say, turn.scope(extra), turn.at, turn.prompts)
            turn.say(step.say, values, barge_in=step.barge_in)
            if step.keep:
                turn.state.kept.append(turn.spoken[-1])
        if step.once:
            frame.once.append(step.step)
    done(turn, frame, step)


def _choose(turn: Turn, frame: Frame, step: ChooseStep) -> None:
    if frame.values.get(step.choose) is not None:
        _pass(turn, frame, step)
        return
    told = of_topic([option.value for option in step.options], turn.topic)
    if told is not None:
        frame.values[step.choose] = step.options[told].value
        done(turn, frame, step)
        return
    if _visit(turn, frame, step.step):
        return
    options: list[tuple[str, Any]] = [(turn.fixed(option.label), option.value) for option in step.options]
    items = step.source.evaluate(turn.scope()) if step.source is not None else []
    for item in items if isinstance(items, list) else []:
        extra = {**item, "item": item} if isinstance(item, Mapping) else {"item": item}
        label = str(item) if step.label is None else item_label(turn, step.label, turn.scope(extra))
        options.append((label, plain_data(item)))
    if not options:
        _pass(turn, frame, step)
        return
    say_back(turn)
    question = Question(
        "choose",
        step.prompt,
        _values(turn, step.prompt),
        step.step,
        step.choose,
        ("choice",),
        tuple(options),
        any_first=step.either,
        silence_s=step.silence_s,
        pause_s=step.pause_s,
        barge_in=step.barge_in,
    )
    turn.ask(question, "full")


def _pass(turn: Turn, frame: Frame, step: AnyStep) -> None:
    """Go on without setting what the step would set: it was set when it was done."""
    if step.next is not None:
        frame.at = step.next
    else:
        skip(turn, frame)


def _confirm(turn: Turn, frame: Frame, step: ConfirmStep) -> None:
    values = _values(turn, step.confirm)
    if turn.denied is not None and (turn.denied.step, turn.denied.values) == (step.step, values):
        frame.at = step.no  # what else they said names nothing else
        return
    same = f"{step.step}: {'|'.join(values.values())}"  # read back in the same words, denied, and no way around it
    if _visit(turn, frame, step.step) or _visit(turn, frame, same, repair.LIMIT):
        return
    frame.echo.clear()  # everything is read back here
    question = Question(
        "confirm",
        step.confirm,
        values,
        step.step,
        expect=("affirm",),
        silence_s=step.silence_s,
        pause_s=step.pause_s,
        barge_in=step.barge_in,
    )
    turn.ask(question, "full")


def _do(turn: Turn, frame: Frame, step: DoStep) -> None:
    scope = turn.scope()
    arguments = {name: plain_data(expression.evaluate(scope)) for name, expression in step.arguments.items()}
    key = json.dumps(arguments, ensure_ascii=False, sort_keys=True)
    if not step.final and frame.asked.get(step.step) == key and frame.values.get(step.save) is not None:
        _pass(turn, frame, step)
        return
    if _visit(turn, frame, step.step):
        return
    frame.asked[step.step] = key
    office, operation = step.do.split(".")
    turn.office(office, operation, arguments)


def _decide(turn: Turn, frame: Frame, step: DecideStep) -> None:
    put(turn, frame, step)
    scope = turn.scope()
    for branch in step.decide:
        if branch.condition is None or branch.condition.true(scope):
            frame.at = branch.go
            return
    _pass(turn, frame, step)


def _transfer(turn: Turn, _: Frame, step: TransferStep) -> None:
    turn.transfer(step.reason, to=step.transfer, prompt=step.say or "main.transfer")


def _call(turn: Turn, _: Frame, step: CallStep) -> None:
    if len(turn.state.frames) >= MAX_DEPTH:
        turn.transfer("error", prompt="office.failed")
        return
    scope = turn.scope()
    flow = turn.machine.flows.flows[step.call]
    given = {name: plain_data(expression.evaluate(scope)) for name, expression in step.arguments.items()}
    turn.state.frames.append(Frame(flow.flow, flow.steps[0].step, given))


def _end(turn: Turn, frame: Frame, step: EndStep) -> None:
    if step.end == "done" and frame.flow not in turn.state.done:
        turn.state.done.append(frame.flow)
    _leave_flow(turn)


_RUN: Mapping[str, Callable[[Turn, Frame, Any], None]] = {
    "ask": _ask,
    "say": _say,
    "choose": _choose,
    "confirm": _confirm,
    "do": _do,
    "decide": _decide,
    "transfer": _transfer,
    "call": _call,
    "end": _end,
}
"""Verb → what it does."""


def unknown(turn: Turn, name: str, given: Any) -> bool:
    """The caller named something that does not exist: say so and offer the nearest. False where no words are written
    for that; nothing was said then.

    It is a failure like others: the third in a row leads to a person."""
    frame = turn.frame
    assert frame is not None, "a slot belongs to a flow"
    step = next((s for s in turn.flow.steps if isinstance(s, AskStep) and s.ask == name), None)
    if step is None or step.unknown is None:
        return _without(turn, turn.flow.slots[name].unknown)
    turn.state.failures += 1
    turn.state.tried.append(f"unknown:{step.prompt}")
    if turn.state.failures >= repair.LIMIT:
        turn.transfer("misunderstood", prompt="repair.to_person")
        return True
    frame.at = turn.flow.steps[0].step  # what is asked before it may not be known yet
    if _visit(turn, frame, step.step):
        return True
    question = ask_question(turn, step)
    slot = turn.flow.slots[name]
    near = [one for one in given.alternatives if one is not None]
    if near:
        kind = slot.kind or slot.source or name
        question = replace(question, options=tuple((label_of(turn, kind, one), one) for one in near[:6]))
    question = replace(question, kind="unknown", prompt=step.unknown, values={"said": given.text[:12]})
    turn.ask(question, "full" if turn.state.failures == 1 else "short")
    return True


def _without(turn: Turn, prompt: str | None) -> bool:
    """Nobody asks for such a value: say that there is none of it, and go on with the rest."""
    if prompt is None:
        return False
    turn.say(prompt)
    steps(turn)
    return True


def _check(turn: Turn) -> bool:
    """Ask about the next value that was heard badly. True when there was one."""
    frame = turn.frame
    if frame is None or not frame.checks:
        return False
    name, value, others = frame.checks.pop(0)
    slot = turn.flow.slots[name]
    kind = slot.kind or slot.source or name
    expect = (slot.source or name, "affirm")
    if others:
        options = tuple((label_of(turn, kind, one), one) for one in (value, *others))
        which = Question("which", "repair.which", slot=name, expect=expect, options=options, any_first=True)
        turn.ask(which, "full")
    else:
        values = {"value": label_of(turn, kind, value)}
        turn.ask(Question("check", "repair.check", values, slot=name, expect=expect, payload=value), "full")
    return True
