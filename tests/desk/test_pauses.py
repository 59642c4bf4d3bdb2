"""Pauses of a recording: for codes, never for ever, and never of another recording."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from ivr.asterisk.manager import ManagerError, ManagerEvent
from ivr.desk import pauses as module
from ivr.desk.tapes import Tape
from tests.desk.conftest import CALL, CALLER_LEG, SEAT_LEG, Browser, FakeDesk
from tests.desk.test_calls import live

PAUSE = f"/api/calls/{CALL}/recording"


def muted(desk: FakeDesk) -> list[str]:
    return [fields["State"] for name, fields in desk.actions if name == "MixMonitorMute"]


def kinds(desk: FakeDesk) -> list[str]:
    return [event.kind for event in desk.calls.of_call(CALL)]


async def until(true: Any, timeout_s: float = 5) -> None:
    async with asyncio.timeout(timeout_s):
        while not true():
            await asyncio.sleep(0.01)


async def test_an_agent_pauses_and_takes_up_and_both_are_on_record(recorded: FakeDesk, talking: Browser) -> None:
    answer = await talking.ok("POST", PAUSE, {"paused": True})
    assert 0 < answer["until"] - time.time() <= module.PAUSE_S
    assert (await talking.ok("GET", PAUSE))["until"] == answer["until"]
    assert await talking.ok("POST", PAUSE, {"paused": False}) == {"recorded": True, "until": None}
    assert muted(recorded) == ["1", "0"]
    assert kinds(recorded) == ["recording_paused", "recording_resumed"]


async def test_a_pause_ends_with_its_leg_and_a_seat_that_is_rung_anew_is_silenced_anew(
    recorded: FakeDesk, talking: Browser
) -> None:
    recorded.said("UserEvent", UserEvent="DeskCaller", Call=CALL, At="room")
    await talking.ok("POST", PAUSE, {"paused": True})
    await talking.ok("POST", f"/api/calls/{CALL}/recover", {})
    again = "PJSIP/web1-00000009"  # its recording is another one, and begins with sound
    recorded.said("DialBegin", Uniqueid=CALL, Linkedid=CALL, Channel=CALLER_LEG, DestChannel=again)
    recorded.said("DialEnd", Linkedid=CALL, DestLinkedid=CALL, DestChannel=again, DialStatus="ANSWER")
    assert await talking.ok("GET", PAUSE) == {"recorded": False, "until": None}, "not before Asterisk says so"
    recorded.taped(leg=again)
    assert await talking.ok("GET", PAUSE) == {"recorded": True, "until": None}
    await talking.ok("POST", PAUSE, {"paused": True})
    legs = [fields["Channel"] for name, fields in recorded.actions if name == "MixMonitorMute"]
    assert legs == [SEAT_LEG, again]


async def test_a_pause_that_comes_too_late_for_its_leg_is_none_of_the_next(
    recorded: FakeDesk, talking: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = recorded.manager.action

    async def ends_meanwhile(name: str, **fields: str) -> Any:
        if name == "MixMonitorMute":
            recorded.said("Hangup", Channel=SEAT_LEG, Uniqueid="1700000000.2", Linkedid=CALL)
        return await note(name, **fields)

    monkeypatch.setattr(recorded.manager, "action", ends_meanwhile)
    assert (await talking.ask("POST", PAUSE, {"paused": True})).status == 503
    assert recorded.pauses.until(CALL) is None


async def test_a_pause_that_nobody_ends_is_ended(
    recorded: FakeDesk, talking: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.01)
    await recorded.pauses.pause(recorded.board.calls[CALL], "li.na", 0.2)
    failing, note = [2], recorded.manager.action

    async def away_at_first(name: str, **fields: str) -> Any:
        if failing[0]:
            failing[0] -= 1
            raise ManagerError("not_connected", "away")
        return await note(name, **fields)

    recorded.manager.action = away_at_first  # type: ignore[method-assign]  # Asterisk is away when the time is over
    await until(lambda: "recording_resumed" in kinds(recorded))
    assert muted(recorded) == ["1", "0"]
    assert recorded.pauses.until(CALL) is None
    assert failing == [0]


async def test_the_callers_keys_are_not_recorded(
    recorded: FakeDesk, talking: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEYS_S", 3.0)  # a busy machine presses no key as late as that
    key = {"Direction": "Received", "Uniqueid": CALL, "Digit": "1"}
    recorded.pauses.key(key | {"Direction": "Sent"})
    recorded.pauses.key(key | {"Uniqueid": "1700000000.2"})
    assert recorded.pauses.until(CALL) is None
    for _ in range(3):
        recorded.pauses.key(key)
        await asyncio.sleep(0)
    await until(lambda: muted(recorded) != [])
    assert muted(recorded) == ["1"], "one pause for all keys"
    await until(lambda: "recording_resumed" in kinds(recorded))


async def test_what_a_caller_says_on_hold_is_not_recorded(recorded: FakeDesk, talking: Browser) -> None:
    def phone(name: str, leg: str = SEAT_LEG) -> None:
        recorded._on_manager(ManagerEvent(name, {"Channel": leg}))

    phone("Hold", CALLER_LEG)
    phone("Unhold")
    phone("Hold")
    await until(lambda: recorded.pauses.until(CALL) is not None)
    assert (recorded.pauses.until(CALL) or 0) - time.time() > module.PAUSE_S
    phone("Unhold")
    await until(lambda: recorded.pauses.until(CALL) is None)
    assert muted(recorded) == ["1", "0"]
    phone("Hold")
    phone("Unhold")  # before Asterisk has done the first
    await until(lambda: muted(recorded) == ["1", "0", "1", "0"])
    assert recorded.pauses.until(CALL) is None


async def test_a_pause_from_before_a_hold_goes_on_after_it(recorded: FakeDesk, talking: Browser) -> None:
    answer = await talking.ok("POST", PAUSE, {"paused": True})
    recorded._on_manager(ManagerEvent("Hold", {"Channel": SEAT_LEG}))
    await until(lambda: (recorded.pauses.until(CALL) or 0) > answer["until"])
    recorded._on_manager(ManagerEvent("Unhold", {"Channel": SEAT_LEG}))
    await until(lambda: recorded.pauses.until(CALL) == answer["until"])
    assert muted(recorded) == ["1"]


async def test_an_agent_who_holds_while_a_colleague_talks_with_the_caller_pauses_nothing(
    recorded: FakeDesk, talking: Browser
) -> None:
    recorded.said("UserEvent", UserEvent="DeskConsult", Call=CALL, Stage="joined", Target="web2", Leg="PJSIP/web2-3")
    recorded._on_manager(ManagerEvent("Hold", {"Channel": SEAT_LEG}))
    await asyncio.sleep(0.05)
    assert muted(recorded) == []


async def test_a_pause_ends_with_the_talk(recorded: FakeDesk, talking: Browser) -> None:
    await talking.ok("POST", PAUSE, {"paused": True})
    recorded.seat_hangs_up()
    assert recorded.pauses.until(CALL) is None
    assert (await talking.ask("POST", PAUSE, {"paused": True})).status == 403, "it is nobody's any more"


async def test_what_asterisk_did_not_mute_is_not_called_paused(recorded: FakeDesk, talking: Browser) -> None:
    async def away(name: str, **fields: str) -> Any:
        raise ManagerError("not_connected", name)

    recorded.manager.action = away  # type: ignore[method-assign]  # Asterisk is away
    answer = await talking.ask("POST", PAUSE, {"paused": True})
    assert (answer.status, (await answer.json())["code"]) == (503, "not_paused")
    assert recorded.pauses.until(CALL) is None


async def test_the_page_says_what_asterisk_says(recorded: FakeDesk, agent: Browser) -> None:
    """Not what the settings would have: this caller was not told, or is on hold."""
    feed = await live(agent)
    recorded.rings()
    recorded.answers()
    assert (await feed.until("call", what="talking"))["call"]["taping"] == ""
    recorded.taped()
    assert (await feed.until("call", what="changed"))["call"]["taping"] == "sound"
    recorded.said("UserEvent", UserEvent="DeskCaller", Call=CALL, At="hold")
    recorded.taped("nothing")
    assert (await feed.until("call", what="changed"))["call"]["taping"] == ""
    assert (await agent.ask("POST", PAUSE, {"paused": True})).status == 409
    recorded.said("UserEvent", UserEvent="DeskCaller", Call=CALL, At="room")
    recorded.taped("words", CALLER_LEG)
    assert (await feed.until("call", what="changed"))["call"]["taping"] == "words"
    await agent.ok("POST", PAUSE, {"paused": True})
    assert recorded.actions[-1] == ("MixMonitorMute", {"Channel": CALLER_LEG, "Direction": "both", "State": "1"})


async def test_a_recording_of_the_callers_leg_and_its_pause_outlive_the_agent(
    recorded: FakeDesk, talking: Browser
) -> None:
    colleague = "PJSIP/web2-00000003"
    recorded.said("UserEvent", UserEvent="DeskCaller", Call=CALL, At="room")
    recorded.taped("nothing")
    recorded.taped(leg=CALLER_LEG)
    recorded.said("UserEvent", UserEvent="DeskConsult", Call=CALL, Stage="joined", Target="web2", Leg=colleague)
    await talking.ok("POST", PAUSE, {"paused": True})
    recorded.said("Hangup", Channel=SEAT_LEG, Uniqueid="1700000000.2", Linkedid=CALL)
    call = recorded.board.calls[CALL]
    assert (call.seat, call.facts()["taping"]) == ("web2", "sound")
    assert recorded.pauses.until(CALL) is not None, "Asterisk is silent still"
    recorded.taped("nothing", CALLER_LEG)
    assert recorded.pauses.until(CALL) is None


async def test_a_pause_ends_with_its_recording_while_the_caller_waits(recorded: FakeDesk, talking: Browser) -> None:
    await talking.ok("POST", PAUSE, {"paused": True})
    feed = await live(talking)
    recorded.taped("nothing")
    assert (await feed.until("recording"))["until"] is None
    recorded.taped(leg=CALLER_LEG)
    assert await talking.ok("GET", PAUSE) == {"recorded": True, "until": None}
    key = {"Direction": "Received", "Uniqueid": CALL, "Digit": "1"}
    recorded.pauses.key(key)
    await until(lambda: recorded.pauses.until(CALL) is not None)
    assert recorded.actions[-1][1]["Channel"] == CALLER_LEG


async def test_a_server_that_missed_it_asks_the_legs(recorded: FakeDesk, agent: Browser) -> None:
    recorded.rings()
    recorded.answers()
    values = {CALLER_LEG: "", SEAT_LEG: "sound/1700000001"}

    async def answers(name: str, **fields: str) -> dict[str, str]:
        if fields["Channel"] not in values:
            raise ManagerError("refused", "no such channel")
        return {"Value": values[fields["Channel"]]}

    recorded.manager.action = answers  # type: ignore[method-assign]  # Asterisk knows two legs
    await recorded._compare_tapes()
    assert recorded.board.calls[CALL].tape == Tape("sound", SEAT_LEG, 1_700_000_001)
    del values[SEAT_LEG]  # the agent has left, and the caller's leg is recorded by now
    values[CALLER_LEG] = "words/1700000009"
    await recorded._compare_tapes()
    assert recorded.board.calls[CALL].tape == Tape("words", CALLER_LEG, 1_700_000_009)
    values[CALLER_LEG] = ""
    await recorded._compare_tapes()
    assert recorded.board.calls[CALL].tape is None


async def test_nothing_is_paused_where_nothing_is_recorded(desk: FakeDesk, agent: Browser) -> None:
    desk.rings()
    desk.answers()
    assert await agent.ok("GET", PAUSE) == {"recorded": False, "until": None}
    assert (await agent.ask("POST", PAUSE, {"paused": True})).status == 409


async def test_a_new_server_ends_the_pause_of_the_one_before(
    recorded: FakeDesk, talking: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recorded.pauses.pause(recorded.board.calls[CALL], "li.na")
    await recorded.pauses.close()
    recorded.pauses.ended(CALL)  # as a new server, which knows nothing of it
    monkeypatch.setattr(module, "PAUSE_S", 0.1)
    await recorded._adopt_pauses()
    assert recorded.pauses.until(CALL) is not None
    await until(lambda: "recording_resumed" in kinds(recorded))
    assert muted(recorded) == ["1", "0"]
    await recorded._adopt_pauses()
    assert recorded.pauses.until(CALL) is None, "it has been taken up"


async def test_a_pause_of_an_earlier_recording_of_the_call_is_not_adopted(recorded: FakeDesk, talking: Browser) -> None:
    await recorded.pauses.pause(recorded.board.calls[CALL], "li.na")
    await recorded.pauses.close()
    recorded.pauses.ended(CALL)  # as a new server, which knows nothing of it
    recorded.taped("nothing")
    recorded.taped(leg=CALLER_LEG)
    await recorded._adopt_pauses()
    assert recorded.pauses.until(CALL) is None


async def test_a_pause_that_is_asked_for_during_a_hold_outlives_it(recorded: FakeDesk, talking: Browser) -> None:
    recorded._on_manager(ManagerEvent("Hold", {"Channel": SEAT_LEG}))
    await until(lambda: recorded.pauses.until(CALL) is not None)
    await talking.ok("POST", PAUSE, {"paused": True})
    recorded._on_manager(ManagerEvent("Unhold", {"Channel": SEAT_LEG}))
    await until(lambda: (recorded.pauses.until(CALL) or 0) - time.time() <= module.PAUSE_S)
    assert (recorded.pauses.until(CALL) or 0) > time.time(), "the number that was asked for is said now"
    assert muted(recorded) == ["1"]
