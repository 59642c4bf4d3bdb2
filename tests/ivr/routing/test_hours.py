"""Opening hours: the day's entry, else the weekday's, else the settings'."""

from __future__ import annotations

from datetime import date

import pytest

from ivr.routing.hours import open_at, spans_of
from ivr.settings_routing import Hours, day_spans


@pytest.mark.parametrize(
    ("spans", "hhmm", "is_open"),
    [
        ("closed", "0900", False),
        ("0830-1200+1400-1800", "0829", False),
        ("0830-1200+1400-1800", "0830", True),
        ("0830-1200+1400-1800", "1200", False),
        ("0830-1200+1400-1800", "1759", True),
        ("0000-2400", "2359", True),
        ("nonsense", "0900", True),
    ],
)
def test_persons_are_there_within_the_spans(spans: str, hhmm: str, is_open: bool) -> None:
    assert open_at(spans, hhmm) is is_open


def test_a_holiday_goes_before_the_weekday_and_the_weekday_before_the_settings() -> None:
    monday = date(2026, 3, 9)
    default = Hours().week
    assert spans_of(monday, default, {}, {}) == "0000-2400"
    assert spans_of(monday, default, {1: "0900-1700"}, {}) == "0900-1700"
    assert spans_of(monday, default, {1: "0900-1700"}, {monday: ("closed", "")}) == "closed"


def test_spans_are_written_as_people_write_them() -> None:
    assert day_spans("08:30-12:00, 14:00-18:00") == "0830-1200+1400-1800"
    assert day_spans("closed") == "closed"


@pytest.mark.parametrize("text", ["", "8-12", "18:00-08:00", "08:00-24:30", "00:00-01:00," * 5 + "02:00-03:00"])
def test_spans_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write spans|ends before|at most"):
        day_spans(text)
