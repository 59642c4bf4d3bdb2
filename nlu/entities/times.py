"""Parts of the day and times of the clock: 晌午, 后晌, 八点半, 下午三点."""

from __future__ import annotations

import re
from datetime import timedelta

from nlu.entities.numbers import DAY, small
from nlu.entities.readings import EXACT, UNSURE, Reading, overlaps
from nlu.pinyin import syllables
from nlu.understand import ParseContext

_PARTS = (
    (
        "pm",
        r"下午|后晌|后半天|下五|下武|夏午|午后|吓午|下物|下半天|晌午过了?|晌午后|后半晌|下半晌|午饭后|吃过午饭|午觉",
    ),
    ("noon", r"晌午饭?|中午|正午|晌会|中五|正晌午|晌午端|响午|晌火"),
    (
        "am",
        (
            r"上午|早上|早晨|早起|清早|大清早|赶早|大早|(?<![周期拜])一早|前半天|上五|尚午|上物|凌晨|早间|上半天|明早|今早|前晌|早晌|前半晌|上半晌"
            r"|早饭后|吃过早饭|鸡叫|天麻麻亮|天亮|麻亮|天刚亮"
        ),
    ),
    ("evening", r"傍晚|擦黑|黄昏|天黑前|傍黑|太阳落|日落|麻麻黑|天麻黑|黑前"),
    ("night", r"晚上|夜里|黑了|黑里|黑晚|半夜|夜晚|今晚|明晚|黑夜|晚夕|晚间|晚饭后|吃过晚饭|天黑|夜间"),
)
_DAWN = re.compile(r"凌晨|半夜")
_SAME_LENGTH_FIRST = re.compile("|".join(f"(?P<{part}>{words})" for part, words in _PARTS))
_CLOCK = re.compile(
    rf"(?P<quarter_to>差(?P<less>一刻|{DAY}分?))?(?P<hour>{DAY})(?:点|点钟|时整|典)"
    rf"(?P<rest>半|一刻|三刻|过?[零〇]?{DAY}分?(?!个|天|块|号|月|钱)|钟|整)?"
)
_WRITTEN = re.compile(r"(?<![\d:.])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?!\d)")
_LESS_AFTER = re.compile(rf"(?:还)?差(?P<less>一刻钟?|{DAY}分钟?|{DAY})")
_MINUTES = {"一刻": 15, "一刻钟": 15}
_BETWEEN_HOURS = re.compile(r"(?P<first>[一二三四五六七八九])(?P<hour>[二三四五六七八九十])(?=点)")
_LATER = re.compile(
    rf"(?P<n>{DAY}|半)个?(?P<half>半)?(?:小时|钟头|点钟)(?:以后|之后|过后|后)|过(?P<n2>{DAY}|半)个?(?P<half2>半)?(?:小时|钟头)"
)
_LITTLE = {("man",), ("kuai",), ("da",), ("xiao",), ("gao",), ("qing",), ("jin",), ("yuan",)}
_FOLLOWS = dict(zip("一二三四五六七八九", "二三四五六七八九十", strict=True))
_NOT_A_CLOCK = re.compile(r"[快慢大小早晚好多少高低近远轻]\s*$")


def _parts(text: str) -> list[Reading]:
    return [
        Reading("part_of_day", match.lastgroup or "", match.start(), match.end())
        for match in _SAME_LENGTH_FIRST.finditer(text)
    ]


def _a_little(before: str) -> bool:
    """慢一点, also where only its sound was written."""
    return bool(_NOT_A_CLOCK.search(before)) or syllables(before[-1:])[-1:] in _LITTLE


def _minute(rest: str | None) -> int | None:
    rest = (rest or "").removeprefix("过").rstrip("分")
    fixed = {"": 0, "钟": 0, "整": 0, "半": 30, "一刻": 15, "三刻": 45}.get(rest)
    minute = fixed if fixed is not None else small(rest)
    return minute if minute is not None and 0 <= minute < 60 else None


def _hour(hour: int, part: str, *, dawn: bool) -> tuple[int, float, int | None]:
    """The hour of 24, the confidence, and another hour that the words allow."""
    if part == "am" or hour > 12 or dawn:
        return (hour % 12 if dawn and hour <= 12 else hour % 24), EXACT, None
    if part == "noon":
        return (hour + 12 if hour < 6 else hour), EXACT, None
    if part in {"pm", "evening"}:
        return hour % 12 + 12, EXACT, None
    if part == "night":
        return (hour % 12, 0.85, None) if hour in {12, *range(1, 5)} else (hour % 12 + 12, EXACT, None)
    return _alone(hour)


