"""Days as they are spoken: 明儿, 三天后, 下周一, 三月十二号, 腊月二十三, 中秋."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from nlu.entities import calendar
from nlu.entities.numbers import DAY, VALUES, parse, small
from nlu.entities.readings import EXACT, UNSURE, Reading, overlaps
from nlu.text import bare
from nlu.understand import ParseContext

_Days = tuple[date | None, float, tuple[date | None, ...]]
"""A day, the confidence in it, and other days that the words allow."""
_Rule = Callable[[re.Match[str], date], _Days]

_WEEK = r"(?:周|星期|礼拜|新期|星其|里拜)"
_WEEKDAYS = {**{c: i for i, c in enumerate("一二三四五六")}, **{str(i + 1): i for i in range(7)}, "日": 6, "天": 6}
_NEAR = (
    (r"大后[天日]|外后[天日]|大后儿个?", 3),
    (r"大前[天日]|大前儿个?", -3),
    (r"(?<!大)[后侯候厚吼][天田]|后日|后儿个?|后个", 2),
    (r"(?<![大以])前[天日]|(?<!以)前儿个?", -2),
    (r"昨[天日晚]|昨儿个?|昨个|夜来", -1),
    (r"[明名鸣民铭][天田添]|明日|明儿个?|明个|明[早晚]|赶明儿?", 1),
    (r"[今金][天田添]|今日|今儿个?|今个|今[早晚]|当天", 0),
)
_SOLAR_ONLY = r"(?![码线楼院床厅门房子店铺桌])"
_LUNAR_DAY = r"(?:初[一二三四五六七八九十]|二?十[一二三四五六七八九]|[二三]?十|廿[一二三四五六七八九]?)"
_FESTIVALS = "|".join(sorted(set(calendar.FESTIVALS) - set(calendar.WEATHER), key=len, reverse=True))
_TERMS = "|".join(calendar.WEATHER)
_BY_NUMBERS = frozenset({"二月二", "六月六", "九月九"})
"""Festivals of the farmers' calendar that may be meant as plain days."""
_YEAR = (
    r"(?P<year>[今明后去前]年|(?:20)?\d\d年|[二两][零〇][零〇一二三四五六七八九]{2}年"
    r"|[二两]千零?[一二三四五六七八九十]{1,3}年|二[一二三四五六七八九]年)"
)
_LUNAR_MONTHS = {"大": 1, "正": 1, "腊": 12, "冬": 11}


def _sure(day: date | None, confidence: float = EXACT, *others: date | None) -> _Days:
    return day, confidence, tuple(one for one in others if one is not None and one != day)


def _relative(days: int) -> _Rule:
    return lambda _, today: _sure(today + timedelta(days=days))


def _days_ahead(found: re.Match[str], today: date) -> _Days:
    number = small(found["n"])
    if number is None:
        return _sure(None)
    unit = 7 if found["unit"] not in "天日" else 1
    return _sure(today + timedelta(days=number * unit))


def _months_ahead(found: re.Match[str], today: date) -> _Days:
    number = small(found["n"] or found["n2"])
    return _sure(calendar.months_ahead(today, number) if number is not None else None)


def _ago(found: re.Match[str], today: date) -> _Days:
    number, unit = small(found["n"]), found["unit"]
    if number is None:
        return _sure(None)
    if unit == "月":
        return _sure(calendar.months_ahead(today, -number))
    return _sure(today - timedelta(days=number * (1 if unit in "天日" else 7)))


def _these_days(_: re.Match[str], today: date) -> _Days:
    """这两天: from today on, to be asked about."""
    return _sure(today, 0.5, today + timedelta(days=1), today + timedelta(days=2))


def _half_month(_: re.Match[str], today: date) -> _Days:
    return _sure(today + timedelta(days=15), 0.55)


def _weekday(found: re.Match[str], today: date) -> _Days:
    """这周三, 下周三 by the calendar; a weekday alone is the next one, today's own a week ahead."""
    day, which = _WEEKDAYS[found["day"]], found["which"] or ""
    monday = today - timedelta(days=today.weekday())
    if which.startswith("下"):
        return _sure(monday + timedelta(days=day + 7 * which.count("下")))
    if which.startswith("上"):
        return _sure(monday + timedelta(days=day - 7))
    here = monday + timedelta(days=day)
    if which:
        return _sure(here) if here >= today else _sure(here + timedelta(days=7), UNSURE, here)
    if here > today:
        return _sure(here)
    return _sure(here + timedelta(days=7), UNSURE, here) if here == today else _sure(here + timedelta(days=7), 0.9)


