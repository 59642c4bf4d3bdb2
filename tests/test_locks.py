"""The two lock files agree, and what runs the hotline needs no tool of its tests."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

from ivr.settings import PROJECT_DIR

NAME = re.compile(r"[A-Za-z0-9._-]+")


def _plain(requirement: str) -> str:
    found = NAME.match(requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def _locked(file: str) -> dict[str, str]:
    """Name → its lines, with version and hashes, without who asked for it."""
    text = (PROJECT_DIR / file).read_text(encoding="utf-8")
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", text)[1:]
    return {_plain(one): "".join(line for line in one.splitlines() if "#" not in line) for one in blocks}


def test_what_is_locked_to_run_is_locked_alike_for_the_tests() -> None:
    run, tests = _locked("requirements.lock"), _locked("requirements-dev.lock")
    assert len(run) > 50
    assert {name: tests.get(name) for name in run} == run


def test_every_package_that_runs_is_locked_with_all_that_it_needs_and_no_tool_is() -> None:
    run = _locked("requirements.lock")
    project = tomllib.loads((Path(PROJECT_DIR) / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {_plain(one) for one in project["dependencies"]} <= set(run)
    assert not {"pytest", "mypy", "ruff", "playwright", "hypothesis", "onnx", "import-linter"} & set(run)
    needed = {_plain(need) for name in run for need in requires(name) or () if ";" not in need}
    assert needed <= set(run), needed - set(run)
