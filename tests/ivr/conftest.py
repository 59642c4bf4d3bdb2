"""The understanding that calls use, trained once for all tests of the commands."""

from __future__ import annotations

import pytest

from nlu.embedded import load_understander
from tests.remembering import Remembering


@pytest.fixture(scope="session")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Remembering:
    """The trained engine."""
    return Remembering(load_understander(tmp_path_factory.mktemp("learnt")))
