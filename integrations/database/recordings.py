"""Which recordings there are, and until when they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from integrations.database.routing_models import RecordingRow
from integrations.database.store import Database


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of one call."""

    id: int
    call_id: str
    file: str
    kept_as: str
    began_at: datetime
    """UTC."""
    seconds: float
    delete_on: date


class RecordingList:
    """Every method raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, call_id: str, file: str, kept_as: str, began_at: datetime, seconds: float, delete_on: date) -> None:
        """A recording was sealed; noting the same file again changes nothing."""
        with self._database.session() as session:
            if session.scalar(select(RecordingRow.id).where(RecordingRow.file == file)) is None:
                session.add(
                    RecordingRow(
                        call_id=call_id,
                        file=file,
                        kept_as=kept_as,
                        began_at=began_at,
                        seconds=seconds,
                        delete_on=delete_on,
                    )
                )

    def of(self, call_id: str) -> list[Recording]:
        """The recordings of a call, in order."""
        with self._database.session() as session:
            rows = session.scalars(
                select(RecordingRow).where(RecordingRow.call_id == call_id).order_by(RecordingRow.began_at)
            )
            return [_recording(row) for row in rows]

    def newest(self, limit: int = 100) -> list[Recording]:
        """The newest of all calls, the newest first."""
        with self._database.session() as session:
            rows = session.scalars(select(RecordingRow).order_by(RecordingRow.began_at.desc()).limit(limit))
            return [_recording(row) for row in rows]

    def find(self, recording: int) -> Recording | None:
        """One of them."""
        with self._database.session() as session:
            row = session.get(RecordingRow, recording)
            return _recording(row) if row is not None else None

    def expired(self, today: date) -> list[Recording]:
        """Those that must go."""
        with self._database.session() as session:
            rows = session.scalars(select(RecordingRow).where(RecordingRow.delete_on <= today))
            return [_recording(row) for row in rows]

    def forget(self, recording: int) -> None:
        """Its file is gone."""
        with self._database.session() as session:
            row = session.get(RecordingRow, recording)
            if row is not None:
                session.delete(row)


def _recording(row: RecordingRow) -> Recording:
    return Recording(row.id, row.call_id, row.file, row.kept_as, row.began_at, row.seconds, row.delete_on)
