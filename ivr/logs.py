"""Log files with a limit. Asterisk and the parts of the hotline each hold their file open, for appending: so a file
that is full is copied away and cut off at its beginning, and nobody needs to be told. So is one that is old: what is
logged names callers, and no line of it is kept for longer than `Settings.log_days`."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from ivr.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
"""Asterisk at its most talkative writes some MB in this time."""
DAY_S = 86_400.0


class LogKeeper:
    """Looks after all log files of one hotline."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._due = 0.0
        self._told: set[Path] = set()

    def tend(self) -> None:
        """To be called often: looks every few seconds."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + LOOK_EVERY_S
        limits = self._settings.logs
        for file in log_files(self._settings):
            try:
                found = file.stat()
                if found.st_size > limits.file_max_mb << 20 or self._old(file, found.st_size):
                    rotate(file, limits.kept)
                    _since(file).touch()
                self._forget_old(file)
            except FileNotFoundError:
                continue  # taken away between the list and the look
            except OSError as error:  # once for each file: this must not be what fills the log
                if file not in self._told:
                    self._told.add(file)
                    log.warning("%s cannot be kept small: %s", file, error)

    @property
    def _span_s(self) -> float:
        """A file holds no more than this: the live one and those kept, one after the other, make all days."""
        return self._settings.log_days * DAY_S / (self._settings.logs.kept + 1)

    def _old(self, file: Path, size: int) -> bool:
        """Whether the lines of this file begin longer ago than one file may span. A new or empty one begins now."""
        mark = _since(file)
        if size == 0 or not mark.exists():
            mark.touch()
        return time.time() - mark.stat().st_mtime > self._span_s

    def _forget_old(self, file: Path) -> None:
        """Copies whose first line, which is at most one span older than the last one, is too old."""
        oldest = time.time() - (self._settings.log_days * DAY_S - self._span_s)
        for copy in file.parent.glob(f"{file.name}.[0-9]*"):  # also those of a time when more were kept
            if copy.stat().st_mtime < oldest:
                copy.unlink()


def _since(file: Path) -> Path:
    """A file whose time is that of the first line."""
    return file.with_name(f".{file.name}.since")


def log_files(settings: Settings) -> Iterable[Path]:
    """Every file that grows with what is logged. Not Asterisk's ledger: no line of that may be lost
    (ivr/routing/ledger_file.py)."""
    asterisk = settings.var_dir / "asterisk/log"
    return [*(settings.var_dir / "log").glob("*.log"), *(asterisk / name for name in ("full", "output", "queue_log"))]


def rotate(file: Path, kept: int) -> None:
    """`file` → `file.1`, `file.1` → `file.2` … `file.KEPT`; the file itself goes on, empty. What is written during the
    copy is lost. Where there is no room for a copy, the old lines are let go. Raises OSError."""
    for number in range(kept - 1, 0, -1):
        older = _numbered(file, number)
        if older.exists():
            older.replace(_numbered(file, number + 1))
    if kept:
        fresh = file.with_name(f"{file.name}.copy")
        try:
            shutil.copy2(file, fresh)
            fresh.replace(_numbered(file, 1))
        except OSError as error:
            fresh.unlink(missing_ok=True)
            log.warning("%s is cut off without a copy: %s", file, error)
    os.truncate(file, 0)


def _numbered(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}")
