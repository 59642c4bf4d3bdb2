"""What happened while the program was away, or while nothing could be written, is found and on record afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.database.journal import CallJournal, CallRecord
from tests.calls.conftest import Hotline, running_hotline
from tests.calls.test_by_voice import SERVICE, calling
from tests.calls.test_dialogue_lost import WISH
from tests.waits import at_most

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.timeout(400)]


async def _leaves(hotline: Hotline, number: str, key: str, message_s: float = 0.0) -> None:
    """A caller who is in the queue and presses a key there."""
    async with hotline.caller(number) as caller:
        await caller.call(SERVICE)
        await hotline.queued(number)
        await caller.press(key)
        if message_s:
            await hotline.queued(number, "Record", timeout_s=20)
            await asyncio.sleep(message_s)
            await caller.press("#")
        await caller.state("DISCONNECTED", timeout_s=20)


async def test_a_call_back_and_a_message_taken_without_the_program_are_recorded_when_it_returns(
    talking: Hotline, tmp_path: Path
) -> None:
    del talking  # only its check that the speech models are here
    with running_hotline(tmp_path, YINLING_DIALOGUE="false") as hotline:
        await _leaves(hotline, "13900003001", "1")
        await _leaves(hotline, "13900003002", "2", 2)
        with contextlib.closing(hotline.database) as database:
            assert CallJournal(database).calls() == []  # nobody who could write it down was there
    with running_hotline(tmp_path) as hotline:
        assert hotline.outcome("13900003001", timeout_s=20) == "callback_owed"
        assert hotline.outcome("13900003002", timeout_s=20) == "message_left"
        story = dict(hotline.story("13900003002"))
        assert Path(story["message_left"]["file"]).stat().st_size > 16_000  # noqa: ASYNC240 - one look at a local file


@contextlib.contextmanager
def _small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own that can be filled."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=False)
    if done.returncode:
        pytest.skip("a small file system cannot be mounted here: it needs root and the right to mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(folder: Path) -> None:
    with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
    assert os.statvfs(folder).f_bavail == 0


async def test_on_a_full_disk_the_caller_still_gets_a_person(talking: Hotline, tmp_path: Path) -> None:
    del talking
    number = "13900003010"
    with _small_disk(tmp_path / "disk", "48m") as var, running_hotline(var) as hotline:
        async with hotline.seat(answer_after_s=0.2) as seat, calling(hotline, number, sentences=[WISH, "对"]) as caller:
            await asyncio.sleep(2.5)  # Asterisk writes a seat's registration down once a second
            _fill(var)
            await caller.say(WISH)
            await caller.say("对")
            # The database may still have room in its own files: then it is booked. A person is there in any case.
            with contextlib.suppress(TimeoutError):
                await seat.state("CONFIRMED", timeout_s=8)
            if not any(event.get("state") == "CONFIRMED" for event in seat.events):
                await caller.phone.press("0")
                await seat.state("CONFIRMED", timeout_s=10)
            await hotline.with_person(number)
            await caller.hang_up()
        (var / "filler").unlink()
        assert hotline.outcome(number, timeout_s=30) == "person"


@pytest.mark.parametrize("number", ["anonymous", "abc-xyz"])
async def test_a_caller_without_a_usable_number_is_served_and_on_record(talking: Hotline, number: str) -> None:
    async with talking.seat(answer_after_s=0.2) as seat, calling(talking, number) as caller:
        await caller.say("我想挂后天上午的骨科，给我自己")
        await caller.listen()
        await caller.press_now("0")
        await seat.state("CONFIRMED", timeout_s=20)
        await talking.talks(2)
        await caller.hang_up()
    until = asyncio.get_running_loop().time() + at_most(15)
    nameless: list[CallRecord] = []
    with contextlib.closing(talking.database) as database:
        while not nameless and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.2)
            nameless = [call for call in CallJournal(database).calls() if call.number is None and call.outcome]
    assert nameless[-1].outcome == "person"
