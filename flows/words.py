"""The few spoken words that the dialogue must catch by itself, whatever the understanding makes of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MARKS = re.compile(r"[\s，。、！？：；,.!?:;…]+")
_COMMA = re.compile("[，,、]")
_POINTING = re.compile("^(?:就|要|选|退|退掉|是|挂)+|(?:那个|这个|那一个|这一个|那家|的|号|个)+$")
_NOISE = re.compile(r"[\s，。、！？,.!?嗯呃啊哦唉呀吧呢嘛吗了的]+")

_AFTER = re.compile(r"(?:[\s，。、！,.!།་…啊呀哦呃唉哎]|姑娘|丫头|同志|谢谢)+$")
"""What may follow a question without changing that it is one."""
_DOUBTS = "是不是|对不对|行不行|好不好|成不成|中不中|要不要|可不可以|能不能|对不|行不|中不|好不|可以不"
_ASKS = re.compile(
    rf"(?:[?？؟]|吗|(?<![什怎这那多])么|(?<!不)(?:{_DOUBTS})|"
    r"(?:(?<!그러니)까|[가-힣]나|[은는인건한]가)요?|\s[мбп][ае]|\s[юу]у|\s[үю]ү|مۇ|[اىە]مدۇ|"
    r"་(?:པས|བས|གས|ངས|ནམ|དམ|རམ|འམ))$|^\s*(?:is|are|can|could|may|should|does)\s(?:it|that|this|i|you|we)\b",
    re.IGNORECASE,
)
"""Endings of questions in Mandarin, Korean, Kazakh, Mongolian, Uyghur and Tibetan, and beginnings in English."""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_YES = _set("""
对 对对 是 是是 好 好好 行 可以 没错 对着 嗯 中 要 要要 成 就这样
是这样 对就这样 好就这样 没问题 愿意 确定 确认 得行 要得 就是
""")
_NO = _set("不 不是 不对 错 不行 不要 不用 没有 没 不好 不可以 没了 不用了 算 不办 不愿意 不是不是 错着 别")
_ANY = ("都行", "随便", "都可以", "哪个都", "无所谓", "哪儿都", "你看着办", "您看着办", "不挑", "任意")
_AGAIN = ("重新来", "从头来", "从头再来", "重头来", "重来一遍", "重新开始", "从头开始", "重新办")
_HELP = (
    "能办什么",
    "能办啥",
    "可以办什么",
    "有什么业务",
    "我该怎么说",
    "我能说什么",
    "可以说什么",
    "都能干啥",
    "能干什么",
    "怎么用",
)
_MORE = (
    "别的",
    "还有",
    "下一页",
    "其他",
    "其它",
    "再说几个",
    "没有我要的",
    "都不是",
    "都不要",
    "有哪些",
    "有哪几",
    "有啥",
    "有什么",
)
_UNHEARD = re.compile(
    r"(?:不行|不对|不是|不|喂|我|你|您|这|那|还|也|都|刚才|声音|说|话|太|小|远|快|有点|根本|啥|什么)*"
    r"(?:听不[见清到懂]|听不明白|没有?听[见清到懂明]|没有?听明白|没有?明白)[楚白]?"
    r"(?:你|您|请|麻烦|再|重|说|讲|大|慢|些|点|一|声|音|遍|次|回|下)*"
)
"""Nothing else is said: 耳朵听不清，挂哪个科 is a complaint."""
_ORDINALS = (
    ("第一", "头一个", "前一个", "前面那个", "前头那个", "前头的", "前边那个", "上面那个"),
    ("第二", "后一个", "中间那个", "后面那个", "后头那个", "后头的", "后边那个", "下面那个"),
    ("第三", "最后一个", "末一个"),
)
_POINTS = re.compile(
    rf"(?:就|要|选|按|是|退掉?|挂|改)*(?:{'|'.join(name for names in _ORDINALS for name in names)})(?:个|那个|的|号)*"
)
_CHANGES = re.compile(
    r"(?:不是|不|我|想|要|能|可以|给我|得|再)*(?:换|改)(?:一?个|一下)?(?:医院|时间|日子|时候|天|科|人)(?:行不行|可以|成不|行)?"
)
_DIGIT_WORDS = {"一": 0, "幺": 0, "1": 0, "二": 1, "两": 1, "2": 1, "三": 2, "3": 2}


def plain(text: str) -> str:
    """The text without punctuation and blanks."""
    return _MARKS.sub("", text)


def bare(text: str) -> str:
    """The text without punctuation and filler particles."""
    return _NOISE.sub("", text[:200])


def asks(text: str) -> bool:
    """The words are a question, by their ending or by a mark. A recogniser may write 吗 for 嘛, which is assent: to ask
    once more costs a turn, to take 可以吗 for a yes cancels what nobody wanted to cancel."""
    return _ASKS.search(_AFTER.sub("", text[:200])) is not None


def asks_back(text: str) -> bool:
    """可以吗, 不对吗, 是不是, 啊？: a yes or a no as a question, or a sound, and nothing else."""
    core = bare(_AFTER.sub("", text[:200])).removesuffix("么")
    echo = not core or re.fullmatch(_DOUBTS, core) or core in _YES | _NO
    return bool(echo) and asks(text)


def is_yes(text: str) -> bool:
    """A whole answer that means yes."""
    return not asks(text) and (bare(text) in _YES or text.strip("，。！ ") in _YES)


def is_no(text: str) -> bool:
    """A whole answer that means no."""
    return not asks(text) and bare(text) in _NO


def has_not_heard(text: str) -> bool:
    """“不行，听不见”: the caller could not hear or follow what was said."""
    return _UNHEARD.fullmatch(bare(text)) is not None


def _any(text: str, words: Sequence[str]) -> bool:
    return any(word in text[:200] for word in words)


def wants_any(text: str) -> bool:
    """“Whichever”."""
    return _any(text, _ANY)


def wants_start_again(text: str) -> bool:
    return _any(text, _AGAIN)


def wants_help(text: str) -> bool:
    return _any(text, _HELP)


def wants_more(text: str) -> bool:
    """Other choices than those offered."""
    return _any(text, _MORE)


def ordinal(text: str) -> int | None:
    """Position that the words name ("第二个", "按二", "二"), from 0; None when they name none."""
    short = bare(text)
    for position, names in enumerate(_ORDINALS):
        if any(name in short for name in names):
            return position
    core = re.sub(r"^(选|按|要|就|是)+|(个|号键|键|那)+$", "", short)
    return _DIGIT_WORDS.get(core)


def wants_change(text: str) -> bool:
    """“换个医院”, said to what is read back: a no that tells of what."""
    return _CHANGES.fullmatch(bare(text)) is not None


def points(text: str) -> bool:
    """The words point to one of several and say nothing else: 前头那个 is no wish to go back."""
    return _POINTS.fullmatch(bare(text)) is not None


def match_label(text: str, labels: Sequence[str]) -> int | None:
    """The one label that the words name: contained in them, or the words in it. None when none or several fit."""
    short = bare(text)
    if len(short) < 2:
        return None
    plain_labels = [bare(label) for label in labels]
    inside = [n for n, label in enumerate(plain_labels) if label and label in short]
    if not inside:
        inside = [n for n, label in enumerate(plain_labels) if short in label]
    if len(inside) > 1:  # 口腔科 and 口腔外科: the longest that is said as a whole
        longest = max(len(plain_labels[n]) for n in inside)
        inside = [n for n in inside if len(plain_labels[n]) == longest and plain_labels[n] in short]
    return inside[0] if len(inside) == 1 else _by_part(short, labels)


def _by_part(short: str, labels: Sequence[str]) -> int | None:
    """“眼科那个”: the one label that has the part which the words name."""
    core = _POINTING.sub("", short)
    if len(core) < 2:
        return None
    fits = [
        n
        for n, label in enumerate(labels)
        if len(parts := [bare(part) for part in _COMMA.split(label)]) > 1
        and any(len(part) > 1 and (part in core or core in part) for part in parts)
    ]
    return fits[0] if len(fits) == 1 else None
