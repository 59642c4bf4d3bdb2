"""Answers to what is asked between flows, and the way from one service to another."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from flows import closing, fill, hub, repair, run, speaking, wishes, words
from flows.choices import choice_of
from flows.clauses import SERVICES, joins
from flows.schema import AskStep, Flow
from flows.state import Frame, Question
from flows.turn import Turn
from nlu.understand import SlotValue, Understanding

LIKELY = 0.25
"""From this confidence on, an intent that was not accepted is asked about."""
SWITCH = 0.6
"""From this confidence on, another service named within a flow is asked about."""
_POINTS = re.compile(r"[选按要就是]*第?[一二三1-3](?:号|个|键|号键)?")
"""What names a choice by its number."""
_FIRST = re.compile("^(?!.*(?:算了|罢了|不.{0,3}了)).*先")
"""先查养老金: what is under way is wanted as well, unless it is given up."""
_OTHERWISE = re.compile("不是?[，, ]+(?!.*[不没别算])")
"""不是，挂内科: that it is wanted, but otherwise."""


def begin(turn: Turn, name: str, understanding: Understanding | None = None) -> None:
    """Start a flow, with what the caller has already said."""
    wishes.begun(turn, turn.machine.flows.flows[name].intents, understanding.slots if understanding is not None else ())
    put(turn, name)
    run.go_on(turn, understanding)


def put(turn: Turn, name: str, understanding: Understanding | None = None) -> None:
    """Make a flow the one under way, with what was said; what it does first waits."""
    flow = turn.machine.flows.flows[name]
    turn.state.frames[:] = [Frame(name, flow.steps[0].step)]
    turn.state.partial = ""
    if understanding is not None:
        fill.take(turn, understanding)


def chosen(turn: Turn, value: str, understanding: Understanding | None = None) -> None:
    """A choice of the menu, or a language; by voice with whatever else was said in the same breath."""
    question = turn.state.question
    if value == hub.LANGUAGE:
        hub.which_language(turn)
    elif question is not None and question.kind == "language":
        speaking.change(turn, value)
    else:
        begin(turn, value, understanding)


def _pointing(understanding: Understanding) -> Understanding:
    """一号 said to a menu is the first choice, and no day."""
    short = words.bare(understanding.text)
    return replace(understanding, text=short.replace("号", "")) if _POINTS.fullmatch(short) else understanding


def _with_the_choice(turn: Turn, value: str, understanding: Understanding) -> bool:
    """Whether what else was said belongs to the choice: 一号 names the first one and no day of the month, and who spoke
    of another service (昨天挂的号要退) gave that one's values."""
    said = [understanding.text, *(one.text for one in understanding.slots.values())]
    if any(_POINTS.fullmatch(words.bare(one)) for one in said):
        return False
    meant = turn.machine.flows.by_intent.get(understanding.intent) if understanding.accepted else None
    return meant in (None, value)


def serve(turn: Turn, understanding: Understanding) -> bool:
    """Act on an accepted intent between flows."""
    name = turn.machine.flows.by_intent.get(understanding.intent)
    if name is not None:
        turn.understood(by_key=False)
        begin(turn, name, understanding)
    elif understanding.intent in SERVICES:
        turn.understood(by_key=False)
        wishes.begun(turn, (understanding.intent,), understanding.slots)
        hub.offer_person(turn, "main.no_service")
    else:
        return False
    return True


def heard(turn: Turn, understanding: Understanding, yes: bool, no: bool) -> bool:
    """An answer to a question of this module. True when it was used."""
    question = turn.state.question
    assert question is not None, "an answer belongs to a question"
    if question.kind in {"menu", "language"}:
        position = choice_of(question, _pointing(understanding))
        if position is not None:
            turn.understood(by_key=False)
            value = question.options[position][1]
            chosen(turn, value, understanding if _with_the_choice(turn, value, understanding) else None)
            return True
    after = question.after_a_flow and (not yes or words.is_enough(understanding.text))
    with_values = _with_values(turn, question, understanding, yes=yes, no=no)
    if with_values or (after and closing.heard(turn, understanding, no)):
        return True
    if after and question.kind == "more":
        understanding, yes, no = closing.besides_no(understanding) if no else understanding, False, False
    if question.kind in {"person", "leave", "switch", "more", "speaks"} and (yes or no):
        turn.understood(by_key=False)
        answer(turn, question, yes)
        return True
    if understanding.accepted and question.kind != "leave" and serve(turn, understanding):
        return True
    if question.kind in {"open", "menu", "more"}:
        return _told(turn, understanding) or _likely(turn, understanding)
    return False


