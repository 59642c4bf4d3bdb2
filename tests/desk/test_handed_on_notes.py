"""Each agent who had a call writes their own note and wrap-up, and the next one sees what was written before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.database.people import NewPerson
from tests.desk.conftest import CALL, Browser, FakeDesk
from tests.desk.test_calls import live

NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
PATH = f"/api/calls/{CALL}"


@pytest.fixture
async def colleague(desk: FakeDesk, new_browser: Any) -> Browser:
    """王强, at the seat web2, ready."""
    made: Browser = new_browser()
    assert (await made.sign_in(desk.people.add("root", "wang", "王强", "agent"))).status == 200
    await made.ok("POST", "/api/seat", {"seat": "web2", "language": "zh"})
    await made.ok("POST", "/api/state", {"state": "ready"})
    return made


async def test_the_next_agent_sees_the_note_of_the_first_before_answering(
    desk: FakeDesk, agent: Browser, colleague: Browser
) -> None:
    desk.rings()
    desk.answers()
    await agent.ok("PUT", f"{PATH}/note", {"text": "骨科已满，问了内科", "version": 0})
    feed = await live(colleague)
    desk.rings(seat="web2")
    told = (await feed.until("story"))["story"]["colleagues"]
    assert [(one["name"], one["note"], one["result"]) for one in told] == [("李娜", "骨科已满，问了内科", None)]


async def test_a_wrap_up_that_is_made_while_the_colleague_talks_is_shown_there(
    desk: FakeDesk, agent: Browser, colleague: Browser
) -> None:
    feed = await live(colleague)
    desk.rings()
    desk.answers()
    desk.rings(seat="web2")
    desk.answers(seat="web2")
    form = {"result": "handed_on", "subject": "预约挂号", "note": "转给王强", "ticket": False}
    await agent.ok("POST", f"{PATH}/wrap-up", form)
    told = (await feed.until("colleagues", call_id=CALL))["colleagues"]
    assert [(one["name"], one["result"], one["subject"]) for one in told] == [("李娜", "handed_on", "预约挂号")]


async def test_each_agent_has_an_outcome_a_note_a_ticket_and_a_follow_up_of_their_own(
    desk: FakeDesk, agent: Browser, colleague: Browser, li: NewPerson
) -> None:
    desk.journal.begin(CALL, "13909710001", NOW)
    desk.rings()
    desk.answers()
    desk.rings(seat="web2")
    desk.answers(seat="web2")
    first = {"result": "handed_on", "subject": "养老金", "note": "查社保", "ticket": True, "follow_up_on": "2026-03-12"}
    await agent.ok("POST", f"{PATH}/wrap-up", first)
    suggested = await colleague.ok("GET", f"{PATH}/wrap-up")
    assert suggested["note"] == "", "the form of the second must not be filled with the words of the first"
    second = {"result": "follow_up", "subject": "认证", "note": "上门办", "ticket": True, "follow_up_on": "2026-03-20"}
    await colleague.ok("POST", f"{PATH}/wrap-up", second)
    assert {k: (await agent.ok("GET", f"{PATH}/wrap-up"))[k] for k in first} == first
    tickets = {one.note: str(one.follow_up_on) for one in desk.tickets.all()}
    assert tickets == {"养老金：查社保": "2026-03-12", "认证：上门办": "2026-03-20"}
    await agent.ok("POST", f"{PATH}/wrap-up", {**first, "ticket": False})
    assert [one.note for one in desk.tickets.all()] == ["认证：上门办"]
    again = desk.calls.earlier("13909710001", "17.2")
    assert [(one.subject, one.ticket) for one in again] == [("养老金", True)], "one line a call: what was said last"
