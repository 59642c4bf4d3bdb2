"""Opening hours and holidays, as the people of the hotline set them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from integrations.database.routing_models import Holiday, OpeningHours
from integrations.database.store import Database


class HoursTable:
    """Spans are `closed` or `0830-1200+1400-1800`. Every method raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def week(self) -> dict[int, str]:
        """Weekday (1 is Monday) → spans, of the days that were set."""
        with self._database.session() as session:
            return {row.weekday: row.spans for row in session.scalars(select(OpeningHours))}

    def holidays(self, first: date) -> dict[date, tuple[str, str]]:
        """Day → (spans, name), from `first` on."""
        with self._database.session() as session:
            rows = session.scalars(select(Holiday).where(Holiday.day >= first).order_by(Holiday.day))
            return {row.day: (row.spans, row.name) for row in rows}

    def set_weekday(self, weekday: int, spans: str) -> None:
        """From now on."""
        with self._database.session() as session:
            session.merge(OpeningHours(weekday=weekday, spans=spans))

    def set_day(self, day: date, spans: str, name: str) -> None:
        """One day that is not as its weekday is."""
        with self._database.session() as session:
            session.merge(Holiday(day=day, spans=spans, name=name))

    def clear_day(self, day: date) -> bool:
        """As its weekday again; False when it was."""
        with self._database.session() as session:
            row = session.get(Holiday, day)
            if row is None:
                return False
            session.delete(row)
            return True
