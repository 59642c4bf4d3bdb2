"""The rules of appointments, on a real database."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from integrations.database.models import ClinicSession
from integrations.database.store import Database
from integrations.embedded.appointments import Appointments
from integrations.embedded.seed import seed_demo
from integrations.errors import OfficeError

TODAY = date(2026, 3, 10)  # a Tuesday
TOMORROW = (TODAY + timedelta(days=1)).isoformat()
PHONE = "13909710001"


class Town:
    """The demonstration's hospitals, and a clock that can be set."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder / 'town.db'}")
        self.database.migrate()
        seed_demo(self.database, TODAY)
        self.now = datetime(2026, 3, 10, 9, 30)  # noqa: DTZ001 - local time, naive by agreement
        self.office = Appointments(self.database, lambda: self.now)

    def session(self, department: str = "骨科", day: str = TOMORROW, part: str = "am") -> int:
        found = self.office.find_sessions(department, date=day, part_of_day=part)["sessions"]
        return int(found[0]["session_id"])

    def book(self, department: str = "骨科", day: str = TOMORROW, phone: str | None = PHONE, **more: str) -> str:
        patient = more.pop("patient", "self")
        receipt = self.office.book(self.session(department, day), patient, more.get("name"), phone)
        return str(receipt["code"])

    def fill(self, department: str, day: str, part: str) -> None:
        with self.database.session() as session:
            for one in session.scalars(select(ClinicSession).where(ClinicSession.department == department)):
                if one.day.isoformat() == day and one.part_of_day == part:
                    one.booked = one.capacity


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def refused(code: str, work: object) -> OfficeError:
    assert callable(work)
    with pytest.raises(OfficeError) as caught:
        work()
    assert caught.value.code == code
    return caught.value


def test_a_booking_has_a_code_of_eight_digits_and_is_found_by_number_and_by_code(town: Town) -> None:
    code = town.book()
    assert len(code) == 8
    assert code.isdigit()
    for found in (town.office.find_bookings(PHONE), town.office.find_bookings(code=code)):
        assert [b["code"] for b in found["bookings"]] == [code]
        assert found["bookings"][0]["department"] == "骨科"


def test_a_person_holds_one_booking_per_department_and_day(town: Town) -> None:
    town.book()
    refused("already_booked", town.book)
    town.book("内科")
    town.book(day=(TODAY + timedelta(days=2)).isoformat())


def test_a_refused_booking_takes_no_place(town: Town) -> None:
    town.book()
    before = town.office.find_sessions("骨科", date=TOMORROW, part_of_day="am")["sessions"][0]["remaining"]
    refused("already_booked", town.book)
    after = town.office.find_sessions("骨科", date=TOMORROW, part_of_day="am")["sessions"][0]["remaining"]
    assert after == before


def test_one_phone_may_book_for_somebody_else_too(town: Town) -> None:
    town.book()
    town.book(patient="other", name="王秀英")
    town.book(patient="other", name="马建国")
    refused("already_booked", lambda: town.book(patient="other", name="王秀英"))


def test_a_caller_without_a_number_books_and_finds_it_by_the_code(town: Town) -> None:
    code = town.book(phone=None)
    town.book(phone=None)
    assert town.office.find_bookings(code=code)["bookings"]
    assert town.office.find_bookings()["bookings"] == []


def test_bookable_from_tomorrow_to_fourteen_days_ahead(town: Town) -> None:
    error = refused("too_early", lambda: town.office.find_sessions("骨科", date=TODAY.isoformat()))
    assert error.details == {"bookable_from": "2026-03-11", "bookable_to": "2026-03-24"}
    refused("too_late", lambda: town.office.find_sessions("骨科", date="2026-03-25"))
    town.office.find_sessions("骨科", date="2026-03-24")


def test_a_department_that_no_hospital_has_is_refused_by_name(town: Town) -> None:
    refused("unknown_department", lambda: town.office.find_sessions("牛皮科", date=TOMORROW))


