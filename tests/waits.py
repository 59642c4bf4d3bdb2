"""How long tests wait for what must come. A bound ends a test that hangs; it says nothing of how fast anything is."""

from __future__ import annotations

import os

BESIDE_OTHERS = "PYTEST_XDIST_WORKER" in os.environ
PATIENCE = 4.0 if BESIDE_OTHERS else 1.0
"""By how much every bound is longer when test files run beside each other on a few cores."""


def at_most(seconds: float) -> float:
    """A bound in seconds, as long as this run needs it."""
    return seconds * PATIENCE
