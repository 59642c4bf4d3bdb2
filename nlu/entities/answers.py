"""Short answers: yes and no, and which of the offered phrases was said."""

from __future__ import annotations

import re

from nlu.entities.readings import EXACT, Reading, by_sound
from nlu.pinyin import find_all
from nlu.text import bare
from nlu.understand import ParseContext

_SOFT = r"(?:嗯|啊|哦|噢|唉|哎|诶|欸|哟|呀|呃|那|就|您|姑娘|丫头|同志|你好|好像|这个|那个|喂|额)*"
_TAIL = (
    r"(?:的|了|啊|呀|吧|呗|嘛|么|呢|哈|哩|着|诶|谢谢|啦|喽|噻|唦|撒|个|你说的|这个|那个|就这样|没问题|没错|对|好|是|姑娘|丫头|同志|"
    r"就是|麻烦你|办吧)*"
)
_YES = (
    r"(?:是|是的|对|对的|对着|对头|就是|就是的|就是这个|就这个|没错|没有错|正确|好|好的|行|得行|能行|可以|能成|成|中|要的|要得|嗯|可|阔以|阔以的|确认|"
    r"确定|同意|是这样|是着|好着|就这样|没问题|是我|队|堆|使的|试的|需要|愿意|咋不是|那当然|当然|错不了|"
    r"就这么办|就那么办|说得对|说的对|对这呢|对着泥)+"
)
_NO = (
    r"(?:不是|不对|不|不要|不行|不成|不中|不可以|不好|不用|错(?!不了)|错了|弄错|搞错|听错|不是的|不对头|没有(?!错)|没(?!错)|不想|不愿意|不需要|不办|不挂|不是我|不是这个|"
    r"不是这|不确定|不同意|否|算了|罢了|不得行|补是|补对|部是|部对|布是|布对|不四|不队|说错|不了|别|先不|莫有|不一样)+"
)
_YES_ASKED = r"(?:挂|挂吧|办|想|要|有|有呢|取消|退|退掉|打|送)+"
_NO_ASKED = r"(?:不取消|不退|不打|不送|先不办)"
_IS_YES = re.compile(_SOFT + _YES + _TAIL)
_IS_YES_ASKED = re.compile(_SOFT + f"(?:{_YES}|{_YES_ASKED})+" + _TAIL)
_IS_NO = re.compile(_SOFT + _NO + _TAIL)
_IS_NO_ASKED = re.compile(_SOFT + _NO_ASKED + _TAIL)
_STARTS_NO = re.compile(
    _SOFT + r"(?:不是|不对|错了|不行|不要|不用|弄错|搞错|听错|不成|不中|补对|补是|不是的|没有(?!听|明白|懂))"
    r"(?!的?[我还也]*听不)"
)
"""没有听清 and 不行，听不见 say how the line is, and nothing of what was asked."""
_STARTS_YES = re.compile(_SOFT + r"(?:对|是的|就是|好的?|行|没错|可以|得行|对着|嗯对|是)+(?![^，,。！ ])")
_ASKS = re.compile("(?:吗|(?<![什怎这那多])么)$")
"""可以吗, 不对么: whoever asks has not answered."""
_NOT_YES = re.compile(
    r"不|没|错|别|咋|啥|什么|吗|多少|哪|等|换|改|再想|想想|想一想|考虑|商量|问问|可是|但是|重新|从头|再说|先听|太(?![好谢感])|"
    r"有点|看看|看一下|问一下|记一下|[早晚远]了|不过|只是|[好行]是[好行]"
)
"""对，等一下我问问老伴: what follows takes the yes back, or makes it wait."""


_SIGH = re.compile(r"[哎唉诶欸哦噢喔啊呀哟嗳呃额]+")


def sighs(text: str) -> bool:
    """哎: a sigh, an “eh?” or a yes, which nobody can tell. No secret is told for it, and nothing done."""
    return _SIGH.fullmatch(bare(text)) is not None


def yes_or_no(text: str, *, asked: bool = False) -> bool | None:
    """What a short answer says. A longer one counts where yes or no was asked for and it begins with either."""
    words = bare(text)
    if (question := _ASKS.search(words)) is not None:
        echo = words[: question.start()]
        if len(echo) <= 14 and any(one.fullmatch(echo) for one in (_IS_YES_ASKED, _IS_NO, _IS_NO_ASKED)):
            return None
    short = 0 < len(words) <= 14
    if short and (_IS_NO.fullmatch(words) or (asked and _IS_NO_ASKED.fullmatch(words))):
        return False
    if short and (_IS_YES.fullmatch(words) or (asked and len(words) <= 6 and _IS_YES_ASKED.fullmatch(words))):
        return True
    if asked and _STARTS_NO.match(words[:20]):
        return False
    begins = asked and _STARTS_YES.match(text[:20]) and not _NOT_YES.search(words)
    return True if begins else None


def affirm(text: str, context: ParseContext) -> list[Reading]:
    """Yes or no, when the question can be answered so."""
    if "affirm" not in context.expect:
        return []
    said = yes_or_no(text, asked=True)
    if said is None:
        return []
    spoken = [i for i, char in enumerate(text) if char.isalnum()]
    return [Reading("affirm", said, spoken[0], spoken[-1] + 1, EXACT)]


def phrases(text: str, context: ParseContext) -> list[Reading]:
    """The phrases that the question can take, by sound, each under its slot's name."""
    found = []
    for slot, offered in context.phrases.items():
        heard = find_all(text, offered[:200], 0.7)
        if not heard:
            continue
        best = heard[0]
        least = 0.9 if len(best.phrase) <= 2 else 0.7
        if best.score < least:
            continue
        exact = text[best.start : best.end] == best.phrase
        rivals = tuple(
            one.phrase for one in heard[1:5] if one.score > best.score - 0.1 and one.phrase not in best.phrase
        )
        confidence = EXACT if exact else by_sound(best.score, least)
        if rivals and not exact and heard[1].score == best.score:
            confidence = min(confidence, 0.6)
        found.append(Reading(slot, best.phrase, best.start, best.end, confidence, rivals))
    return found
