"""Calls that were given up, and what became of the calls that they owe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from integrations.database.calls import CallJournal
from integrations.database.owed import OWED, PLACED, REACHED, UNREACHED, VOID, Callback, Owed
from integrations.database.store import Database

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
SPACING_S = (300, 1800)


def ended(database: Database, call_id: str, number: str | None, outcome: str, minutes_ago: float = 5) -> None:
    """A call that ended so, with what the dialplan told of it."""
    journal, at = CallJournal(database), NOW - timedelta(minutes=minutes_ago)
    journal.begin(call_id, number, at)
    if outcome == "callback_owed":
        told = {"number": number, "since": str(int(at.timestamp())), "language": "bo", "band": "vulnerable"}
        journal.add(call_id, at, "callback_owed", told)
    journal.end(call_id, at + timedelta(seconds=30), outcome)


def states(owed: Owed) -> dict[str, str]:
    return {one.call_id: one.state for one in owed.all((OWED, PLACED, REACHED, UNREACHED, VOID))}


def only(owed: Owed) -> Callback:
    (one,) = owed.all((OWED, PLACED, REACHED, UNREACHED, VOID))
    return one


def tried(owed: Owed, at: datetime, status: str) -> str:
    assert owed.place("1.1", at)
    return owed.tried("1.1", at, status, "seat1", 3, SPACING_S)


def called(database: Database, call_id: str, number: str, band: str, language: str, minutes_ago: float) -> None:
    """A call in which a person was asked for, and given up."""
    journal, at = CallJournal(database), NOW - timedelta(minutes=minutes_ago)
    journal.begin(call_id, number, at)
    journal.add(call_id, at, "human_wanted", {"why": "asked", "band": band, "language": language})
    journal.end(call_id, at + timedelta(seconds=30), "abandoned")


def being_made(database: Database, since_min: float = 0) -> Owed:
    """A call was given up, and is being called back."""
    called(database, "1.1", "13900000001", "elder", "zh", since_min + 10)
    owed = Owed(database)
    owed.collect(NOW)
    owed.place("1.1", NOW - timedelta(minutes=since_min))
    return owed


def broken_off(database: Database) -> Owed:
    """They had help after they gave up; then the call-back reached them, and its seat was lost."""
    owed, left = being_made(database, since_min=50), NOW - timedelta(minutes=10)
    ended(database, "1.2", "13900000001", "person", minutes_ago=40)
    CallJournal(database).add("1.1", left, "callback_tried", {"status": "LEFT", "seat": "seat1"})
    owed.tried("1.1", left, "LEFT", "seat1", 3, SPACING_S)
    return owed


def flagged(database: Database, call_id: str, sign: str, minutes_ago: float) -> None:
    CallJournal(database).add(call_id, NOW - timedelta(minutes=minutes_ago), "flagged", {"sign": sign})