def test_a_full_time_gives_the_nearest_ones(town: Town) -> None:
    town.fill("骨科", TOMORROW, "am")
    found = town.office.find_sessions("骨科", date=TOMORROW, part_of_day="am")
    assert found["sessions"] == []
    assert (found["nearest"][0]["date"], found["nearest"][0]["part_of_day"]) == (TOMORROW, "pm")
    assert len(found["nearest"]) == 6


def test_twenty_callers_at_once_get_exactly_the_places_there_are(town: Town) -> None:
    number = town.session()
    with town.database.session() as session:
        one = session.get(ClinicSession, number)
        assert one is not None
        one.capacity = 5
    results: list[str] = []

    def call(n: int) -> None:
        try:
            town.office.book(number, "self", None, f"1390971{n:04}")
            results.append("booked")
        except OfficeError as error:
            results.append(error.code)

    threads = [threading.Thread(target=call, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["booked"] * 5 + ["session_full"] * 15


def test_cancelling_gives_the_place_back_and_allows_a_new_booking(town: Town) -> None:
    code = town.book()
    assert town.office.cancel(code) == {"code": code}
    assert town.office.find_bookings(PHONE)["bookings"] == []
    refused("not_found", lambda: town.office.cancel(code))
    town.book()


def places(town: Town, session_id: int) -> int:
    with town.database.session() as session:
        one = session.get(ClinicSession, session_id)
        assert one is not None
        return one.booked


def test_a_booking_is_moved_in_one_act_and_keeps_its_code(town: Town) -> None:
    code, old, new = town.book(), town.session(), town.session(part="pm")
    moved = town.office.move(code, new, PHONE)
    assert (moved["code"], moved["date"], moved["part_of_day"]) == (code, TOMORROW, "pm")
    assert (places(town, old), places(town, new)) == (0, 1)
    assert [one["part_of_day"] for one in town.office.find_bookings(PHONE)["bookings"]] == ["pm"]
    other = town.session("眼科")
    assert town.office.move(code, other)["department"] == "眼科"
    town.book()  # the department and the day are free for this person again


def test_a_booking_that_cannot_be_moved_stays_where_it_is(town: Town) -> None:
    later = (TODAY + timedelta(days=2)).isoformat()
    code, old = town.book(), town.session()
    town.book(day=later)
    refused("already_booked", lambda: town.office.move(code, town.session(day=later)))
    new = town.session(part="pm")
    town.fill("骨科", TOMORROW, "pm")
    full = places(town, new)
    refused("session_full", lambda: town.office.move(code, new))
    refused("not_found", lambda: town.office.move(code, 999_999))
    refused("not_found", lambda: town.office.move("00000000", town.session("眼科")))
    town.now = datetime(2026, 3, 10, 15, 0)  # noqa: DTZ001 - local time, naive by agreement
    refused("too_late", lambda: town.office.move(code, town.session("眼科", later)))
    assert (places(town, old), places(town, new), places(town, town.session("眼科", later))) == (1, full, 0)
    assert [one["date"] for one in town.office.find_bookings(PHONE)["bookings"]] == [TOMORROW, later]


def test_cancelling_ends_at_three_in_the_afternoon_of_the_day_before(town: Town) -> None:
    code = town.book()
    town.now = datetime(2026, 3, 10, 14, 59)  # noqa: DTZ001 - as above
    assert town.office.find_bookings(PHONE)["bookings"][0]["cancellable"]
    town.now = datetime(2026, 3, 10, 15, 0)  # noqa: DTZ001 - as above
    assert not town.office.find_bookings(PHONE)["bookings"][0]["cancellable"]
    refused("too_late", lambda: town.office.cancel(code))
    assert town.office.find_bookings(PHONE)["bookings"]


def test_departments_are_those_that_can_be_booked(town: Town) -> None:
    assert "骨科" in town.office.list_departments()["departments"]
    assert town.office.list_departments("没有这家医院")["departments"] == []


def test_seeding_again_changes_nothing_but_the_window(town: Town) -> None:
    town.book()
    seed_demo(town.database, TODAY)
    assert len(town.office.find_bookings(PHONE)["bookings"]) == 1
    seed_demo(town.database, TODAY + timedelta(days=3))
    town.now += timedelta(days=3)
    town.office.find_sessions("骨科", date=(TODAY + timedelta(days=17)).isoformat())
