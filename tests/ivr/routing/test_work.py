"""Work beside the calls goes on whatever breaks in it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from integrations.database.pauses import Pauses
from integrations.database.store import Database
from ivr.asterisk.manager import Manager
from ivr.routing.work import Routing, go_on
from ivr.settings import load


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


async def test_how_callers_paused_is_forgotten_after_a_year_though_nobody_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YINLING_VAR_DIR", str(tmp_path))
    database = Database(f"sqlite:///{tmp_path / 'town.db'}")
    await asyncio.to_thread(database.migrate)
    pauses, now = Pauses(database), datetime.now()  # noqa: DTZ005 - a day more or less does not matter here
    for number, days in (("13909710001", 370), ("13909710002", 30)):
        pauses.remember(number, 0.4, now - timedelta(days=days))
    routing = Routing(load(), database, Manager(0, "yinling", "", lambda _: None), None, datetime.now)
    tasks = routing.start()
    try:
        async with asyncio.timeout(20):
            while await asyncio.to_thread(pauses.of, "13909710001"):
                await asyncio.sleep(0.02)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert pauses.of("13909710002") == 0.4
    database.close()
