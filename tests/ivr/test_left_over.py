"""A hotline that was killed leaves programs behind; the next one in that folder does not run beside them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from ivr.left_over import end_left_over
from ivr.settings import load


def guardian(var_dir: Path) -> subprocess.Popen[bytes]:
    """A guardian that watches: its supervisor is gone, and no Asterisk is there."""
    child = subprocess.Popen(
        [sys.executable, "-m", "ivr.guardian"],
        env={**os.environ, "YINLING_VAR_DIR": str(var_dir)},
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 30
    while not (var_dir / "run/guardian.sock").exists():
        assert time.monotonic() < until
        assert child.poll() is None
        time.sleep(0.05)
    return child


def test_what_was_left_here_is_ended_and_another_hotline_goes_on(tmp_path: Path) -> None:
    ours, theirs = guardian(tmp_path / "a"), guardian(tmp_path / "b")
    told: list[str] = []
    try:
        end_left_over(load(var_dir=tmp_path / "a"), told.append)
        assert ours.wait(5) is not None
        assert theirs.poll() is None
        assert len(told) == 1
        end_left_over(load(var_dir=tmp_path / "a"), told.append)
        assert len(told) == 1, "nothing is left to be said"
    finally:
        for one in (ours, theirs):
            one.kill()
            one.wait(5)
