"""Examples from calls: only when wanted, a bounded number, without the caller's number, deleted in time."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ivr.learning import Learning
from ivr.settings import Examples
from voices.audio import RATE_HZ, to_pcm
from voices.recognition.teaching import keep

DAY_S = 86_400.0


def speech(seconds: float = 1.0) -> bytes:
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return to_pcm((0.3 * np.sin(2 * np.pi * 180 * at)).astype(np.float32))


def recordings(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*.wav"))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


def learning(folder: Path, **rules: int | bool) -> Learning:
    return Learning(Examples.model_validate(rules), folder, lambda number: f"p{number[-2:]}")


async def run(one: Learning, folder: Path, wanted: int) -> None:
    """Until so many recordings are there and nothing waits."""
    task = asyncio.create_task(one.run())
    await until(lambda: one._waiting.empty() and len(recordings(folder)) >= wanted)
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_nothing_is_kept_unless_the_settings_say_so(tmp_path: Path) -> None:
    one = learning(tmp_path)
    one.take("13909710001", "bo", "affirm", speech())
    assert one._waiting.empty()


async def test_examples_are_kept_under_a_name_that_is_no_number_and_no_more_than_wanted(tmp_path: Path) -> None:
    one = learning(tmp_path, from_calls=True, per_phrase=3, per_caller=2)
    for number in ("13909710001", "13909710001", "13909710001", "13909710002", "13909710003"):
        one.take(number, "bo", "affirm", speech())
    one.take(None, "bo", "affirm", speech())
    await run(one, tmp_path, 3)
    kept = ["bo/affirm/caller.p01-1.wav", "bo/affirm/caller.p01-2.wav", "bo/affirm/caller.p02-1.wav"]
    assert recordings(tmp_path) == kept


async def test_silence_teaches_nothing_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = learning(tmp_path, from_calls=True)
    one.take("13909710001", "bo", "affirm", bytes(32_000))
    one.take("13909710002", "bo", "affirm", speech())
    await run(one, tmp_path, 1)
    assert recordings(tmp_path) == ["bo/affirm/caller.p02-1.wav"]
    assert "is not kept" in caplog.text


async def test_a_rush_of_examples_is_bounded(tmp_path: Path) -> None:
    one = learning(tmp_path, from_calls=True)
    for _ in range(100):
        one.take("13909710001", "bo", "affirm", b"")
    assert one._waiting.qsize() == 20


async def test_what_calls_taught_is_deleted_in_time_and_what_teachers_recorded_stays(tmp_path: Path) -> None:
    old = keep(tmp_path, "bo", "affirm", "caller.p01", speech())
    old.with_suffix(".npy").write_bytes(b"vectors")
    teacher = keep(tmp_path, "bo", "affirm", "Droma", speech())
    for file in (old, teacher):
        os.utime(file, (time.time() - 31 * DAY_S,) * 2)
    keep(tmp_path, "bo", "deny", "caller.p01", speech())
    task = asyncio.create_task(learning(tmp_path, keep_days=30).run())  # also where nothing new is kept any more
    await until(lambda: not old.exists())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert recordings(tmp_path) == ["bo/affirm/Droma-1.wav", "bo/deny/caller.p01-1.wav"]
    assert not old.with_suffix(".npy").exists()
