"""What the supervisor sees: of this moment, of the hour, of the month."""

from __future__ import annotations

import csv
import io
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.database.desk_calls import NewEvent, Wrapped
from integrations.database.figures import Figures
from integrations.database.models import Person
from integrations.database.owed import Owed
from integrations.database.people import NewPerson
from ivr.routing.callbacks import leg_id
from tests.desk.conftest import CALL, CALLER_LEG, Browser, FakeDesk

ZONE = ZoneInfo("Asia/Shanghai")


def call(desk: FakeDesk, number: int, began: datetime, waited_s: float | None, outcome: str, phone: str = "") -> str:
    """One finished call that asked for a person at once."""
    call_id = f"17.{number}"
    desk.journal.begin(call_id, phone or f"1390971{number:04}", began)
    desk.journal.add(call_id, began, "human_wanted", {"why": "key0", "band": "elder"})
    if waited_s is not None:
        answered = began + timedelta(seconds=waited_s)
        desk.journal.add(call_id, answered, "agent_answered", {"seat": "web1", "waited_s": waited_s})
    desk.journal.end(call_id, began + timedelta(minutes=3), outcome)
    return call_id


def test_answered_within_15_and_30_seconds_counts_those_who_were_not_answered_too(desk: FakeDesk) -> None:
    began = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
    for number, waited in enumerate((3, 14, 16, 29, 31, None)):
        call(desk, number, began, waited, "person" if waited else "abandoned")
    start = began.replace(tzinfo=None)
    facts = desk.wall.service(start, start + timedelta(hours=1)).facts()
    assert (facts["wanted"], facts["answered"], facts["longest_s"]) == (6, 5, 31.0)
    assert (facts["share_15"], facts["share_30"]) == (round(2 / 6, 4), round(4 / 6, 4))
    assert desk.wall.service(start + timedelta(hours=1), start + timedelta(hours=2)).facts()["share_15"] is None


def test_a_call_just_before_midnight_belongs_to_its_own_day_of_the_town(desk: FakeDesk) -> None:
    call(desk, 1, datetime(2026, 3, 10, 15, 59, tzinfo=UTC), 5, "person")  # 23:59 in Shanghai
    call(desk, 2, datetime(2026, 3, 10, 16, 1, tzinfo=UTC), 5, "person")  # 00:01 of the 11th
    assert sum(hour["calls"] for hour in desk.wall.by_hour(date(2026, 3, 10))) == 1
    assert [hour["hour"] for hour in desk.wall.by_hour(date(2026, 3, 11)) if hour["calls"]] == [0]


def test_the_call_back_that_answers_a_call_is_no_further_call(desk: FakeDesk) -> None:
    began = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
    made = call(desk, 1, began, None, "callback_owed")
    talk = leg_id(made)
    desk.journal.begin(talk, "13909710001", began)
    desk.journal.add(talk, began, "human_wanted", {"why": "seat_lost", "band": "elder"})
    desk.journal.end(talk, began, "person")
    start, end = began.replace(tzinfo=None), began.replace(tzinfo=None) + timedelta(hours=1)
    assert desk.wall.service(start, end).facts()["wanted"] == 1
    assert sum(hour["calls"] for hour in desk.wall.by_hour(date(2026, 3, 10))) == 1
    assert Figures(desk.database).by_outcome(start, end) == {"callback_owed": 1}


