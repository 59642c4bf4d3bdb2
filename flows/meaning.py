"""Wishes that a few words tell more surely than the understanding, which has seen too few like them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from nlu.understand import SlotValue, Understanding

BOOK, CHANGE, CANCEL = "book_appointment", "change_appointment", "cancel_appointment"
APPOINTMENTS = frozenset({"book_appointment", "check_appointment", "cancel_appointment", "change_appointment"})
"""Wishes that can be the two halves of a change: 我的号退了，改挂内科."""
SURE = 0.9
"""Confidence of a wish that is told by its words."""
DOUBTFUL = 0.3
"""Confidence of one that is to be asked about."""
_VAGUE = frozenset({"emergency", "out_of_scope"})
"""Intents that leave open what is wished for."""
_WHICH_DEPARTMENT = re.compile(r"[挂看瞧]一?个?(?:啥|什么|哪一?个?)科|该[去挂看]?(?:啥|什么|哪一?个?)科")
_OTHER_TIME = "(?:时间|时候|日子|天(?!气)|期|约)"
_TO = re.compile(
    rf"(?!改天)(?:改|[该盖概](?=[到成])|换|挪|推|延|调|提前|推迟|推后|往后|往前)(?:一下|一?个)?(?:到|成|至|{_OTHER_TIME})"
    r"|(?!改天)[改换](?:一下|一?个)?(?:预约|号(?![码了啦]))|改(?:一下)?[^，,到成至号]{1,6}的号(?!码)"
    r"|(?<![机话卡账帐牌户证])号(?:要|想|给我)?[改换]一下"
    r"|(?:改|换|重新|给我)挂|推迟|推后|延后|提[前早](?!预?约|挂|多|几|来|到|去)|往[前后][挪推提延]"
)
"""The words of a change (改天 is none): before them stands how it was booked, after them how it shall be."""
_BOOKED = re.compile(r"(?:挂|预?约)(?:好|下|上)?了?的|(?<![话机卡账帐牌户证])号(?!码)|预约", re.IGNORECASE)
_GIVEN_UP = re.compile(r"[去来]不[了成]|不[要去]了|不行了?|退了|退掉|取消|有事")
ELSE = re.compile("[车票菜药卡钱课]|工资|养老|电话|家政|上门|快递|会议")
"""Something else that may be put off, where no appointment is spoken of."""
_ANEW = re.compile(r"(?:重新|给我)挂")
_ALONE = re.compile(rf"(?!改天)[改换](?:一下|一?个)?{_OTHER_TIME}(?:行吗|行不行|可以吗|吧|呗|啊|吗)?$")
_THEMSELVES = ("号", "预约")
"""What is changed is named with the change: 改个号."""
_OTHER_NUMBER = re.compile("手机|电话|微信|[卡账帐牌证]|银行|存折|户头")
_NOT_THAT = re.compile(r"(?:不|不对|不是|错了|不行)[，, ]")
_ALL_OFF = re.compile(r"(?:都|全|全部|两个|几个)(?:都)?(?:给我|帮我)?退(?:了|掉)")
_GIVES_BACK = re.compile(
    "(?<![不没别])(?<!不[想要用能])退(?![休了过完款货票伍烧钱税保订役潮])[^，,。几]{1,8}(?<!几)号(?!码)"
)
_ASKS_OR_BOOKS = re.compile("能|怎么|咋|吗|不退|没退|[多几]|什么|啥|哪|钱|费|(?:再|重新|另外?)[^，]{0,3}[挂约]")
"""A question about it (退号要钱不), or another wish in the same breath."""
LOOKED_AT = frozenset({"check_appointment", CANCEL})
"""Intents of flows that speak of what is booked."""
_BOOKS_OR_LOOKS = frozenset({BOOK, "check_appointment"})
_DONE = frozenset({BOOK, CHANGE, "check_appointment"})
"""Intents of flows after which something is booked."""
_STANDS = frozenset({"human_agent", "report_fraud", "complaint", "change_language"})
"""Intents that go before: 找个人给我改号."""


def meant(understanding: Understanding, own: Collection[str] = (), before: Collection[str] = ()) -> Understanding:
    """What was said, with the intent that its words tell; `own` are the intents of the flow under way, `before` those
    of the one that was just done: 改到下午吧, said to “anything else?” after a booking, changes it.

    Danger is to be looked for before: what it is told by may be the intent that is replaced here."""
    text = understanding.text[:200]
    if understanding.intent == CHANGE or (understanding.accepted and understanding.intent in _STANDS):
        return understanding
    if (told := _told(understanding, text, own, before)) is not None:
        return told
    undecided = not understanding.accepted or understanding.intent == "emergency"
    if undecided and _WHICH_DEPARTMENT.search(text):  # 腿肿得穿不上鞋，挂啥科
        return replace(understanding, intent=BOOK, confidence=SURE, accepted=True)
    vague = understanding.intent == "inform" or (not understanding.accepted and understanding.intent in _VAGUE)
    if not own and vague and _complains(understanding):
        # 我眼睛看东西重影: not sure enough to begin with, but more than a sentence that was not understood
        return replace(understanding, intent=BOOK, confidence=DOUBTFUL, accepted=False)
    if understanding.accepted and understanding.intent == CANCEL and CANCEL not in own:
        # 后天去不了了，把号退了: the day that does not suit is that of the booking
        return replace(understanding, slots={**understanding.denied, **understanding.slots}, denied={})
    return understanding


def _told(said: Understanding, text: str, own: Collection[str], before: Collection[str]) -> Understanding | None:
    """A change of what is booked; and 两个都退了. After 不，我想挂内科的 no second one stands beside the wrong one."""
    if BOOK in before and said.intent == BOOK and _NOT_THAT.match(text):
        return _changed(said, 0)
    vague = not said.accepted or said.intent == "inform"
    if vague and CANCEL not in own and _ALL_OFF.search(text):
        return replace(said, intent=CANCEL, confidence=SURE, accepted=True)
    if CANCEL not in own and (vague or said.intent in _BOOKS_OR_LOOKS) and _gives_back(text):
        return replace(
            said, intent=CANCEL, confidence=SURE, accepted=True, slots={**said.denied, **said.slots}, denied={}
        )
    about = not LOOKED_AT.isdisjoint(own) or not _DONE.isdisjoint(before)
    at = _change(said, text, about=about) if BOOK not in own else None
    return _changed(said, at) if at is not None else None


def _gives_back(text: str) -> bool:
    """退眼科的号: the department is that of the booking, which is to be cancelled."""
    change = _TO.search(text) is not None
    return not change and _GIVES_BACK.search(text) is not None and _ASKS_OR_BOOKS.search(text) is None


def _complains(understanding: Understanding) -> bool:
    given = understanding.slots.get("department")
    return given is not None and given.value is not None


def _change(said: Understanding, text: str, *, about: bool) -> int | None:
    """Where the words of a change of what is booked begin; None where nothing is to be changed. `about`: it is spoken
    of already (to 要退掉这个号，对吗: 不是，改到大后天)."""
    to = _TO.search(text)
    if to is None:
        return None
    asked = said.accepted and said.intent == "ask_question"  # 挂了以后能改日子吗
    if to[0].endswith(_THEMSELVES):
        of_that = "的" in to[0]  # 改骨科的号: what is named is how it was booked
        return None if asked or _OTHER_NUMBER.search(text) else to.end() if of_that else to.start()
    given_up = _GIVEN_UP.search(text)
    if _ANEW.match(to[0]):  # 后天的号不要了，给我挂大后天的
        first = about or (_BOOKED.search(text) is not None and given_up is not None and given_up.end() <= to.start())
        return to.start() if first else None
    if about or _BOOKED.search(text) is not None or (given_up is not None and ELSE.search(text) is None):
        return to.start()
    return to.start() if not asked and _ALONE.search(text.rstrip("，。！？ ")) else None


def _changed(understanding: Understanding, at: int) -> Understanding:
    """The wish to change, with what was named of the old appointment under names of its own."""
    slots: dict[str, SlotValue] = {}
    for name, one in (*understanding.denied.items(), *understanding.slots.items()):
        slots[f"old_{name}" if one.start < at else name] = one
    return replace(understanding, intent=CHANGE, confidence=SURE, accepted=True, slots=slots, denied={})
