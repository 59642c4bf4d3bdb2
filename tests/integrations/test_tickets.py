"""Tickets: one for each message, with its transcript, until somebody closes it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.database.calls import CallJournal
from integrations.database.hours import HoursTable
from integrations.database.store import Database
from integrations.database.stories import StoredStories
from integrations.database.tickets import Tickets

NOW = datetime(2026, 3, 10, 2, 0)  # noqa: DTZ001 - as the database keeps it: UTC without a zone


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'town.db'}")
    made.migrate()
    journal = CallJournal(made)
    journal.begin("1.1", "13900000001", NOW.replace(tzinfo=UTC))
    journal.add("1.1", NOW.replace(tzinfo=UTC), "message_left", {"file": "/messages/1.1.wav"})
    journal.end("1.1", NOW.replace(tzinfo=UTC), "message_left")
    return made


def test_a_message_is_a_ticket_that_waits_to_be_heard(database: Database) -> None:
    tickets = Tickets(database)
    assert tickets.collect(NOW) == 1
    assert tickets.collect(NOW) == 0
    (ticket,) = tickets.unheard()
    assert (ticket.kind, ticket.number, ticket.file) == ("message", "13900000001", "/messages/1.1.wav")
    tickets.heard(ticket.id, "请给我回个电话", 0.8)
    assert tickets.unheard() == []
    assert tickets.all()[0].transcript == "请给我回个电话"


def test_a_ticket_is_closed_once_and_keeps_its_note(database: Database) -> None:
    tickets = Tickets(database)
    tickets.collect(NOW)
    assert tickets.close(1, NOW, "已回电话")
    assert not tickets.close(1, NOW, "又一次")
    assert not tickets.close(99, NOW)
    assert tickets.all() == []
    assert tickets.all("closed")[0].note == "已回电话"


def test_a_person_opens_a_ticket_and_a_second_of_its_kind_is_the_first(database: Database) -> None:
    tickets = Tickets(database)
    first = tickets.open_one("visit", "1.1", NOW, number="13900000001", note="想请人上门")
    assert tickets.open_one("visit", "1.1", NOW) == first
    assert tickets.all()[0].note == "想请人上门"


def test_hours_and_holidays_are_set_and_taken_back(database: Database) -> None:
    table, day = HoursTable(database), NOW.date()
    table.set_weekday(1, "0830-1200")
    table.set_weekday(1, "0900-1200")
    table.set_day(day, "closed", "国庆")
    assert table.week() == {1: "0900-1200"}
    assert table.holidays(day) == {day: ("closed", "国庆")}
    assert table.clear_day(day)
    assert not table.clear_day(day)
    assert table.holidays(day) == {}


def test_the_newest_story_of_a_call_is_kept(database: Database) -> None:
    stories = StoredStories(database)
    assert stories.of("1.1") is None
    stories.keep("1.1", NOW, {"why": "key0"})
    stories.keep("1.1", NOW, {"why": "asked", "slots": {"department": "骨科"}})
    assert stories.of("1.1") == {"why": "asked", "slots": {"department": "骨科"}}
