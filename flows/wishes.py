"""What else was wanted in the same breath: the first wish is served, the others are kept and taken up afterwards.

What is kept is told to whoever takes the call over (`Turn.summary`, the event `wishes`), so that a caller who hangs up,
or goes to a person, need not think of it again."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from flows import hub, words
from flows.clauses import BOOKING, SERVICES
from flows.state import Frame, Question
from flows.turn import Turn
from nlu.understand import SlotValue, Understanding

BETWEEN = frozenset({"open", "menu", "more", "person", "switch"})
"""Questions between flows, at which somebody may say what they want."""
KEPT_MAX = 3
_TOGETHER = ("date", "part_of_day", "hospital")
SURE = 0.85
"""Below it the caller is asked whether it is wanted, before it is begun."""
_NOT_ANY_MORE = re.compile("算了|罢了|[不别](?:要|用|必|需要|想)?(?:再|给.{1,4})?[挂看退查办约问]?了|取消")
_VERBS = {BOOKING: "挂|号|约", "cancel_appointment": "退", "query_pension": "查|问|钱"}
"""What else than its name in the menu tells of a service that is not wanted any more."""


def first(turn: Turn, understanding: Understanding) -> Understanding:
    """Of several wishes the first; the others are kept. What was kept before and is said again is not kept twice."""
    question = turn.state.question
    two = understanding.wishes if len(understanding.wishes) > 1 else ()  # a replay may bring anything
    beside = two[1] if two and two[0].intent not in SERVICES else None
    if beside is not None and (
        turn.frame is not None or (question is not None and question.kind in {"switch", "person"})
    ):
        return two[0] if _is_another(turn, beside) and note(turn, beside) else understanding
    if turn.frame is not None or question is None or question.kind not in BETWEEN:
        return understanding
    if beside is not None:  # 好，再查一下养老金, to “anything else?”
        begun(turn, (beside.intent,), beside.slots)
        return beside
    if not two:
        return understanding
    for one in two:
        begun(turn, (one.intent,), one.slots)
    _keep(
        turn, [_kept(one, next((e for e in two[:n] if e.intent == one.intent), None)) for n, one in enumerate(two) if n]
    )
    return two[0]


def _is_another(turn: Turn, one: Understanding) -> bool:
    """Another service, or the same for somebody else, at another department, or once more when all is read back."""
    frame, question = turn.frame, turn.state.question
    if frame is None or one.intent not in turn.flow.intents:
        return True
    read_back = question is not None and question.kind == "confirm"
    return one.intent == BOOKING and (read_back or "relation" in one.slots or "department" in one.slots)


def note(turn: Turn, understanding: Understanding) -> bool:
    """Wanted beside what is under way (“by the way, …”): it comes afterwards. False where that cannot be said."""
    if not turn.prompts.has("main.noted") or len(_waiting(turn)) >= KEPT_MAX:
        return False  # what is promised is not to be lost
    begun(turn, (understanding.intent,), understanding.slots)
    kept, frame = _kept(understanding), turn.frame
    if frame is not None and understanding.intent in turn.flow.intents:
        also = ["department"] if "也" in understanding.text else []
        other = "relation" in understanding.slots
        kept = {**kept, "again": "one" if other else "same", "like": [*_TOGETHER, *also] if other else []}
    _keep(turn, [kept])
    turn.say("main.noted")
    return True


def announce(turn: Turn, served: Understanding) -> None:
    """“First …, then …”, so that the caller need not say the second once more."""
    kept = due(turn)
    if kept is None or served.intent not in SERVICES or not turn.prompts.has("main.first_then"):
        return
    now, then = _label(turn, served.intent), _label(turn, kept["intent"])
    if kept["again"]:
        turn.say("main.first_then", {}, variant=kept["again"])
    elif now and then:
        turn.say("main.first_then", {"choice": now, "then": then})
    elif now:
        turn.say("main.first_then", {"choice": now}, variant="other")


def due(turn: Turn) -> dict[str, Any] | None:
    """The wish that is to be taken up next."""
    return next(iter(_waiting(turn)), None)


def same_for_other(turn: Turn, left: Frame) -> None:
    """Who has booked and wants the same for somebody else goes there with them: the same day, unless another was said.

    It is read back before it is booked."""
    kept = due(turn)
    if kept is None or not kept["like"] or turn.machine.flows.by_intent.get(kept["intent"]) != left.flow:
        return
    if left.flow not in turn.state.done:
        return
    department = kept["slots"].get("department")
    the_same = department is None or department[0] == left.values.get("department")
    if the_same and kept.get("after_own") and left.values.get("patient") == "other":
        drop(turn, kept)  # 我不挂了，给老伴挂: that was it
        return
    known = {name: left.values[name] for name in kept["like"] if left.values.get(name) is not None}
    slots = {**{name: [value, str(value), SURE, []] for name, value in known.items()}, **kept["slots"]}
    turn.state.wishes = [{**one, "slots": slots} if one is kept else one for one in turn.state.wishes]


def take_up(turn: Turn) -> Understanding | None:
    """Take up the next one: its flow is under way then, and what was said of it is given back. None where the caller

    is asked first: where it was not surely heard, and where something was just said that may have to be said again."""
    kept = due(turn)
    assert kept is not None, "only what was kept is taken up"
    turn.state.frames.clear()
    name = turn.machine.flows.by_intent.get(kept["intent"])
    label = _label(turn, kept["intent"])
    own = turn.prompts.has("main.next")  # languages into which nobody has put it ask as ever
    if name is None:
        _mark(turn, kept, begun=True)
        if own:
            turn.say("main.next", {}, variant="other")
        hub.offer_person(turn, "main.no_service")
        return None
    if label and (not own or kept["confidence"] < SURE or turn.state.kept):
        prompt = "main.next_sure" if own else "main.switch"
        payload = {"intent": kept["intent"], "given": {}, "kept": True}
        question = Question("switch", prompt, {"choice": label}, expect=("affirm",), payload=payload)
        turn.ask(question, (own and kept["again"]) or "full")
        return None
    _mark(turn, kept, begun=True)
    if own and label:
        turn.say("main.next", {"choice": label}, variant=kept["again"] or "full")
    turn.state.frames[:] = [Frame(name, turn.machine.flows.flows[name].steps[0].step)]
    turn.state.partial = ""
    return understood(kept)


def answered(turn: Turn, payload: Any, *, yes: bool) -> Understanding | None:
    """The caller was asked about a kept wish: it is begun, with what was said of it, or wanted no longer."""
    kept = due(turn)
    if kept is None or not isinstance(payload, dict) or not payload.get("kept"):
        return None
    if not yes:
        drop(turn, kept)
        return None
    _mark(turn, kept, begun=True)
    return understood(kept)


def taken_back(turn: Turn, text: str) -> dict[str, Any] | None:
    """The kept wish that is not wanted any more: 养老金不用查了. None where what is under way is given up."""
    if words.asks(text):
        return None
    for clause in re.split("[，。；,;]", text):
        if _NOT_ANY_MORE.search(clause) is None:
            continue
        if (kept := next((one for one in _waiting(turn) if _names(turn, one, clause)), None)) is not None:
            return kept
    return None


def drop(turn: Turn, kept: Mapping[str, Any]) -> None:
    """It is wanted no longer."""
    turn.state.wishes = [one for one in turn.state.wishes if one is not kept]


def _names(turn: Turn, kept: Mapping[str, Any], clause: str) -> bool:
    """Whether the words are of what is kept and not of what is under way: of its service, or of whom it is for."""
    frame = turn.state.frames[0] if turn.state.frames else None
    own = turn.machine.flows.flows[frame.flow].intents if frame is not None else ()
    relation, department = kept["slots"].get("relation"), kept["slots"].get("department")
    if relation is not None and frame is None and str(relation[1]) in clause:  # 我自己的就行了，老伴的不用了
        return True
    if kept["intent"] not in own:
        label = _label(turn, kept["intent"])
        named = bool(label) and label in clause
        verbs, others = _VERBS.get(kept["intent"]), [_VERBS[one] for one in own if one in _VERBS]
        return named or (verbs is not None and re.search(verbs, clause) is not None and not _any(others, clause))
    if relation is not None:
        return str(relation[1]) in clause
    other = department is not None and frame is not None and frame.values.get("department") != department[0]
    return other and str(department[1]) in clause


def _any(patterns: list[str], text: str) -> bool:
    return any(re.search(one, text) for one in patterns)


def understood(kept: Mapping[str, Any]) -> Understanding:
    """What was said of a kept wish, as it was understood."""
    slots = {
        name: SlotValue(value, str(text), 0, 0, float(confidence), tuple(others))
        for name, (value, text, confidence, others) in kept["slots"].items()
    }
    return Understanding("", str(kept["intent"]), float(kept["confidence"]), accepted=True, slots=slots)


def told(state: Any) -> dict[str, Any]:
    """What a person must know of them: the intents that wait, and the one that was begun last."""
    wishes = getattr(state, "wishes", [])
    begun = [one["intent"] for one in wishes if one["begun"]]
    return {"waiting": [one["intent"] for one in wishes if not one["begun"]], "begun": begun[-1] if begun else None}


def _keep(turn: Turn, more: list[dict[str, Any]]) -> None:
    """Beside those that still wait; those that were begun are part of the conversation by now."""
    turn.state.wishes = [*_waiting(turn), *more][:KEPT_MAX]


def _kept(one: Understanding, earlier: Understanding | None = None) -> dict[str, Any]:
    """`earlier`: the same service was wanted before it, in the same breath."""
    slots = {
        name: [given.value, given.text, given.confidence, list(given.alternatives)] for name, given in one.slots.items()
    }
    kept = {"intent": one.intent, "confidence": one.confidence, "slots": slots, "again": "", "like": [], "begun": False}
    if earlier is None:
        return kept
    if "relation" not in one.slots:
        return {**kept, "again": "same"}
    each = ["department"] if one.text == earlier.text else []  # 给我和我老伴各挂一个
    return {**kept, "again": "one", "like": [*_TOGETHER, *each], "after_own": "relation" not in earlier.slots}


def begun(turn: Turn, intents: Collection[str], slots: Collection[str] = ()) -> None:
    """What was kept is said once more, or chosen: it is served now, and not taken up again afterwards."""
    relation = "relation" in slots
    kept = next((k for k in _waiting(turn) if k["intent"] in intents and ("relation" in k["slots"]) == relation), None)
    if kept is not None:
        _mark(turn, kept, begun=True)


def waits(turn: Turn, intent: str) -> bool:
    """Whether this was wanted, too, and has not been begun."""
    return any(kept["intent"] == intent for kept in _waiting(turn))


def keep_left(turn: Turn) -> None:
    """先查养老金: what is under way comes afterwards, with what was said of it."""
    frame = turn.state.frames[0] if turn.state.frames else None
    flow = turn.machine.flows.flows[frame.flow] if frame is not None else None
    intent = next((one for one in flow.intents if one in SERVICES), None) if flow is not None else None
    if frame is None or flow is None or intent is None or frame.committed:
        return
    slots = {
        slot.source or name: SlotValue(value, str(value), 0, 0, SURE)
        for name, slot in flow.slots.items()
        if isinstance(value := frame.values.get(name), str | int | float)
    }
    left = _kept(Understanding("", intent, 1.0, accepted=True, slots=slots))
    turn.state.wishes = [left, *_waiting(turn)][:KEPT_MAX]


def _waiting(turn: Turn) -> list[dict[str, Any]]:
    return [one for one in turn.state.wishes if not one["begun"]]


def _mark(turn: Turn, kept: Mapping[str, Any], *, begun: bool) -> None:
    turn.state.wishes = [{**one, "begun": begun} if one is kept else one for one in turn.state.wishes]


def _label(turn: Turn, intent: str) -> str:
    """How a service is named in the menu; empty where it is in none."""
    name = turn.machine.flows.by_intent.get(intent)
    place = turn.machine.flows.flows[name].menu if name else None
    return turn.fixed(place.label) if place is not None else ""