def _with_values(turn: Turn, question: Question, understanding: Understanding, *, yes: bool, no: bool) -> bool:
    """后天下午我自己, to “you also wanted a booking, right?”: what its flow takes is a yes, and kept. True when used.

    To a service that was not wanted before, it is one only with a yes: the values may be those of another."""
    payload, text = question.payload, understanding.text
    if question.kind != "switch" or not isinstance(payload, Mapping) or words.asks(text) or words.finds_wrong(text):
        return False
    if no and _OTHERWISE.match(text) is None:
        return False
    intent = str(payload["intent"])
    name = turn.machine.flows.by_intent.get(intent)
    kept = wishes.due(turn) if payload.get("kept") else None
    if name is None or (understanding.accepted and understanding.intent not in {intent, "inform", "affirm", "deny"}):
        return False
    own = turn.machine.sources[name]
    said = {one: value for one, value in understanding.slots.items() if one in own and value.value is not None}
    sure = kept is not None and any(value.confidence >= fill.SURE for value in said.values())
    again = kept is not None and understanding.accepted and understanding.intent == intent
    if not said or not (yes or sure or again) or (again and not _for_the_same(kept, said)):
        return False
    turn.understood(by_key=False)
    _switch(turn, payload, said)
    return True


def _for_the_same(kept: Mapping[str, Any] | None, said: Mapping[str, SlotValue]) -> bool:
    """给我自己挂个眼科 is no word about the booking that was wanted for somebody else."""
    own = said.get("patient")
    return kept is None or "relation" not in kept["slots"] or own is None or own.value != "self"


def _asked_for(flow: Flow) -> set[str]:
    """What a flow asks for; what it merely understands, such as the day of a booking to cancel, begins nothing."""
    asked = {step.ask for step in flow.steps if isinstance(step, AskStep)}
    return {flow.slots[name].source or name for name in asked}


def _told(turn: Turn, understanding: Understanding) -> bool:
    """“骨科，后天上午”: no wish in so many words, but values that only one service takes. True when it was used.

    A flow that is not in the menu begins by its own words alone: to change an appointment takes the same values."""
    given = {name for name, one in understanding.slots.items() if one.value is not None and one.confidence >= fill.SURE}
    flows = turn.machine.flows
    offered = dict(flows.menu)
    for intent, _ in understanding.ranking:
        name = flows.by_intent.get(intent)
        if name not in offered:
            continue
        own = given & turn.machine.sources[name]
        others = {source for other in offered if other != name for source in _asked_for(flows.flows[other])}
        if not own - others:
            return False
        if len(own) > 1:
            turn.understood(by_key=False)
            begin(turn, name, understanding)
        else:
            turn.understood(by_key=False)
            _ask_switch(turn, intent, understanding)
        return True
    return False


def answer(turn: Turn, question: Question, yes: bool) -> None:
    """Yes or no to one of this module's questions."""
    acts: dict[str, Callable[[], None]] = {
        "person": lambda: turn.transfer("policy"),
        "leave": lambda: hub.goodbye(turn),
        "switch": lambda: _switch(turn, question.payload),
        "speaks": lambda: speaking.change(turn, str(question.payload)),
        "more": lambda: turn.ask(Question("open", "main.open"), "short"),
    }
    if yes:
        acts[question.kind]()
    elif question.kind == "more":
        hub.goodbye(turn)
    else:
        wishes.answered(turn, question.payload, yes=False)
        if question.kind == "speaks":
            turn.state.flags.append(f"not:{question.payload}")
        _back(turn)


