"""A worker in a process of its own: it is started once, however many want it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import textwrap
from pathlib import Path

import pytest

from tests.waits import at_most
from voices import worker_process as module
from voices.errors import VoiceError
from voices.worker_process import WorkerProcess

SCRIPT = """
    import os, sys, time
    from pathlib import Path
    from voices.worker_process import serve
    Path(sys.argv[2], str(os.getpid())).touch()
    time.sleep(0.2)
    serve(lambda request, payload: ({"pid": os.getpid()}, b""))
"""


async def test_two_who_start_it_at_the_same_time_get_the_same_process(tmp_path: Path) -> None:
    script, started = tmp_path / "worker.py", tmp_path / "started"
    script.write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    started.mkdir()
    worker = WorkerProcess("-", [])
    worker._command = [sys.executable, str(script), "-", str(started)]
    try:
        await asyncio.gather(worker.start(), worker.start(), worker.start())
        answer, _ = await worker.ask({}, timeout_s=20)
        assert [file.name for file in started.iterdir()] == [str(worker.pid)] == [str(answer["pid"])]
    finally:
        await worker.stop()


async def test_who_waits_for_its_end_is_told_and_who_stops_waiting_leaves_it_be(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    worker = WorkerProcess("-", [])
    worker._command = [sys.executable, str(script), "-", str(tmp_path)]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(worker.ended(), 0.05)  # none runs
    await worker.start()
    try:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(worker.ended(), 0.01)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        await asyncio.wait_for(worker.ended(), at_most(10))
        assert worker.pid is None
    finally:
        await worker.stop()


async def test_a_log_that_cannot_be_written_is_told_as_every_other_reason_not_to_start(tmp_path: Path) -> None:
    worker = WorkerProcess("json.tool", [], tmp_path / "nowhere" / "recogniser.log")
    with pytest.raises(VoiceError) as caught:
        await worker.start()
    assert caught.value.code == "unavailable"
    assert "recogniser.log" in caught.value.remedy


class Undead:
    """A process that does not go when it is killed: it waits for a disk."""

    stdin, returncode, pid = None, None, 4711

    def __init__(self) -> None:
        self.killed = False

    def kill(self) -> None:
        self.killed = True

    async def wait(self) -> int:
        await asyncio.Event().wait()
        return 0


async def test_a_killed_process_that_does_not_go_is_told_and_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "STOP_TIMEOUT_S", 0.01)
    worker, undead = WorkerProcess("voices.recognition.worker", []), Undead()
    worker._process = undead  # type: ignore[assignment]  # one that the kernel does not let go
    await worker.stop()
    assert undead.killed
    assert worker.pid is None
    assert "4711" in caplog.text
