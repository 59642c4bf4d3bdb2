"""The understanding that calls use, for all tests of the commands."""

from __future__ import annotations

import pytest

from nlu.embedded import EmbeddedUnderstander
from tests.remembering import Remembering


@pytest.fixture(scope="session")
def learnt(trained: EmbeddedUnderstander) -> Remembering:
    """The trained engine."""
    return Remembering(trained)
