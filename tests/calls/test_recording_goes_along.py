"""A recording goes with the caller: never on hold, and on with whoever has them next. Three tones tell who is on it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from integrations.database.recordings import RecordingList
from ivr.asterisk.manager import ManagerEvent
from ivr.desk import conference
from ivr.desk.tapes import SOUND, asked
from ivr.routing.recordings import CLOSED_AFTER_S, Recordings
from ivr.settings import load
from tests.browser.conftest import tone
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline
from tests.calls.test_conference import Talk, talk

pytestmark = [pytest.mark.calls, pytest.mark.timeout(180, func_only=True)]
HZ = {"caller": 700.0, "agent": 1100.0, "colleague": 1700.0}
HEARD = 0.02
"""Share of full scale; a tone arrives with 0.1 and more."""
Sides: TypeAlias = NDArray[np.float64]


@pytest.fixture(scope="module")
def taped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline without its program, whose town allows recordings."""
    asterisk_or_skip()
    settings = {
        "YINLING_DIALOGUE": "false", "YINLING_RECORDING__POLICY": "persons", "YINLING_QUEUEING__RING_S": "5",
    }  # fmt: skip
    with running_hotline(tmp_path_factory.mktemp("taped"), **settings) as running:
        running.database.migrate()
        yield running


@dataclass
class Taped:
    """A talk in which everybody says a tone of their own."""

    made: Talk
    hotline: Hotline

    def told(self) -> list[tuple[str, str]]:
        """(whose leg, what is kept), as the dialplan told it."""
        events = [e.fields for e in self.made.events if e.fields.get("UserEvent") == "DeskTape"]
        return [(e["Leg"].split("/")[1].split("-")[0], e["What"]) for e in events]

    def announced(self) -> int:
        """How often the caller was told of the recording."""
        return sum(_announces(event) for event in self.made.events)

    def kept(self) -> list[Sides]:
        """The recordings of this call, shape (samples, 2): agent, caller; as shares of full scale."""
        known = RecordingList(self.hotline.database)
        recordings = Recordings(load(var_dir=self.hotline.var), known)
        recordings.sweep(datetime.now(UTC), time.time() + CLOSED_AFTER_S)
        sounds = [b"".join(recordings.open(one.file))[44:] for one in known.of(self.made.call_id)]
        return [np.frombuffer(one, dtype="<i2").reshape(-1, 2) / 32768 for one in sounds]


def _announces(event: ManagerEvent) -> bool:
    fields = event.fields
    played = fields.get("Application") == "ExecIf" and fields["AppData"].startswith("1?Playback(")
    return event.name == "Newexten" and played and "/recorded)" in fields["AppData"]


