"""What the caller can say at any moment: a person, again, slower, louder, back, another language, emergency …"""

from __future__ import annotations

from typing import Any

from flows import between, fill, hub, repair, run, words
from flows.actions import Say
from flows.state import Frame
from flows.turn import Turn
from nlu.understand import Understanding

_ANNOUNCED = frozenset({"main.slower", "main.louder"})
"""Said before a repetition, and no part of it."""
RATES = ("normal", "slow", "slower")
EMERGENCY = 0.4
"""From this confidence on an emergency is believed: a wrong one costs a short call to a person."""


def emergency(turn: Turn, understanding: Understanding) -> bool:
    """No questions: the number to call, and the front of the queue."""
    meant = understanding.intent == "emergency" and (understanding.accepted or understanding.confidence >= EMERGENCY)
    if not meant and not words.is_emergency(understanding.text):
        return False
    number = words.emergency_number(understanding.text)
    turn.state.flags.append(f"emergency:{number}")
    turn.say(f"emergency.call_{number}", barge_in=False)
    turn.transfer("emergency", band="emergency", prompt=None)
    return True


def person(turn: Turn, understanding: Understanding) -> bool:
    """“A person, please.”"""
    if not understanding.accepted or understanding.intent != "human_agent":
        return False
    turn.transfer("asked")
    return True


def heard(turn: Turn, understanding: Understanding) -> bool:
    """The other global words. True when one was acted on."""
    if words.wants_start_again(understanding.text):
        start_again(turn)
        return True
    if words.wants_help(understanding.text):
        turn.say("main.help")
        repair.ask_again(turn)
        return True
    act = _ACTS.get(understanding.intent) if understanding.accepted else None
    if act is None:
        return False
    act(turn)
    return True


def repeat(turn: Turn) -> None:
    """Say the last turn again, and what must be repeatable at the end.

    Who spoke over it hears it from the piece that was being said; asked for once more, the whole of it."""
    state, question = turn.state, turn.state.question
    said = _from_where_it_was(state.said, turn.pieces_heard)
    if question is not None and question.kind == "more" and state.kept:
        known = [one[:3] for one in said]
        said = [[*one[:3], 0] for one in state.kept if one[:3] not in known] + said
    for prompt, pieces, barge_in, skipped in said:
        if skipped < len(pieces):
            turn.actions.append(Say(tuple(pieces[skipped:]), prompt, barge_in))
        turn.spoken.append([prompt, list(pieces), barge_in, skipped])
    if not said:
        repair.ask_again(turn, "full")
    else:
        turn.listen()


def _from_where_it_was(said: list[list[Any]], heard: int | None) -> list[list[Any]]:
    """What was said: (prompt, pieces, barge_in, how many of the pieces need not be said again)."""
    found = []
    for entry in said:
        before = int(entry[3]) if len(entry) > 3 else 0
        if entry[0] in _ANNOUNCED:
            heard = None if heard is None else max(0, heard - len(entry[1]))
            continue
        now = 0 if heard is None else min(heard, len(entry[1]) - before)
        heard = None if heard is None else heard - now
        found.append([*entry[:3], 0 if heard is None else before + now])
    if all(skipped == len(pieces) for _, pieces, _, skipped in found):  # nothing was left: all of it once more
        return [[*one[:3], 0] for one in found]
    return found


def _slower(turn: Turn) -> None:
    position = RATES.index(turn.state.rate) if turn.state.rate in RATES else 0
    turn.state.rate = RATES[min(position + 1, len(RATES) - 1)]
    turn.set_speech()
    turn.say("main.slower")
    repeat(turn)


def _louder(turn: Turn) -> None:
    turn.state.loudness = "loud"
    turn.set_speech()
    turn.say("main.louder")
    repeat(turn)


def go_back(turn: Turn) -> None:
    """Back to what was asked before."""
    if turn.frame is None:
        hub.open_question(turn, "short")
        return
    if turn.frame.committed:
        repair.ask_again(turn)
        return
    if fill.go_back(turn):
        turn.say("repair.back")
        run.steps(turn)
    else:
        hub.open_question(turn, "short")


def start_again(turn: Turn) -> None:
    """From the first question of the flow, or from the open question."""
    frame = turn.state.frames[0] if turn.state.frames else None
    if frame is None or frame.committed:
        hub.open_question(turn, "short")
        return
    turn.say("repair.start_again")
    flow = turn.machine.flows.flows[frame.flow]
    turn.state.frames[:] = [Frame(frame.flow, flow.steps[0].step)]
    turn.state.partial = ""
    run.steps(turn)


def _language(turn: Turn) -> None:
    turn.state.flags.append("change_language")
    turn.transfer("asked", prompt="main.language")


def _fraud(turn: Turn) -> None:
    turn.state.flags.append("report_fraud")
    hub.offer_person(turn, "main.fraud")


_ACTS = {
    "repeat": repeat,
    "slower": _slower,
    "louder": _louder,
    "go_back": go_back,
    "change_language": _language,
    "goodbye": hub.leave,
    "report_fraud": _fraud,
}


def digression(turn: Turn, understanding: Understanding) -> bool:
    """A question in the middle: the short answer where there is one, else a person; then back to where we were."""
    flows = [turn.flow] if turn.frame is not None else list(turn.machine.flows.flows.values())
    asked = understanding.accepted and understanding.intent == "ask_question"
    for flow in flows if asked or turn.frame is not None else ():
        for answer in flow.answers:
            if any(word in understanding.text for word in answer.words):
                turn.understood(by_key=turn.state.by_key)
                turn.say(answer.say)
                repair.ask_again(turn)
                return True
    if asked:
        turn.understood(by_key=turn.state.by_key)
        hub.offer_person(turn, "main.no_answer")
        return True
    return between.propose_switch(turn, understanding) if turn.frame is not None else False
