"""Programs of the system: installed where we may, asked for with one command where not, and never in the way."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from ivr import system_packages
from ivr.system_packages import SystemPackage, ensure


class Apt:
    """Answers each call with the next exit code; installs when it answers 0 to an install."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.commands: list[Sequence[str]] = []
        self.installed = False

    def __call__(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        code = self.codes.pop(0)
        self.installed = self.installed or (code == 0 and "install" in command)
        return subprocess.CompletedProcess(command, code, "", "W: nothing\nE: no network")


@pytest.fixture(autouse=True)
def _as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "_privilege", list)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")


def tried(apt: Apt, folder: Path) -> str:
    package = SystemPackage("espeak-ng", lambda: apt.installed, "some languages are silent")
    return ensure(package, folder, lambda _: None, apt)


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    apt = Apt()
    apt.installed = True
    assert tried(apt, tmp_path) == ""
    assert apt.commands == []


def test_it_is_installed_and_lists_are_fetched_only_when_that_fails(tmp_path: Path) -> None:
    assert tried(Apt(0), tmp_path) == ""
    apt = Apt(100, 0, 0)
    assert tried(apt, tmp_path) == ""
    assert [command[command.index("apt-get") + 1] for command in apt.commands] == ["install", "update", "install"]


def test_without_a_network_one_command_is_printed_and_the_next_start_does_not_try_again(tmp_path: Path) -> None:
    problem = tried(Apt(100, 100, 100), tmp_path)
    assert "sudo apt-get install -y espeak-ng" in problem
    assert "some languages are silent" in problem
    assert "E: no network" in problem
    again = Apt()
    assert "sudo apt-get install" in tried(again, tmp_path)
    assert again.commands == []


def test_an_apt_that_hangs_is_given_up(tmp_path: Path) -> None:
    def hangs(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        raise subprocess.TimeoutExpired(command, 1)

    package = SystemPackage("espeak-ng", lambda: False, "some languages are silent")
    assert "took more than" in ensure(package, tmp_path, lambda _: None, hangs)


def test_who_may_not_install_is_told_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(system_packages, "_privilege", lambda: None)
    apt = Apt()
    assert "sudo apt-get install -y espeak-ng" in tried(apt, tmp_path)
    assert apt.commands == []
