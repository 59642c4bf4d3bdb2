"""The Rasa server's environment: which Python is taken, when it is installed and trained, and what is said without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nlu import rasa_server
from nlu.rasa_server import KEPT, RasaServerError, data_digest, find_python, installed, main, model_for, rasa, train


def program(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any Python 3.10; the folder in which programs are found."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.delenv("RASA_PYTHON", raising=False)
    return tmp_path


def test_without_python_3_10_the_container_is_named(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rasa_server, "VENV", bare_machine / "venv")
    monkeypatch.setattr(rasa_server.install, "__defaults__", (bare_machine / "venv",))
    assert main(["install"]) == 1
    said = capsys.readouterr().err
    assert "docker compose -f docker/rasa/compose.yaml" in said
    assert (rasa_server.ROOT / "docker/rasa/compose.yaml").exists()
    assert not (bare_machine / "venv").exists()


def test_a_python_is_taken_only_when_it_runs_and_is_3_10(bare_machine: Path) -> None:
    program(bare_machine / "bin/python3.10", "echo 'pyenv: python3.10: command not found' >&2", "exit 127")
    program(bare_machine / "pyenv/versions/3.10.99/bin/python3.10", "echo 3 11")
    with pytest.raises(RasaServerError, match=r"Python 3\.10"):
        find_python()
    good = program(bare_machine / "pyenv/versions/3.10.5/bin/python3.10", "echo 3 10")
    assert find_python() == good


def test_the_named_python_goes_before_the_others(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare_machine / "bin/python3.10", "echo 3 10")
    named = program(bare_machine / "mine", "echo 3 10")
    monkeypatch.setenv("RASA_PYTHON", str(named))
    assert find_python() == named


def test_an_environment_of_other_requirements_is_not_taken_for_installed(tmp_path: Path) -> None:
    assert not installed(tmp_path)
    (tmp_path / ".installed").write_text("another hash", encoding="utf-8")
    assert not installed(tmp_path)


def test_rasa_that_is_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa_server, "VENV", tmp_path)
    with pytest.raises(RasaServerError, match="make rasa"):
        rasa("train")


def fake_rasa(folder: Path, *lines: str) -> Path:
    """An environment whose Rasa does what these lines say."""
    program(folder / "venv/bin/python", *lines)
    return folder / "venv"


TRAINS = ('while [ "$1" != --out ]; do shift; done', 'echo "$2/$4" >> "$2/trained"', ': > "$2/$4.tar.gz"')


def test_a_model_is_trained_once_for_the_same_data_and_old_ones_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rasa_server, "VENV", fake_rasa(tmp_path, *TRAINS))
    models = tmp_path / "models"
    first = train(models)
    assert first == train(models) == model_for(data_digest(), models)
    assert len((models / "trained").read_text().splitlines()) == 1
    train(models, force=True)
    assert len((models / "trained").read_text().splitlines()) == 2
    for at, digest in enumerate(("a" * 24, "b" * 24, "c" * 24)):
        monkeypatch.setattr(rasa_server, "data_digest", lambda digest=digest: digest)
        os.utime(train(models), (at, at))
    assert first in set(models.glob("*.tar.gz"))
    assert len(list(models.glob("*.tar.gz"))) <= KEPT + 1


def test_training_that_fails_or_hangs_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa_server, "VENV", fake_rasa(tmp_path, "exit 3"))
    with pytest.raises(RasaServerError, match="exit code 3"):
        train(tmp_path)
    monkeypatch.setattr(rasa_server, "VENV", fake_rasa(tmp_path, "exec sleep 30"))
    monkeypatch.setattr(rasa_server, "TRAIN_TIMEOUT_S", 0.2)
    with pytest.raises(RasaServerError, match="not done within"):
        train(tmp_path)


def test_the_server_listens_on_loopback_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa_server, "VENV", fake_rasa(tmp_path, 'echo "$@"', "echo $RASA_TELEMETRY_ENABLED"))
    process = rasa_server.start(tmp_path / "m.tar.gz", 5999, tmp_path / "log")
    assert process.wait(20) == 0
    words, telemetry = (tmp_path / "log").read_text().splitlines()
    assert words.endswith(f"--model {tmp_path}/m.tar.gz --interface 127.0.0.1 --port 5999")
    assert telemetry == "false"


def test_it_runs_without_any_package(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", str(Path(rasa_server.__file__)), "--help"]
    assert b"Install, train and serve" in subprocess.run(command, capture_output=True, check=True).stdout