async def test_whoever_is_owed_a_call_back_is_counted_once_until_they_are_reached(desk: FakeDesk) -> None:
    now = datetime.now(UTC)
    call(desk, 1, now - timedelta(hours=5), None, "callback_owed", "13900000001")
    call(desk, 2, now - timedelta(hours=4), None, "abandoned", "13900000001")
    call(desk, 3, now - timedelta(minutes=5), None, "abandoned", "13900000002")
    call(desk, 4, now - timedelta(hours=6), None, "abandoned", "13900000003")
    call(desk, 5, now - timedelta(hours=1), 4, "person", "13900000003")
    owed = Owed(desk.database)
    owed.collect(now)
    told = await desk.wall.now()
    assert (told["owed"], told["overdue"]) == (2, 1)
    assert len(owed.all()) == told["owed"]  # what `yinling callbacks` lists
    owed.place("17.1", now)
    owed.tried("17.1", now, "ANSWER", "web1", 3, (60,))
    desk.wall._figures_at = 0.0  # five seconds later
    told = await desk.wall.now()
    assert (told["owed"], told["overdue"]) == (1, 0)


async def test_the_wall_shows_who_waits_and_who_talks(
    desk: FakeDesk, agent: Browser, new_browser: Any, zhao: NewPerson
) -> None:
    boss: Browser = new_browser()
    await boss.sign_in(zhao)
    desk.rings()
    desk.said("UserEvent", UserEvent="HumanWanted", Call="17.9", Why="key0", Band="vulnerable", Channel="PJSIP/trunk-9")
    told = await boss.ok("GET", "/api/wall")
    assert told["by_state"] == {"ringing": 1, "waiting": 1}
    assert told["waiting"] == 2
    assert [(a["name"], a["state"]) for a in told["agents"]] == [("李娜", "ringing")]
    desk.answers()
    told = await boss.ok("GET", "/api/wall")
    assert (told["waiting"], told["agents"][0]["state"]) == (1, "talking")
    assert "13909710001" not in str(told)  # a wall is seen by many: numbers are masked


def rows(text: str) -> list[list[str]]:
    """What a spreadsheet reads."""
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_an_export_cannot_run_as_a_formula_and_masks_numbers(desk: FakeDesk, li: NewPerson) -> None:
    call_id = call(desk, 1, datetime(2026, 3, 10, 1, 30, tzinfo=UTC), 5, "person", "13909710001")
    bad = '=HYPERLINK("http://evil","点")'
    desk.calls.wrap_up(call_id, li.person.staff_id, "li.na", Wrapped("solved", bad, "", True, date(2026, 3, 12)))
    head, line = rows(desk.exports.calls_csv(date(2026, 3, 10), date(2026, 3, 10)))
    told = dict(zip(head, line, strict=True))
    assert (told["号码"], told["主题"], told["工单"]) == ("139****0001", f"'{bad}", "是")
    assert told["开始"] == "2026-03-10 09:30:00"


@pytest.mark.parametrize(("year", "month", "days"), [(2026, 2, 28), (2026, 12, 31)])
def test_the_ledger_has_a_line_for_each_day_and_a_sum(desk: FakeDesk, year: int, month: int, days: int) -> None:
    first = datetime(year, month, 1, 10, tzinfo=ZONE).astimezone(UTC)
    call(desk, 1, first, 5, "person")
    call(desk, 2, first + timedelta(days=1), 20, "person")
    call(desk, 3, first + timedelta(days=1), None, "callback_owed")
    desk.journal.begin("4.1", "13909710009", first)  # no person was wanted
    desk.journal.end("4.1", first + timedelta(minutes=1), "nothing")
    head, *lines, total = rows(desk.exports.ledger_csv(year, month))
    assert len(lines) == days
    told = dict(zip(head, total, strict=True))
    assert (told["日期"], told["来电"], told["人工接听"], told["待回拨"]) == ("合计", "4", "2", "1")
    assert (told["自助办结"], told["未办理"]) == ("0", "1"), "who gives up has got nothing done"
    assert (told["15秒接通率"], told["30秒接通率"]) == ("33.3%", "66.7%")
    assert dict(zip(head, lines[0], strict=True))["15秒接通率"] == "100.0%"


