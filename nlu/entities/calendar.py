"""Days by the calendar: month lengths, lunar days, festivals, always the next one from a given day on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from lunar_python import Lunar, LunarMonth, LunarYear, Solar


def day_of_month(year: int, month: int, day: int) -> date | None:
    """The day, or None where the month has no such day. Months beyond 12 belong to the next year."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_day(today: date, day: int, *, after: int = 0) -> date | None:
    """The next day with this number, from today on; `after` further ones are passed over."""
    for offset in range(14):
        found = day_of_month(today.year, today.month + offset, day)
        if found is not None and found >= today:
            if not after:
                return found
            after -= 1
    return None


def next_month_day(today: date, month: int, day: int) -> date | None:
    """The next such day of the year, from today on."""
    for year in range(today.year, today.year + 9):
        found = day_of_month(year, month, day) if 1 <= month <= 12 else None
        if found is not None and found >= today:
            return found
    return None


def last_of_month(today: date, ahead: int = 0) -> date:
    """The last day of this month, or of one `ahead`."""
    first = day_of_month(today.year, today.month + ahead + 1, 1)
    assert first is not None, "every month has a first day"
    return first - timedelta(days=1)


@lru_cache(maxsize=256)
def _lunar_months(year: int) -> tuple[tuple[int, date, int], ...]:
    """The months of a farmers' year: number (less than 0 for a leap month), first day, length."""
    months: list[LunarMonth] = LunarYear.fromYear(year).getMonthsInYear()
    found = []
    for one in months:
        first: Solar = Solar.fromJulianDay(one.getFirstJulianDay())
        day = date(first.getYear(), first.getMonth(), first.getDay())
        if one.getYear() == year:
            found.append((int(one.getMonth()), day, int(one.getDayCount())))
    return tuple(found)


def lunar(year: int, month: int, day: int) -> date | None:
    """A day of the farmers' calendar. Day 30 of a short month is its 29th, which is then called 三十 or 除夕."""
    found = [(first, length) for number, first, length in _lunar_months(year) if number == month]
    if not found or not 1 <= day <= 30:
        return None
    first, length = found[0]
    return first + timedelta(days=min(day, length) - 1)


def next_lunar(today: date, month: int, day: int) -> date | None:
    """The next such day of the farmers' year, from today on."""
    days = (lunar(year, month, day) for year in range(today.year - 1, today.year + 3))
    return next((one for one in days if one is not None and one >= today), None)


def next_lunar_day(today: date, day: int) -> date | None:
    """The next such day of any lunar month, from today on."""
    months = (month for year in (today.year - 1, today.year) for month in _lunar_months(year))
    days = (first + timedelta(days=day - 1) for _, first, length in months if 1 <= day <= length)
    return min((one for one in days if one >= today), default=None)


def months_ahead(today: date, months: int) -> date:
    """The same day of a later or earlier month, its last day where it is shorter."""
    last = last_of_month(today, months)
    return last.replace(day=min(today.day, last.day))


@lru_cache(maxsize=64)
def _terms(year: int) -> dict[str, date]:
    """The solar terms by their names; 冬至 to 惊蛰 may be those of the winter before."""
    table: dict[str, Solar] = Lunar.fromYmd(year, 1, 15).getJieQiTable()
    return {name: date(day.getYear(), day.getMonth(), day.getDay()) for name, day in table.items()}


def _term(name: str) -> Callable[[date], date | None]:
    def after(today: date) -> date | None:
        days = (_terms(year)[name] for year in range(today.year, today.year + 3))
        return min((day for day in days if day >= today), default=None)

    return after


def _sunday(month: int, which: int) -> Callable[[date], date | None]:
    """The so-manieth Sunday of a month."""

    def after(today: date) -> date | None:
        for year in (today.year, today.year + 1):
            first = date(year, month, 1)
            day = first + timedelta(days=(6 - first.weekday()) + 7 * (which - 1))
            if day >= today:
                return day
        return None

    return after


def _solar(month: int, day: int) -> Callable[[date], date | None]:
    return lambda today: next_month_day(today, month, day)


def _moon(month: int, day: int) -> Callable[[date], date | None]:
    return lambda today: next_lunar(today, month, day)


WEATHER = ("雨水", "小雪", "大雪", "白露", "小满", "大寒", "小寒", "大暑", "小暑")
"""Solar terms whose names are also words for the weather or for people."""
SOLAR_TERMS = (
    *("立春", "惊蛰", "春分", "清明", "谷雨", "立夏", "芒种", "夏至"),
    *("立秋", "处暑", "秋分", "寒露", "霜降", "立冬", "冬至"),
    *WEATHER,
)
FESTIVALS: dict[str, Callable[[date], date | None]] = {
    "国庆节": _solar(10, 1),
    "国庆": _solar(10, 1),
    "元旦节": _solar(1, 1),
    "元旦": _solar(1, 1),
    "阳历年": _solar(1, 1),
    "劳动节": _solar(5, 1),
    "五一节": _solar(5, 1),
    "五一": _solar(5, 1),
    "妇女节": _solar(3, 8),
    "三八节": _solar(3, 8),
    "儿童节": _solar(6, 1),
    "六一": _solar(6, 1),
    "春节": _moon(1, 1),
    "大年初一": _moon(1, 1),
    "大初一": _moon(1, 1),
    "除夕": _moon(12, 30),
    "大年三十": _moon(12, 30),
    "年三十": _moon(12, 30),
    "元宵节": _moon(1, 15),
    "元宵": _moon(1, 15),
    "端午节": _moon(5, 5),
    "端午": _moon(5, 5),
    "端阳": _moon(5, 5),
    "中秋节": _moon(8, 15),
    "中秋": _moon(8, 15),
    "八月十五": _moon(8, 15),
    "重阳节": _moon(9, 9),
    "重阳": _moon(9, 9),
    "老人节": _moon(9, 9),
    "清明节": _term("清明"),
    "腊八节": _moon(12, 8),
    "腊八": _moon(12, 8),
    "小年": _moon(12, 23),
    "二月二": _moon(2, 2),
    "龙抬头": _moon(2, 2),
    "六月六": _moon(6, 6),
    "九月九": _moon(9, 9),
    "中元节": _moon(7, 15),
    "七月半": _moon(7, 15),
    "寒衣节": _moon(10, 1),
    "七夕": _moon(7, 7),
    "过年那天": _moon(1, 1),
    "建军节": _solar(8, 1),
    "八一节": _solar(8, 1),
    "建党节": _solar(7, 1),
    "教师节": _solar(9, 10),
    "青年节": _solar(5, 4),
    "植树节": _solar(3, 12),
    "圣诞节": _solar(12, 25),
    "母亲节": _sunday(5, 2),
    "父亲节": _sunday(6, 3),
    **{name: _term(name) for name in SOLAR_TERMS},
}
"""What a festival is called → the next one from a day on."""
