"""A call-back at the desk: one leg stands for the caller, who is rung by its other half."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integrations.database.owed import Owed
from ivr.desk.board import Board
from ivr.routing.callbacks import leg_id, place_id, talk_of
from tests.desk.conftest import Browser, FakeDesk
from tests.desk.test_calls import NOW, live

ANSWERED = "1700000000.1"
TALK = leg_id(ANSWERED)
HALF, PLACE = "Local/s@callback-place-00000000;1", "Local/s@callback-place-00000000;2"
SEAT, ELDER = "PJSIP/web1-00000002", "PJSIP/trunk-00000003"


def rings(desk: FakeDesk) -> None:
    """As Asterisk tells it: the place holder waits, and a seat rings."""
    place = {"Uniqueid": place_id(TALK), "Linkedid": TALK, "Channel": PLACE, "CallerIDNum": "13900003009"}
    desk.said("QueueCallerJoin", **place)
    desk.said("DialBegin", **place, DestChannel=SEAT)


def talks(desk: FakeDesk) -> None:
    """The agent takes it, and the elder is rung."""
    rings(desk)
    desk.said("DialEnd", Linkedid=TALK, DestLinkedid=TALK, DestChannel=SEAT, DialStatus="ANSWER")
    desk.said("DialBegin", Uniqueid=TALK, Linkedid=TALK, Channel=HALF, DestChannel=ELDER)


def told(desk: FakeDesk, call_id: str, kind: str, seconds: float, **data: object) -> None:
    """What the record has of a call."""
    desk.journal.add(call_id, NOW + timedelta(seconds=seconds), kind, data)


async def test_the_agent_sees_it_ring_and_has_it_while_the_elder_is_rung(desk: FakeDesk, agent: Browser) -> None:
    feed = await live(agent)
    rings(desk)
    told = await feed.until("story")
    assert (told["call"]["state"], told["call"]["number"]) == ("ringing", "13900003009")
    talks(desk)
    call = desk.board.calls[TALK]
    assert (call.state, call.seat, call.channel) == ("talking", "web1", PLACE), "the elder is nobody outside"


async def test_the_agent_knows_why_they_called(desk: FakeDesk, agent: Browser) -> None:
    """Before the elder is rung, nobody is to begin with “what was it that you wanted?”."""
    told(desk, ANSWERED, "utterance", 1, text="我想挂骨科")
    slots = {"department": "骨科"}
    told(desk, ANSWERED, "understood", 2, intent="book_appointment", accepted=True, confidence=0.9, slots=slots)
    told(desk, ANSWERED, "flagged", 3, sign="scam", reasons=["safe_account"], in_words=["安全账户"])
    told(desk, TALK, "talk", 4, side="agent", text="您好")
    feed = await live(agent)
    rings(desk)
    story = (await feed.until("story"))["story"]
    assert (story["intent"], story["slots"]) == ("book_appointment", slots)
    assert [flag["flag"] for flag in story["flags"]] == ["fraud"]
    assert [(line["kind"], line.get("before", False)) for line in story["lines"]] == [
        ("utterance", True),
        ("understood", True),
        ("flagged", True),
        ("talk", False),
    ]


async def test_the_agent_knows_why_they_called_again(desk: FakeDesk, agent: Browser) -> None:
    """What made it urgent was said in the later call, and that was joined to the one that is owed."""
    number = "13900003009"
    for call_id, minutes, text in (
        (ANSWERED, 1, "我想挂骨科"),
        ("1700000000.5", 5, "我摔倒了"),
        ("1700000000.7", 9, "还没有人来"),
    ):
        desk.journal.begin(call_id, number, NOW + timedelta(minutes=minutes))
        told(desk, call_id, "utterance", 60 * minutes + 1, text=text)
        desk.journal.end(call_id, NOW + timedelta(minutes=minutes + 1), "abandoned")
    desk.journal.begin("1700000000.6", "13900003010", NOW + timedelta(minutes=6))
    desk.journal.end("1700000000.6", NOW + timedelta(minutes=6), "abandoned")
    Owed(desk.database).collect(NOW + timedelta(minutes=12))
    told(desk, TALK, "talk", 900, side="agent", text="您好")
    feed = await live(agent)
    rings(desk)
    story = (await feed.until("story"))["story"]
    said = [(line["data"]["text"], line.get("before", False)) for line in story["lines"] if "text" in line["data"]]
    assert said == [("我想挂骨科", True), ("我摔倒了", True), ("还没有人来", True), ("您好", False)]


async def test_a_colleague_can_be_asked_in_it(desk: FakeDesk, agent: Browser) -> None:
    talks(desk)
    listed = await agent.ok("GET", f"/api/calls/{TALK}/colleagues")
    assert listed == [], "nobody else sits anywhere, and it is not refused"


async def test_it_is_not_handed_to_the_bot_which_knows_nothing_of_it(desk: FakeDesk, agent: Browser) -> None:
    talks(desk)
    answer = await agent.ask("POST", f"/api/calls/{TALK}/to-bot", {"flow": "appointments_book"})
    assert (answer.status, (await answer.json())["code"]) == (409, "not_possible")


@pytest.mark.parametrize("answered", [True, False])
def test_a_new_server_knows_it_from_the_legs(answered: bool) -> None:
    def leg(channel: str, unique: str, bridge: str, context: str = "") -> dict[str, str]:
        state = "Up" if bridge else "Ring"
        known = {"Channel": channel, "Uniqueid": unique, "BridgeId": bridge, "ChannelStateDesc": state}
        return {**known, "Linkedid": TALK, "Context": context, "CallerIDNum": "13900003009"}

    elder = "b" if answered else ""
    board = Board(frozenset({"web1"}), lambda _: None)
    board.sync(
        [
            leg(SEAT, "1700000100.2", "room", "from-seat"),
            leg(ELDER, "1700000100.3", elder, "from-trunk"),
            leg(HALF, TALK, elder, "callback-dial"),
            leg(PLACE, place_id(TALK), "room", "desk-room"),
        ]
    )
    call = board.calls[TALK]
    assert (call.state, call.seat, call.channel, call.at) == ("talking", "web1", PLACE, "room")
    assert call.consult is None, "the elder is no colleague"


async def test_handed_on_to_a_number_of_the_table_it_is_outside(desk: FakeDesk, agent: Browser) -> None:
    talks(desk)
    desk.said("DialBegin", Uniqueid=place_id(TALK), Linkedid=TALK, Channel=PLACE, DestChannel="PJSIP/trunk-00000004")
    assert desk.board.calls[TALK].state == "outside"


def test_a_legs_talk_is_told_by_its_id() -> None:
    assert [talk_of(one) for one in ("1700000000.1", TALK, place_id(TALK))] == ["1700000000.1", "", TALK]
    again = leg_id(place_id(TALK))  # who was called back, waited, and is owed another call
    assert [talk_of(one) for one in (again, place_id(again))] == ["", again]


async def test_the_interpreter_of_a_call_back_speaks_the_language_of_the_one_who_is_called(
    desk: FakeDesk, agent: Browser
) -> None:
    place = {"Uniqueid": place_id(TALK), "Linkedid": TALK, "Channel": PLACE, "CallerIDNum": "13900003009"}
    wanted = {"Call": TALK, "Channel": PLACE, "Why": "callback", "Band": "emergency", "Language": "bo"}
    desk.said("UserEvent", UserEvent="HumanWanted", **wanted)
    desk.said("QueueCallerJoin", **place, Language="en")
    talks(desk)
    call = desk.board.calls[TALK]
    assert (call.language, call.band, call.why) == ("bo", "emergency", "callback")


async def test_a_call_back_that_is_tried_again_is_seen_again(desk: FakeDesk) -> None:
    wanted = {"Call": TALK, "Channel": PLACE, "Why": "callback", "Band": "elder", "Language": "zh"}
    for _ in range(2):
        desk.said("UserEvent", UserEvent="HumanWanted", **wanted)
        talks(desk)
        assert desk.board.at_seat("web1") is not None
        desk.said("Hangup", Uniqueid=TALK, Linkedid=TALK, Channel=HALF)
        desk.said("Hangup", Uniqueid=place_id(TALK), Linkedid=TALK, Channel=PLACE)
        assert desk.board.calls == {}
