"""An agent finishes a booking that the bot had begun, through the same office."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from integrations.embedded.seed import seed_demo
from tests.desk.conftest import CALL, Browser, FakeDesk

NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
PATH = f"/api/calls/{CALL}/form"


async def test_what_is_filled_in_is_there_and_the_booking_is_made_and_told(desk: FakeDesk, agent: Browser) -> None:
    today = datetime.now(ZoneInfo(desk.settings.timezone)).date()
    seed_demo(desk.database, today)
    desk.journal.begin(CALL, "13909710001", NOW)
    day = today + timedelta(days=2)
    slots = {"department": "骨科", "date": day.isoformat(), "part_of_day": "am"}
    desk.journal.add(CALL, NOW, "understood", {"intent": "book_appointment", "accepted": True, "slots": slots})
    desk.rings()
    desk.answers()
    form = await agent.ok("GET", PATH)
    assert form["values"] == slots
    assert "骨科" in form["departments"]
    found = await agent.ok("POST", f"{PATH}/places", {**slots, "hospital": ""})
    place = [*found["sessions"], *found["nearest"]][0]
    booked = await agent.ok("POST", f"{PATH}/book", {"session_id": place["session_id"], "patient": "self"})
    assert len(booked["code"]) == 8
    again = await agent.ask("POST", f"{PATH}/book", {"session_id": place["session_id"], "patient": "self"})
    assert (again.status, (await again.json())["code"]) == (409, "already_booked")
    assert [one["code"] for one in (await agent.ok("GET", PATH))["bookings"]] == [booked["code"]]
    texts = (await agent.ok("GET", f"/api/calls/{CALL}/messages"))["templates"]
    assert booked["code"] in texts[0]["text"], "the text message takes the code"
    assert [(e.who, e.target) for e in desk.audit.entries() if e.what == "booked"] == [("li.na", CALL)]


async def test_what_cannot_be_booked_is_a_sentence(desk: FakeDesk, agent: Browser) -> None:
    seed_demo(desk.database, datetime.now(ZoneInfo(desk.settings.timezone)).date())
    desk.rings()
    desk.answers()
    wanted = {"department": "骨科", "date": "2001-01-01", "part_of_day": "am"}
    answer = await agent.ask("POST", f"{PATH}/places", wanted)
    assert (answer.status, (await answer.json())["code"]) == (409, "too_early")
    for wrong in (
        {"session_id": "1", "patient": "self"},
        {"session_id": True, "patient": "self"},
        {"session_id": 1, "patient": "x"},
        {"session_id": 1, "patient": "other", "patient_name": " "},
    ):
        assert (await agent.ask("POST", f"{PATH}/book", wrong)).status == 400
    gone = await agent.ask("POST", f"{PATH}/book", {"session_id": 10**9, "patient": "self"})
    assert (gone.status, (await gone.json())["code"]) == (409, "not_found")


async def test_the_call_of_somebody_else_is_not_mine_to_book_for(desk: FakeDesk, agent: Browser) -> None:
    desk.rings(seat="web2")
    desk.answers(seat="web2")
    assert (await agent.ask("GET", PATH)).status == 403
    assert (await agent.ask("POST", f"{PATH}/book", {"session_id": 1, "patient": "self"})).status == 403
