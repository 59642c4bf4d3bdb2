"""Long numbers that come in groups: each is said back, the last may be taken back or corrected, by voice and by key."""

from __future__ import annotations

import re

from flows import fill, run
from flows.numbers import complete, spoken_digits
from flows.schema import Slot
from flows.state import Question
from flows.turn import Turn
from nlu.understand import Understanding

_DIGITS = "[0-9零〇洞一幺二两三四五六七拐八九勾xX叉]+"
_CORRECTION = (re.compile(f"是({_DIGITS}).{{0,2}}不是({_DIGITS})"), re.compile(f"不是({_DIGITS}).{{0,2}}是({_DIGITS})"))
_TAKE_BACK = re.compile(r"说错|报错|念错|记错|错了|不对|重说|重新说|不算|再来一遍|重来")


def heard(turn: Turn, question: Question, understanding: Understanding) -> bool:
    """Use a number, a part of one or a correction. False when it is none of these."""
    slot = _slot(turn, question)
    if slot is None or slot.digits is None:
        return False
    text = understanding.text
    if turn.state.partial and (_correct(turn, question, text) or _take_back(turn, question, text)):
        return True
    given = understanding.slots.get(slot.source or question.slot)
    digits = str(given.value) if given is not None and given.value is not None else spoken_digits(text)
    if len(digits) < slot.digits and len(spoken_digits(text)) < 2:
        return False
    return take(turn, question, digits)


def take(turn: Turn, question: Question, digits: str) -> bool:
    """Use digits that came now. False when they cannot become the number: what came before stays."""
    slot = _slot(turn, question)
    if slot is None or slot.digits is None or not digits:
        return False
    before = turn.state.partial.split()
    kind = slot.source or question.slot
    joined = "".join(before)
    for candidate in (digits, joined + digits):  # the whole number at once stands over the parts of it
        whole = complete(kind, candidate, slot.digits)
        if whole is not None:
            _whole(turn, question, whole)
            return True
    # Begun anew, with what is known already; one digit is no sign of that: a code may well begin with two of a kind.
    if len(joined) > 1 and digits.startswith(joined):
        before = []
    if len("".join(before) + digits) >= slot.digits:
        turn.state.partial = ""
        turn.say("repair.number")
        return False
    _part(turn, question, [*before, digits])
    return True


def _slot(turn: Turn, question: Question) -> Slot | None:
    return turn.flow.slots.get(question.slot) if turn.frame is not None else None


def _whole(turn: Turn, question: Question, number: str) -> None:
    frame = turn.frame
    assert frame is not None, "a number belongs to a flow"
    turn.understood(by_key=turn.state.by_key)
    turn.state.partial = ""
    fill.give(fill.Taken(), frame, turn.flow, question.slot, number)
    run.steps(turn)


def _part(turn: Turn, question: Question, groups: list[str]) -> None:
    turn.understood(by_key=turn.state.by_key)
    turn.state.partial = " ".join(groups)
    turn.say_group(question, "keys" if turn.state.by_key else "full")
    turn.state.question = question
    turn.listen()


def _correct(turn: Turn, question: Question, text: str) -> bool:
    """“不对，是二不是七”: in the last group that has the wrong digits."""
    groups = turn.state.partial.split()
    for n, pattern in enumerate(_CORRECTION):
        found = pattern.search(text)
        if found is None:
            continue
        right, wrong = (spoken_digits(found[1 + n]), spoken_digits(found[2 - n]))
        for place in range(len(groups) - 1, -1, -1):
            at = groups[place].rfind(wrong)
            if at >= 0 and wrong:
                groups[place] = groups[place][:at] + right + groups[place][at + len(wrong) :]
                _part(turn, question, groups)
                return True
    return False


def _take_back(turn: Turn, question: Question, text: str) -> bool:
    """“说错了”: the last group is forgotten."""
    if not _TAKE_BACK.search(text) or len(spoken_digits(text)) > 1:
        return False
    turn.understood(by_key=False)
    turn.state.partial = " ".join(turn.state.partial.split()[:-1])
    turn.say("repair.group_again")
    turn.state.question = question
    turn.listen()
    return True
