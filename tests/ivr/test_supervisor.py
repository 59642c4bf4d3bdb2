"""Whatever cannot be mended, the supervisor goes on looking after the rest."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from ivr import supervisor as module
from ivr.asterisk.unpack import AsteriskError
from ivr.settings import load
from ivr.supervisor import Supervisor


class Asterisk:
    """One that has stopped and cannot be started."""

    def __init__(self, error: Exception) -> None:
        self.error, self.asked, self.alive = error, 0, False

    def start(self) -> None:
        self.asked += 1
        raise self.error


class Logs:
    def __init__(self) -> None:
        self.tended = 0

    def tend(self) -> None:
        self.tended += 1


@pytest.mark.parametrize(
    "error",
    [
        AsteriskError("port_in_use", "port 5060 cannot be used", "Stop the program that has it."),
        OSError(28, "No space left on device"),
        subprocess.TimeoutExpired("app", 6),
    ],
)
@pytest.mark.parametrize("everything", [True, False])
def test_an_asterisk_that_does_not_start_again_is_tried_later_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, *, everything: bool
) -> None:
    monkeypatch.setattr(module, "RESTART_AFTER_S", 0.0)
    monkeypatch.setattr(module, "MEND_AGAIN_S", 0.0)
    told: list[str] = []
    hotline = Supervisor.__new__(Supervisor)  # only what looks after the parts: nothing is unpacked or started
    hotline._settings, hotline._say, hotline._mend_due = load(var_dir=tmp_path), told.append, 0.0
    hotline._guardian = hotline._app = hotline._desk = None
    asterisk, logs = Asterisk(error), Logs()
    hotline._asterisk, hotline._logs = asterisk, logs  # type: ignore[assignment]  # fakes that fail on demand
    hotline._look_after(everything=everything)
    hotline._look_after(everything=everything)
    assert (asterisk.asked, logs.tended) == (2, 2)
    assert any("tried again" in one for one in told)


class Alive:
    """A child that runs."""

    alive, pid = True, 1

    def poll(self) -> None:
        return None


def test_people_whom_the_pages_server_makes_late_are_named_when_they_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotline = Supervisor.__new__(Supervisor)
    hotline._settings = load(var_dir=tmp_path, demo=True)
    hotline._settings.run_dir.mkdir(parents=True)
    hotline._guardian, hotline._app, hotline._named = None, None, []
    hotline._asterisk = hotline._desk = Alive()  # type: ignore[assignment]  # nothing is started
    monkeypatch.setattr(hotline, "_facts", dict)
    hotline._publish()
    assert json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))["desk"]["users"] == []
    people = [{"user": "agent1"}]
    module.write_private(module.demo_users_file(hotline._settings), people)
    hotline._mend()
    assert json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))["desk"]["users"] == people
