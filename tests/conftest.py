"""The understanding, trained once for the whole suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.embedded import EmbeddedUnderstander, load_understander
from tests import learnt


@pytest.fixture(scope="session")
def learnt_in() -> Path:
    """The folder in which the trained engine is kept."""
    return learnt.folder()


@pytest.fixture(scope="session")
def trained(learnt_in: Path) -> EmbeddedUnderstander:
    """The trained engine."""
    return load_understander(learnt_in)
