"""An utterance as it may have been meant: words for days, hours and sums put in where only their sound was written.

A recogniser writes 名天 for 明天 and 三月是二号 for 三月十二号. The text that is made here has the length of the
original, so that a place in one is a place in the other; the rules for dates, times and money read it a second time.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nlu.pinyin import syllables
from nlu.text import is_word

HARD = 0.5
"""Share of a phrase's characters that must be as written."""
HARD_ASKED = 0.3
"""The same where such a value was asked for."""
_NUMERALS = {
    "yi": "一",
    "er": "二",
    "liang": "两",
    "san": "三",
    "si": "四",
    "wu": "五",
    "liu": "六",
    "qi": "七",
    "ba": "八",
    "jiu": "九",
    "shi": "十",
    "ling": "零",
    "bai": "百",
    "qian": "千",
    "wan": "万",
}
_UNITS = {
    "yue": "月",
    "hao": "号",
    "ri": "日",
    "dian": "点",
    "ban": "半",
    "ke": "刻",
    "fen": "分",
    "kuai": "块",
    "mao": "毛",
    "yuan": "元",
    "tian": "天",
    "zhou": "周",
    "ge": "个",
    "chu": "初",
    "nian": "年",
    "zhong": "钟",
    "hou": "后",
    "guo": "过",
    "xia": "下",
    "cha": "差",
    "jiao": "角",
    "dao": "到",
    "zhe": "这",
    "sui": "岁",
    "jin": "斤",
    "zheng": "正",
    "duo": "多",
    "lai": "来",
    "la": "腊",
    "dong": "冬",
}
_SOUNDS = {**_UNITS, **_NUMERALS}
_OWN = frozenset({*_SOUNDS.values(), *"廿〇俩仨整份底末大半前明今去后上早晚的刻里"})
"""Characters that stand for themselves."""
_WORDS = (
    *("今天", "明天", "后天", "昨天", "前天", "大后天", "外后天", "今儿", "明儿", "后儿", "今早", "明早", "明后天"),
    *("星期", "礼拜", "这周", "下周", "上周", "本周", "周末", "下下周", "上午", "下午", "中午", "早上", "早晨", "早起"),
    *("晚上", "夜里", "半夜", "凌晨", "傍晚", "晌午", "后晌", "前晌", "擦黑", "农历", "阴历", "阳历", "旧历", "老历"),
    *("正月", "腊月", "冬月", "腊八", "小年", "除夕", "春节", "元宵", "端午", "端阳", "中秋", "重阳", "清明", "国庆"),
    *("元旦", "月底", "月初", "年底", "块钱", "点半", "点钟", "一刻", "三刻", "以后", "之后", "过后", "下个", "这个"),
    *("上个", "个月", "大年", "晚夕", "小时", "钟头", "劳动节", "妇女节", "儿童节", "教师节", "建军节", "重阳节"),
    *("中秋节", "端午节", "国庆节", "清明节", "元宵节", "老人节", "冬至", "夏至", "立春", "立夏", "立秋", "立冬"),
    *("春分", "秋分", "谷雨", "芒种", "惊蛰", "霜降", "大年三十", "二月二", "九月九", "六月六", "两天", "半个月"),
    *("今年", "明年", "去年", "月份", "大前天", "昨儿", "前儿", "明个", "今个", "后个", "一早", "清早", "后半天"),
    *(
        "晌午饭",
        "晚饭后",
        "早饭后",
        "天黑",
        "太阳落山",
        "腊八节",
        "七月十五",
        "八月十五",
        "正月十五",
        "第二天",
        "前一天",
        *(
            "不对",
            "不是",
            "错了",
            "黑了",
            "黑里",
            "晌午过了",
            "下半天",
            "上半天",
            "前半天",
            "大后儿",
            "前半晌",
            "后半晌",
        ),
    ),
    *(
        "这周末",
        "下周末",
        "下礼拜",
        "下星期",
        "这两天",
        "这几天",
        "明后两天",
        "今明两天",
        "大早",
        "大清早",
        "晚夕",
        "夜来",
    ),
)
_LONGEST = max(map(len, _WORDS))
_N1 = "[一二三四五六七八九]"
_N2 = rf"(?:[二三四五]?十{_N1}?|{_N1}|两|廿{_N1}?|\d{{1,2}})"
_SUM = "[零一二两三四五六七八九十百千万]{1,9}"
_WEEK = r"(?:下下个?|下个?|这个?|上个?|本)?(?:星期|礼拜|周)"
_SPANS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:[今明去]年)?的?{_N2}月份?的?{_N2}[号日]?(?:[到至]{_N2}[号日])?",
        rf"(?:农历|阴历|旧历|老历)(?:{_N2}|[正腊冬])月(?:初(?:{_N1}|十)|{_N2})",
        rf"(?:[正腊冬]月|{_N2}月)(?:初(?:{_N1}|十)|{_N2})|(?:大年|农历|阴历)初(?:{_N1}|十)|初(?:{_N1}|十)",
        rf"(?:下下个?|下个?|这个?|上个?)月{_N2}[号日]?|(?:下下个?|下个?|这个?|上个?)月[底初]",
        rf"{_N2}[号日](?:到{_N2}[号日])?",
        rf"{_WEEK}[一二三四五六日天](?:到{_WEEK}[一二三四五六日天])?",
        rf"(?:差(?:{_N2}分?|一刻))?{_N2}点(?:半|钟|整|[一三]刻|过?零?{_N2}分?|差{_N2}分|差一刻|到{_N2}点半?)?",
        rf"{_N1}{_N1}点钟?",
        rf"{_SUM}[多来]?[块元](?:零?(?:{_N1}|两)(?:毛{_N1}?|分)?)?半?钱?|(?:{_N1}|两)毛{_N1}?钱?",
        rf"(?:再过|过|再等)?(?:{_N2}|半)(?:天|个?星期|个?礼拜|个?月|周|个?小时|个?钟头)(?:以后|之后|过后|后|前)",
        rf"(?:再过|过|再等)(?:{_N2}|半)(?:天|个?星期|个?礼拜|个?月|周|个?小时|个?钟头)",
        rf"二零{_N1}{{2}}年{_N2}月{_N2}[号日]",
    )
)
_TOO_SHORT = frozenset({"一点", "一号", "一日"})
"""Too often something else: 慢一点."""
_LEADS = re.compile(
    r"(?:[上下中]午|早[上晨起]|晚[上夕]|夜里|半夜|凌晨|傍晚|晌午|[后前]晌|[今明后前昨]天|[今明后]儿|[今明]早|[月号日周])的?$"
)
_BEFORE = re.compile(r"[就嗯那是要啊在,，。 ]*(?:[号浩毫豪][数树].|日子是)?")
_AFTER = re.compile(r"[吧呗的了啊呢哈,，。 ]*$")
_NUMBER = re.compile(_N2)
_NEVER_FIRST = frozenset("是就出")
"""Words that come before a number, and sound like one."""
_SELDOM_FIRST = frozenset("要有也把吧已以而时事其起医意式物务我留久旧救试世石死四衣")
_TOPICS = frozenset(
    {"date", "time", "part_of_day", "money", "number", "count", "age", "quantity", "date_to", "time_to"}
)


