"""Work beside the calls goes on whatever breaks in it."""

from __future__ import annotations

import asyncio

import pytest

from ivr.routing.work import go_on


async def test_work_that_breaks_is_on_record_and_done_again(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("once more")
        raise KeyError("nobody foresaw this")

    task = asyncio.create_task(go_on("messages", work, pause_s=0.01))
    await asyncio.sleep(0.1)
    assert not task.done()
    assert len(done) >= 2
    assert "messages broke" in caplog.text
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
