"""Sums of money: 一千二百三十四块五, 三毛, 两万元."""

from __future__ import annotations

import re

from nlu.entities.numbers import NUMBER, parse
from nlu.entities.readings import EXACT, Reading

_SUM = re.compile(
    rf"(?P<yuan>{NUMBER}(?:[千百万](?!\d))?)(?P<about>多|来|几)?(?:块|元|圆)(?P<dime>{NUMBER}(?![点号个天月]))?"
    r"(?:[毛角](?P<cent>[一二三四五六七八九\d])?)?(?P<fen>分)?(?:钱|人民币)?"
)
_DIMES = re.compile(rf"(?P<dime>{NUMBER})[毛角](?P<cent>[一二三四五六七八九\d])?(?:分)?钱?")
_SIGN = re.compile(r"[¥￥](\d{1,9}(?:\.\d{1,2})?)")


def _yuan(match: re.Match[str]) -> float | None:
    yuan = parse(match["yuan"])
    if yuan is None:
        return None
    dime = parse(match["dime"]) if match["dime"] else 0
    if dime is None:
        return None
    if match["fen"] and not match["cent"]:
        return round(yuan + dime / 100, 2)
    small = dime / 10 if dime < 10 else dime / 100
    return round(yuan + small + ((parse(match["cent"]) or 0) / 100 if match["cent"] else 0), 2)


def find(text: str) -> list[Reading]:
    """Sums of money in a normalised text, in yuan."""
    found = []
    for match in _SUM.finditer(text):
        value = _yuan(match)
        if value is not None:
            confidence = 0.7 if match["about"] else EXACT
            found.append(Reading("money", value, match.start(), match.end(), confidence))
    found += [Reading("money", float(one[1]), one.start(), one.end()) for one in _SIGN.finditer(text)]
    if not found:
        for match in _DIMES.finditer(text):
            dime = parse(match["dime"])
            cent = parse(match["cent"]) if match["cent"] else 0
            if dime is not None:
                value = round(dime / 10 + (cent or 0) / 100, 2)
                found.append(Reading("money", value, match.start(), match.end()))
    return found
