"""From one day or hour to another: 三号到五号, 明后两天, 下午两点到四点, 八九点钟. The end has a slot of its own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from nlu.entities.readings import Reading
from nlu.entities.times import _BETWEEN_HOURS, _FOLLOWS

ENDS = {"date": "date_to", "time": "time_to"}
"""Slot of the beginning → slot of the end, which is written in the same way."""
_TO = re.compile(r"[,，]?(?:一直)?(?:到|至|[-—~])(?:了)?")
_TWO_DAYS = re.compile(r"(?P<first>[今明])(?P<second>[明后])(?:两)?[天日](?P<both>)")
_DAYS = {"今": 0, "明": 1, "后": 2}


def _end_of(first: Reading, last: Reading) -> Reading:
    """The later reading as the end, its other reading taken where the first would lie before the beginning."""
    slot = ENDS[first.slot]
    value = last.value
    if str(value) < str(first.value):
        value = next((other for other in last.alternatives if str(other) > str(first.value)), value)
    return replace(last, slot=slot, value=value, confidence=min(first.confidence, last.confidence), alternatives=())


def ends(text: str, readings: list[Reading]) -> list[Reading]:
    """The readings of one slot (`date` or `time`), with each that ends a range given the slot for ends."""
    order = sorted(readings, key=lambda one: one.start)
    last: dict[int, Reading] = {}
    for at, (one, later) in enumerate(pairwise(order)):
        if at not in last and _TO.fullmatch(text[one.end : later.start]) and one.value != later.value:
            last[at + 1] = _end_of(one, later)
    return [last.get(at, one) for at, one in enumerate(order)]


def two_days(text: str, now: datetime) -> list[Reading]:
    """明后天 and 今明两天: the first of the two and the last."""
    found, today = list[Reading](), now.date()
    for match in _TWO_DAYS.finditer(text):
        first, second = _DAYS[match["first"]], _DAYS[match["second"]]
        if second == first + 1:
            days: list[date] = [today + timedelta(days=first), today + timedelta(days=second)]
            found.append(Reading("date", days[0].isoformat(), match.start(), match.end(), 0.8, (days[1].isoformat(),)))
            found.append(Reading("date_to", days[1].isoformat(), match.start(), match.end(), 0.8))
    return found


def two_hours(text: str, times: list[Reading]) -> list[Reading]:
    """八九点: nine is the end."""
    found = []
    for match in _BETWEEN_HOURS.finditer(text):
        if _FOLLOWS[match["first"]] != match["hour"]:
            continue
        for one in times:
            if one.start <= match.start() < one.end or one.start == match.start() + 1:
                hour = (int(str(one.value)[:2]) + 1) % 24
                found.append(Reading("time_to", f"{hour:02d}:00", match.start(), one.end, 0.7))
    return found
