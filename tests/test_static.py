"""Style, types and the direction of imports: among the tests, so that they run beside the calls, which wait."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ivr.settings import PROJECT_DIR

pytestmark = pytest.mark.timeout(900)  # without its cache mypy reads everything that we import
BIN = Path(sys.executable).parent


@pytest.mark.parametrize("command", ["mypy", "ruff check .", "lint-imports"])
def test_nothing_is_found_by(command: str) -> None:
    program, *arguments = command.split()
    done = subprocess.run(
        [str(BIN / program), *arguments], cwd=PROJECT_DIR, capture_output=True, text=True, timeout=840, check=False
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
