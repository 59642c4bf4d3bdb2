"""The likely wait is told only where it was measured."""

from __future__ import annotations

from ivr.asterisk.manager import ManagerEvent
from ivr.routing.estimate import RECENT_S, WaitEstimate


class Clock:
    def __init__(self) -> None:
        self.second = 1000.0

    def __call__(self) -> float:
        return self.second


def answered(estimate: WaitEstimate, held_s: int, queue: str = "human") -> None:
    estimate.event(ManagerEvent("AgentConnect", {"Queue": queue, "HoldTime": str(held_s)}))


def test_nothing_is_told_until_enough_was_measured() -> None:
    clock = Clock()
    estimate = WaitEstimate(clock)
    for _ in range(5):  # four gaps
        answered(estimate, held_s=300)
        clock.second += 30
    assert estimate.seconds is None
    answered(estimate, held_s=300)
    assert estimate.seconds == 30


def test_four_of_five_places_took_no_longer() -> None:
    clock = Clock()
    estimate = WaitEstimate(clock)
    answered(estimate, held_s=300)
    for gap in (10, 20, 30, 40, 50):
        clock.second += gap
        answered(estimate, held_s=300)
    assert estimate.seconds == 40


def test_a_quiet_hour_tells_nothing_of_a_busy_one() -> None:
    clock = Clock()
    estimate = WaitEstimate(clock)
    for _ in range(20):
        answered(estimate, held_s=0)
        clock.second += 60
    assert estimate.seconds is None


def test_other_queues_and_old_answers_do_not_count() -> None:
    clock = Clock()
    estimate = WaitEstimate(clock)
    for _ in range(9):
        answered(estimate, held_s=300, queue="human-bo")
        clock.second += 30
    assert estimate.seconds is None
    for _ in range(9):
        answered(estimate, held_s=300)
        clock.second += 30
    assert estimate.seconds == 30
    clock.second += RECENT_S + 60
    assert estimate.seconds is None
