"""The caller is sent back to the bot: to a service and a question, with what is filled in."""

from __future__ import annotations

from flows.events import Back
from ivr.routing.back import returned
from tests.desk.conftest import CALL, CALLER_LEG, Browser, FakeDesk
from tests.desk.test_calls import live


async def test_the_services_and_their_questions_are_listed(desk: FakeDesk, agent: Browser) -> None:
    found = {one["flow"]: one for one in await agent.ok("GET", "/api/services")}
    assert found["appointments_book"]["title"] == "预约挂号"
    assert found["appointments_book"]["questions"] == ["department", "date", "part_of_day", "patient", "patient_name"]


async def test_the_leg_is_told_where_to_begin_and_then_moved(desk: FakeDesk, agent: Browser) -> None:
    desk.rings()
    desk.answers()
    feed = await live(agent)
    await feed.until("story")
    desk.actions.clear()
    values = {"department": "骨科", "date": "2026-03-12", "identity_number": "630102194803120043", "x": 1}
    await agent.ok(
        "POST", f"/api/calls/{CALL}/to-bot", {"flow": "appointments_book", "again": "date", "values": values}
    )
    (name, told), (moved, where) = desk.actions
    assert (name, told["Channel"], told["Variable"]) == ("Setvar", CALLER_LEG, "__HOTLINE_START")
    assert returned(told["Value"]) == Back("appointments_book", {"department": "骨科", "date": "2026-03-12"}, "date")
    assert (moved, where["Channel"], where["Context"]) == ("Redirect", CALLER_LEG, "desk-bot")
    desk.said("UserEvent", UserEvent="MediaWanted", Call=CALL, Number="13909710001", Channel=CALLER_LEG)
    await feed.until("call", what="seat_gone")
    assert (desk.board.calls[CALL].state, desk.board.at_seat("web1")) == ("bot", None)
    desk.said("Hangup", Channel="PJSIP/web1-00000002", Uniqueid="1700000000.2", Linkedid=CALL)
    assert desk.board.calls[CALL].state == "bot"


async def test_no_other_service_or_step_and_no_private_number_goes_along(desk: FakeDesk, agent: Browser) -> None:
    desk.rings()
    desk.answers()
    path = f"/api/calls/{CALL}/to-bot"
    for flow, again in (("x", ""), ("../x", ""), ("appointments_book", "session"), ("appointments_book", "x")):
        assert (await agent.ask("POST", path, {"flow": flow, "again": again, "values": {}})).status == 404
    wrong = {"flow": "appointments_book", "values": {"date": "morgen"}}
    assert (await agent.ask("POST", path, wrong)).status == 400
    desk.actions.clear()
    private = {"flow": "pension", "values": {"identity_number": "630102194803120043"}}
    await agent.ok("POST", path, private)
    assert returned(desk.actions[0][1]["Value"]) == Back("pension", {}, "")
