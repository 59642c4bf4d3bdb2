"""What the caller can say at any moment: a person, again, slower, louder, back, another language, emergency …"""

from __future__ import annotations

import re
from typing import Any

from flows import between, closing, emergencies, fill, hub, repair, run, scams, speaking, words
from flows.actions import Flag, Say
from flows.schema import DoStep
from flows.state import Frame, Question
from flows.turn import Turn
from nlu.understand import Understanding

_ANNOUNCED = frozenset({"main.slower", "main.louder", "repair.sorry", "repair.still_here", "repair.back"})
"""Said before a question or a repetition, and no part of it."""
_ONCE_MORE = re.compile("再|重|念|遍")
DOUBT = "doubt:emergency"
"""Flag of a call in which a person was offered, because something sounded like an emergency."""
RATES = ("normal", "slow", "slower")


def emergency(turn: Turn, understanding: Understanding) -> bool:
    """No questions: the number to call, and the front of the queue. Where it only may be one, a person."""
    number = emergencies.number_for(understanding, _asked_for(turn))
    if number is None:
        return _asked_for(turn) is None and emergencies.perhaps(understanding) and _in_doubt(turn, understanding)
    turn.flag(Flag("emergency", (number,), (f"急事，{number}",), understanding.text))
    turn.say(f"emergency.call_{number}", barge_in=False)
    turn.transfer("emergency", band="emergency", prompt=None, emergency=number)
    return True


def _asked_for(turn: Turn) -> tuple[str, ...] | None:
    """What the caller was just asked for; None where they were asked what they want."""
    question = turn.state.question
    if question is None:
        return () if turn.frame is not None else None
    return None if question.kind in {"open", "menu"} else question.expect


def _in_doubt(turn: Turn, understanding: Understanding) -> bool:
    """Taken for an emergency, though the words do not say so: a person is offered, once, instead of “say it again”. Any

    answer but a no leads there."""
    state = turn.state
    if (
        not emergencies.meant(understanding)
        or DOUBT in state.flags
        or state.question is None
        or state.question.kind == "person"
    ):
        return False
    state.flags.append(DOUBT)
    turn.ask(Question("person", "main.no_service", expect=("affirm",)), "short")
    return True


def scam(turn: Turn, understanding: Understanding) -> bool:
    """Signs of a fraud: on record for the person who helps; once, calm advice and the offer of a person.

    Then back to what the caller wanted, which is kept when it was said in the same breath. True when it spoke."""
    found = scams.signs(understanding.text)
    new = tuple(code for code in found if f"scam:{code}" not in turn.state.flags)
    if not new:
        return False
    advised = _advised(turn)
    turn.flag(Flag("scam", new, scams.in_words(new), understanding.text))
    if advised:
        return False
    name = turn.machine.flows.by_intent.get(understanding.intent) if understanding.accepted else None
    if turn.frame is None and name is not None:
        between.put(turn, name, understanding)
    else:
        fill.take(turn, understanding)
    turn.understood(by_key=False)
    turn.ask(Question("person", "main.fraud", expect=("affirm",)), "full")
    return True


def person(turn: Turn, understanding: Understanding) -> bool:
    """“A person, please.”"""
    if not understanding.accepted or understanding.intent != "human_agent":
        return False
    speaking.to_person(turn, turn.machine.languages.of_person(understanding.text, turn.language))
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
    if speaking.wanted(turn, understanding):
        return True
    act = _ACTS.get(understanding.intent) if understanding.accepted else None
    if words.has_not_noted(understanding.text) and closing.slowly(turn):
        return True
    if act is None and words.has_not_heard(understanding.text):
        act = _louder if "听不见" in understanding.text else repeat
    if act in {repeat, _louder} and _cannot_hear(turn, understanding.text, louder=act is _louder):
        act = _plainer
    if act is None or (act is hub.leave and _has_answer(turn, understanding)):  # “挂了能退吗” is no goodbye
        return False
    act(turn)
    return True


def meanwhile(turn: Turn, understanding: Understanding) -> None:
    """What can be done while an office is asked: the caller is still waiting for it afterwards."""
    step = turn.step(turn.frame.at) if turn.frame is not None else None
    filler = step.slow if isinstance(step, DoStep) else "office.slow"
    match understanding.intent if understanding.accepted else "":
        case "change_language":
            speaking.with_person(turn, understanding)
        case "slower":
            _speak_slower(turn)
            turn.say("main.slower")
        case "louder":
            _speak_louder(turn)
            turn.say("main.louder")
        case "repeat" | "go_back" | "goodbye":
            turn.say(filler)
        case _ if words.wants_help(understanding.text) or words.wants_start_again(understanding.text):
            turn.say(filler)