def _weekend(found: re.Match[str], today: date) -> _Days:
    which = found["which"] or ""
    saturday = today + timedelta(days=5 - today.weekday() + 7 * which.count("下"))
    if saturday < today:  # on a Sunday
        return _sure(today, UNSURE, saturday + timedelta(days=7))
    return _sure(saturday, UNSURE, saturday + timedelta(days=1))


def _some_week(found: re.Match[str], today: date) -> _Days:
    """下周, with no day: its Monday, to be asked about."""
    monday = today + timedelta(days=7 * found["which"].count("下") - today.weekday())
    return _sure(monday, 0.5, *(monday + timedelta(days=n) for n in range(1, 5)))


def _year(words: str | None, today: date) -> int | None:
    if not words:
        return None
    near = {"今年": 0, "明年": 1, "后年": 2, "去年": -1, "前年": -2}.get(words)
    if near is not None:
        return today.year + near
    number = parse(words[:-1])
    return int(number) + (2000 if number < 100 else 0) if number is not None and number < 2200 else None


def _month_day(found: re.Match[str], today: date) -> _Days:
    month, day, year = small(found["month"]), small(found["day"]), _year(found["year"], today)
    if month is None or day is None or not 1 <= month <= 12:
        return _sure(None)
    if year is not None:
        return _sure(calendar.day_of_month(year, month, day) if year >= 1 else None)
    ahead = calendar.next_month_day(today, month, day)
    here = calendar.day_of_month(today.year, month, day)
    recent = here is not None and timedelta() < today - here <= timedelta(days=60)
    return _sure(ahead, UNSURE, here) if recent else _sure(ahead)


def _day(found: re.Match[str], today: date) -> _Days:
    """十二号: this month or the next; on the day itself both are possible."""
    day, which = small(found["day"]), found["which"] or ""
    if day is None or not 1 <= day <= 31:
        return _sure(None)
    if which.startswith("下"):
        return _sure(calendar.day_of_month(today.year, today.month + which.count("下"), day))
    if which.startswith("上"):
        return _sure(calendar.day_of_month(today.year, today.month - 1, day))
    ahead = calendar.next_day(today, day)
    here = calendar.day_of_month(today.year, today.month, day)
    if which:
        return _sure(here)
    if ahead == today:
        return _sure(ahead, UNSURE, calendar.next_day(today, day, after=1))
    return _sure(ahead)


def _month_end(found: re.Match[str], today: date) -> _Days:
    ahead = (found["which"] or "").count("下")
    if found["part"] in {"底", "末", "尾"}:
        return _sure(calendar.last_of_month(today, ahead), 0.7)
    day = 1 if found["part"] == "初" else 15
    which = calendar.day_of_month(today.year, today.month + ahead, day)
    late = which is not None and which < today
    return _sure(calendar.next_day(today, day) if late else which, 0.6)


def _lunar_day_number(words: str) -> int | None:
    return small(words.removeprefix("初"))


def _lunar(found: re.Match[str], today: date) -> _Days:
    month = _LUNAR_MONTHS.get(found["month"][:1]) if found["month"] else None
    if month is None and found["month"]:
        month = small(found["month"])
    day = _lunar_day_number(found["day"])
    if day is None or (found["month"] and month is None):
        return _sure(None)
    if month is not None:
        return _sure(calendar.next_lunar(today, month, day))
    return _sure(calendar.next_lunar_day(today, day), 0.8 if found["day"].startswith("初") else EXACT)


def _festival(found: re.Match[str], today: date) -> _Days:
    day = calendar.FESTIVALS[found[0]](today)
    if found[0] not in _BY_NUMBERS:
        return _sure(day, 0.9)
    month, number = small(found[0][0]), small(found[0][2])
    assert month is not None, "the names are numbers"
    assert number is not None, "the names are numbers"
    return _sure(day, UNSURE, calendar.next_month_day(today, month, number))


