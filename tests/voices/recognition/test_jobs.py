"""The line in front of the recognisers: short answers first, partial hypotheses last, never longer than its limit."""

from __future__ import annotations

import asyncio

import pytest

from voices.errors import VoiceError
from voices.recognition.hypothesis import Hypothesis, Priority
from voices.recognition.jobs import Job, Jobs


def job(priority: Priority = Priority.TURN, worker: int | None = None) -> Job:
    return Job({}, b"", priority, 1.0, asyncio.get_running_loop().create_future(), worker)


async def test_yes_no_and_digits_are_heard_before_turns_and_turns_before_partial_hypotheses() -> None:
    jobs = Jobs(1, 9)
    partial, turn, short, second = job(Priority.PARTIAL), job(), job(Priority.SHORT), job(Priority.SHORT)
    for one in (partial, turn, short, second):
        jobs.put(one)
    assert [await jobs.take(0) for _ in range(4)] == [short, second, turn, partial]


async def test_an_utterance_goes_only_to_the_worker_that_heard_its_beginning() -> None:
    jobs = Jobs(2, 9)
    mine, any_worker = job(worker=1), job()
    jobs.put(mine)
    jobs.put(any_worker)
    assert await jobs.take(0) is any_worker
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await jobs.take(0)
    assert await jobs.take(1) is mine


async def test_when_the_line_is_full_a_turn_is_refused_and_a_short_answer_takes_the_place_of_the_last_turn() -> None:
    jobs = Jobs(1, 2)
    first, last, short = job(), job(), job(Priority.SHORT)
    jobs.put(first)
    jobs.put(last)
    with pytest.raises(VoiceError) as caught:
        jobs.put(job())
    assert caught.value.code == "busy"
    jobs.put(short)
    assert [await jobs.take(0), await jobs.take(0)] == [short, first]
    failure = last.answer.exception()
    assert isinstance(failure, VoiceError)
    assert failure.code == "busy"


async def test_who_hung_up_is_not_worked_for_and_does_not_count() -> None:
    jobs = Jobs(1, 9)
    gone, here = job(), job()
    jobs.put(gone)
    jobs.put(here)
    gone.answer.cancel()
    assert jobs.waiting == 1
    assert await jobs.take(0) is here


async def test_a_job_that_is_run_again_keeps_its_place() -> None:
    jobs = Jobs(1, 9)
    crashed, later = job(), job()
    jobs.put(crashed)
    jobs.put(later)
    jobs.put_back(await jobs.take(0))
    assert await jobs.take(0) is crashed


async def test_an_answer_nobody_waits_for_is_dropped_in_silence() -> None:
    late = job()
    late.answer.cancel()
    late.succeed(Hypothesis("好", 1.0))
    late.fail(VoiceError("busy", ""))
    assert late.answer.cancelled()
