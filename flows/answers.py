"""Answers to the questions of flows: slots, choices, yes and no, by voice and by key."""

from __future__ import annotations

import re

from flows import between, closing, fill, groups, oneself, repair, run, words
from flows.choices import choice_of, of_topic, topic
from flows.numbers import keyed_digits
from flows.schema import ChooseStep, ConfirmStep, EndStep, SayStep
from flows.state import Question
from flows.turn import PAGE, SIDE, YES_NO, Turn
from nlu.entities.answers import sighs
from nlu.understand import Understanding

BETWEEN = frozenset({"open", "menu", "more", "person", "leave", "switch", "language", "speaks"})
"""Kinds of question that `flows.between` answers."""
_KEEPS = re.compile(r"不[换改变]|[不别]用[换改]|别[换改]|就[这那]样|就[这那]么|就挂这|就这个|没有?要[换改]")


def yes_or_no(understanding: Understanding) -> tuple[bool, bool]:
    """(yes, no) as the words or the intent say; both False when they say neither, as a question or a sigh does."""
    if sighs(understanding.text):
        return False, False
    if words.asks(understanding.text):
        said = understanding.slots.get("affirm")
        return False, said is not None and said.value is False  # 不要了，好吗 is a no
    if words.is_no(understanding.text):
        return False, True
    if words.is_yes(understanding.text):
        return True, False
    sure = understanding.accepted
    yes = understanding.intent == "affirm" or _agrees_and_leaves(understanding)
    return sure and yes, sure and understanding.intent == "deny"


def given(turn: Turn, understanding: Understanding) -> bool:
    """The words hold what was asked for, so that nothing else is looked for in them.

    A yes or no at their beginning is not that much: “不用了，再见” and “不行，大声点” mean what comes after it."""
    text, question = understanding.text, turn.state.question
    expected = question.expect if question is not None else ()
    # 听不清 is a complaint elsewhere, too, and names the ear department; 没有记下来 is no “no”.
    if words.has_not_heard(text) or (question is not None and question.after_a_flow and words.has_not_noted(text)):
        return False
    if groups.concerns(turn, understanding):
        return True
    if any(name in understanding.slots for name in expected if name != "affirm"):
        return True
    if "affirm" not in expected or "affirm" not in understanding.slots:
        return False
    if question is not None and question.kind == "confirm" and _agrees_and_leaves(understanding):
        return True  # what was read back is to be done before they go
    short = words.is_yes(text) or words.is_no(text)
    return short or not understanding.accepted or understanding.intent in {"affirm", "deny"}


def _agrees_and_leaves(understanding: Understanding) -> bool:
    """好，谢谢，再见."""
    said = understanding.slots.get("affirm")
    return understanding.intent == "goodbye" and said is not None and said.value is True


def says_a_choice(turn: Turn, text: str) -> bool:
    """The words are exactly one of the choices that were read out, or point to one."""
    question = turn.state.question
    if question is None or not question.shown:
        return False
    short = words.bare(text)
    return any(short == words.bare(label) for label, _ in question.options) or words.points(text)


def heard(turn: Turn, understanding: Understanding) -> bool:
    """Use what was said as the answer. False when it is none."""
    question = turn.state.question
    assert question is not None, "an answer belongs to a question"
    yes, no = oneself.answer(question, understanding, *yes_or_no(understanding))
    turn.topic = topic(understanding)
    back = question.kind in YES_NO and not (yes or no) and _asks_back(understanding)
    if back and question.kind == "person":
        yes = True  # 可以吗: a person is given to whoever may want one; nothing is changed by it
    if _used(turn, question, understanding, yes, no):
        return True
    if back:
        repair.asked_back(turn)
    return back


def _asks_back(understanding: Understanding) -> bool:
    """The question comes back as one (可以吗？), with nothing that could be answered, or a sound does."""
    echo = understanding.accepted and understanding.intent in {"affirm", "deny"} and words.asks(understanding.text)
    return echo or sighs(understanding.text) or words.asks_back(understanding.text)


def _used(turn: Turn, question: Question, understanding: Understanding, yes: bool, no: bool) -> bool:
    if question.kind in BETWEEN:
        return _of_the_flow(turn, question, understanding, yes or no) or between.heard(turn, understanding, yes, no)
    if question.kind == "check":
        return _check(turn, question, understanding, yes, no)
    if question.kind == "confirm" and not yes and _speaks_for_another(turn, question, understanding, no=no):
        confirmed(turn, question, yes=False)
        return True
    if (
        question.options
        and not _told(turn, question, understanding)
        and (position := choice_of(question, understanding)) is not None
    ):
        turn.understood(by_key=False)
        chosen(turn, question, position)
        return True
    if question.slot and groups.heard(turn, question, understanding):
        return True
    no_and_more = not yes and (no or words.begins_with_no(understanding.text))
    return (no_and_more and _denied(turn, question, understanding)) or _values(turn, question, understanding, yes, no)


