"""Programs that a hotline which was killed has left behind. Not Asterisk: that has the calls, and is adopted.

Two dialogue programs on one Asterisk would both answer each call, and the heart of the old one would tell the guardian
that the new one lives."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

import psutil

from ivr.settings import Settings

log = logging.getLogger(__name__)

PARTS = frozenset({"ivr.program", "ivr.guardian", "ivr.desk"})
END_TIMEOUT_S = 6.0


def end_left_over(settings: Settings, say: Callable[[str], None]) -> None:
    """End the parts of earlier hotlines of this `var_dir`, which must be ours alone. Never raises."""
    found = [one for one in psutil.process_iter() if _is_part(one, settings.var_dir.resolve())]
    if not found:
        return
    say(f"A hotline that was killed has left {len(found)} programs here; they are ended. Calls with a person go on.")
    for one in found:
        with contextlib.suppress(psutil.Error):
            one.terminate()
    for one in psutil.wait_procs(found, timeout=END_TIMEOUT_S)[1]:
        with contextlib.suppress(psutil.Error):
            one.kill()
    for one in psutil.wait_procs(found, timeout=END_TIMEOUT_S)[1]:
        log.error("the program %d of an earlier hotline does not end", one.pid)


def _is_part(process: psutil.Process, var_dir: Path) -> bool:
    try:
        command = process.cmdline()
        if process.pid == os.getpid() or "-m" not in command or not PARTS & set(command):
            return False
        return (Path(process.cwd()) / process.environ().get("YINLING_VAR_DIR", "")).resolve() == var_dir
    except (psutil.Error, OSError):  # gone meanwhile, or somebody else's
        return False
