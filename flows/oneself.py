"""Whether it is the caller themselves who answers “are you …?”: nothing is told to anybody else."""

from __future__ import annotations

import re

from flows import words
from flows.state import Question
from nlu.entities.answers import yes_or_no
from nlu.pinyin import syllables
from nlu.understand import Understanding

_NAME = "caller.name:name"
"""Field of a prompt that says the caller's name."""
_I_AM = re.compile(r"[嗯啊哎诶对是]*(?:我就是|就是我|我是|正是|我|我?本人|就是本人)[啊呀呢的吧嘛]*")
_SOMEBODY_ELSE = re.compile(
    r"[他她](?:人)?(?:不在|没在|不方便|出去|走了|睡|去世|没了|听不)|[替帮给](?:他|她|人家|别人)|我是(?:他|她)|(?:他|她)的"
)
_RELATIVE_OF = re.compile("我是(?!我)")


def is_asked(question: Question) -> bool:
    """The question is “are you …?”."""
    return bool(question.values.get(_NAME, ""))


def answer(question: Question, understanding: Understanding, yes: bool, no: bool) -> tuple[bool, bool]:
    """(yes, no) to a question that names the caller; as they are given to any other question. 对，我替老伴查 is a no,
    and so is another name; 我就是马建国 is a yes."""
    name = question.values.get(_NAME, "")
    if not name:
        return yes, no
    text, slots = understanding.text, understanding.slots
    patient = slots.get("patient")
    related = "relation" in slots and _RELATIVE_OF.search(text) is not None  # 我是马建国的老婆
    other = _SOMEBODY_ELSE.search(text) is not None or words.is_somebody_else(text)
    if related or other or (patient is not None and patient.value == "other"):
        return False, True
    said = slots.get("person_name")
    if said is not None and syllables(str(said.value)) != syllables(name):
        return False, True
    rest = words.bare(text if said is None else text.replace(str(said.value), "")).replace(name, "")
    if no or words.asks(text):
        return yes, no
    named = rest != words.bare(text) and yes_or_no(rest, asked=True) is True
    return yes or named or _I_AM.fullmatch(rest) is not None, no
