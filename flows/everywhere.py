"""What the caller can say at any moment: a person, again, slower, louder, back, another language, emergency …"""

from __future__ import annotations

from flows import between, fill, hub, repair, run, words
from flows.state import Frame
from flows.turn import Turn
from nlu.understand import Understanding

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
    """Say the last turn again, and what must be repeatable at the end."""
    state, question = turn.state, turn.state.question
    said = list(state.said)
    if question is not None and question.kind == "more" and state.kept:
        said = [one for one in state.kept if one not in said] + said
    for prompt, pieces, barge_in, private in said:
        turn.speak(prompt, tuple(pieces), barge_in=barge_in, private=private)
    if not said:
        repair.ask_again(turn, "full")
    else:
        turn.listen()


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
    turn.state.partial = ""
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
