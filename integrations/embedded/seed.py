"""Hospitals, places and callers to try the hotline with. Doctors and callers are invented."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.database.models import ClinicSession, Hospital, PensionRecord, Person
from integrations.database.store import Database
from integrations.embedded.pension import identity_hash

HOSPITALS = {
    "青海省人民医院": "城东区",
    "青海大学附属医院": "城西区",
    "青海省中医院": "城东区",
    "西宁市第一人民医院": "城中区",
}
"""Official name → county."""
DEPARTMENTS = (
    "内科 外科 骨科 眼科 口腔科 皮肤科 心血管内科 呼吸内科 消化内科 神经内科 妇科 中医科".split()  # noqa: SIM905 - reads better
)
WEEKEND = frozenset(["内科", "骨科", "眼科", "口腔科"])
"""Open on weekend mornings."""
DOCTORS = "王建国 李秀兰 马玉林 张海燕 韩志强 赵春梅 祁永福 才让东智 星文娟 陈国栋".split()  # noqa: SIM905 - reads better
DAYS = 15
CALLERS = (
    ("王秀英", "13909710001", "vulnerable", "630102194803120043", "paid", "2860.50", None),
    ("马建国", "13909710002", "elder", "630102195205060014", "paid", "3125.00", None),
    ("才让卓玛", "13909710003", "elder", "632521195010150020", "stopped", "1980.00", "certification_overdue"),
)
"""(name, number, band, identity number, pension, amount, why it stopped)."""


def seed_demo(database: Database, today: date) -> None:
    """Add what is missing; what is there stays. Raises DatabaseError."""
    with database.session() as session:
        hospitals = _hospitals(session)
        for ahead in range(DAYS + 1):
            _day(session, hospitals, today + timedelta(days=ahead))
        _people(session, today)


def _hospitals(session: Session) -> list[Hospital]:
    known = {one.name: one for one in session.scalars(select(Hospital))}
    for name, county in HOSPITALS.items():
        if name not in known:
            known[name] = Hospital(name=name)
            session.add(known[name])
        known[name].county = known[name].county or county
    session.flush()
    return [known[name] for name in HOSPITALS]


def _day(session: Session, hospitals: list[Hospital], day: date) -> None:
    if session.scalar(select(ClinicSession.id).where(ClinicSession.day == day).limit(1)) is not None:
        return
    weekend = day.weekday() >= 5
    for h, hospital in enumerate(hospitals):
        for d, department in enumerate(DEPARTMENTS):
            if (weekend and department not in WEEKEND) or (h and (d + h) % 2):
                continue  # the first hospital has all departments, each other one about half
            for part in ("am",) if weekend else ("am", "pm"):
                session.add(
                    ClinicSession(
                        hospital_id=hospital.id,
                        department=department,
                        doctor=DOCTORS[(h * 3 + d + (part == "pm")) % len(DOCTORS)],
                        day=day,
                        part_of_day=part,
                        capacity=5 + (d + h) % 6,
                        booked=0,
                        fee_yuan=Decimal(10 + h * 2),
                    )
                )


def _people(session: Session, today: date) -> None:
    month = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    for name, phone, band, identity, status, amount, reason in CALLERS:
        person = session.scalar(select(Person).where(Person.phone == phone))
        if person is None:
            person = Person(name=name, phone=phone, band=band)
            session.add(person)
            session.flush()
        if session.get(PensionRecord, (person.id, month)) is None:
            session.add(
                PensionRecord(
                    person_id=person.id,
                    identity_hash=identity_hash(session, identity),
                    status=status,
                    month=month,
                    amount_yuan=Decimal(amount),
                    paid_on=today.replace(day=1) if status == "paid" else None,
                    reason=reason,
                )
            )
