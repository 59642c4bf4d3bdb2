"""Whether words are a whole answer, the beginning of one, or only the sound of somebody who listens.

Reads an Understanding; what the words mean for the dialogue stays with the dialogue."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ivr.call.endpoint import Sense
from nlu.understand import SlotScalar, Understanding

SURE = 0.75
"""From this confidence on, a value or an intent is taken to be what was said."""
AT_ONCE = frozenset({"human_agent", "repeat", "slower", "louder", "emergency", "change_language"})
"""Intents that are acted on whatever was asked, and after which nobody goes on."""
CLOSED = frozenset({"department", "part_of_day", "patient", "choice", "hospital"})
"""Slots whose value is the whole answer. After a day the time of day often follows, after a name its spelling."""
ROUNDED: Mapping[str, frozenset[str]] = {"date": frozenset({"part_of_day", "time"})}
"""Slot → what makes its answer whole when it was said as well."""
WHOLE_REQUEST = frozenset({"department", "date"})
"""A booking that names these has said what people say in one breath."""
BEGUN_ONLY = frozenset({"book_appointment", "inform", "ask_question", "out_of_scope", "affirm", "deny"})
"""Intents after which the values that they need often follow in the same breath."""
ANSWER_NOTHING = frozenset({"inform", "ask_question", "out_of_scope", "affirm"})
"""Intents that say nothing by themselves: 我腰疼, or 三月, goes on."""

_PUNCTUATION = re.compile(r"[\s，。、！？；：,.!?;:…—~-]+")
_SOUND = re.compile(r"[嗯呃额唔哦噢喔啊唉哎诶欸咳哼]")
_FILLER = re.compile(r"(?:[嗯呃额唔哦噢喔啊唉哎诶欸咳哼呵哈呼]|那个|这个|就是|那)+")
_HESITATES = re.compile(
    r"(?:[嗯呃额唔]|那个|这个|就是|就是说|然后|还有|或者|因为|所以|但是|不过|如果|比如|的话|那就|那)$"
)
"""Nobody ends with these, whatever stands before."""
_BEGINS = re.compile(
    r"(?:我想|我要|想要|想挂|要挂|想看|要看|想问一下|想查一下我的|帮我|帮我看一下|给我|我是|我的|(?:我|想|要)去|[把给跟和在从到第]|星期|礼拜|"
    r"下个|上个|这个月|下个月|不是|这)$"
)
"""The beginning of a sentence, unless its value is there already: 下午去 is an answer, 我要去 is none."""
_VERB = re.compile(
    r"(?:我?[想要]?(?:挂|看|查|找|问|办|换|改)|[给帮替](?:我|老伴|我老伴|别人|他|她|孩子|儿子|女儿|孙子))$"
)
"""A verb without what it is about, or for whom without what: 挂……心血管内科, 给我老伴……挂个内科."""
_ENDS = re.compile(
    r"(?:没有|多少|多少钱|什么时候发?|退号|退掉|退了|取消|取消掉|(?:查|看|问|办)一下|怎么[办弄查]|吗)[吧呀啊了]?$"
)
"""The end of a request or a question that was begun before: 我上次挂的号想查一下."""
_FOR_ME = re.compile(r"[给帮替]我")
"""For myself; or 给我……老伴挂."""
_NOTHING_MORE = re.compile(r"没有?了?|没事了?|没别的了?")
"""A no after which nothing follows."""
_ANY_OF_THEM = re.compile(r"(?:第[一二三四1-4]个|[前后]一个|都行|都可以|随便)[吧的]?$")
_DIGITS = frozenset("零〇洞一幺二两三四五六七拐八九勾0123456789xX叉")


def bare(text: str) -> str:
    """The text without punctuation and spaces."""
    return _PUNCTUATION.sub("", text)


def content(text: str) -> str:
    """The words without the sounds that people make while they listen: 后天，嗯 says no more than 后天."""
    return _SOUND.sub("", bare(text))


def only_listens(text: str) -> bool:
    """Nothing, or only sounds that somebody makes who listens or searches for words: 嗯, 哦哦, 那个."""
    words = bare(text)
    return not words or _FILLER.fullmatch(words) is not None


def sense(
    meaning: Understanding, expect: Sequence[str], phrases: Mapping[str, Sequence[str]] | None = None, digits: int = 1
) -> Sense:
    """How far the words have come, given what the question expects and how many digits its answer has."""
    words = bare(meaning.text)
    if not words or digits > 1:
        return _number(meaning, words, expect, digits) if words else Sense.OPEN
    yes_no = meaning.slots.get("affirm") if "affirm" in expect else None
    if yes_no is not None and len(words) <= 4 and yes_no.confidence >= SURE:
        ends = yes_no.value or _NOTHING_MORE.fullmatch(words)
        # After a bare no what would be right may follow; if not, that is what the dialogue asks for next. A 嗯 is a
        # yes, or the beginning of something else.
        if not content(words):
            return Sense.LIKELY
        return Sense.UNFINISHED if _trails(words) else Sense.COMPLETE if ends else Sense.LIKELY
    if _at_once(meaning):
        return Sense.COMPLETE
    asked_for_all = not expect and meaning.accepted and meaning.slots.keys() >= WHOLE_REQUEST
    chosen = _chosen(words, phrases) or ("choice" in expect and _ANY_OF_THEM.search(words))
    whole = asked_for_all or _requested(meaning, words) or _answered(meaning, expect) or chosen
    begun = not whole and (_BEGINS.search(words) or _VERB.fullmatch(words))
    if _FILLER.fullmatch(words) or _HESITATES.search(words) or begun:
        return Sense.UNFINISHED
    return Sense.COMPLETE if whole and not _FOR_ME.fullmatch(words) else _in_part(meaning, expect)


def _in_part(meaning: Understanding, expect: Sequence[str]) -> Sense:
    """Of words to which more may be added: likely when the dialogue can go on with them as they are."""
    told = [meaning.slots[name] for name in expect if name in meaning.slots]
    if not answers(meaning, expect) or (not told and meaning.denied.keys() & set(expect)):
        return Sense.UNCLEAR  # 不是骨科: which one it is comes next
    if any(value.confidence >= SURE for value in told):
        return Sense.LIKELY
    sure = meaning.accepted and meaning.confidence >= SURE and meaning.intent not in ANSWER_NOTHING
    return Sense.LIKELY if sure else Sense.OPEN


def _requested(meaning: Understanding, words: str) -> bool:
    """A whole request that needs no values to be begun, said to its end."""
    sure = meaning.accepted and meaning.confidence >= SURE and meaning.intent not in BEGUN_ONLY
    return sure and _ENDS.search(words) is not None


def answers(meaning: Understanding, expect: Sequence[str]) -> bool:
    """Whether the words are for us: a request, or a value that was asked for."""
    return meaning.accepted or bool(meaning.slots.keys() & set(expect))


def takes(meaning: Understanding, expect: Sequence[str], phrases: Mapping[str, Sequence[str]] | None = None) -> bool:
    """Whether the question can do anything with the words: with what they ask for, answer, deny or choose."""
    words = bare(meaning.text)
    any_of_them = "choice" in expect and _ANY_OF_THEM.search(words) is not None
    denied = bool(meaning.denied.keys() & set(expect))
    return answers(meaning, expect) or denied or _chosen(words, phrases) or any_of_them


def agree(one: Understanding, other: Understanding, expect: Sequence[str]) -> bool:
    """Whether two readings of the same audio mean the same to the question."""
    first, second = _values(one, expect), _values(other, expect)
    if first or second:
        return first == second
    return one.accepted and other.accepted and one.intent == other.intent


def _values(meaning: Understanding, expect: Sequence[str]) -> dict[str, SlotScalar]:
    return {name: slot.value for name, slot in meaning.slots.items() if name in expect}


def _number(meaning: Understanding, words: str, expect: Sequence[str], digits: int) -> Sense:
    """A number that has all its digits is complete; one that has begun is not."""
    value = next((meaning.slots[name] for name in expect if name in meaning.slots), None)
    if value is not None and value.confidence >= SURE and len(str(value.value)) == digits:
        return Sense.COMPLETE
    said = sum(char in _DIGITS for char in words)
    if said >= digits:
        return Sense.COMPLETE if said == digits else Sense.OPEN
    if said >= 2 or _FILLER.fullmatch(words) or _HESITATES.search(words) or _BEGINS.search(words):
        return Sense.UNFINISHED
    return Sense.COMPLETE if _at_once(meaning) else Sense.OPEN


def _at_once(meaning: Understanding) -> bool:
    return meaning.accepted and meaning.intent in AT_ONCE and meaning.confidence >= SURE


def _trails(words: str) -> bool:
    return words.endswith(("但是", "不过", "就是", "那个", "嗯", "呃"))


def _answered(meaning: Understanding, expect: Sequence[str]) -> bool:
    """The value that was asked for is there, is sure, and is of a kind after which nobody goes on."""
    for name in expect:
        value = meaning.slots.get(name)
        if value is None or value.confidence < SURE:
            continue
        if name in CLOSED or meaning.slots.keys() & ROUNDED.get(name, frozenset()):
            return True
    return False


def _chosen(words: str, phrases: Mapping[str, Sequence[str]] | None) -> bool:
    return any(words == bare(phrase) for offered in (phrases or {}).values() for phrase in offered)
