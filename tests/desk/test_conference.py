"""A colleague is asked: what Asterisk is told, what both pages show, and who has the caller afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from integrations.database.people import NewPerson
from ivr.desk import conference
from tests.desk.conftest import CALL, CALLER_LEG, SEAT_LEG, Browser, FakeDesk
from tests.desk.test_calls import Live, live

COLLEAGUE_LEG = "PJSIP/web2-00000003"


@pytest.fixture
async def wang(desk: FakeDesk, new_browser: Any) -> Browser:
    """王强, at the seat web2, who speaks Tibetan."""
    made: Browser = new_browser()
    await made.sign_in(desk.people.add("root", "wang", "王强", "agent"))
    await made.ok("POST", "/api/seat", {"seat": "web2", "language": "bo"})
    await made.ok("POST", "/api/state", {"state": "ready"})
    return made


def talks(desk: FakeDesk) -> None:
    """李娜 talks with the caller."""
    desk.rings()
    desk.answers()
    desk.actions.clear()


def tells(desk: FakeDesk, event: str, **fields: str) -> None:
    """The dialplan tells where the consultation stands."""
    desk.said("UserEvent", UserEvent=event, Call=CALL, **fields)


async def asked(desk: FakeDesk, agent: Browser) -> Live:
    """李娜 asks 王强, who has answered."""
    feed = await live(agent)
    await agent.ok("POST", f"/api/calls/{CALL}/consult", {"target": "web2"})
    tells(desk, "DeskCaller", At="hold")
    tells(desk, "DeskConsult", Stage="ringing", Target="web2")
    tells(desk, "DeskConsult", Stage="talking", Target="web2", Leg=COLLEAGUE_LEG)
    return feed


async def test_the_caller_waits_the_agents_leg_asks_and_the_colleague_sees_the_story_while_it_rings(
    desk: FakeDesk, agent: Browser, wang: Browser
) -> None:
    talks(desk)
    colleague = await live(wang)
    await colleague.until("no_call")
    names = [one["target"] for one in await agent.ok("GET", f"/api/calls/{CALL}/colleagues")]
    assert names == ["web2"], "no trunk: nobody outside can be asked"
    feed = await asked(desk, agent)
    (moved,) = [fields for name, fields in desk.actions if name == "Redirect"]
    assert (moved["Channel"], moved["Context"]) == (CALLER_LEG, "desk-hold")
    assert (moved["ExtraChannel"], moved["ExtraContext"], moved["ExtraExten"]) == (SEAT_LEG, "desk-consult", "web2")
    told = await colleague.until("story")
    assert (told["call"]["state"], told["story"]["number"]) == ("consulted", "13909710001")
    call = (await feed.until("call", what="consulted"))["call"]
    while call["consult"] is None or call["consult"]["stage"] != "talking":
        call = (await feed.until("call", what="consulted"))["call"]
    assert call["state"] == "talking"


async def test_only_who_is_on_the_list_can_be_asked_and_only_by_the_agent_of_the_call(
    desk: FakeDesk, agent: Browser, wang: Browser
) -> None:
    talks(desk)
    for target in ("web1", "web3", "120", "13900000001", "../x"):
        assert (await agent.ask("POST", f"/api/calls/{CALL}/consult", {"target": target})).status == 404
    assert (await wang.ask("POST", f"/api/calls/{CALL}/consult", {"target": "web1"})).status == 403
    assert (await agent.ask("POST", f"/api/calls/{CALL}/consult/join", {})).status == 409
    assert [name for name, _ in desk.actions if name == "Redirect"] == []


async def test_nobody_is_joined_before_they_have_answered(desk: FakeDesk, agent: Browser, wang: Browser) -> None:
    talks(desk)
    await agent.ok("POST", f"/api/calls/{CALL}/consult", {"target": "web2"})
    tells(desk, "DeskConsult", Stage="ringing", Target="web2")
    for what in ("join", "leave"):
        assert (await agent.ask("POST", f"/api/calls/{CALL}/consult/{what}", {})).status == 409
    await agent.ok("POST", f"/api/calls/{CALL}/consult/back", {})
    assert desk.actions[-1] == (
        "Redirect", {"Channel": SEAT_LEG, "Context": "desk-back", "Exten": "s", "Priority": "1"}
    )  # fmt: skip


async def test_the_colleague_keeps_the_caller_when_the_agent_leaves(
    desk: FakeDesk, agent: Browser, wang: Browser
) -> None:
    talks(desk)
    feed, colleague = await asked(desk, agent), await live(wang)
    await agent.ok("POST", f"/api/calls/{CALL}/consult/leave", {})
    assert desk.actions[-1] == ("Hangup", {"Channel": SEAT_LEG, "Cause": "16"})
    desk.said("Hangup", Channel=SEAT_LEG, Uniqueid="1700000000.2", Linkedid=CALL)
    await feed.until("call", what="seat_gone")
    assert (await feed.until("seat"))["seat"]["state"] == "wrap_up"
    call = (await colleague.until("call", what="talking"))["call"]
    assert (call["seat"], call["state"], call["consult"]) == ("web2", "talking", None)
    assert "consult_over" not in [message["type"] for message in colleague.seen]
    await wang.ok("PUT", f"/api/calls/{CALL}/note", {"text": "接过来了", "version": 0})
    desk.said("Hangup", Channel=COLLEAGUE_LEG, Uniqueid="1700000000.3", Linkedid=CALL)
    assert desk.board.at_seat("web2") is None


async def test_a_colleague_who_leaves_is_told_of_and_their_page_is_empty_again(
    desk: FakeDesk, agent: Browser, wang: Browser
) -> None:
    talks(desk)
    feed, colleague = await asked(desk, agent), await live(wang)
    desk.said("Hangup", Channel=COLLEAGUE_LEG, Uniqueid="1700000000.3", Linkedid=CALL)
    call = (await feed.until("call", what="consulted"))["call"]
    while call["consult"] is not None:
        call = (await feed.until("call", what="consulted"))["call"]
    assert (call["state"], call["seat"]) == ("talking", "web1")
    await colleague.until("consult_over", call_id=CALL)


async def test_a_caller_who_hangs_up_while_a_colleague_is_asked_is_gone_from_both_pages(
    desk: FakeDesk, agent: Browser, wang: Browser
) -> None:
    talks(desk)
    colleague = await live(wang)
    feed = await asked(desk, agent)
    desk.said("Hangup", Channel=CALLER_LEG, Uniqueid=CALL, Linkedid=CALL)
    await feed.until("call", what="ended")
    await colleague.until("consult_over", call_id=CALL)
    assert desk.helpers.at("web2") is None


async def test_a_page_that_is_gone_leaves_the_caller_with_the_colleague_who_has_answered(
    desk: FakeDesk, agent: Browser, wang: Browser
) -> None:
    talks(desk)
    await asked(desk, agent)
    call = desk.board.calls[CALL]
    assert await conference.left(desk.manager, call) is True
    assert desk.actions[-1] == ("Hangup", {"Channel": SEAT_LEG, "Cause": "16"})
    call.consult = None
    assert await conference.left(desk.manager, call) is False
    moved = {"Channel": CALLER_LEG, "Context": "desk-transfer", "Exten": "queue", "Priority": "1"}
    assert ("Redirect", moved) in desk.actions


async def test_a_caller_who_is_handed_on_from_a_room_leaves_nobody_in_it(
    desk: FakeDesk, agent: Browser, wang: Browser
) -> None:
    talks(desk)
    await asked(desk, agent)
    await agent.ok("POST", f"/api/calls/{CALL}/hand-on", {"target": "queue"})
    ended = [fields["Channel"] for name, fields in desk.actions if name == "Hangup"]
    assert ended == [SEAT_LEG, COLLEAGUE_LEG]


async def test_a_page_that_is_loaded_anew_while_asking_has_the_caller_again_and_the_colleague_nobody(
    desk: FakeDesk, agent: Browser, wang: Browser
) -> None:
    talks(desk)
    colleague = await live(wang)
    await colleague.until("no_call")
    await asked(desk, agent)
    await agent.ok("POST", f"/api/calls/{CALL}/recover", {})
    for leg in (SEAT_LEG, COLLEAGUE_LEG):  # the old legs may end before the seat is rung anew
        desk.said("Hangup", Channel=leg, Uniqueid="1700000000.2", Linkedid=CALL)
    again = "PJSIP/web1-00000009"
    desk.said("DialBegin", Uniqueid=CALL, Linkedid=CALL, Channel=CALLER_LEG, DestChannel=again)
    desk.said("DialEnd", Linkedid=CALL, DestLinkedid=CALL, DestChannel=again, DialStatus="ANSWER")
    await colleague.until("consult_over", call_id=CALL)
    assert [m["what"] for m in colleague.seen if m["type"] == "call" and m["what"] != "consulted"] == []
    call = desk.board.calls[CALL]
    assert (call.state, call.seat, call.seat_channel) == ("talking", "web1", again)
    assert desk.seating.at("web1") is not None
    assert desk.seating.sitting[desk.seating.at("web1").staff_id].state == "ready"  # type: ignore[union-attr]  # see above


async def test_one_key_calls_somebody_who_speaks_the_callers_language(
    desk: FakeDesk, agent: Browser, wang: Browser
) -> None:
    talks(desk)
    call = desk.board.calls[CALL]
    call.language = "kk"
    refused = await agent.ask("POST", f"/api/calls/{CALL}/consult", {"target": "interpreter"})
    assert (refused.status, (await refused.json())["code"]) == (409, "no_interpreter")
    call.language = "bo"
    told = await agent.ok("POST", f"/api/calls/{CALL}/consult", {"target": "interpreter"})
    assert told == {"target": "web2"}
    sets = {fields["Variable"]: fields["Value"] for name, fields in desk.actions if name == "Setvar"}
    assert (sets["DESK_THEN"], sets["__DESK_CALL"], sets["DESK_AGENT"]) == ("join", CALL, SEAT_LEG)
    assert sets["DESK_NEXT"] == ""


async def test_interpreters_are_rung_in_the_order_of_the_settings(
    desk: FakeDesk, agent: Browser, wang: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    talks(desk)
    known = {"bo": ["09718888001", "09718888002"]}
    town = {
        "sip": desk.settings.sip.model_copy(update={"trunk_out": "127.0.0.1:5099"}),
        "routing": desk.settings.routing.model_copy(update={"interpreters": known}),
    }
    monkeypatch.setattr(desk, "settings", desk.settings.model_copy(update=town))
    desk.board.calls[CALL].language = "bo"
    told = await agent.ok("POST", f"/api/calls/{CALL}/consult", {"target": "interpreter"})
    assert told == {"target": "web2"}
    sets = {fields["Variable"]: fields["Value"] for name, fields in desk.actions if name == "Setvar"}
    assert sets["DESK_NEXT"] == "09718888001+09718888002"


async def test_a_server_that_starts_in_the_middle_of_it_knows_who_is_asked(desk: FakeDesk) -> None:
    legs: list[Mapping[str, str]] = [
        {"Channel": COLLEAGUE_LEG, "Uniqueid": "1700000000.10", "Linkedid": CALL, "ChannelStateDesc": "Up"},
        {"Channel": SEAT_LEG, "Uniqueid": "1700000000.9", "Linkedid": CALL, "ChannelStateDesc": "Up"},
        {"Channel": CALLER_LEG, "Uniqueid": CALL, "Linkedid": CALL, "Context": "desk-hold", "ChannelStateDesc": "Up"},
    ]
    for _ in range(2):  # the comparison that comes every 20 s changes nothing
        desk.board.sync(legs)
        call = desk.board.calls[CALL]
        assert (call.seat, call.state, call.at) == ("web1", "talking", "hold")
        assert call.consult is not None
        assert (call.consult.target, call.consult.stage, call.consult.leg) == ("web2", "talking", COLLEAGUE_LEG)


async def test_an_end_that_was_not_told_is_seen_at_the_next_comparison(
    desk: FakeDesk, agent: Browser, wang: Browser
) -> None:
    talks(desk)
    feed = await asked(desk, agent)
    room = {"Channel": CALLER_LEG, "Uniqueid": CALL, "Linkedid": CALL, "Context": "desk-room", "ChannelStateDesc": "Up"}
    own = {"Channel": SEAT_LEG, "Uniqueid": "1700000000.9", "Linkedid": CALL, "ChannelStateDesc": "Up"}
    desk.board.sync([room, own])
    call = desk.board.calls[CALL]
    assert (call.seat, call.state, call.at, call.consult) == ("web1", "talking", "room", None)
    told = (await feed.until("call", what="consulted"))["call"]
    while told["consult"] is not None:
        told = (await feed.until("call", what="consulted"))["call"]


async def test_a_caller_who_is_back_in_front_is_with_nobody_whatever_comes_first(
    desk: FakeDesk, agent: Browser, li: NewPerson
) -> None:
    talks(desk)
    feed = await live(agent)
    await feed.until("story")
    desk.said("UserEvent", UserEvent="HumanWanted", Call=CALL, Why="handed_on", Band="elder", Channel=CALLER_LEG)
    await feed.until("call", what="seat_gone")
    call = desk.board.calls[CALL]
    assert (call.state, call.seat) == ("waiting", None)