def _back(turn: Turn) -> None:
    if turn.state.frames:
        run.go_on(turn)
    elif turn.state.done or wishes.due(turn) is not None:
        run.whatever_else(turn)
    else:
        hub.open_question(turn, "short")


def _switch(turn: Turn, payload: Mapping[str, Any], said: Mapping[str, SlotValue] | None = None) -> None:
    """`said` came with the yes, and goes before what was said earlier."""
    said = said or {}
    intent = str(payload["intent"])
    name = turn.machine.flows.by_intent.get(intent)
    kept = wishes.answered(turn, payload, yes=True)
    if name is not None and kept is not None:
        put(turn, name)
        run.go_on(turn, replace(kept, slots=_together(kept.slots, said)))
    elif name is None:
        turn.state.frames.clear()
        hub.offer_person(turn, "main.no_service")
    else:
        if payload.get("first"):
            wishes.keep_left(turn)
        slots = {source: SlotValue(value, str(value), 0, 0, fill.SURE) for source, value in payload["given"].items()}
        begin(turn, name, Understanding("", intent, 1.0, accepted=True, slots={**slots, **said}))


def _together(earlier: Mapping[str, SlotValue], said: Mapping[str, SlotValue]) -> dict[str, SlotValue]:
    """For whom it is was said anew: nothing of the other person stands."""
    anew = {"patient", "relation", "person_name"} if {"patient", "relation"} & set(said) else set()
    return {**{name: one for name, one in earlier.items() if name not in anew}, **said}


def asked_about(turn: Turn, intents: Collection[str]) -> Collection[str]:
    """Of these, the one that the caller was just asked about: 改到大后天, to “see your booking, right?”"""
    question = turn.state.question
    payload = question.payload if question is not None and question.kind == "switch" else None
    intent = payload.get("intent") if isinstance(payload, Mapping) else None
    return (str(intent),) if intent in intents else ()


def propose_switch(turn: Turn, understanding: Understanding) -> bool:
    """Within a flow another service was named: ask before leaving what was begun."""
    if not names_another(turn, understanding):
        return False
    turn.understood(by_key=False)
    if joins(understanding.text) and wishes.note(turn, understanding):
        repair.ask_again(turn)
    else:
        _ask_switch(turn, understanding.intent, understanding)
    return True


def names_another(turn: Turn, understanding: Understanding) -> bool:
    """Whether another service than the one under way was surely named."""
    intent = understanding.intent
    own = turn.frame is not None and intent in turn.flow.intents
    return understanding.accepted and understanding.confidence >= SWITCH and intent in SERVICES and not own


def _ask_switch(turn: Turn, intent: str, understanding: Understanding) -> None:
    """“You want …, is that right?”, with what the caller has told already kept for a yes."""
    given = {
        name: one.value
        for name, one in understanding.slots.items()
        if one.value is not None and one.confidence >= fill.DOUBT
    }
    payload: dict[str, Any] = {"intent": intent, "given": given}
    if turn.frame is not None and (_FIRST.search(understanding.text) or wishes.waits(turn, intent)):
        payload["first"] = True  # what is under way is wanted as well
    name = turn.machine.flows.by_intent.get(intent)
    place = turn.machine.flows.flows[name].menu if name else None
    if place is None:
        turn.ask(Question("switch", "main.switch_other", expect=("affirm",), payload=payload), "full")
        return
    label = turn.fixed(place.label)
    question = Question("switch", "main.switch", {"choice": label}, expect=("affirm",), payload=payload)
    turn.ask(question, "full")


def _likely(turn: Turn, understanding: Understanding) -> bool:
    """Not sure, but probable: ask “do you want …?” rather than “say it again”."""
    sure_enough = understanding.accepted or understanding.confidence >= LIKELY
    if not sure_enough or understanding.intent not in turn.machine.flows.by_intent:
        return False
    _ask_switch(turn, understanding.intent, understanding)
    return True
