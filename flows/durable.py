"""Files that are there as a whole or not at all, whatever kills the program or the machine meanwhile."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Put a file in place of whatever is there. Raises OSError."""
    fresh = _fresh(path, text)
    try:
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_all(folder: Path, texts: Mapping[str, str]) -> None:
    """Put many files into a folder, each as a whole or not at all: the disk is waited for once. Raises OSError."""
    fresh: dict[str, Path] = {}
    try:
        for name, text in texts.items():
            fresh[name] = _unsafe(folder / name, text)
        for path in fresh.values():  # the first takes the others along, so that these cost little
            _sync_file(path)
        for name, path in fresh.items():
            path.replace(folder / name)
    finally:
        for path in fresh.values():
            path.unlink(missing_ok=True)
    if fresh:
        _sync_folder(folder)


def create(path: Path, text: str) -> None:
    """Make a file that nobody else has made. Raises FileExistsError when somebody has, and OSError."""
    fresh = _fresh(path, text)
    try:
        path.hardlink_to(fresh)  # unlike a rename, a link never takes the place of another file
    finally:
        fresh.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _fresh(path: Path, text: str) -> Path:
    """The text, safe on the disk under a name that nobody looks for."""
    fresh = _unsafe(path, text)
    try:
        _sync_file(fresh)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def _unsafe(path: Path, text: str) -> Path:
    """The text under a name that nobody looks for, perhaps not on the disk yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".new", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
