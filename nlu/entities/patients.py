"""For whom the caller calls: for themselves, or for a relative."""

from __future__ import annotations

import re

from nlu.entities.readings import EXACT, Reading, overlaps
from nlu.text import bare
from nlu.understand import ParseContext

_RELATIONS = (
    "老伴儿|老伴|老头子|老头儿|老头|老汉|老婆子|老婆|老奶奶|老太太|老阿奶|老阿爷|阿奶|阿爷|阿妈|阿大|阿姐|阿哥|婆娘|男人|媳妇子|媳妇儿|媳妇|儿媳妇|儿媳|"
    "孙子娃|孙子|孙女儿|孙女|外孙女|外孙子|外孙|重孙|娃娃|尕娃|丫头|姑娘|女儿|儿子|女婿|娃|孩子|我妈妈|我妈|我爸爸|我爸|我爹|我娘|妈妈|爸爸|"
    "母亲|父亲|老妈|老爸|老母亲|老父亲|公公|婆婆|丈人|丈母娘|岳父|岳母|爷爷|奶奶|姥姥|外奶奶|外爷|外奶|爱人|丈夫|妻子|掌柜的|当家的|"
    "兄弟|弟弟|哥哥|姐姐|妹妹|姐夫|嫂子|弟媳|亲戚|邻居|隔壁|朋友|侄子|侄女|尕妹|大哥|大姐|尕孙子|尕孙女|家里人|家人|老人家|老人|他人"
)
_RELATION = re.compile(_RELATIONS)
_HELPER = re.compile(r"(?:他|她|们|不)?(?:说|给我|帮我|让我|叫我|教我|告诉|替我|打的|打来|的电话|不在|上班|在外)")
_FOR = re.compile(r"(?:给|帮|替|为|领|带|陪)(?:我们家?|我家?|俺|咱|我的|他|她)?(?:的)?(?:那个)?$")
_YOUNG = frozenset(
    {"尕娃", "娃娃", "娃", "丫头", "姑娘", "孩子", "兄弟", "大哥", "大姐", "妹妹", "阿姐", "阿哥", "尕妹"}
)
_THEN = re.compile(r"[啊呀哎]?(?:[^\w]|我|给|帮|那|把|今|快|你|请|想|$)")
_SELF = re.compile(
    r"我自己|我本人|我个人|自个儿?|本人|自己看|自己用|我看(?!看|一下|见|到|过|不|你|他|着|电)|给我看|我要看(?!看)|给我自家|我自家|自家看|自己瞧|我瞧|我个家"
)
_FOR_ME = re.compile(
    r"给我(?!们|家|的|说|讲|发|打|回|念|看看|老|妈|爸|儿|孙|媳|男|丫|姑|娃|阿|爷|奶|哥|姐|弟|妹|亲|女|公|婆|丈|岳|外|侄|邻|朋|爱|一下)"
)
_OTHER = re.compile(r"给别人|帮别人|替别人|给他|给她|帮他|帮她|别人|他看|她看|旁人|人家看|给人家|不是我(?=[,，。看]|$)")
_ANSWER_SELF = re.compile(
    r"^(?:就)?(?:是)?(?:我|自己|我的|我的号|给我|我哩|自家|我呗|我啊|我嘛|我来看)"
    r"(?:的|看|呀|啊|呗|么|挂|用|的呗)?$"
)


def _vocative(text: str, match: re.Match[str]) -> bool:
    """尕娃，给我挂个号: whom the caller speaks to, no patient."""
    return (
        match[0] in _YOUNG
        and not bare(text[: match.start()]).strip("喂嗯哎唉啊")
        and bool(_THEN.match(text, match.end()))
    )


def _relations(text: str, context: ParseContext, taken: list[Reading]) -> list[Reading]:
    found: list[Reading] = []
    for match in _RELATION.finditer(text):
        start = match.start()
        if overlaps(start, match.end(), taken) or _HELPER.match(text, match.end()):
            continue
        sure = "patient" in context.expect or _FOR.search(text[max(0, start - 6) : start]) is not None
        if not sure and (match[0].startswith("老人") or _vocative(text, match)):
            continue
        found.append(Reading("relation", match[0], start, match.end(), EXACT if sure else 0.8))
    return found


def find(text: str, context: ParseContext, taken: list[Reading]) -> list[Reading]:
    """Patient and relation in a normalised text."""
    relations = _relations(text, context, taken)
    people = [Reading("patient", "other", one.start, one.end, one.confidence) for one in relations]
    people += [Reading("patient", "other", one.start(), one.end(), 0.9) for one in _OTHER.finditer(text)]
    mine = [Reading("patient", "self", one.start(), one.end()) for one in _SELF.finditer(text)]
    if "patient" in context.expect and not mine and not people and _ANSWER_SELF.match(bare(text)):
        start = next(i for i, char in enumerate(text) if char in bare(text))
        mine = [Reading("patient", "self", start, len(text.rstrip("。，,. ")))]
    if not mine and not people:
        mine = [Reading("patient", "self", one.start(), one.end(), 0.7) for one in _FOR_ME.finditer(text)]
    mine = [one for one in mine if not overlaps(one.start, one.end, people)]
    return [*relations, *sorted([*people, *mine], key=lambda one: (-one.confidence, one.start))]
