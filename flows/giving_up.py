"""The caller gives up what is being done: “不挂了”, “算了”, “改天吧”. Nothing was changed, and they are told so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from flows import answers, between, hub, repair, run, wishes, words
from flows.clauses import SERVICES
from flows.state import Question
from flows.turn import SIDE, Turn
from nlu.understand import Understanding

_LATER = re.compile("改天|改日|以后|下次|下回|回头|再说")
_EVERYTHING = re.compile("都不|全不|[挂看退约]了?[，,].{0,4}也不|也不.{1,6}也不")
_BOOKS = re.compile("挂|约|养老|查")
"""“先别退，再挂个眼科”: something else is wanted beside it."""
_APPOINTMENT = re.compile("挂|约|看|去|号")


def of_what_waits(turn: Turn, understanding: Understanding) -> bool:
    """养老金不用查了, while the booking is made: only that is not wanted any more. True when it was one of these."""
    text, question = understanding.text, turn.state.question
    if question is None or wishes.due(turn) is None:
        return False
    payload, said = question.payload, understanding.slots.get("affirm")
    asked = question.kind == "switch" and isinstance(payload, Mapping) and payload.get("kept")
    kept = wishes.taken_back(turn, text)
    no = kept is None and words.nothing_more(text) and said is not None and said.value is False
    if asked and (no or (kept is not None and kept is wishes.due(turn))):
        turn.understood(by_key=False)
        between.answer(turn, question, yes=False)
        return True
    if turn.frame is not None and not turn.frame.committed and _nothing_at_all(understanding):
        turn.state.wishes = []
        give_up(turn, replace(understanding, accepted=False))
        return True
    if kept is None:
        return False
    turn.understood(by_key=turn.state.by_key)
    wishes.drop(turn, kept)
    name = turn.machine.flows.by_intent.get(kept["intent"])
    if turn.frame is not None and name != turn.state.frames[0].flow:
        turn.say_where_known(f"given_up.{name}")
    of_kept = {"affirm", *(("relation", "patient") if "relation" in understanding.slots else ())}
    rest = {name: one for name, one in understanding.slots.items() if name not in of_kept}
    if turn.frame is not None and rest:  # 养老金不查了，后天上午去
        run.go_on(turn, replace(understanding, slots=rest, denied={}))
    else:
        repair.ask_again(turn)
    return True


def _nothing_at_all(understanding: Understanding) -> bool:
    """不挂了，也不查了."""
    text = understanding.text
    off = words.calls_off(text) or words.lets_be(text)
    return off and _EVERYTHING.search(text) is not None and not _tells_more(understanding)


def heard(turn: Turn, understanding: Understanding) -> bool:
    """True when a flow was given up, or the call is about to be."""
    question, frame = turn.state.question, turn.frame
    if question is None or (frame is not None and frame.committed):
        return False
    text = understanding.text
    if question.kind == "leave" and words.stays(text):
        turn.understood(by_key=False)
        between.answer(turn, question, yes=False)
        return True
    kept = _is_kept(turn, understanding)
    off = kept or words.calls_off(text) or (question.kind == "confirm" and words.says_dont(text))
    let_be = words.lets_be(text)
    if not (off or let_be) or (not kept and _tells_more(understanding) and not words.says_only_that(text)):
        return False
    if frame is None:
        return _before_or_after(turn, question, text, off=off)
    if question.kind in SIDE and not off:
        return False  # 算了 to the offer of a person is a no to that
    if answers.no_ends(turn, question) and not (kept and _BOOKS.search(text)):
        turn.understood(by_key=False)
        answers.confirmed(turn, question, yes=False)
    else:
        give_up(turn, understanding)
    return True


def _before_or_after(turn: Turn, question: Question, text: str, *, off: bool) -> bool:
    """Nothing is under way: the caller rings off, or what was done is to be undone. True when it was acted on."""
    if question.kind in {"open", "menu"}:
        hub.leave(turn)
        return True
    if question.kind != "more" or not off or (words.nothing_more(text) and not _APPOINTMENT.search(text)):
        return False
    if not turn.state.done:  # given up once more
        turn.understood(by_key=turn.state.by_key)
        turn.say_where_known("main.given_up")
        hub.anything_else(turn)
        return True
    undo = Understanding(text, "cancel_appointment", 1.0, accepted=True)
    return _APPOINTMENT.search(text) is not None and between.propose_switch(turn, undo)


def give_up(turn: Turn, understanding: Understanding) -> None:
    """Leave the flow under way, for what is wanted instead (“不挂了，我查养老金”); else ask what else there is."""
    own, intent = turn.flow.intents, understanding.intent
    turn.understood(by_key=turn.state.by_key)
    turn.state.partial = ""
    told = f"given_up.{turn.state.frames[0].flow}"
    turn.say_where_known(told if turn.prompts.has(told) else "main.given_up")
    now = understanding.accepted and _LATER.search(understanding.text) is None  # 不看了，改天我儿子来办
    other = now and intent in SERVICES and intent not in {*own, "cancel_appointment"}
    if other and between.serve(turn, understanding):
        return
    run.whatever_else(turn)  # what was wanted beside it is not given up


def _is_kept(turn: Turn, understanding: Understanding) -> bool:
    """“别退了，我后天再看” while a booking is about to be cancelled: the day is that on which they can come."""
    cancels = turn.frame is not None and "cancel_appointment" in turn.flow.intents
    return cancels and not understanding.denied and words.keeps_it(understanding.text)


def _tells_more(understanding: Understanding) -> bool:
    """“骨科不挂了，挂内科” is a correction."""
    given = {name for name, one in understanding.slots.items() if one.value is not None and name != "affirm"}
    if "给" not in understanding.text:
        given -= {"relation", "patient"}  # “不看了，改天我儿子来办”
    return bool(given or understanding.denied)
