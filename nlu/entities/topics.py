"""What is to be changed, without what it is to be instead: 换个大夫, 时间不对."""

from __future__ import annotations

import re

from nlu.entities.readings import EXACT, Reading
from nlu.text import bare
from nlu.understand import ParseContext

_WORDS = {
    "patient": "看病的人|病人|患者|姓名|名字|人名|人(?!民|工)",
    "hospital": "医院|地方",
    "department": "科室|科别|门诊|科",
    "part_of_day": "上下午|半天",
    "date": "时间|时候|日期|日子|几号|哪天|钟点|天",
}
"""Slot → words that name its kind, and no value of it."""
_TOPIC = "|".join(f"(?P<{slot}>{words})" for slot, words in _WORDS.items())
_CHANGE = re.compile(
    rf"(?!改天)(?:换|改|调|挪|重新选|重选|另选|另外选|(?:挂|弄|搞|选|说|听|记)错了?)(?:一?下)?(?:成|到|过)?(?:别的?|另外的?|其他的?|其它的?)?"
    rf"(?:[一二两]?[个家位天](?:[\u4e00-\u9fff]{{1,4}}的?)?)?(?:{_TOPIC})"
)
_WRONG = re.compile(
    rf"(?:{_TOPIC})(?:要|得|想|能不能|可以|需要|都|也|有点|太|根本)*(?:换|改|调|挪|不对|不合适|不行|不好|错|弄错|搞错|听错|说错|记错|早了|晚了|远)"
)
_SUITS_NOT = (
    (
        "date",
        re.compile(
            r"太[早晚急]|太快了?$|有[点些]儿?[早晚]|来不及|赶不[上及]|没空|没时间|去不[了成]|来不[了成]|抽不开|走不开"
        ),
    ),
    ("hospital", re.compile(r"太远|有[点些]儿?远|远得很|[近远]一?点的")),
)
"""改天 is no other day: it is given up."""
_ONE_DAY = re.compile(r"(?!改天)(?:换|改|调|挪)(?:成|到)?(?:[另别]?[一个]天|一?天|日)")


def find(text: str, context: ParseContext) -> list[Reading]:
    """The kind of value that the caller wants changed, where they are asked for that or for a yes."""
    if "choice" not in context.expect and "affirm" not in context.expect:
        return []
    found = _CHANGE.search(text) or _WRONG.search(text)
    if found is None and "choice" in context.expect:
        found = re.fullmatch(f"(?:{_TOPIC})", bare(text).rstrip("的吧呀啊嘛呗"))
    if found is not None:
        return [Reading("topic", found.lastgroup, found.start(), found.end(), EXACT)]
    for slot, words in (("date", _ONE_DAY), *_SUITS_NOT):
        if (why := words.search(text)) is not None:
            return [Reading("topic", slot, why.start(), why.end(), EXACT)]
    return []
