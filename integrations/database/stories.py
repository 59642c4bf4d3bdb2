"""The stories of calls as they were when a person was wanted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.database.routing_models import StoryRow
from integrations.database.store import Database


class StoredStories:
    """Every method raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, call_id: str, at: datetime, story: Mapping[str, Any]) -> None:
        """The newest story of a call replaces the one before."""
        plain = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
        with self._database.session() as session:
            session.merge(StoryRow(call_id=call_id, at=plain, story=dict(story)))

    def of(self, call_id: str) -> dict[str, Any] | None:
        """The story that went to the person; None when none was kept."""
        with self._database.session() as session:
            row = session.get(StoryRow, call_id)
            return row.story if row else None
