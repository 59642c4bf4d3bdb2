"""A talk that is written down but not recorded: its sound lies in a private folder, and is gone with the call."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ivr.talks.tape import Tape, tape_name
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline
from tests.calls.program import tone
from tests.waits import at_most

pytestmark = pytest.mark.calls
SERVICE = "12349"


@pytest.fixture(scope="module")
def tapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline without its program, where nobody reads what Asterisk writes."""
    asterisk_or_skip()
    settings = {"YINLING_DIALOGUE": "false", "YINLING_RECORDING__TRANSCRIPT": "always"}
    with running_hotline(tmp_path_factory.mktemp("tapped"), **settings) as running:
        yield running


async def _gone(folder: Path, within_s: float = 5) -> None:
    async with asyncio.timeout(at_most(within_s)):
        while any(folder.iterdir()):  # noqa: ASYNC240 - one look at a local folder
            await asyncio.sleep(0.1)


async def test_its_two_sides_are_told_apart_and_nothing_stays(tapped: Hotline, tmp_path: Path) -> None:
    sound, folder = tmp_path / "tone.wav", tapped.var / "run/taps"
    with wave.open(str(sound), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(tone(6))
    assert folder.stat().st_mode & 0o777 == 0o700
    async with tapped.seat(0, 0.1) as seat, tapped.caller("13900006301") as caller:
        await caller.call(SERVICE)
        await seat.state("CONFIRMED", timeout_s=20)
        await caller.start_playing(sound)
        await asyncio.sleep(3)
        (file,) = folder.glob("*-agent.raw")
        name = tape_name(file)
        assert name is not None
        assert name.language == "zh"
        tape = Tape(file, name)
        await asyncio.sleep(2)
        heard = tape.read()
        tape.close()
        await caller.hangup()
        await caller.state("DISCONNECTED")
    agent, callers = np.sqrt((heard.astype(float) ** 2).mean(axis=0))
    assert callers > 500
    assert agent < 50
    assert not list((tapped.var / "recordings").iterdir())
    await _gone(folder)
    assert tapped.last_call("13900006301").call_id == name.call_id
