"""The engine is trained once for all tests."""

from __future__ import annotations

import pytest

from nlu.embedded import EmbeddedUnderstander


@pytest.fixture(scope="session")
def understander(trained: EmbeddedUnderstander) -> EmbeddedUnderstander:
    """The trained engine."""
    return trained