def test_what_callers_thought_is_in_the_ledger_and_in_the_list_of_calls(desk: FakeDesk) -> None:
    began = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
    for number, score in enumerate(("satisfied", "satisfied", "unsatisfied", None)):
        call_id = call(desk, number, began, 5, "person")
        desk.journal.add(call_id, began + timedelta(minutes=2), "rating_asked", {})
        if score is not None:
            desk.journal.add(call_id, began + timedelta(minutes=2, seconds=8), "rated", {"score": score, "by": "key"})
            # Somebody who presses twice has been counted.
            desk.journal.add(call_id, began + timedelta(minutes=2, seconds=9), "rated", {"score": "fair", "by": "key"})
    head, *_, total = rows(desk.exports.ledger_csv(2026, 3))
    told = dict(zip(head, total, strict=True))
    assert [told[name] for name in ("请评价", "满意", "一般", "不满意", "满意率")] == ["4", "2", "0", "1", "66.7%"]
    head, *lines = rows(desk.exports.calls_csv(date(2026, 3, 10), date(2026, 3, 10)))
    assert [dict(zip(head, line, strict=True))["满意度"] for line in lines] == ["满意", "满意", "不满意", ""]


async def test_exports_are_on_record_and_bounded(desk: FakeDesk, new_browser: Any, zhao: NewPerson) -> None:
    boss: Browser = new_browser()
    await boss.sign_in(zhao)
    assert (await boss.ask("GET", "/api/export/ledger.csv?month=2026-03")).status == 200
    for query in ("calls.csv?from=2020-01-01&to=2026-01-01", "calls.csv?from=x", "ledger.csv?month=2026-13"):
        assert (await boss.ask("GET", f"/api/export/{query}")).status == 400
    assert [e.data["month"] for e in desk.audit.entries() if e.what == "exported"] == ["2026-03"]


async def test_satisfaction_of_today_is_shown_with_how_many_said_anything(desk: FakeDesk) -> None:
    now = datetime.now(UTC)
    assert (await desk.wall.now())["satisfaction"]["share"] is None
    for number, score in enumerate(("satisfied", "fair", "satisfied", None)):
        desk.journal.add(f"17.{number}", now, "rating_asked", {})
        if score:
            desk.journal.add(f"17.{number}", now + timedelta(milliseconds=1), "rated", {"score": score, "by": "voice"})
    desk.wall._figures_at = 0.0
    told = (await desk.wall.now())["satisfaction"]
    assert (told["asked"], told["rated"], told["share"]) == (4, 3, 0.6667)


async def test_calls_are_counted_by_county_and_what_nobody_knows_is_called_unknown(desk: FakeDesk) -> None:
    with desk.database.session() as session:
        session.add(Person(name="王秀英", phone="13909710001", band="elder", county="湟源县"))
    numbers = {"17.1": "13909710001", "17.2": "13909710001", "17.3": "09722345678", "17.4": "13811112222", "17.5": ""}
    for call_id, number in numbers.items():
        desk.said("UserEvent", UserEvent="MediaWanted", Call=call_id, Number=number, Channel=f"PJSIP/trunk-{call_id}")
    desk.board.on_event(
        NewEvent(1, "17.2", datetime.now(UTC), "understood", {"slots": {"county": "大通回族土族自治县"}})
    )
    told = await desk.wall.now()
    assert told["by_county"] == {"湟源县": 1, "大通回族土族自治县": 1, "海东市": 1, "unknown": 2}
    assert {c["call_id"]: c["county"] for c in told["calls"]}["17.2"] == "大通回族土族自治县"


def test_the_county_that_was_said_is_in_the_list_of_calls(desk: FakeDesk) -> None:
    began = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
    call(desk, 1, began, 5, "person")
    desk.journal.add("17.1", began, "understood", {"intent": "home_service", "slots": {"county": "湟源县"}})
    call(desk, 2, began, 5, "person")
    head, *lines = rows(desk.exports.calls_csv(date(2026, 3, 10), date(2026, 3, 10)))
    assert sorted(dict(zip(head, line, strict=True))["县区"] for line in lines) == ["", "湟源县"]


