"""What a caller takes back: 不是骨科，是内科; 明天，不对，后天; 骨科不要."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from nlu.entities.readings import UNSURE, Reading

_NOT_BEFORE = re.compile(
    r"(?:(?<!是)不是|不要|不挂|不看|不去|别挂|别看|别去|不想挂|不想看|不想去|不约|不选|不用|莫要|没有?[说要挂想]|补是|布是|部是)"
    r"(?:[去挂看约要在到给说选]|那个|那|这个|说|什么|啥){0,2}$"
)
_NOT_WHO = re.compile(r"(?:(?<!是)不是|不给|别给|不要|补是|布是|部是)(?:说|给|帮|替|让|我们|我家|我|的|那个)*$")
"""Before a person: 不是给我老伴."""
_NOT_AFTER = re.compile(
    r"^(?:的|那个|我|就|也|都)*(?:不行(?!了)|不去|不要|不挂|不看|去不了|去不成|来不了|来不成|不对|不成|没空|没时间|有事|不方便|不是(?=$|\W|[的了吧啊呀])|错了|不合适)"
)
_CHOSEN = frozenset({"date", "part_of_day", "time", "department", "hospital", "doctor"})
"""Slots whose value may turn out not to suit; of a person, 阿奶不行了 says something else."""
_PEOPLE = frozenset({"patient", "relation"})
_TAKEN_BACK = re.compile(
    r"不对|不不|错了|说错|改成|改到|换成|换到|改为|挪到|推到|推迟到|延到|调到|提前到|不是|算了|不要|^\W*不\W*$"
)
"""Between two values: 上午，不，下午."""
NEGATION = re.compile(r"不|没|错|别|改|换|挪|推|延|调|提前|有事|补是|布是|部是|莫要")
"""Words without which nothing was taken back."""


def _denied(text: str, reading: Reading) -> bool:
    before, after = text[max(0, reading.start - 8) : reading.start], text[reading.end : reading.end + 8]
    if _NOT_BEFORE.search(before + text[reading.start] * (text[reading.start] in "是挂看")) is not None:
        return True  # 不是人民医院 sounds like 不，省人民医院
    if reading.slot in _PEOPLE and _NOT_WHO.search(before) is not None:
        return True
    return reading.slot in _CHOSEN and _NOT_AFTER.match(after.lstrip(" ,，、。")) is not None


def split(text: str, readings: Sequence[Reading]) -> tuple[Reading | None, Reading | None]:
    """Of the readings of one slot, the one that stands and the one that was taken back."""
    if len(readings) > 1 or NEGATION.search(text):
        order = sorted(readings, key=lambda one: one.start)
        back = [one for one in order if _denied(text, one)]
        for one, later in pairwise(order):
            between = text[one.end : later.start]
            if (
                one not in back
                and later not in back
                and one.value != later.value
                and len(between) <= 10
                and _TAKEN_BACK.search(between)
            ):
                back.append(one)
        standing = [one for one in readings if one not in back and all(one.value != other.value for other in back)]
        return (_first(standing), back[0] if back else None)
    return _first(readings), None


def _first(readings: Sequence[Reading]) -> Reading | None:
    """The reading that stands; those of other values that are as sure become its alternatives."""
    if not readings:
        return None
    first = readings[0]
    rivals = [one.value for one in readings[1:] if one.value != first.value and one.confidence >= first.confidence]
    if not rivals:
        return first
    more = tuple(dict.fromkeys([*rivals, *first.alternatives]))[:4]
    return Reading(first.slot, first.value, first.start, first.end, min(first.confidence, UNSURE), more)
