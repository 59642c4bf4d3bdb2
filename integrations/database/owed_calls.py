"""What a call that was given up tells of the one that it owes: how urgent it is, in which language, since when."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.database.bands import RAISES, raised
from integrations.database.models import CallEventRow

_TELLING = ("call_started", "human_wanted", "callback_owed", "language", "flagged", "transfer")


@dataclass(frozen=True, slots=True)
class Told:
    """What one call told. Empty where it told nothing of it."""

    band: str
    language: str
    asked_in: str
    """The language that the caller has spoken or chosen; who hung up before has not."""
    since: str
    """The second (of the epoch) at which a person was wanted."""


def told(session: Session, call_id: str) -> Told:
    """From the events of the call, in their order. What shows danger raises the band of whoever was put in another one
    before, and never lowers it: the sign comes late, or the caller hangs up on the way to the person."""
    known: dict[str, str] = {}
    asked, least = "", ""
    events = select(CallEventRow).where(CallEventRow.call_id == call_id, CallEventRow.kind.in_(_TELLING))
    for row in session.scalars(events.order_by(CallEventRow.at)):
        data = {name: str(value) for name, value in row.data.items() if value}
        if row.kind == "flagged":
            least = raised(least, RAISES.get(data.get("sign", ""), ""))
        elif row.kind == "transfer":
            least = raised(least, data.get("band", ""))
        else:
            known |= data
            asked = "" if row.kind == "call_started" else known.get("language", "")
    return Told(raised(known.get("band", ""), least), known.get("language", ""), asked, known.get("since", ""))
