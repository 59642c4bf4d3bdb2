"""Where the policy allows it, the talk with a person is recorded: told before, two channels, silent while paused."""

from __future__ import annotations

import asyncio
import time
import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from integrations.database.recordings import RecordingList
from ivr.call.events import Kind
from ivr.routing.recordings import CLOSED_AFTER_S, Recordings
from ivr.settings import load
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline
from tests.calls.program import tone

pytestmark = pytest.mark.calls
SERVICE = "12349"
LOUD = 500


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline without its program whose town allows recordings."""
    asterisk_or_skip()
    settings = {"YINLING_DIALOGUE": "false", "YINLING_RECORDING__POLICY": "persons"}
    with running_hotline(tmp_path_factory.mktemp("recorded"), **settings) as running:
        yield running


def _tone(file: Path, seconds: float) -> Path:
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(tone(seconds))
    return file


def _levels(file: Path, hotline: Hotline) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Loudness of each half second of both channels, shape (half seconds, 2)."""
    known = RecordingList(hotline.database)
    recordings = Recordings(load(var_dir=hotline.var), known)
    sound = b"".join(recordings.open(str(file)))[44:]
    samples = np.frombuffer(sound, dtype="<i2").reshape(-1, 2).astype(np.float64)
    whole = len(samples) // 4000 * 4000
    return np.asarray(np.sqrt((samples[:whole].reshape(-1, 4000, 2) ** 2).mean(axis=1)))


async def test_what_the_caller_says_is_in_one_channel_and_a_pause_is_silent(recorded: Hotline, tmp_path: Path) -> None:
    number, sound = "13900004001", _tone(tmp_path / "tone.wav", 20)
    async with recorded.seat(0, 0.1) as seat, recorded.caller(number) as caller:
        await caller.call(SERVICE)
        await seat.state("CONFIRMED", timeout_s=20)
        await caller.start_playing(sound)
        await asyncio.sleep(2.5)
        async with recorded.manager() as manager:
            leg = next(c["Channel"] for c in await manager.channels() if c["Channel"].startswith("PJSIP/seat1"))
            told = []
            for state, seconds in (("1", 2), ("0", 1.5)):  # as the desk's pauses do
                await manager.action("MixMonitorMute", Channel=leg, Direction="both", State=state)
                told.append(time.monotonic())
                await asyncio.sleep(seconds)
        await caller.hangup()
        await caller.state("DISCONNECTED")
    call = recorded.last_call(number)
    raw = list((recorded.var / "recordings").glob("*.raw"))
    assert len(raw) == 2
    database = recorded.database
    database.migrate()
    known = RecordingList(database)
    Recordings(load(var_dir=recorded.var), known).sweep(datetime.now(UTC), time.time() + CLOSED_AFTER_S)
    assert not any(file.exists() for file in raw)
    (kept,) = known.of(call.call_id)
    levels = _levels(Path(kept.file), recorded)
    callers = levels.max(axis=0).argmax()
    assert levels[:, callers].max() > LOUD
    assert levels[:, 1 - callers].max() < LOUD / 10, "what one says must not be in the channel of the other"
    loud = levels[:, callers] > LOUD
    first, last = int(np.argmax(loud)), len(loud) - 1 - int(np.argmax(loud[::-1]))
    silent_s = int((~loud[first : last + 1]).sum()) / 2
    assert abs(silent_s - (told[1] - told[0])) <= 1, "the pause is silent, and ends"


async def test_the_likely_wait_is_told_where_it_was_measured_and_only_then(recorded: Hotline) -> None:
    async def told(number: str) -> list[str]:
        async with recorded.caller(number) as caller:
            await caller.call(SERVICE)
            await caller.state("CONFIRMED", timeout_s=5)
            await recorded.queued(number)  # after the announcements
            await caller.hangup()
        return [e.data["minutes"] for e in recorded.last_call(number).events if e.kind is Kind.WAIT_TOLD]

    assert await told("13900004011") == []
    await recorded.store("estimate", "human", f"{int(time.time())}/130")
    assert await told("13900004012") == ["5"]
    await recorded.store("estimate", "human", f"{int(time.time()) - 121}/130")
    assert await told("13900004013") == [], "too old"
    await recorded.store("estimate", "human", f"{int(time.time())}/1300")
    assert await told("13900004014") == [], "longer than anybody is told"
