"""The dialogue program does not go on without one of its parts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from integrations.database.journal import JournalWriter
from ivr import app as module
from ivr.app import App, until_one_ends
from ivr.settings import load


async def for_ever() -> None:
    await asyncio.Event().wait()


async def breaks(after: asyncio.Event) -> None:
    await after.wait()
    raise ValueError("a bug")


async def test_a_part_that_breaks_before_asterisk_is_there_is_not_overlooked() -> None:
    now = asyncio.Event()
    now.set()
    tasks = [asyncio.create_task(for_ever()), asyncio.create_task(breaks(now))]
    with pytest.raises(ValueError, match="a bug"):
        async with asyncio.timeout(5):
            await until_one_ends(tasks, for_ever())
    tasks[0].cancel()


async def test_a_part_that_breaks_while_calls_are_taken_is_not_overlooked() -> None:
    taken = asyncio.Event()

    async def opening() -> None:
        taken.set()

    tasks = [asyncio.create_task(for_ever()), asyncio.create_task(breaks(taken))]
    with pytest.raises(ValueError, match="a bug"):
        async with asyncio.timeout(5):
            await until_one_ends(tasks, opening())
    tasks[0].cancel()


async def test_calls_that_cannot_be_taken_end_the_program_so_that_it_is_started_again() -> None:
    async def opening() -> None:
        raise OSError("the disk is full")

    tasks = [asyncio.create_task(for_ever())]
    with pytest.raises(OSError, match="full"):
        async with asyncio.timeout(5):
            await until_one_ends(tasks, opening())
    tasks[0].cancel()


async def test_whoever_stops_the_program_stops_what_it_waits_for() -> None:
    ended = asyncio.Event()

    async def opening() -> None:
        try:
            await for_ever()
        finally:
            ended.set()

    tasks = [asyncio.create_task(for_ever())]
    running = asyncio.create_task(until_one_ends(tasks, opening()))
    await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert ended.is_set()
    tasks[0].cancel()


class Now:
    """Does what it is asked to do beside, at once."""

    def do(self, work: Callable[[], None]) -> None:
        work()


@pytest.mark.parametrize("pages", [True, False])
def test_the_callers_last_sentence_is_not_kept_where_no_pages_server_would_delete_it(
    tmp_path: Path, *, pages: bool
) -> None:
    app = App.__new__(App)  # only what keeps sentences: no database, no voice
    app._settings, app._writer = load(var_dir=tmp_path, desk={"enabled": pages}), cast("JournalWriter", Now())
    app._keep_sentence("1700000000.1", b"\1\2" * 100)
    assert (tmp_path / "run/sentences/1700000000.1.wav").exists() is pages


def test_a_state_that_cannot_be_written_down_later_on_ends_no_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = App.__new__(App)  # only what tells its state; there is nowhere to write it
    app._settings, app.states = load(var_dir=tmp_path / "gone"), {"flows": "running"}
    app._tell_change()
    assert "state" in caplog.text
    with pytest.raises(OSError, match="app"):
        app._publish()  # before calls are taken nobody may believe that they are


class UnchangedFlows:
    """Nothing is published."""

    problem, catalogues = None, {"zh": None}

    def refresh(self) -> bool:
        return False


async def test_sentences_with_a_date_are_rendered_ahead_for_each_new_day(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App.__new__(App)  # only what follows flows and days
    app._flows, app.states, app._made_on = UnchangedFlows(), {"flows": "running"}, None  # type: ignore[assignment]
    today = [datetime(2026, 11, 25, 23, 59)]  # noqa: DTZ001 - local time, as everywhere
    made: list[date] = []

    async def render_ahead() -> None:
        app._made_on = today[0].date()
        made.append(app._made_on)

    monkeypatch.setattr(app, "local_now", lambda: today[0])
    monkeypatch.setattr(app, "_render_ahead", render_ahead)
    monkeypatch.setattr(module, "FLOWS_EVERY_S", 0.0)
    connected = asyncio.Event()
    connected.set()
    following = asyncio.create_task(app._follow_flows(connected))
    async with asyncio.timeout(5):
        while not made:
            await asyncio.sleep(0.01)
        today[0] += timedelta(minutes=2)
        while len(made) < 2:
            await asyncio.sleep(0.01)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert made == [date(2026, 11, 25), date(2026, 11, 26)]