async def test_services_that_fail_are_shown_first_with_what_failed(desk: FakeDesk) -> None:
    now = datetime.now(UTC)
    answers = (("appointments", "ok"), ("appointments", "full"), ("pension", "unavailable"), ("pension", "ok"))
    for number, (office, code) in enumerate(answers):
        data = {"office": office, "operation": "x", "code": code}
        desk.journal.add("17.1", now + timedelta(milliseconds=number), "office_answered", data)
    desk.journal.add("17.1", now - timedelta(days=2), "office_answered", {"office": "taxi", "code": "unavailable"})
    told = (await desk.wall.now())["offices"]
    assert [(one["office"], one["asked"], one["failed"], one["last_code"]) for one in told] == [
        ("pension", 2, 1, "unavailable"),
        ("appointments", 2, 0, ""),  # a refusal is an answer
    ]


async def test_waiting_longest_wait_and_agents_by_state_are_counted(
    desk: FakeDesk, agent: Browser, new_browser: Any
) -> None:
    other: Browser = new_browser()
    await other.sign_in(desk.people.add("root", "wang", "王强", "agent"))
    await other.ok("POST", "/api/seat", {"seat": "web2", "language": "zh"})
    for call_id in ("17.7", "17.8"):
        leg = f"PJSIP/trunk-{call_id}"
        desk.said("UserEvent", UserEvent="HumanWanted", Call=call_id, Why="key0", Band="elder", Channel=leg)
    desk.board.calls["17.7"].waiting_since = time.time() - 42
    told = await desk.wall.now()
    assert (told["waiting"], told["longest_wait_s"]) == (2, 42)
    assert told["agents_by_state"] == {"ready": 1, "ringing": 0, "talking": 0, "wrap_up": 0, "paused": 1}
    assert told["calls"][0]["call_id"] == "17.7", "who waits longest stands first"


async def test_who_is_asked_whether_it_was_good_does_not_count_as_waiting(desk: FakeDesk, agent: Browser) -> None:
    desk.rings()
    desk.answers()
    desk.said("UserEvent", UserEvent="Closing", Call=CALL)
    desk.said("Hangup", Channel="PJSIP/web1-00000002", Uniqueid="1700000000.2", Linkedid=CALL)
    told = await desk.wall.now()
    assert (told["waiting"], told["by_state"]) == (0, {"closing": 1})
    desk.said("UserEvent", UserEvent="HumanWanted", Call=CALL, Why="key0", Band="elder", Channel=CALLER_LEG)
    assert (await desk.wall.now())["waiting"] == 1, "key 0 leads to a person here, too"


async def test_charts_by_day_and_by_week_have_each_call_once(desk: FakeDesk, new_browser: Any, zhao: NewPerson) -> None:
    call(desk, 1, datetime(2026, 3, 10, 1, 30, tzinfo=UTC), 5, "person")
    call(desk, 2, datetime(2026, 3, 8, 15, 59, tzinfo=UTC), 20, "person")  # Sunday, 23:59 in Shanghai
    call(desk, 3, datetime(2026, 3, 8, 16, 1, tzinfo=UTC), 5, "person")  # Monday, 00:01
    boss: Browser = new_browser()
    await boss.sign_in(zhao)
    by_day = await boss.ok("GET", "/api/wall/days?to=2026-03-10")
    assert len(by_day) == 14
    assert {d["day"]: (d["calls"], d["share_15"]) for d in by_day if d["calls"]} == {
        "2026-03-08": (1, 0.0), "2026-03-09": (1, 1.0), "2026-03-10": (1, 1.0),
    }  # fmt: skip
    by_week = await boss.ok("GET", "/api/wall/days?by=week&to=2026-03-10")
    assert len(by_week) == 12
    assert {d["day"]: d["calls"] for d in by_week if d["calls"]} == {"2026-03-02": 1, "2026-03-09": 2}
    assert (await boss.ask("GET", "/api/wall/days?by=year")).status == 400