def _speaks_for_another(turn: Turn, question: Question, understanding: Understanding, *, no: bool) -> bool:
    """“我是他儿子”, “不，我替老伴查” to “are you …?”: though it sounds like another service, it is a no."""
    named = any(field.kind == "name" for field in turn.prompts.fields(question.prompt).values())
    patient = understanding.slots.get("patient")
    wish = understanding.intent != "proxy_binding" and between.names_another(turn, understanding)
    other = no and not wish and patient is not None and patient.value == "other"
    return named and (other or words.is_somebody_else(understanding.text))


def _of_the_flow(turn: Turn, side: Question, understanding: Understanding, answered: bool) -> bool:
    """明天上午 to “do you want something else done?” answers what the flow had asked, and the rest is dropped."""
    aside = turn.state.aside
    another = between.names_another(turn, understanding) and not words.is_somebody_else(understanding.text)
    if side.kind not in SIDE or aside is None or answered or another:
        return False
    turn.state.question = aside
    if _used(turn, aside, understanding, yes=False, no=False):
        return True
    turn.state.question = side
    return False


def _told(turn: Turn, question: Question, understanding: Understanding) -> bool:
    """The value itself was said, perhaps with others, or something of its kind that does not exist: the choices, which

    happen to sound like it or to be a part of it, are not what was meant."""
    slot = turn.flow.slots.get(question.slot) if turn.frame is not None else None
    given = understanding.slots.get(slot.source or question.slot) if slot is not None else None
    return given is not None and (given.value is None or given.confidence >= fill.DOUBT)


def _denied(turn: Turn, question: Question, understanding: Understanding) -> bool:
    """“不，我要挂眼科” to “shall it be cancelled?” names no other booking to cancel. True when another service was."""
    if not no_ends(turn, question):
        return False
    turn.denied = question
    return between.propose_switch(turn, closing.besides_no(understanding))


def _values(turn: Turn, question: Question, understanding: Understanding, yes: bool, no: bool) -> bool:
    """Slots, yes and no, or the wish for other choices."""
    taken = fill.take(turn, understanding, question.slot)
    wonders = question.kind == "confirm" and understanding.accepted and understanding.intent == "ask_question"
    if wonders and not yes and taken.unknown is None and not taken.changed and not _doubts(turn):
        return False  # 骨科在几楼 names what stands, and asks something
    if taken.anything:
        if taken.names:  # what does not exist was heard, but nobody has come further by it
            turn.understood(by_key=False)
        _still_doubtful(turn, question, taken)
        _follow(turn, question, taken, yes=yes and not no)
        return True
    if question.kind == "confirm" and no and between.propose_switch(turn, closing.besides_no(understanding)):
        return True  # “不是，我是要退号”
    changes = question.kind == "confirm" and (words.wants_change(understanding.text) or _changes(turn, question))
    if question.kind == "confirm" and (yes or no or changes):
        turn.understood(by_key=False)
        confirmed(turn, question, yes and not changes)
        return True
    if question.kind == "choose" and _KEEPS.search(understanding.text) and _keeps(turn, question):
        return True
    return bool(question.options) and words.wants_more(understanding.text) and repair.next_page(turn)


def _keeps(turn: Turn, question: Question) -> bool:
    """“不换了，就这样”: back to what was read back. False where nothing was."""
    frame = turn.frame
    if frame is None:
        return False
    steps = turn.flow.steps
    if not any(isinstance(step, ConfirmStep) and step.no == question.step for step in steps):
        return False
    turn.understood(by_key=False)
    frame.at = steps[0].step
    run.steps(turn)
    return True


def no_ends(turn: Turn, question: Question) -> bool:
    """The flow itself says what becomes of a no, and ends: “好，这个号给您留着”."""
    step = turn.step(question.step) if question.kind == "confirm" else None
    return isinstance(step, ConfirmStep) and isinstance(turn.step(step.no), SayStep | EndStep)


def _doubts(turn: Turn) -> bool:
    return turn.frame is not None and bool(turn.frame.checks)


def _changes(turn: Turn, question: Question) -> bool:
    """“换个大夫” says no, and what next: where a no leads to that choice."""
    step = turn.step(question.step)
    after = turn.step(step.no) if isinstance(step, ConfirmStep) else None
    return isinstance(after, ChooseStep) and of_topic([one.value for one in after.options], turn.topic) is not None


def _still_doubtful(turn: Turn, question: Question, taken: fill.Taken) -> None:
    """Something else was said than which of two readings is meant: that is asked once more, not all of it anew."""
    frame, name = turn.frame, question.slot
    if frame is None or question.kind not in {"which", "check"} or name in taken.names or taken.unknown is not None:
        return
    again = f"again: {name}"
    frame.visits[again] = frame.visits.get(again, 0) + 1
    if frame.values.get(name) is None and frame.visits[again] < repair.LIMIT:
        values = [value for _, value in question.options] or [question.payload]
        frame.checks.insert(0, [name, values[0], values[1:]])