@lru_cache(maxsize=1)
def _by_sound() -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for word in _WORDS:
        found.setdefault(syllables(word), []).append(word)
    return found


def _word_at(text: str, sounds: tuple[str, ...], at: int, *, asked: bool) -> str | None:
    """The longest word that sounds at a place, when enough of it is as written."""
    for length in range(min(_LONGEST, len(text) - at), 1, -1):
        words = _by_sound().get(sounds[at : at + length])
        if words is None:
            continue
        here = text[at : at + length]
        best = max(words, key=lambda word: sum(a == b for a, b in zip(word, here, strict=True)))
        same = sum(a == b for a, b in zip(best, here, strict=True))
        nearby = here[0] == "近" and text[at - 1 : at] in {"最", "附"}
        if (same or asked) and not nearby:
            return best
    return None


@lru_cache(maxsize=8192)
def _sounding(char: str) -> str:
    """The numeral or unit that a character sounds like, or the character."""
    return char if char in _OWN else _SOUNDS.get(syllables(char)[0], char) if is_word(char) else char


def by_sound(text: str) -> str:
    """Every character that sounds like a numeral or a unit as that: for an answer that can only be a number."""
    return "".join(map(_sounding, text))


def _by_words(text: str, sounds: tuple[str, ...], *, asked: bool) -> tuple[list[str], list[bool]]:
    """The text with words put in, and which places they take."""
    chars, fixed, at = list(text), [False] * len(text), 0
    while at < len(text):
        word = _word_at(text, sounds, at, asked=asked)
        if word is not None:
            chars[at : at + len(word)] = word
            fixed[at : at + len(word)] = [True] * len(word)
        at += len(word) if word else 1
    return chars, fixed


def _may_be(text: str, meant: str, start: int, end: int, *, asked: bool) -> bool:
    """True when enough of a phrase is as written for the rest to be misspelt."""
    changed = [at for at in range(start, end) if text[at] != meant[at]]
    if not changed:
        return False
    if start in changed and (text[start] in _NEVER_FIRST or _seldom(text, start, changed, end - start, asked=asked)):
        return False
    return 1 - len(changed) / (end - start) >= (HARD_ASKED if asked else HARD)


def _seldom(text: str, start: int, changed: list[int], length: int, *, asked: bool) -> bool:
    """True when a phrase begins with a word that sounds like a number, and not much more speaks for it."""
    return text[start] in _SELDOM_FIRST and not asked and len(changed) > 0.25 * length


def _answer(text: str, meant: str, chars: list[str]) -> list[str]:
    """An answer that is a number and nothing else: 嗯二尸五."""
    lead, tail = _BEFORE.match(text), _AFTER.search(text)
    begin, end = lead.end() if lead else 0, tail.start() if tail else len(text)
    result = list(chars)
    if begin < end and _NUMBER.fullmatch(meant, begin, end):
        result[begin:end] = meant[begin:end]
    return result


def heard(text: str, expect: tuple[str, ...] = ()) -> str:
    """The normalised text as it may have been meant; the same text when nothing sounds like a day, hour or sum."""
    asked = not _TOPICS.isdisjoint(expect)
    sounds = syllables(text)
    if len(sounds) != len(text):
        sounds = tuple("".join(syllables(char)) for char in text)
    chars, fixed = _by_words(text, sounds, asked=asked)
    meant = "".join(char if kept else _sounding(char) for char, kept in zip(chars, fixed, strict=True))
    if meant == text:
        return text
    result = _answer(text, meant, chars) if asked else list(chars)
    so_far = "".join(chars)
    for pattern in _SPANS:
        for match in pattern.finditer(meant):
            led = asked or _LEADS.search(so_far[max(0, match.start() - 4) : match.start()]) is not None
            if _may_be(text, meant, match.start(), match.end(), asked=led) and (led or match[0] not in _TOO_SHORT):
                end = match.end() - (text[match.end() - 1] in _NEVER_FIRST)  # 五点就: no minutes
                result[match.start() : end] = match[0][: end - match.start()]
    return "".join(result)
