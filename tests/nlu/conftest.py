"""The engine is trained once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.embedded import EmbeddedUnderstander, load_understander


@pytest.fixture(scope="session")
def learnt_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the trained engine is kept."""
    return tmp_path_factory.mktemp("learnt")


@pytest.fixture(scope="session")
def understander(learnt_in: Path) -> EmbeddedUnderstander:
    """The trained engine."""
    return load_understander(learnt_in)