def _follow(turn: Turn, question: Question, taken: fill.Taken, *, yes: bool) -> None:
    frame = turn.frame
    assert frame is not None, "slots belong to a flow"
    if taken.unknown is not None:
        if not run.unknown(turn, *taken.unknown):
            if taken.names:
                run.steps(turn)
            else:
                repair.failed(turn, "misunderstood")
    elif question.kind == "confirm" and yes and not taken.changed and not frame.checks:
        confirmed(turn, question, yes=True)
    elif question.kind == "confirm" and not taken.changed and not frame.checks:
        turn.ask(question, "short")  # what was said is what stands: only yes or no is missing
    else:
        run.steps(turn)


def _check(turn: Turn, question: Question, understanding: Understanding, yes: bool, no: bool) -> bool:
    frame = turn.frame
    assert frame is not None, "a doubtful value belongs to a flow"
    if not yes:
        checks = len(frame.checks)
        taken = fill.take(turn, understanding, question.slot)
        repeated = [check for check in frame.checks[checks:] if check[:2] == [question.slot, question.payload]]
        if repeated:  # the same value heard badly twice is the value
            frame.checks.remove(repeated[0])
            yes = True
        elif taken.anything:
            if taken.names:
                turn.understood(by_key=False)
            _still_doubtful(turn, question, taken)
            _follow(turn, question, taken, yes=False)
            return True
    if yes or no:
        turn.understood(by_key=False)
        checked(turn, question, yes)
        return True
    return False


def checked(turn: Turn, question: Question, yes: bool) -> None:
    """A doubtful value was affirmed or denied."""
    frame = turn.frame
    assert frame is not None, "a doubtful value belongs to a flow"
    if yes:
        fill.give(fill.Taken(), frame, turn.flow, question.slot, question.payload)
        frame.echo = [name for name in frame.echo if name != question.slot]
    run.steps(turn)


def confirmed(turn: Turn, question: Question, yes: bool) -> None:
    """A read-back was affirmed or denied."""
    frame = turn.frame
    assert frame is not None, "a read-back belongs to a flow"
    step = turn.step(question.step)
    assert isinstance(step, ConfirmStep), "the question was put by a confirm step"
    frame.at = step.yes if yes else step.no
    run.steps(turn)


def chosen(turn: Turn, question: Question, position: int) -> None:
    """An option was chosen."""
    value = question.options[position][1]
    frame = turn.frame
    if question.kind in {"menu", "language"}:
        between.chosen(turn, value)
        return
    assert frame is not None, "a choice belongs to a flow"
    if question.slot in turn.flow.slots:
        fill.give(fill.Taken(), frame, turn.flow, question.slot, value)
        if question.kind in {"ask", "unknown"}:
            frame.echo = [name for name in frame.echo if name != question.slot]
    else:
        frame.values[question.slot] = value
    if question.kind == "choose" and frame.at == question.step:
        run.done(turn, frame, turn.step(question.step))
    run.steps(turn)


def keyed(turn: Turn, digits: str) -> bool:
    """Use keys as the answer. False when they are none."""
    question = turn.state.question
    assert question is not None, "an answer belongs to a question"
    plain = digits.strip("#")
    # One digit alone is the first of a number that is read off a slip, unless choices with keys were read out.
    if question.keys > 1 and plain and (len(plain) > 1 or turn.state.partial or not question.shown):
        turn.state.by_key = True
        return groups.take(turn, question, keyed_digits(digits))
    if plain == "9" and repair.next_page(turn):
        turn.understood(by_key=True)
        return True
    if question.kind in YES_NO and (plain in {"1", "2"} or digits == "#"):
        turn.understood(by_key=True)
        _yes_no_key(turn, question, yes=plain != "2")
        return True
    return _choice_key(turn, question, plain)


def _choice_key(turn: Turn, question: Question, key: str) -> bool:
    if not question.options or not key.isdigit():
        return False
    if not question.shown:  # keys are wanted: say which there are
        turn.understood(by_key=True)
        turn.ask(question, "short", offer=True)
        return True
    position = question.page * PAGE + int(key[:1]) - 1
    if len(key) > 1 or key not in "123" or position >= len(question.options):
        return False
    turn.understood(by_key=True)
    chosen(turn, question, position)
    return True


def _yes_no_key(turn: Turn, question: Question, *, yes: bool) -> None:
    if question.kind == "check":
        checked(turn, question, yes)
    elif question.kind == "confirm":
        confirmed(turn, question, yes)
    else:
        between.answer(turn, question, yes)
