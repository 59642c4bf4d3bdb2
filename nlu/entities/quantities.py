"""Numbers of things, where a number was asked for: 两个, 二十斤, 十来个, 两斤半, 七十三岁."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.entities.heard import by_sound
from nlu.entities.numbers import NUMBER, parse
from nlu.entities.readings import EXACT, UNSURE, Reading, overlaps
from nlu.understand import ParseContext

ASKED = ("number", "count", "quantity", "age")
"""Slots that take a number, each under the name that the question gives it."""
_WHOLE = re.compile(
    rf"(?:大概|差不多|一共|总共|就|要|有|是|嗯|我|今年|快|满|都)*(?P<said>{NUMBER}(?:点[零一二三四五六七八九]{{1,4}})?)(?P<about>来|多|几)?"
    r"(?P<measure>[个斤口人岁回次张盒瓶袋箱只条件份天位名台辆桶包趟度米]|公斤|块)?(?P<half>半)?(?:整|钱|了|吧|呢|呗|左右|上下|多|的)*"
)
_TWO = re.compile(r"(?P<low>[一二三四五六七八九])(?P<high>[二三四五六七八九])(?=[个斤口人岁回次张盒瓶袋百千万十])")
_BETWEEN = re.compile(r"十(?P<low>[一二三四五六七八])(?P<high>[二三四五六七八九])(?=[个斤口人岁回次])")
_FIXED = {"俩": 2.0, "仨": 3.0, "半": 0.5}
_POINT = re.compile(r"(?P<whole>[零一二三四五六七八九十百千]+)点(?P<rest>[零一二三四五六七八九]{1,4})")


def amount(words: str) -> float | None:
    """The number that the words say, with its decimals: 三点五."""
    pointed = _POINT.fullmatch(words)
    if pointed is None:
        return parse(words)
    whole_part, rest = parse(pointed["whole"]), parse(pointed["rest"])
    if whole_part is None or rest is None:
        return None
    return float(f"{int(whole_part)}.{int(rest):0{len(pointed['rest'])}d}")


def whole(text: str, slot: str) -> list[Reading]:
    """The number that makes up an utterance, under the name of a slot."""
    begin = next((at for at, char in enumerate(text) if char.isalnum()), 0)
    words = text[begin:].rstrip(" ,，。.、!！?？")
    if words[:1] in _FIXED and (len(words) == 1 or words[1:2] in "个斤人口"):
        return [Reading(slot, _FIXED[words[0]], begin, begin + len(words))]
    words = _first_of_two(words)
    match = _WHOLE.fullmatch(words)
    value = amount(match["said"]) if match is not None else None
    if match is None or value is None:
        return []
    value += 0.5 if match["half"] else 0
    rough = match["about"] is not None or words != text[begin : begin + len(words)]
    return [Reading(slot, value, begin + match.start("said"), begin + match.end(), UNSURE if rough else EXACT)]


def _first_of_two(words: str) -> str:
    """十五六个 as 十五个, 两三个 as 两个: the smaller of the two; shorter by one character."""
    for two in (_BETWEEN.search(words), _TWO.search(words)):
        if two is not None and "一二三四五六七八九".index(two["high"]) == "一二三四五六七八九".index(two["low"]) + 1:
            return words[: two.start("high")] + words[two.end("high") :]
    return words


def find(text: str, context: ParseContext, taken: Sequence[Reading]) -> list[Reading]:
    """The number that was asked for, in a normalised text."""
    slot = next((name for name in context.expect if name in ASKED), None)
    if slot is None:
        return []
    found = whole(text, slot)
    if not found:
        meant = by_sound(text)
        found = [
            Reading(slot, one.value, one.start, min(len(text), one.end), min(one.confidence, 0.7))
            for one in whole(meant, slot)
        ]
    if not found and not taken:
        found = [
            Reading(slot, value, match.start(), match.end(), UNSURE)
            for match in re.finditer(NUMBER, text)
            if (value := parse(match[0])) is not None
        ][:1]
    return [one for one in found if not overlaps(one.start, one.end, taken)]
