"""What is answered to “anything else?”: nothing, that something was wrong, or that the code went by too fast.

Only a bare no ends a call. 不对，我说错了 begins with one, too: whoever hung up on it would leave a wrong booking."""

from __future__ import annotations

import re
from dataclasses import replace

from flows import hub, repair, words
from flows.schema import Flow
from flows.turn import Turn
from nlu.understand import Understanding

SURE = 0.6
"""From this share of what is not the no, it is what the caller wants."""
_SAID_BY_THE_WAY = frozenset({"inform", "deny", "affirm", "out_of_scope"})
_DIGITS = re.compile("[零一二三四五六七八九]{1,2}[，。]?")


def heard(turn: Turn, understanding: Understanding, no: bool) -> bool:
    """A no, or words about what was done. True when it was used; what else was said is looked at otherwise."""
    text, question = understanding.text, turn.state.question
    if question is None or question.kind != "more":  # 不对，是内科 to a wish that was kept: what was booked is wrong
        return not words.is_no(text) and wrong(turn, understanding, no)
    if words.nothing_more(text) or words.is_enough(text) or (no and turn.language != "zh" and words.is_no(text)):
        turn.understood(by_key=False)
        hub.goodbye(turn)
        return True
    doubts = no or words.finds_wrong(text)
    if doubts and (answer := next((found for flow in _done(turn) if (found := flow.answer(text))), None)):
        turn.understood(by_key=False)
        turn.say(answer)
        repair.ask_again(turn)
        return True
    if wrong(turn, understanding, no):
        return True
    if words.is_no(text):  # 不是: heard well, but of what is it a no?
        repair.asked_back(turn, "again")
    return words.is_no(text)


def wrong(turn: Turn, understanding: Understanding, no: bool) -> bool:
    """“不对，是内科”, “卡上没有钱”: only a person can put right what is done. True when one was offered."""
    doubted = words.finds_wrong(understanding.text)
    meant = besides_no(understanding) if no else understanding
    if meant.accepted and meant.intent not in _SAID_BY_THE_WAY:
        again = turn.machine.flows.by_intent.get(meant.intent) in turn.state.done
        if not (doubted and again):  # “不对，退掉”: another service is the way
            return False
    corrected = no and any(name in turn.machine.sources[flow.flow] for flow in _done(turn) for name in _told(meant))
    if doubted or corrected:
        turn.understood(by_key=False)
        hub.offer_person(turn, "main.not_right" if turn.prompts.has("main.not_right") else "main.no_service")
    return doubted or corrected


def besides_no(understanding: Understanding) -> Understanding:
    """What was said beside the no: “没有，我要退号” wants a booking cancelled."""
    slots = {name: value for name, value in understanding.slots.items() if name != "affirm"}
    if understanding.intent != "deny":
        return replace(understanding, slots=slots)
    rest = tuple(one for one in understanding.ranking if one[0] != "deny")
    left = 1.0 - understanding.confidence
    intent, chance = rest[0] if rest else ("out_of_scope", 0.0)
    share = min(1.0, chance / left) if left > 0 else 0.0
    accepted = share >= SURE and intent != "out_of_scope" and not words.is_no(understanding.text)
    return replace(understanding, intent=intent, confidence=share, accepted=accepted, slots=slots, ranking=rest)


def _done(turn: Turn) -> list[Flow]:
    flows = turn.machine.flows.flows
    return [flows[name] for name in reversed(turn.state.done) if name in flows]


def _told(understanding: Understanding) -> set[str]:
    given = {name for name, one in understanding.slots.items() if one.value is not None}
    return given | set(understanding.denied) | ({"patient"} if "relation" in given else set())


def slowly(turn: Turn) -> bool:
    """Say a code once more, digit by digit and twice, to be written down. False where none was just told."""
    question = turn.state.question
    if question is None or not question.after_a_flow or not turn.prompts.has("main.note"):
        return False
    for prompt, pieces, _, private, *_ in reversed(turn.state.kept):
        groups = [piece for piece in pieces if _DIGITS.fullmatch(piece)]
        if not groups:
            continue
        digits = tuple(f"{digit}，" for group in groups for digit in group.rstrip("，。"))
        turn.state.failures = 0
        turn.say("main.note")
        turn.speak(prompt, digits, barge_in=False, private=private)  # who writes says the digits aloud
        turn.say("main.note_again")
        turn.speak(prompt, digits, barge_in=False, private=private)
        repair.ask_again(turn)
        return True
    return False