def tones(sound: NDArray[np.float64]) -> set[str]:
    """Whose tones are in it."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) / len(sound) * 2
    of_bin = np.fft.rfftfreq(len(sound), 1 / 8000)
    return {side for side, hz in HZ.items() if spectrum[np.abs(of_bin - hz) < 15].max() >= HEARD}


@contextlib.asynccontextmanager
async def taped_talk(hotline: Hotline, number: str, folder: Path) -> AsyncIterator[Taped]:
    """A caller and an agent who talk; the colleague speaks as soon as they have answered."""
    sounds = {side: tone(folder / f"{side}.wav", hz, 8000, 60) for side, hz in HZ.items()}
    async with talk(hotline, number) as made:
        await made.caller.start_playing(sounds["caller"])
        await made.agent.start_playing(sounds["agent"])
        made_taped = Taped(made, hotline)
        speaking = asyncio.create_task(_speaks_when_answered(made, sounds["colleague"]))
        yield made_taped
        await speaking


async def _speaks_when_answered(made: Talk, sound: Path) -> None:
    await made.colleague.state("CONFIRMED", timeout_s=60)
    await made.colleague.start_playing(sound)


async def test_nothing_is_kept_while_the_caller_waits_and_the_colleague_who_keeps_them_is_recorded(
    taped: Hotline, tmp_path: Path
) -> None:
    async with taped_talk(taped, "13900007101", tmp_path) as one:
        made = one.made
        await asyncio.sleep(2.5)
        tape = await asked(made.manager, (made.legs["trunk"], made.legs["seat1"]))
        assert tape is not None
        assert (tape.what, tape.leg) == (SOUND, made.legs["seat1"])
        await made.ask()
        await made.stage("talking")
        await made.together("seat1", "seat2")
        assert await asked(made.manager, (made.legs["trunk"], made.legs["seat1"])) is None
        talked_s = time.time() - (await made.agent.state("CONFIRMED"))["t"]
        await asyncio.sleep(4)
        await conference.join(made.manager, made.legs["seat1"])
        await made.together("trunk", "seat1", "seat2")
        await asyncio.sleep(3)
        await made.agent.hangup()
        await made.together("trunk", "seat2")
        tape = await asked(made.manager, (made.legs["trunk"],))
        assert tape is not None
        await asyncio.sleep(3)
        await made.caller.hangup()
        await made.caller.state("DISCONNECTED")
    assert one.told() == [("seat1", "sound"), ("seat1", "nothing"), ("trunk", "sound")]
    assert one.announced() == 1
    before, after = one.kept()
    assert tones(before[:, 0]) == {"agent"}
    assert tones(before[:, 1]) == {"caller"}, "no music, and nobody else"
    assert len(before) / 8000 < talked_s + 1, "what was said while the caller waited is not on it"
    assert tones(after[:16_000, 0]) >= {"agent"}
    assert tones(after[-16_000:, 0]) == {"colleague"}
    assert tones(after[:, 1]) == {"caller"}


async def test_an_agent_who_comes_back_is_recorded_again_and_a_caller_in_the_queue_is_not(
    taped: Hotline, tmp_path: Path
) -> None:
    async with taped_talk(taped, "13900007102", tmp_path) as one:
        made = one.made
        await asyncio.sleep(2)
        await made.ask()
        await made.stage("talking")
        await asyncio.sleep(1)
        await made.colleague.hangup()
        await made.together("trunk", "seat1")
        await asyncio.sleep(3)
        await made.manager.action("QueuePause", Interface="PJSIP/seat1", Paused="true")
        await made.manager.redirect(made.legs["trunk"], "desk-transfer", "queue")
        await made.where("trunk", "Queue", "human")
        await asyncio.sleep(1)
        await made.caller.hangup()
    assert one.told() == [("seat1", "sound"), ("seat1", "nothing"), ("trunk", "sound"), ("trunk", "nothing")]
    assert one.announced() == 1, "whoever waits again has been told"
    before, after = one.kept()
    assert tones(before[:, 0]) == tones(after[:16_000, 0]) == {"agent"}
    assert tones(after[:16_000, 1]) == {"caller"}


async def test_a_supervisor_who_takes_the_caller_over_is_recorded(taped: Hotline, tmp_path: Path) -> None:
    async with taped_talk(taped, "13900007103", tmp_path) as one:
        made = one.made
        await asyncio.sleep(2)
        await made.manager.action(
            "Originate", Channel="PJSIP/seat2", Context="desk-listen", Exten="take", Priority="1", Timeout="10000",
            Variable=f"LISTEN_TO={made.legs['seat1']},LISTEN_CALLER={made.legs['trunk']}", Async="true",
        )  # fmt: skip
        await made.together("trunk", "seat2")
        await asyncio.sleep(3)
        await made.colleague.hangup()
        await made.caller.state("DISCONNECTED", timeout_s=15)
    assert one.told() == [("seat1", "sound"), ("trunk", "sound"), ("trunk", "nothing")]
    before, after = one.kept()
    assert tones(before[:, 0]) == {"agent"}
    assert tones(after[:, 0]) == {"colleague"}
    assert tones(after[:, 1]) == {"caller"}
