"""What is known of how callers speak. Times are UTC."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Float, String
from sqlalchemy.orm import Mapped, mapped_column

from integrations.database.models import Base


class CallerPause(Base):
    """How long a number pauses within a sentence. The number itself is not kept here."""

    __tablename__ = "caller_pause"
    caller: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed hash of the number."""
    added_s: Mapped[float] = mapped_column(Float)
    """What this caller's pauses add to the silence that ends a turn."""
    changed_at: Mapped[datetime] = mapped_column(index=True)