def _alone(hour: int) -> tuple[int, float, int | None]:
    """An hour without its part of the day: three o'clock is in the afternoon, six may be either."""
    if hour == 6:
        return 6, UNSURE, 18
    if 1 <= hour < 6:
        return hour + 12, 0.8, hour
    return hour % 24, 0.85, (hour + 12 if hour < 12 else None)


def _part_of(hour: int) -> str:
    """Part of the day of an hour."""
    return ("night", "am", "noon", "pm", "evening", "night")[sum(hour >= edge for edge in (5, 12, 13, 18, 19))]


def _at(hour: int, minute: int) -> str:
    return f"{hour:02d}:{minute:02d}"


def _clock(match: re.Match[str], text: str, parts: list[Reading], context: ParseContext) -> Reading | None:
    """八点 as a time; None where 点 is "a little" (慢一点) or the number is none."""
    hour, minute = small(match["hour"]), _minute(match["rest"])
    if hour is None or not 0 <= hour <= 24 or minute is None:
        return None
    near = [part for part in parts if part.end <= match.start() and match.start() - part.end <= 3]
    little = match["hour"] == "一" and not match["rest"]
    alone = "time" in context.expect and not _a_little(text[: match.start()])
    if little and not near and not alone:
        return None
    part = str(near[-1].value) if near else ""
    first = near and "点" not in text[near[-1].end : match.start()]  # 下午两点到四点: the second begins at 四
    start = near[-1].start if first else match.start()
    hour, confidence, other = _hour(hour, part, dawn=bool(near and _DAWN.search(text[start : match.start()])))
    to = _LESS_AFTER.match(text, match.end()) if not match["rest"] else None
    if to is not None:  # 九点差五分
        minute = -_MINUTES.get(to["less"], small(to["less"].rstrip("分")) or 0)
    less = {None: 0, "一刻": 15}.get(match["less"])
    less = less if less is not None else small(match["less"].rstrip("分")) or 0
    hour, minute = divmod(max(0, hour * 60 + minute - less), 60)
    others = (_at(other, minute),) if other is not None and not less else ()
    return Reading("time", _at(hour % 24, minute), start, to.end() if to else match.end(), confidence, others)


def _one_hour(text: str) -> str:
    """八九点: read as the first of the two; as long as before."""
    return _BETWEEN_HOURS.sub(
        lambda two: "约" + two["first"] if _FOLLOWS[two["first"]] == two["hour"] else two[0], text
    )


def _times(text: str, parts: list[Reading], context: ParseContext) -> list[Reading]:
    found = [
        Reading("time", _at(int(one["hour"]), int(one["minute"])), one.start(), one.end())
        for one in _WRITTEN.finditer(text)
    ]
    found += _later(text, context)
    for match in _CLOCK.finditer(_one_hour(text)):
        reading = None if overlaps(match.start(), match.end(), found) else _clock(match, text, parts, context)
        if reading is not None:
            found.append(reading)
    return sorted(found, key=lambda one: one.start)


def _later(text: str, context: ParseContext) -> list[Reading]:
    """两个小时以后: the clock then."""
    found = []
    for match in _LATER.finditer(text):
        said = match["n"] or match["n2"]
        hours = 0.5 if said == "半" else small(said)
        if hours is None:
            continue
        hours += 0.5 if match["half"] or match["half2"] else 0
        then = context.now + timedelta(hours=hours)
        found.append(Reading("time", f"{then:%H:%M}", match.start(), match.end(), 0.8))
    return found


def find(text: str, context: ParseContext) -> list[Reading]:
    """Times and parts of the day in a normalised text; the part follows from a time where none was said."""
    parts = _parts(text)
    times = _times(text, parts, context)
    if not parts:
        for one in times:
            part = _part_of(int(str(one.value)[:2]))
            others = tuple(_part_of(int(str(other)[:2])) for other in one.alternatives)
            confidence = min(one.confidence, 0.9)
            parts.append(Reading("part_of_day", part, one.start, one.end, confidence, others))
    return [*parts, *times]
