"""The understanding that calls use, trained once for all tests of the flows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from flows.rehearsal_script import NOW
from nlu.embedded import load_understander
from nlu.understand import ParseContext, Understanding
from tests.remembering import Remembering


@pytest.fixture(scope="session")
def understander(tmp_path_factory: pytest.TempPathFactory) -> Remembering:
    """The trained engine."""
    return Remembering(load_understander(tmp_path_factory.mktemp("learnt")))


@pytest.fixture(scope="session")
def understand(understander: Remembering) -> Callable[[str], Understanding]:
    """A sentence at the open question → what it means."""
    now: datetime = NOW
    return lambda text: understander.understand(text, ParseContext(now))
