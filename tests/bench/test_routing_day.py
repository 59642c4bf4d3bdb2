"""The simulated day keeps to what it claims: one talk a seat at a time, the order of the rules, the same callers."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from ivr.routing.rules import rank
from ivr.settings_routing import Routing
from tests.bench.routing_day import DAY_S, Caller, Day, make_callers, make_seats, report, simulate

HEAD_S = {"emergency": Routing().emergency_head_s, "vulnerable": 120, "elder": 60}


def day(plain: bool, count: int = 400, seats: int = 1) -> Day:
    made = Day(make_callers(count, 7), make_seats(seats), plain, random.Random(1))
    for caller in made.callers:
        caller.language = "zh"
    made.run()
    return made


def test_both_days_have_the_same_callers() -> None:
    ours, plain = (simulate(300, 4, 7, plain=p) for p in (False, True))
    assert [(c.arrived_s, c.band, c.language, c.patience_s, c.talk_s) for c in ours] == [
        (c.arrived_s, c.band, c.language, c.patience_s, c.talk_s) for c in plain
    ]
    assert any(a.answered_s != b.answered_s for a, b in zip(ours, plain, strict=True))


def test_every_caller_is_answered_or_has_left() -> None:
    for caller in simulate(300, 4, 7, plain=False):
        assert (caller.answered_s is None) != (caller.left_s is None)
        assert 0 <= caller.arrived_s < DAY_S


def test_one_seat_holds_one_talk_at_a_time() -> None:
    served = sorted((c for c in day(plain=False).callers if c.answered_s is not None), key=lambda c: c.answered_s or 0)
    assert len(served) > 100
    for before, after in pairwise(served):
        assert before.answered_s is not None
        assert after.answered_s is not None
        assert after.answered_s >= before.answered_s + before.talk_s


@pytest.mark.parametrize("plain", [False, True])
def test_who_is_served_had_the_first_place_among_those_who_waited(plain: bool) -> None:
    callers = day(plain).callers

    def place(caller: Caller) -> tuple[float, int]:
        return (0 if plain else -rank(int(caller.arrived_s), caller.band, HEAD_S), caller.number)

    for served in callers:
        if served.answered_s is None:
            continue
        taken_s = served.answered_s - 4.0  # ring and retry: from before that moment on nobody could be taken instead
        waiting = [
            c for c in callers if c.arrived_s < taken_s < (c.answered_s or c.left_s or 0) - 4.0 and c is not served
        ]
        assert all(place(served) <= place(other) for other in waiting if served.arrived_s < taken_s)


def test_the_table_tells_of_every_band_and_language() -> None:
    ours, plain = (simulate(200, 4, 7, plain=p) for p in (False, True))
    text = "\n".join(report(ours, plain))
    assert all(name in text for name in ("emergency", "vulnerable", "elder", "general", "zh", "bo", "mn", "all"))
