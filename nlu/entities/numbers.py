"""Spoken numbers: amounts (一百二十三), and digits one by one with the words and homophones that stand for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from nlu.pinyin import syllables
from nlu.text import normalise

VALUES = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "俩": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_BIG = {"万": 10_000, "亿": 100_000_000}
NUMBER = r"(?:\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万廿]+)"
"""A pattern for an amount, in figures or characters."""
DAY = r"(?:\d{1,2}|[一二三四五六七八九十廿两]{1,3})"
"""A pattern for a number below a hundred."""


def parse(words: str) -> float | None:
    """The amount that the words say, or None: 一百二十三, 两千五, 三万二, 12, 廿三, 二零二六."""
    words = words.replace("廿", "二十")
    if re.fullmatch(r"\d+(?:\.\d+)?", words):
        return float(words[:16])
    if mixed := re.fullmatch(r"(\d+(?:\.\d+)?)([万千百])", words):
        return float(mixed[1][:12]) * {**_UNITS, **_BIG}[mixed[2]]
    if not words or any(c not in VALUES and c not in _UNITS and c not in _BIG for c in words):
        return None
    if all(c in VALUES for c in words):
        return float("".join(str(VALUES[c]) for c in words)[:15])
    return _amount(words)


def _amount(words: str) -> float:
    total, section, digit, unit, zero = 0, 0, 0, 1, False
    for char in words:
        if char in VALUES:
            digit, zero = VALUES[char], zero or char in "零〇"
            continue
        if char in _UNITS:
            unit = _UNITS[char]
            section += (digit or (0 if zero else 1)) * unit
        else:
            unit = _BIG[char]
            total += (section + digit) * unit
            section = 0
        digit, zero = 0, False
    short = unit // 10 if digit and unit > 10 and not zero else 1  # 两千五 is 2500, 两千零五 is 2005
    return float(total + section + digit * short)


def small(words: str) -> int | None:
    """A whole number below a hundred, or None."""
    value = parse(words)
    return int(value) if value is not None and value == int(value) and value < 100 else None


_STRONG = {c: c for c in "0123456789"} | {
    **dict.fromkeys("零〇洞", "0"),
    **dict.fromkeys("一幺壹", "1"),
    **dict.fromkeys("二两贰", "2"),
    **dict.fromkeys("三叁", "3"),
    **dict.fromkeys("四肆", "4"),
    **dict.fromkeys("五伍", "5"),
    **dict.fromkeys("六陆", "6"),
    **dict.fromkeys("七拐柒", "7"),
    **dict.fromkeys("八捌", "8"),
    **dict.fromkeys("九勾玖", "9"),
    **dict.fromkeys("x叉", "X"),
}
_WEAK = {
    "ling": "0",
    "dong": "0",
    "yi": "1",
    "yao": "1",
    "er": "2",
    "liang": "2",
    "san": "3",
    "shan": "3",
    "si": "4",
    "wu": "5",
    "liu": "6",
    "qi": "7",
    "guai": "7",
    "ba": "8",
    "jiu": "9",
    "gou": "9",
    "cha": "X",
}
"""Syllables that stand for digits; a character that has the sound of one may be meant as it."""
_WEAK_CHARS = dict.fromkeys("是事市", "4") | dict.fromkeys("怪", "7")
"""Where the flat and the curled tongue are one, 是 sounds like four."""


@lru_cache(maxsize=8192)
def _weak(char: str) -> str | None:
    """The digit that a character sounds like."""
    if not "\u4e00" <= char <= "\u9fff":
        return None
    return _WEAK_CHARS.get(char) or _WEAK.get(syllables(char)[0])


def surely(text: str) -> str:
    """The digits of a normalised text one by one, without homophones: 两个零 is 00."""
    found, at = "", 0
    while at < len(text):
        said = _one(text, at)
        if said is not None and said[1]:
            found += said[0]
        at += said[2] if said is not None else 1
    return found


_PAUSE = set(" ,，。、-—.;；:：·!！")
_RESTART_SOUNDS = ("bu dui", "cuo le", "shuo cuo")
_RESTART = ("不对", "错了", "说错", "重来", "不不")


@dataclass(frozen=True, slots=True)
class Run:
    """Digits said in a row, with the place of each in the text."""

    digits: str
    places: tuple[int, ...]
    strong: tuple[bool, ...]
    """False for a digit that is only a homophone."""

    def cut(self, first: int, after: int) -> Run:
        """A part of the run."""
        return Run(self.digits[first:after], self.places[first:after], self.strong[first:after])

    def readings(self) -> tuple[Run, ...]:
        """The run without homophones at its ends, at its beginning, at its end, and whole."""
        inner = self.trimmed()
        if not inner.digits:
            return (self,)
        first, after = self.places.index(inner.places[0]), len(self.places) - self.places[::-1].index(inner.places[-1])
        return inner, self.cut(first, len(self.digits)), self.cut(0, after), self

    def trimmed(self) -> Run:
        """Without homophones at either end that are more likely words."""
        first, after = 0, len(self.digits)
        while first < after and not self.strong[first]:
            first += 1
        while after > first and not self.strong[after - 1]:
            after -= 1
        return self.cut(first, after)


def _one(text: str, at: int) -> tuple[str, bool, int] | None:
    """The digits said at a place, whether surely, and how many characters they take."""
    if text.startswith("艾克斯", at):
        return "X", True, 3
    if (
        text[at + 1 : at + 2] == "个"
        and text[at + 2 : at + 3] in _STRONG
        and text[at] in VALUES
        and text[at] not in "零〇"
    ):
        return _STRONG[text[at + 2]] * VALUES[text[at]], True, 3
    if text[at] in _STRONG:
        return _STRONG[text[at]], True, 1
    weak = _weak(text[at])
    return (weak, False, 1) if weak is not None else None


def runs(text: str) -> list[Run]:
    """Every stretch of digits, pauses allowed within, in a normalised text."""
    found: list[Run] = []
    said_so_far, places, strong, at = "", list[int](), list[bool](), 0
    while at <= len(text):
        said = _one(text, at) if at < len(text) else None
        if said is not None:
            said_so_far += said[0]
            places += [at] * (len(said[0]) - 1) + [at + said[2] - 1]
            strong += [said[1]] * len(said[0])
            at += said[2]
            continue
        if at == len(text) or text[at] not in _PAUSE:
            if any(strong) or len(said_so_far) >= 4:
                found.append(Run(said_so_far, tuple(places), tuple(strong)))
            said_so_far, places, strong = "", [], []
        at += 1
    return found


def _takes_back(words: str) -> bool:
    """不对 and its like, by their sound too."""
    return any(word in words for word in _RESTART) or any(
        pair in " ".join(syllables(words)) for pair in _RESTART_SOUNDS
    )


def _replaced(before: Run, after: Run, text: str) -> Run:
    """What was said before "不对", with its last group or as many digits replaced by what was said after it."""
    if len(after.digits) >= len(before.digits):
        return after
    keep = len(before.digits) - min(_last_group(before, text), len(after.digits))
    kept = before.cut(0, keep)
    return Run(kept.digits + after.digits, kept.places + after.places, kept.strong + after.strong)


def _last_group(run: Run, text: str) -> int:
    """How many digits were said since the last pause."""
    at = len(run.digits) - 1
    while at > 0 and not any(c in _PAUSE for c in text[run.places[at - 1] + 1 : run.places[at]]):
        at -= 1
    return len(run.digits) - at


_INSTEAD = re.compile(
    r"不是(?P<wrong>.{1,6}?)[,，、]?(?:是|而是)(?P<right>.{1,6})$|(?:不对|错了|说错了)?[,，、。]?是(?P<right2>.{1,4}?)[,，、]?不是(?P<wrong2>.{1,4})$"
)


def _instead(text: str) -> list[Run] | None:
    """…不是六是九: 六 is replaced. 是 itself sounds like four, so this is read before the runs are."""
    swap = _INSTEAD.search(text)
    if swap is None:
        return None
    said = (swap["wrong"] or swap["wrong2"], swap["right"] or swap["right2"])
    wrong, right = ("".join(_STRONG.get(c) or _weak(c) or "" for c in words) for words in said)
    found = [run.readings()[min(1, len(run.readings()) - 1)] for run in corrected(text[: swap.start()])]
    if not wrong or not right or not found:
        return None
    run = found[-1]
    at = run.digits.rfind(wrong)
    if at >= 0:
        head, tail, place = run.cut(0, at), run.cut(at + len(wrong), len(run.digits)), run.places[at]
        places = head.places + (place,) * len(right) + tail.places
        found[-1] = Run(head.digits + right + tail.digits, places, (True,) * len(places))
    return found


def corrected(text: str) -> list[Run]:
    """The stretches of digits with what the caller took back put right."""
    if (swapped := _instead(text)) is not None:
        return swapped
    found: list[Run] = []
    for run in runs(text):
        said = run.trimmed()
        between = text[found[-1].places[-1] + 1 : run.places[0]] if found else ""
        if found and said.digits and len(between) <= 8 and _takes_back(between):
            found[-1] = _replaced(found[-1].trimmed(), said, text)
        else:
            found.append(run)
    return found


def digits(text: str) -> str:
    """All digits that a text says one by one, homophones between them too, corrections applied; X for 叉."""
    return "".join(run.trimmed().digits or run.digits for run in corrected(normalise(text)))
