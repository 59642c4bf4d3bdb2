"""Tickets: one for each message, with its transcript, until somebody closes it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.database.calls import CallJournal
from integrations.database.desk_calls import DeskCalls, Wrapped
from integrations.database.hours import HoursTable
from integrations.database.people import People
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


def wrap(database: Database, **what: Any) -> None:
    people = People(database)
    if not people.list():
        people.add("root", "li.na", "李娜", "agent")
    staff_id = people.list()[0].staff_id
    DeskCalls(database).wrap_up("1.1", staff_id, "li.na", Wrapped("follow_up", "养老金", **what))


def test_a_ticket_of_the_desk_follows_its_wrap_up(database: Database) -> None:
    tickets = Tickets(database)
    wrap(database, note="没到账", ticket=True, follow_up_on=date(2026, 3, 12))
    wrap(database, note="还没到账", ticket=True, follow_up_on=date(2026, 3, 13))
    (ticket,) = tickets.all()
    assert (ticket.note, ticket.follow_up_on) == ("养老金：还没到账", date(2026, 3, 13))
    assert [one.id for one in tickets.open_of("13900000001")] == [ticket.id]
    assert tickets.open_of("13900000002") == tickets.open_of(None) == []
    wrap(database, note="还没到账", ticket=False)
    assert tickets.all() == []
    wrap(database, note="再查", ticket=True)
    assert [(one.id, one.note) for one in tickets.all()] == [(ticket.id, "养老金：再查")]


def test_mending_an_old_wrap_up_does_not_open_a_ticket_that_is_done(database: Database) -> None:
    tickets = Tickets(database)
    wrap(database, note="没到账", ticket=True)
    assert tickets.close(1, NOW, "已到账")
    wrap(database, note="没有到账", ticket=True)
    assert tickets.all() == []
    assert tickets.all("closed")[0].note == "已到账"


def test_a_ticket_knows_the_number_of_a_call_that_is_journalled_after_it(database: Database) -> None:
    people = People(database).add("root", "li.na", "李娜", "agent")
    wrapped = Wrapped("follow_up", "", "请回电话", ticket=True)
    DeskCalls(database).wrap_up("2.1", people.person.staff_id, "li.na", wrapped)
    CallJournal(database).begin("2.1", "13900000002", NOW.replace(tzinfo=UTC))
    assert [one.number for one in Tickets(database).all()] == ["13900000002"]
    assert len(Tickets(database).open_of("13900000002")) == 1


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
