"""The understanding that calls use, for all tests of the flows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from flows.rehearsal_script import NOW
from nlu.embedded import EmbeddedUnderstander
from nlu.understand import ParseContext, Understanding
from tests.flows.wish_helpers import Caller
from tests.remembering import Remembering


@pytest.fixture(scope="session")
def understander(trained: EmbeddedUnderstander) -> Remembering:
    """The trained engine."""
    return Remembering(trained)


@pytest.fixture(scope="session")
def understand(understander: Remembering) -> Callable[[str], Understanding]:
    """A sentence at the open question → what it means."""
    now: datetime = NOW
    return lambda text: understander.understand(text, ParseContext(now))


@pytest.fixture
def caller(understander: Remembering) -> Caller:
    """Speaks in sentences, which are understood as in a call."""
    return Caller(understander)
