"""What readers of one language share: hours with their part of the day, and values that do not lie over each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from nlu.entities.readings import EXACT, UNSURE, Reading, overlaps

Number = Callable[[str], int | None]
"""Words of one language → the number that they say, None where they say none."""
COUNTED = frozenset({"number", "count", "quantity", "age"})


def parts_pattern(parts: Sequence[tuple[str, str]]) -> re.Pattern[str]:
    """(part of the day, its words as alternatives) → a pattern whose group is the part."""
    return re.compile("|".join(f"(?P<{part}>{words})" for part, words in parts))


def times(text: str, part: re.Pattern[str], clock: re.Pattern[str], number: Number, *, reach: int) -> list[Reading]:
    """Parts of the day and hours. A part that ends at most `reach` characters before an hour belongs to it.

    `clock` has the groups hour, half and minute."""
    parts = [Reading("part_of_day", one.lastgroup or "", one.start(), one.end()) for one in part.finditer(text)]
    found = list(parts)
    for match in clock.finditer(text):
        hour = number(match["hour"])
        minute = 30 if match["half"] else number(match["minute"]) if match["minute"] else 0
        if hour is None or minute is None or hour > 24 or minute > 59:
            continue
        near = [one for one in parts if one.end <= match.start() <= one.end + reach]
        named = str(near[-1].value) if near else ""
        sure = EXACT if named or hour > 12 else UNSURE
        start = near[-1].start if near else match.start()
        found.append(Reading("time", f"{_of_day(hour, named):02d}:{minute:02d}", start, match.end(), sure))
    return found


def _of_day(hour: int, part: str) -> int:
    """The hour of 24. Without a part of the day, one to five are afternoon: nobody is received at night."""
    late = part in {"pm", "evening", "night"} or (part == "noon" and hour < 6) or (not part and 1 <= hour < 6)
    return hour % 12 + 12 if late and hour <= 12 else hour % 24


def dates(days: Iterable[tuple[re.Match[str], date | None, float]], taken: Iterable[Reading]) -> list[Reading]:
    """The first reading of each place that nothing of `taken` lies over. (where, day or None, how sure), best first."""
    found: list[Reading] = []
    for match, day, sure in days:
        if day is not None and not overlaps(match.start(), match.end(), [*taken, *found]):
            found.append(Reading("date", day.isoformat(), match.start(), match.end(), sure))
    return found


def counted(words: Iterable[re.Match[str]], expect: Iterable[str], number: Number, sure: float) -> list[Reading]:
    """The first number, where a number is asked for."""
    slot = next((name for name in expect if name in COUNTED), None)
    if slot is None:
        return []
    counts = ((one, number(one[0])) for one in words)
    return [Reading(slot, value, one.start(), one.end(), sure) for one, value in counts if value is not None][:1]
