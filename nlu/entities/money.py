"""Sums of money: 一千二百三十四块五, 三毛, 两万元."""

from __future__ import annotations

import re

from nlu.entities.heard import by_sound
from nlu.entities.numbers import NUMBER, parse
from nlu.entities.quantities import whole
from nlu.entities.readings import EXACT, Reading
from nlu.understand import ParseContext

_SUM = re.compile(
    rf"(?P<yuan>{NUMBER}(?:[千百万](?!\d))?)(?P<about>多|来|几)?(?:块|元|圆)(?P<dime>{NUMBER}(?![点号个天月])|半)?"
    r"(?:[毛角](?P<cent>[一二三四五六七八九\d])?)?(?P<fen>分)?(?:钱|人民币)?"
)
_DIMES = re.compile(rf"(?P<dime>{NUMBER})[毛角](?P<cent>[一二三四五六七八九\d])?(?:分)?钱?")
_SIGN = re.compile(r"[¥￥](\d{1,9}(?:\.\d{1,2})?)")


def _yuan(match: re.Match[str]) -> float | None:
    yuan = parse(match["yuan"])
    if yuan is None:
        return None
    dime = 5 if match["dime"] == "半" else parse(match["dime"]) if match["dime"] else 0
    if dime is None:
        return None
    if match["fen"] and not match["cent"]:
        return round(yuan + dime / 100, 2)
    small = dime / 10 if dime < 10 else dime / 100
    return round(yuan + small + ((parse(match["cent"]) or 0) / 100 if match["cent"] else 0), 2)


_ABOUT = re.compile(r"(?P<unit>[百千万])(?P<ten>十)?(?:把|来|几|多)[块元]钱?|块(?:把|来)钱")
_UNIT = {"百": 100.0, "千": 1000.0, "万": 10000.0}


def _rough(text: str) -> list[Reading]:
    """百把块钱, 百十来块: about as much."""
    found = []
    for match in _ABOUT.finditer(text):
        before = text[match.start() - 1 : match.start()]
        if before and before in "一二两三四五六七八九十几好多百千万":
            continue
        value = _UNIT.get(match["unit"] or "", 1.0) * (1.1 if match["ten"] else 1)
        found.append(Reading("money", round(value), match.start(), match.end(), 0.6))
    return found


def find(text: str, context: ParseContext | None = None) -> list[Reading]:
    """Sums of money in a normalised text, in yuan. A bare number is one where a sum was asked for."""
    found = _rough(text)
    for match in _SUM.finditer(text):
        value = _yuan(match)
        if value is not None and not any(one.start <= match.start() < one.end for one in found):
            confidence = 0.7 if match["about"] else EXACT
            found.append(Reading("money", value, match.start(), match.end(), confidence))
    found += [Reading("money", float(one[1]), one.start(), one.end()) for one in _SIGN.finditer(text)]
    if not found:
        found += _dimes(text)
    if not found and context is not None and "money" in context.expect:
        found += whole(text, "money") or whole(by_sound(text), "money")
    return found


def _dimes(text: str) -> list[Reading]:
    found = []
    for match in _DIMES.finditer(text):
        dime = parse(match["dime"])
        cent = parse(match["cent"]) if match["cent"] else 0
        if dime is not None:
            value = round(dime / 10 + (cent or 0) / 100, 2)
            found.append(Reading("money", value, match.start(), match.end()))
    return found
