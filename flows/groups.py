"""Long numbers that come in groups: each is said back, the last may be taken back or corrected, by voice and by key."""

from __future__ import annotations

from flows import fill, run
from flows.numbers import complete
from flows.schema import Slot
from flows.state import Question
from flows.turn import Turn
from nlu.entities.groups import Fits, Groups
from nlu.understand import Understanding


def heard(turn: Turn, question: Question, understanding: Understanding) -> bool:
    """Use a number, a part of one or a correction. False when it is none of these, or cannot become the number."""
    slot = _slot(turn, question)
    if slot is None or slot.digits is None:
        return False
    given = understanding.slots.get(slot.source or question.slot)
    whole = _fits(question, slot)(str(given.value)) if given is not None and given.value is not None else None
    if whole is not None:
        _whole(turn, question, whole)
        return True
    now = _so_far(turn).say(understanding.text, _fits(question, slot))
    return now is not None and _use(turn, question, slot, now)


def concerns(turn: Turn, understanding: Understanding) -> bool:
    """The words go on with a number that is being given, or correct it: 从头来 is about the number then."""
    question = turn.state.question
    slot = _slot(turn, question) if question is not None and question.slot else None
    if question is None or slot is None or slot.digits is None or not turn.state.partial:
        return False
    return _so_far(turn).say(understanding.text, _fits(question, slot)) is not None


def take(turn: Turn, question: Question, digits: str) -> bool:
    """Use digits that were keyed. False when they cannot become the number."""
    slot = _slot(turn, question)
    if slot is None or slot.digits is None or not digits:
        return False
    return _use(turn, question, slot, _so_far(turn).press(digits, _fits(question, slot)))


def _slot(turn: Turn, question: Question) -> Slot | None:
    return turn.flow.slots.get(question.slot) if turn.frame is not None else None


def _so_far(turn: Turn) -> Groups:
    return Groups(tuple(turn.state.partial.split()))


def _fits(question: Question, slot: Slot) -> Fits:
    return lambda digits: complete(slot.source or question.slot, digits, slot.digits or 0)


def _use(turn: Turn, question: Question, slot: Slot, now: Groups) -> bool:
    if now.whole is not None:
        _whole(turn, question, now.whole)
        return True
    if len(now.given) >= (slot.digits or 0):
        turn.state.partial = ""
        turn.say("repair.number")
        return False
    _part(turn, question, now)
    return True


def _whole(turn: Turn, question: Question, number: str) -> None:
    frame = turn.frame
    assert frame is not None, "a number belongs to a flow"
    turn.understood(by_key=turn.state.by_key)
    turn.state.partial = ""
    fill.give(fill.Taken(), frame, turn.flow, question.slot, number)
    run.steps(turn)


def _part(turn: Turn, question: Question, now: Groups) -> None:
    """Say back what is new, and listen for more."""
    turn.understood(by_key=turn.state.by_key)
    several = " " in turn.state.partial
    turn.state.partial = " ".join(now.parts)
    if now.changed < len(now.parts):
        turn.say_group(question, "keys" if turn.state.by_key else "full", first=now.changed)
    elif several and not now.parts:
        turn.say("repair.start_again")
        turn.ask(question, "short")
        return
    else:
        turn.say("repair.group_again")
    turn.state.question = question
    turn.listen()