def _written(found: re.Match[str], today: date) -> _Days:
    year, month, day = (int(found[n]) for n in ("year", "month", "day"))
    del today
    return _sure(calendar.day_of_month(year, month, day) if 1 <= month <= 12 else None)


def _rules() -> list[tuple[re.Pattern[str], _Rule]]:
    weeks = rf"(?P<which>下下个?|下个?|这个?|本|上个?)?{_WEEK}"
    rules: list[tuple[str, _Rule]] = [
        (r"(?P<year>20\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})", _written),
        (rf"(?<!年)(?:{_FESTIVALS})(?![号日月块点零一二三四五六七八九十廿\d])", _festival),
        (rf"(?:{_TERMS})(?=那天|当天|节气|这天|前后|过后|以后|那个?节)", _festival),
        (rf"(?:农历|阴历|旧历|老历)的?(?:(?P<month>[正腊冬]|{DAY})月(?:的)?)?(?P<day>{_LUNAR_DAY})[号日]?", _lunar),
        (rf"(?P<month>[正腊冬])月(?:的|里)?(?P<day>{_LUNAR_DAY})[号日]?", _lunar),
        (r"(?P<month>大)年(?P<day>初[一二三四五六七八九十])", _lunar),
        (rf"(?:(?P<month>{DAY})月(?:的)?)(?P<day>初[一二三四五六七八九十]|廿[一二三四五六七八九]?)", _lunar),
        (rf"{_YEAR}?的?(?P<month>{DAY})月份?的?(?P<day>{DAY})[号日好浩]?(?![块元千百点个])", _month_day),
        (r"(?P<month>)(?P<day>初[一二三四五六七八九十])(?![中级高])", _lunar),
        (r"(?P<which>下下个?|下个?|这个?|本|当)?月(?P<part>[底末尾初中])", _month_end),
        (rf"(?P<which>下下个?月|下个?月|这个?月|本月|上个?月)的?(?P<day>{DAY})[号日好浩]?(?![块元千百点个])", _day),
        (rf"(?P<which>)(?P<day>{DAY})[号日]{_SOLAR_ONLY}", _day),
        (rf"{weeks}(?P<day>[一二三四五六日天1-7])(?![个种共])", _weekday),
        (rf"{weeks}末", _weekend),
        (rf"(?:过|再过|再等|等)?(?P<n>{DAY})个?(?P<unit>天|日|周|星期|礼拜)(?:以后|之后|过后|后)", _days_ahead),
        (rf"(?:再过|再等|过上?)(?P<n>{DAY})个?(?P<unit>天|周|星期|礼拜)", _days_ahead),
        (rf"(?P<n>{DAY})个月(?:以后|之后|过后|后)|(?:再过|再等|过上?|隔)(?P<n2>{DAY})个月", _months_ahead),
        (rf"(?P<n>{DAY})个?(?P<unit>天|周|星期|礼拜|月)(?:以前|之前|前)(?![天后])", _ago),
        (r"[这最近][两几]天|[近这]几日|今天明天", _these_days),
        (r"半个?月(?:以后|之后|后)|(?:再过|过上?)半个?月", _half_month),
        (rf"(?P<which>下下个?|下个?){_WEEK}(?![一二三四五六日天末])", _some_week),
        *((pattern, _relative(days)) for pattern, days in _NEAR),
    ]
    return [(re.compile(pattern), rule) for pattern, rule in rules]


_RULES = _rules()
_FILLER = re.compile(
    r"^(?:号数是|日子是|号数|日子|就|那就|嗯|啊|哦|噢|是|在|要|挂|去|想|到)+|(?:吧|啊|呗|的|了|嘛|哈|呢|好了|就行|行)+$"
)


_OFFSET = re.compile(
    rf"(?:的|那天)?(?:(?P<next>第二天|二一天|转天|次日)|(?P<eve>[的]?头一天|前一天)|(?P<sign>前|后|过后|过了|以后|之后)(?P<n>{DAY})天)"
)


def _moved(text: str, at: int, day: date) -> tuple[date, int]:
    """中秋节前一天: the day meant, and where its words end."""
    found = _OFFSET.match(text, at)
    if found is None:
        return day, at
    days = (
        1 if found["next"] else -1 if found["eve"] else (small(found["n"]) or 0) * (-1 if found["sign"] == "前" else 1)
    )
    return day + timedelta(days=days), found.end()


