"""The caller gives up what is being done: “不挂了”, “算了”, “改天吧”. Nothing was changed, and they are told so."""

from __future__ import annotations

from flows import answers, between, hub, run, words
from flows.schema import ConfirmStep, EndStep, SayStep
from flows.turn import SIDE, Turn
from nlu.understand import Understanding


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
    off = words.calls_off(text) or (question.kind == "confirm" and words.says_dont(text))
    let_be = words.lets_be(text)
    if not (off or let_be) or (_tells_more(understanding) and not words.says_only_that(text)):
        return False
    if frame is None:
        if question.kind not in {"open", "menu"}:
            return False
        hub.leave(turn)
    elif question.kind in SIDE and not off:
        return False  # 算了 to the offer of a person is a no to that
    elif question.kind == "confirm" and _no_is_giving_up(turn, question.step):
        turn.understood(by_key=False)
        answers.confirmed(turn, question, yes=False)
    else:
        give_up(turn)
    return True


def give_up(turn: Turn) -> None:
    """Leave the flow under way, and ask what else there is."""
    turn.understood(by_key=turn.state.by_key)
    turn.state.partial = ""
    own = f"given_up.{turn.state.frames[0].flow}"
    turn.say_where_known(own if turn.prompts.has(own) else "main.given_up")
    run.whatever_else(turn)  # what was wanted beside it is not given up


def _tells_more(understanding: Understanding) -> bool:
    """“骨科不挂了，挂内科” is a correction."""
    given = {name for name, one in understanding.slots.items() if one.value is not None and name != "affirm"}
    if "给" not in understanding.text:
        given -= {"relation", "patient"}  # “不看了，改天我儿子来办”
    return bool(given or understanding.denied)


def _no_is_giving_up(turn: Turn, name: str) -> bool:
    """The flow itself says what becomes of a no, and ends: “好，这个号给您留着”."""
    step = turn.step(name)
    return isinstance(step, ConfirmStep) and isinstance(turn.step(step.no), SayStep | EndStep)
