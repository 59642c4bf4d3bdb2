"""A town's database, empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.database.store import Database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'town.db'}")
    made.migrate()
    return made
