"""Programs of the system that Yinling uses and cannot carry: installed with apt where we may, else asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.settings import load

INSTALL_TIMEOUT_S = 120.0
TRY_AGAIN_AFTER_S = 24 * 3600
"""A machine without a network must not spend its every start on trying."""
_QUICK = ("-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=15", "-o", "DPkg::Lock::Timeout=60")

_FONTS = Path("/usr/share/fonts/opentype/noto")
Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """One package of Debian."""

    name: str
    present: Callable[[], bool]
    effect: str
    """What a caller notices without it."""


NPM = SystemPackage(
    "npm", lambda: shutil.which("npm") is not None, "the voice cannot be fetched, and the pages of the staff not built"
)
CHROMIUM = SystemPackage("chromium", lambda: shutil.which("chromium") is not None, "the tests in a browser are skipped")
FONTS = SystemPackage("fonts-noto-cjk", _FONTS.is_dir, "Chinese is empty boxes on pictures of the pages")


def ensure(package: SystemPackage, stamps: Path, say: Callable[[str], None], run: Run | None = None) -> str:
    """Install what is absent. Returns the empty text, or what a person must do. Never raises, and ends in time."""
    if package.present():
        return ""
    command = f"apt-get install -y {package.name}"
    asked = f"{package.name} is not installed: {package.effect}. Remedy: sudo {command}"
    before = _privilege()
    stamp = stamps / f".{package.name}-tried"
    if before is None or shutil.which("apt-get") is None or _tried_lately(stamp):
        return asked
    say(f"{package.name}: installing …")
    why = _install(package.name, before, run or _run)
    if not why and package.present():
        return ""
    _touch(stamp)
    return f"{asked} ({why or 'it was installed, but is not found'})"


def _privilege() -> list[str] | None:
    """What stands before a command to run it as root; None when we may not."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    try:
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return ["sudo", "-n"] if asked.returncode == 0 else None


def _install(name: str, before: Sequence[str], run: Run) -> str:
    """Empty when it went well; else the last thing that apt said. Lists are fetched only where they are missing."""
    apt = [*before, "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", "apt-get"]  # sudo drops what we have set
    install = [*apt, "install", "-y", "-qq", "--no-install-recommends", *_QUICK, name]
    try:
        first = run(install)
        if first.returncode == 0:
            return ""
        run([*apt, "update", "-qq", *_QUICK])
        second = run(install)
    except subprocess.TimeoutExpired:
        return f"apt-get took more than {INSTALL_TIMEOUT_S:.0f} s"
    except OSError as error:
        return str(error)
    return "" if second.returncode == 0 else (second.stderr.strip().splitlines() or ["apt-get failed"])[-1]


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False
    )


def _tried_lately(stamp: Path) -> bool:
    try:
        return time.time() - stamp.stat().st_mtime < TRY_AGAIN_AFTER_S
    except OSError:
        return False


def _touch(stamp: Path) -> None:
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
    except OSError:
        return  # it is tried again at the next start, which only costs time


def main() -> None:
    """What the tests need beside what the hotline needs."""
    for package in (CHROMIUM, FONTS):
        if problem := ensure(package, load().parts_dir, _say):
            _say(problem)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
