"""What is looked after in rounds goes on when the database comes back, and says once that it was away."""

from __future__ import annotations

import asyncio
import logging

import pytest

from integrations.errors import DatabaseError
from ivr.routing.rounds import look_every


async def test_an_absent_database_is_tried_again_and_told_of_once_for_each_time_that_it_goes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    rounds: list[str] = []
    script = ["away", "away", "back", "away"]
    over = asyncio.Event()

    async def look() -> None:
        rounds.append(script.pop(0))
        if not script:
            over.set()
        if rounds[-1] == "away":
            raise DatabaseError("unavailable", "the database is away")

    task = asyncio.create_task(look_every(0.001, look, "messages"))
    try:
        await asyncio.wait_for(over.wait(), 20)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert rounds == ["away", "away", "back", "away"]
    told = [record.getMessage() for record in caplog.records]
    assert told == ["messages wait: the database is away"] * 2


async def test_a_mistake_of_our_own_is_not_taken_for_an_absent_database() -> None:
    async def look() -> None:
        raise KeyError("a mistake")

    with pytest.raises(KeyError):
        await asyncio.wait_for(look_every(0.001, look, "messages"), 20)