def repeat(turn: Turn) -> None:
    """Say the last turn again, and what must be repeatable at the end.

    Who spoke over it hears it from the piece that was being said; asked for once more, the whole of it."""
    state, question = turn.state, turn.state.question
    said = _from_where_it_was(state.said, turn.pieces_heard)
    slowly = any(one[0] == "main.note" for one in said)  # the code was just said twice
    if question is not None and question.after_a_flow and state.kept and not slowly:
        known = [one[:2] for one in said]
        said = [[*one[:4], 0] for one in state.kept if one[:2] not in known] + said
    for prompt, pieces, barge_in, private, skipped in said:
        if skipped < len(pieces):
            turn.actions.append(Say(tuple(pieces[skipped:]), prompt, barge_in, private))
        turn.spoken.append([prompt, list(pieces), barge_in, private, skipped])
    if not said:
        repair.ask_again(turn, "full")
    else:
        turn.listen()


def _from_where_it_was(said: list[list[Any]], heard: int | None) -> list[list[Any]]:
    """What was said: (prompt, pieces, barge_in, private, how many of the pieces need not be said again)."""
    found = []
    for entry in said:
        before = int(entry[4]) if len(entry) > 4 else 0
        if entry[0] in _ANNOUNCED:
            heard = None if heard is None else max(0, heard - len(entry[1]))
            continue
        now = 0 if heard is None else min(heard, len(entry[1]) - before)
        heard = None if heard is None else heard - now
        found.append([*entry[:4], 0 if heard is None else before + now])
    if all(skipped == len(pieces) for _, pieces, _, _, skipped in found):  # nothing was left: all of it once more
        return [[*one[:4], 0] for one in found]
    return found


def _cannot_hear(turn: Turn, text: str, *, louder: bool) -> bool:
    """Whether the caller could not hear it for the second time, so that the same once more is no help.

    “Once more” itself may be asked for as often as one likes."""
    state = turn.state
    loud = louder and state.loudness == "loud"  # nothing gets any louder
    if loud or words.has_not_heard(text) or not (louder or _ONCE_MORE.search(text)):
        state.unheard = max(state.unheard, int(loud)) + 1
        return state.unheard > 1
    return False


def _plainer(turn: Turn) -> None:
    """Slower, louder and only the question; and where that was not heard, a person."""
    if turn.state.unheard >= repair.LIMIT:
        turn.transfer("misunderstood", prompt="repair.to_person")
        return
    turn.state.loudness = "loud"
    _speak_slower(turn)
    turn.say("main.slower")
    if not closing.slowly(turn):
        repair.ask_again(turn)


def _speak_slower(turn: Turn) -> None:
    position = RATES.index(turn.state.rate) if turn.state.rate in RATES else 0
    turn.state.rate = RATES[min(position + 1, len(RATES) - 1)]
    turn.set_speech()


def _slower(turn: Turn) -> None:
    _speak_slower(turn)
    turn.say("main.slower")
    repeat(turn)


def _speak_louder(turn: Turn) -> None:
    turn.state.loudness = "loud"
    turn.set_speech()


def _louder(turn: Turn) -> None:
    _speak_louder(turn)
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


def _fraud(turn: Turn) -> None:
    """The caller speaks of a fraud: advice, unless it was given, and the offer of a person."""
    advised = _advised(turn)
    turn.flag(Flag("scam", ("report_fraud",), ("来电人说到诈骗",), turn.state.last_words))
    turn.understood(by_key=False)
    turn.ask(Question("person", "main.fraud", expect=("affirm",)), "short" if advised else "full")


def _advised(turn: Turn) -> bool:
    return any(flag.startswith("scam:") for flag in turn.state.flags)


_ACTS = {
    "repeat": repeat,
    "slower": _slower,
    "louder": _louder,
    "go_back": go_back,
    "goodbye": hub.leave,
    "report_fraud": _fraud,
}


def _has_answer(turn: Turn, understanding: Understanding) -> bool:
    """The flow under way answers a question that these words put."""
    return turn.frame is not None and turn.flow.answer(understanding.text) is not None


def digression(turn: Turn, understanding: Understanding) -> bool:
    """A question in the middle: the short answer where there is one, else a person; then back to where we were."""
    flows = [turn.flow] if turn.frame is not None else list(turn.machine.flows.flows.values())
    asked = understanding.accepted and understanding.intent == "ask_question"
    for flow in flows if asked or turn.frame is not None else ():
        if (answer := flow.answer(understanding.text)) is not None:
            turn.understood(by_key=turn.state.by_key)
            turn.say(answer)
            if turn.state.aside is not None:
                turn.state.question = turn.state.aside
            repair.ask_again(turn)
            return True
    if asked:
        turn.understood(by_key=turn.state.by_key)
        hub.offer_person(turn, "main.no_answer")
        return True
    if turn.frame is not None and between.propose_switch(turn, understanding):
        return True
    return _in_doubt(turn, understanding)
