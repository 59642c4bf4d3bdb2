"""Tables and columns as the steps of the migrations make them. What is here never changes: old steps are made of it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column, Connection, DateTime, MetaData, String


def create(connection: Connection, *groups: Callable[[MetaData], None]) -> None:
    """Create the tables that each group names, in the words of whatever database this is."""
    tables = MetaData()
    for group in groups:
        group(tables)
    tables.create_all(connection)


def string(name: str, length: int, *, needed: bool = True) -> Column[str]:
    """A text of at most `length` characters."""
    return Column(name, String(length), nullable=not needed)


def moment(name: str, *, needed: bool = True) -> Column[object]:
    """A moment in UTC."""
    return Column(name, DateTime(timezone=False), nullable=not needed)
