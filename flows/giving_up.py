"""The caller gives up what is being done: “不挂了”, “算了”, “改天吧”. Nothing was changed, and they are told so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from flows import answers, between, closing, hub, repair, run, wishes, words
from flows.clauses import SERVICES
from flows.meaning import CANCEL, CHANGE
from flows.state import Question
from flows.turn import SIDE, Turn
from nlu.understand import SlotValue, Understanding

_LATER = re.compile("改天|改日|以后|下次|下回|回头|再说")
_EVERYTHING = re.compile("都不|全不|[挂看退约]了?[，,].{0,4}也不|也不.{1,6}也不")
_INSTEAD = re.compile("换|改|别的|其[他它]|另|哪|[啥么]科|重新|还有")
_OF_IT = ("不", "的号", "号", "的不", "我不")
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
    if turn.frame is not None and not turn.frame.committed and _nothing_at_all(turn, understanding):
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


def _nothing_at_all(turn: Turn, understanding: Understanding) -> bool:
    """不挂了，也不查了."""
    text = understanding.text
    off = words.calls_off(text) or words.lets_be(text)
    return off and _EVERYTHING.search(text) is not None and not _tells_more(turn, understanding, off=off)


def heard(turn: Turn, understanding: Understanding) -> bool:
    """True when a flow was given up, or the call is about to be."""
    question, frame = turn.state.question, turn.frame
    if question is None or (frame is not None and frame.committed):
        return False
    text = understanding.text
    if _means_something_else(turn, question, text):
        return True
    kept = _is_kept(turn, understanding)
    off = (
        kept or words.calls_off(_unnamed(turn, understanding)) or (question.kind == "confirm" and words.says_dont(text))
    )
    let_be = words.lets_be(text)
    if not (off or let_be) or (
        not kept and _tells_more(turn, understanding, off=off) and not words.says_only_that(text)
    ):
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


def _means_something_else(turn: Turn, question: Question, text: str) -> bool:
    """“不挂” is not to ring off, 不去了 not to keep a booking that is to be cancelled. True when acted on."""
    if question.kind == "leave" and words.stays(text):
        turn.understood(by_key=False)
        between.answer(turn, question, yes=False)
        return True
    if question.kind == "confirm" and _will_not_go(turn, text):
        repair.asked_back(turn, "again")
        return True
    return False


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
    if _BOOKS.search(understanding.text.rpartition("了")[2]):  # 不对，骨科不挂了，查养老金
        understanding = closing.besides_no(understanding)
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
    """“别退了，我后天再看”, “不改了，还是后天去” while a booking is about to be given back or moved: the day that is
    named is that on which they can come."""
    own = turn.flow.intents if turn.frame is not None else ()
    if CHANGE in own:
        return words.leaves_it(understanding.text)
    return CANCEL in own and not understanding.denied and words.keeps_it(understanding.text)


def _will_not_go(turn: Turn, text: str) -> bool:
    """“我不去了” to “shall it be cancelled?” gives up the visit, rather than that it be cancelled: that is asked."""
    cancels = turn.frame is not None and CANCEL in turn.flow.intents
    return cancels and words.will_not_go(text) and not (words.asks(text) or words.keeps_it(text))


def _unnamed(turn: Turn, understanding: Understanding) -> str:
    """不挂了, of “不挂骨科了” and “骨科的号不挂了”, where nothing is wanted instead of it."""
    text, department = understanding.text, _given_up(turn, understanding)
    return text.replace(department.text, "") if department is not None and department.text else text


def _given_up(turn: Turn, understanding: Understanding) -> SlotValue | None:
    """The department that is no more wanted, with no other in its place."""
    denied, given = understanding.denied.get("department"), understanding.slots.get("department")
    if _INSTEAD.search(understanding.text) or (denied is not None and given is not None):
        return None
    stands = turn.frame.values.get("department") if turn.frame is not None else None
    if given is None or given.value is None or given.value != stands:
        return denied if given is None else None
    return given if understanding.text[given.end :].startswith(_OF_IT) else None


def _tells_more(turn: Turn, understanding: Understanding, *, off: bool) -> bool:
    """“骨科不挂了，挂内科” is a correction; “骨科不挂了”, “骨科不挂了，查养老金” are none."""
    given = {name for name, one in understanding.slots.items() if one.value is not None and name != "affirm"}
    if "给" not in understanding.text:
        given -= {"relation", "patient"}  # “不看了，改天我儿子来办”
    more = given | set(understanding.denied)
    if off and _given_up(turn, understanding) is not None:
        more.discard("department")
    return bool(more)