def _expected(text: str, today: date) -> Iterator[Reading]:
    """十二 and 三月十二 when a day was asked for and nothing else was said."""
    words = _FILLER.sub("", bare(text))
    start = text.find(words[:1]) if words else -1
    number = small(words) if words else None
    if number is None or start < 0 or text[start : start + len(words)] != words or not 1 <= number <= 31:
        return
    first, then = calendar.next_day(today, number), calendar.next_day(today, number, after=1)
    if first is not None and then is not None:
        yield Reading("date", first.isoformat(), start, start + len(words), 0.7, (then.isoformat(),))


_NAMED = frozenset({_festival, _lunar, _month_day})
"""Rules for days that another day is counted from."""
_SURELY_DAYS = frozenset({_lunar, _month_day, _written})
"""Rules whose words are a day even where no calendar has it: 二月三十号, but not 四十号."""
_WISH = re.compile("[挂约看瞧去]")
"""挂二月三十号的内科: the day belongs to what is wished for, though nobody asked for it."""
_ANY_DAY = re.compile(
    r"最近的|最早|早点|早一点|早些|[越愈][快早]|尽快|尽早|[哪那]一?天(?:都|有|能挂|可以挂)|几号有|随便|都[行成可中]|无所谓|看着办|不挑"
    r"|(?:什么|啥)时候(?:都|有号)"
)
"""Whoever is asked for a day and leaves it open: the first one that can be booked, so that near ones are looked for."""
_NEXT_MONTH = re.compile("(?<!下)下个?月(?!的?[一二三四五六七八九十\\d])")


def _open(text: str, today: date) -> Iterator[Reading]:
    """A day that was asked for and left open, or only its month told."""
    if (found := _NEXT_MONTH.search(text)) is not None:  # 下个月都行, too
        first = calendar.day_of_month(today.year, today.month + 1, 1)
        assert first is not None, "every month has a first day"
        yield Reading("date", first.isoformat(), found.start(), found.end(), 0.7)
    elif (found := _ANY_DAY.search(text)) is not None:
        yield Reading("date", (today + timedelta(days=1)).isoformat(), found.start(), found.end(), 0.7)


def _spoken_amount(text: str, found: re.Match[str]) -> bool:
    """True when the number goes on before the match: 二 in 五十二号楼 is no day."""
    before = text[found.start() - 1 : found.start()]
    return bool(before) and found[0][0] in "0123456789一二三四五六七八九十" and before in {*VALUES, *"0123456789十百第"}


def find(text: str, context: ParseContext, taken: list[Reading] | None = None) -> list[Reading]:
    """Days in a normalised text, in their order; `taken` are stretches that belong to something else.

    Where only days that no calendar has were named, these, without a value: the caller was heard, and is told so.
    Where no day was asked for, only those of a wish: 四十号 may be anything."""
    today, found, nonsense, surely = context.now.date(), list[Reading](), list[Reading](), list[Reading]()
    for pattern, rule in _RULES:
        for match in pattern.finditer(text):
            if overlaps(match.start(), match.end(), [*found, *nonsense, *(taken or ())]) or _spoken_amount(text, match):
                continue
            try:
                day, confidence, others = rule(match, today)
            except (ValueError, OverflowError):  # a year that no calendar has
                continue
            if day is None:  # 二月三十号: its 三十号 is no day either
                nonsense.append(Reading("date", None, match.start(), match.end()))
                surely += nonsense[-1:] if rule in _SURELY_DAYS and _WISH.search(text[: match.start()]) else []
            else:
                day, end = _moved(text, match.end(), day) if rule in _NAMED else (day, match.end())
                more = tuple(one.isoformat() for one in others if one is not None) if end == match.end() else ()
                found.append(Reading("date", day.isoformat(), match.start(), end, confidence, more))
    if not found and "date" in context.expect:
        found.extend(nonsense or _expected(text, today))
        if not found and "affirm" not in context.expect:  # 都行 to one of two days chooses between them
            found.extend(_open(text, today))
    elif not found:
        found.extend(surely)
    return sorted(found, key=lambda one: one.start)
