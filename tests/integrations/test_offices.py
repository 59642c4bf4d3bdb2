"""Rules of the offices that only show at their edges, and how the dialogue reaches them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from integrations.database.models import Booking, ClinicSession, Hospital, PensionRecord
from integrations.dispatch import Offices
from integrations.embedded.pension import Pension
from integrations.embedded.seed import CALLERS, HOSPITALS, seed_demo
from integrations.errors import DatabaseError, OfficeError
from tests.integrations.test_appointments import PHONE, TODAY, TOMORROW, Town, refused

TUESDAY_NEXT = "2026-03-17"


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_the_hospitals_go_by_their_official_names_and_counties(town: Town) -> None:
    assert town.office.list_hospitals() == {"hospitals": list(HOSPITALS)}
    with town.database.session() as session:
        assert {h.name: h.county for h in session.scalars(select(Hospital))} == HOSPITALS


def test_departments_with_the_most_free_places_come_first(town: Town) -> None:
    first = town.office.list_departments()["departments"][0]
    with town.database.session() as session:
        for one in session.scalars(select(ClinicSession).where(ClinicSession.department == first)):
            one.booked = max(one.capacity - 1, 0) if one.day == date.fromisoformat(TUESDAY_NEXT) else one.capacity
    assert town.office.list_departments()["departments"][-1] == first


def test_a_session_tells_all_that_is_spoken_and_a_doctor_narrows_it(town: Town) -> None:
    (one, *_) = town.office.find_sessions("骨科", hospital="青海省人民医院", date=TOMORROW, part_of_day="am")[
        "sessions"
    ]
    assert set(one) == {
        "session_id",
        "hospital",
        "department",
        "doctor",
        "date",
        "part_of_day",
        "fee_yuan",
        "remaining",
    }
    assert (one["hospital"], one["date"], one["part_of_day"]) == ("青海省人民医院", TOMORROW, "am")
    found = town.office.find_sessions("骨科", doctor=one["doctor"], date=TOMORROW, part_of_day="am")
    assert {s["doctor"] for s in found["sessions"]} == {one["doctor"]}
    assert town.office.find_sessions("骨科", doctor="没有", date=TOMORROW) == {"sessions": [], "nearest": []}


def test_a_day_that_is_no_day_is_refused_with_what_can_be_booked(town: Town) -> None:
    error = refused("too_early", lambda: town.office.find_sessions("骨科", date="后天"))
    assert error.details == {"bookable_from": "2026-03-11", "bookable_to": "2026-03-24"}


def test_nearest_times_are_within_the_window_and_nearest_first(town: Town) -> None:
    town.fill("皮肤科", TUESDAY_NEXT, "am")
    nearest = town.office.find_sessions("皮肤科", date=TUESDAY_NEXT, part_of_day="am")["nearest"]
    asked = date.fromisoformat(TUESDAY_NEXT)
    distances = [abs((date.fromisoformat(n["date"]) - asked).days) for n in nearest]
    assert distances == sorted(distances)
    assert all("2026-03-11" <= n["date"] <= "2026-03-24" for n in nearest)
    assert len({(n["date"], n["part_of_day"]) for n in nearest}) == 6


def test_booking_refuses_what_cannot_be_booked(town: Town) -> None:
    refused("not_found", lambda: town.office.book(999_999, "self", None, PHONE))
    town.fill("骨科", TOMORROW, "am")
    with town.database.session() as session:
        days = {(s.day, s.department, s.part_of_day): s.id for s in session.scalars(select(ClinicSession))}
    full = days[date.fromisoformat(TOMORROW), "骨科", "am"]
    refused("session_full", lambda: town.office.book(full, "self", None, PHONE))
    refused("too_early", lambda: town.office.book(days[TODAY, "骨科", "am"], "self", None, PHONE))
    last = days[TODAY + timedelta(days=15), "骨科", "am"]
    refused("too_late", lambda: town.office.book(last, "self", None, PHONE))


def test_a_person_who_is_known_is_one_person_on_any_phone(town: Town) -> None:
    number = town.session()
    receipt = town.office.book(number, "self", None, PHONE, person_id=1)
    assert set(receipt) == {
        "code",
        "hospital",
        "department",
        "doctor",
        "date",
        "part_of_day",
        "fee_yuan",
        "patient_name",
    }
    refused("already_booked", lambda: town.office.book(number, "self", None, "13000000000", person_id=1))


def test_a_person_who_does_not_exist_is_not_taken_for_a_second_booking(town: Town) -> None:
    number = town.session()
    with pytest.raises(DatabaseError):
        town.office.book(number, "self", None, PHONE, person_id=999)
    assert town.office.find_bookings(PHONE) == {"bookings": []}


def test_keys_tell_people_apart_as_agreed(town: Town) -> None:
    number = town.session("内科")
    town.office.book(number, "self", None, PHONE)
    town.office.book(number, "other", "王秀英", PHONE)
    code = town.office.book(number, "self")["code"]
    with town.database.session() as session:
        keys = [booking.person_key for booking in session.scalars(select(Booking).order_by(Booking.id))]
    assert keys == [f"phone:{PHONE}", f"phone:{PHONE}/name:王秀英", f"anonymous:{code}"]
    assert code[0] != "0"


def test_bookings_are_found_soonest_first_and_not_when_past(town: Town) -> None:
    day = date.fromisoformat(TUESDAY_NEXT).isoformat()
    late = town.office.book(town.session("外科", day, "pm"), "self", None, PHONE)["code"]
    middle = town.office.book(town.session("眼科", day, "am"), "self", None, PHONE)["code"]
    early = town.book()
    assert [b["code"] for b in town.office.find_bookings(PHONE)["bookings"]] == [early, middle, late]
    town.now = datetime(2026, 3, 12, 9, 0)  # noqa: DTZ001 - local time, naive by agreement
    assert [b["code"] for b in town.office.find_bookings(PHONE)["bookings"]] == [middle, late]
    assert town.office.find_bookings("13000000000") == {"bookings": []}
    assert [b["code"] for b in town.office.find_bookings("13000000000", late)["bookings"]] == [late]


def test_a_cancelled_place_can_be_had_by_the_next(town: Town) -> None:
    number = town.session()
    before = town.office.find_sessions("骨科", date=TOMORROW, part_of_day="am")["sessions"][0]["remaining"]
    town.office.cancel(town.office.book(number, "self", None, PHONE)["code"], PHONE)
    after = town.office.find_sessions("骨科", date=TOMORROW, part_of_day="am")["sessions"][0]["remaining"]
    assert after == before
    refused("not_found", lambda: town.office.cancel("00000000", PHONE))


def test_weekends_have_four_departments_in_the_mornings(town: Town) -> None:
    with town.database.session() as session:
        rows = [s for s in session.scalars(select(ClinicSession)) if s.day.weekday() >= 5]
        assert {s.department for s in rows} == {"内科", "骨科", "眼科", "口腔科"}
        assert {s.part_of_day for s in rows} == {"am"}
        assert {s.capacity for s in session.scalars(select(ClinicSession))} <= set(range(5, 11))


def test_a_pension_is_told_by_its_newest_month(town: Town) -> None:
    seed_demo(town.database, date(2026, 4, 2))
    with town.database.session() as session:
        assert len(session.scalars(select(PensionRecord)).all()) == 2 * len(CALLERS)
    assert Pension(town.database).last_payment(CALLERS[1][3]) == {
        "status": "paid",
        "month": "2026-03",
        "amount_yuan": 3125.0,
        "paid_on": "2026-04-01",
        "reason": None,
    }
    assert Pension(town.database).last_payment(CALLERS[2][3].lower())["reason"] == "certification_overdue"


def test_an_identity_number_of_somebody_else_is_a_mismatch(town: Town) -> None:
    office = Pension(town.database)
    assert office.last_payment(CALLERS[0][3], person_id=1)["status"] == "paid"
    refused("identity_mismatch", lambda: office.last_payment(CALLERS[1][3], person_id=1))
    refused("identity_mismatch", lambda: office.last_payment("110101194901010010", person_id=1))
    refused("identity_unknown", lambda: office.last_payment(phone=PHONE))
    refused("identity_unknown", lambda: office.last_payment(person_id=999))


async def test_the_dialogue_reaches_an_office_and_hears_its_refusals(town: Town) -> None:
    offices = Offices({"appointments": town.office, "pension": Pension(town.database)})
    arguments = {"department": "骨科", "hospital": None, "doctor": None, "date": TOMORROW, "part_of_day": "am"}
    found = await offices.call("appointments", "find_sessions", arguments)
    assert found["sessions"]
    with pytest.raises(OfficeError) as caught:
        await offices.call("appointments", "find_sessions", {**arguments, "department": "牛皮科"})
    assert (caught.value.code, caught.value.details) == ("unknown_department", {"department": "牛皮科"})
    offices.close()


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("cancel", {"code": "12345678", "force": True}),
        ("cancel", {}),
        ("book", {"session_id": 2**80, "patient": "self"}),
    ],
)
async def test_arguments_that_an_office_cannot_take_mean_unavailable(
    town: Town, operation: str, arguments: dict[str, object]
) -> None:
    offices = Offices({"appointments": town.office})
    with pytest.raises(OfficeError) as caught:
        await offices.call("appointments", operation, arguments)
    assert caught.value.code == "unavailable"
    offices.close()
