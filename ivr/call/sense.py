"""Whether words are a whole answer, the beginning of one, or only the sound of somebody who listens.

Reads an Understanding; what the words mean for the dialogue stays with the dialogue."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ivr.call.endpoint import Sense
from nlu.understand import Understanding

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

_PUNCTUATION = re.compile(r"[\s，。、！？；：,.!?;:…—~-]+")
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
_DIGITS = frozenset("零〇洞一幺二两三四五六七拐八九勾0123456789xX叉")


def bare(text: str) -> str:
    """The text without punctuation and spaces."""
    return _PUNCTUATION.sub("", text)


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
        # “不对” is often followed by what would be right
        return Sense.COMPLETE if yes_no.value and not _trails(words) else Sense.OPEN
    if _at_once(meaning):
        return Sense.COMPLETE
    asked_for_all = not expect and meaning.accepted and meaning.slots.keys() >= WHOLE_REQUEST
    whole = asked_for_all or _answered(meaning, expect) or _chosen(words, phrases)
    if _FILLER.fullmatch(words) or _HESITATES.search(words) or (not whole and _BEGINS.search(words)):
        return Sense.UNFINISHED
    return Sense.COMPLETE if whole else Sense.OPEN


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
