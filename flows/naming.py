"""Languages that the words name, and how: as the one that is wanted, as one that is not spoken, as somebody else's.

A language can be spoken about (我女儿会说英语), and its name can mean something else (说脏话, 土话)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from voices.languages.pack import Pack

_HAN = re.compile(r"[\u4e00-\u9fff]")
_CLAUSE = re.compile(r"[，。！？；,.!?;]")
_DENIED_BEFORE = re.compile(
    r"(?:(?:不太?|不大|没学过|没法|不想|不愿意?)(?:会|懂|说|讲|用|想|学|要|是|来|了|得)|听不(?:太|大)?[懂明清]白?|[听说讲]不[来了]|不[要用]|没学过|别)"
    r"[再跟我你您们说讲听用懂得一句的]{0,4}$|"
    r"(?:don.?t|do not|can.?t|cannot|no)\s(?:(?:speak|understand|talk|know|want)\s)?(?:any\s)?$"
)
_DENIED_AFTER = re.compile(r"^[我俺也都又根本一点句太大听说讲]{0,5}(?:不会|不懂|不明白|不行|不来|不了|不成)(?!吗|吧)")
_SOMEBODY = re.compile(
    r"[他她]|儿子|[女儿]儿|闺女|姑娘|丫头|媳妇|孙子|孙女|外孙|娃|孩子|邻居|隔壁|老师|学生|老伴|老汉|老头|婆婆|妈|爸|爷爷|奶奶|哥|姐|弟|妹|"
    r"朋友|亲戚|人家|别人|电视|学校"
)
_WHOSE = re.compile(r"^的?(?:老师|[孙儿女][子女儿]|娃|孩子|书|课|节目|短信|考试)")
_CHANGE = re.compile(r"[换改切]")
_SCOLDS = re.compile(r"骂|吵|难听|嘴里")
_CURSES = "脏"
"""脏话 is what a recogniser makes of 藏话, and bad language."""
_OTHERWISE = frozenset({"土话"})
"""Names that mean something else as well: any dialect is 土话."""


@dataclass(frozen=True, slots=True)
class Named:
    """One language that was named."""

    code: str
    name: str
    denied: bool = False
    """It was said that it is not spoken, or not wanted."""
    doubted: bool = False
    """Somebody else speaks it, or the word may mean something else."""


def spread(text: str) -> str:
    """The text as names are looked for in it: without the spaces that a recogniser puts between characters."""
    short = " ".join(text.split()).casefold()[:200]
    return short.replace(" ", "") if _HAN.search(short) else short


def named(text: str, packs: Mapping[str, Pack]) -> list[Named]:
    """The languages that the words name, in the order in which they were said; longer names count first."""
    short = left = spread(text)
    names = {(spread(name), code) for code, pack in packs.items() for some in pack.names.values() for name in some}
    found: list[tuple[int, Named]] = []
    for name, code in sorted(names, key=lambda pair: (-len(pair[0]), pair)):
        for hit in re.finditer(_as_words(name), left):
            before, after = _clause(short[: hit.start()], -1), _clause(short[hit.end() :], 0)
            if not (_CURSES in name and curses(short)):
                found.append((hit.start(), _how(name, code, before, after)))
        left = re.sub(_as_words(name), lambda hit: "\0" * len(hit[0]), left)
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def curses(text: str) -> bool:
    """Whether it tells of bad language."""
    at = text.find(_CURSES)
    return at >= 0 and (_SCOLDS.search(text) or _SOMEBODY.search(_clause(text[:at], -1))) is not None


def people(text: str, packs: Mapping[str, Pack]) -> str:
    """The language of the people that the words name (藏族); empty where they name none."""
    short = spread(text)
    return next((code for code, pack in packs.items() if any(name in short for name in pack.people)), "")


def _how(name: str, code: str, before: str, after: str) -> Named:
    denied = _DENIED_BEFORE.search(before) is not None or _DENIED_AFTER.search(after) is not None
    others = _SOMEBODY.search(before) is not None or _WHOSE.search(after) is not None
    doubted = (others or name in _OTHERWISE) and _CHANGE.search(before) is None
    return Named(code, name, denied, doubted)


def _clause(text: str, which: int) -> str:
    return _CLAUSE.split(text)[which]


def _as_words(name: str) -> str:
    """Tu is no part of Tuesday."""
    return rf"(?<![a-z]){re.escape(name)}(?![a-z])" if name.isascii() else re.escape(name)
