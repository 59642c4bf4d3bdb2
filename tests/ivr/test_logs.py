"""Log files have a limit, and whoever writes them needs not know."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ivr.asterisk.unpack import AsteriskError
from ivr.logs import LogKeeper, log_files, rotate
from ivr.settings import Settings, load
from ivr.supervisor import claim


@pytest.fixture(name="settings")
def small_logs(tmp_path: Path) -> Settings:
    settings = load(var_dir=tmp_path, logs={"file_max_mb": 1, "kept": 2})
    for folder in ("log", "asterisk/log"):
        (tmp_path / folder).mkdir(parents=True)
    return settings


@pytest.mark.parametrize("name", ["log/app.log", "asterisk/log/full", "asterisk/log/output"])
def test_a_full_log_goes_on_empty_and_its_lines_are_kept(settings: Settings, name: str) -> None:
    file = settings.var_dir / name
    with file.open("ab", buffering=0) as writer:  # as Asterisk and every part hold theirs
        for round_ in range(4):
            writer.write(f"{round_}\n".encode() + bytes(1 << 20))
            LogKeeper(settings).tend()
            writer.write(b"after\n")
            assert file.read_bytes() == b"after\n"
    older = sorted(one.name for one in file.parent.iterdir() if not one.name.startswith("."))
    assert older == [file.name, f"{file.name}.1", f"{file.name}.2"]
    assert file.with_name(f"{file.name}.1").read_bytes().startswith(b"after\n3\n")
    assert file.with_name(f"{file.name}.2").read_bytes().startswith(b"after\n2\n")


def test_a_log_below_the_limit_and_asterisks_ledger_are_left_alone(settings: Settings) -> None:
    ledger = settings.var_dir / "asterisk/log/cel-custom/calls.csv"
    ledger.parent.mkdir()
    ledger.write_bytes(bytes(2 << 20))
    small = settings.var_dir / "log/app.log"
    small.write_bytes(bytes(1 << 20))
    LogKeeper(settings).tend()
    assert ledger not in log_files(settings)
    assert (ledger.stat().st_size, small.stat().st_size) == (2 << 20, 1 << 20)


def _aged(file: Path, days: float) -> None:
    then = time.time() - days * 86_400
    os.utime(file, (then, then))


def test_no_line_is_kept_for_longer_than_the_settings_say(settings: Settings) -> None:
    """Three files of five days each, however little is written."""
    limited = settings.model_copy(update={"logs": settings.logs.model_copy(update={"keep_days": 15})})
    file = settings.var_dir / "asterisk/log/full"
    file.write_text("13909710001\n", encoding="utf-8")
    for day in range(30):
        LogKeeper(limited).tend()  # a new supervisor each day
        lines = [one.read_text(encoding="utf-8") for one in file.parent.iterdir() if not one.name.startswith(".")]
        assert any("13909710001" in one for one in lines) == (day <= 14), day
        for one in file.parent.iterdir():
            _aged(one, (time.time() - one.stat().st_mtime) / 86_400 + 1)
        with file.open("a", encoding="utf-8") as out:
            out.write("another line\n")


def test_a_log_is_kept_no_longer_than_the_recordings(settings: Settings) -> None:
    assert load(var_dir=settings.var_dir).log_days == 14
    brief = load(var_dir=settings.var_dir, recording={"keep_days": {"ordinary": 3, "emergency": 365}})
    assert brief.log_days == 3


def test_it_looks_only_every_few_seconds(settings: Settings) -> None:
    file, keeper = settings.var_dir / "log/app.log", LogKeeper(settings)
    keeper.tend()
    file.write_bytes(bytes(2 << 20))
    keeper.tend()
    assert file.stat().st_size == 2 << 20


def test_without_room_for_a_copy_the_old_lines_are_let_go(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copy2", full)
    file = settings.var_dir / "log/app.log"
    file.write_bytes(bytes(2 << 20))
    rotate(file, 2)
    assert file.stat().st_size == 0
    assert os.listdir(file.parent) == ["app.log"]  # noqa: PTH208 - names
    assert "No space left" in caplog.text


def test_a_second_hotline_in_the_same_folder_is_refused_and_a_killed_one_stands_in_nobodys_way(
    settings: Settings,
) -> None:
    held = f"held = claim(load(var_dir={str(settings.var_dir)!r}))"
    code = f"from ivr.settings import load; from ivr.supervisor import claim; {held}; print(1, flush=True); input()"
    first = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert first.stdout is not None
    assert first.stdout.readline() == b"1\n"
    with pytest.raises(AsteriskError, match="running in") as refused:
        claim(settings)
    assert refused.value.code == "already_running"
    assert "var_dir" in refused.value.remedy
    first.kill()
    first.communicate(timeout=10)
    claim(settings).close()
