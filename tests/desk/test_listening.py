"""Listening, whispering, joining, taking over: only where it is announced, never unseen."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.database.people import NewPerson
from ivr.settings import load
from tests.desk.conftest import CALL, CALLER_LEG, Browser, FakeDesk
from tests.desk.test_calls import live

PATH = f"/api/calls/{CALL}/listen"


@pytest.fixture
async def boss(desk: FakeDesk, new_browser: Any, zhao: NewPerson) -> Browser:
    """赵敏, supervisor, at the seat web3, where listening is announced."""
    desk.settings = load(var_dir=desk.settings.var_dir, demo=True, desk={"listening": "announced"})
    made: Browser = new_browser()
    await made.sign_in(zhao)
    await made.ok("POST", "/api/seat", {"seat": "web3", "language": "zh"})
    return made


async def no_channels() -> list[dict[str, str]]:
    """Asterisk has none: whoever listened has hung up."""
    return []


async def test_it_is_off_unless_the_policy_says_announced(
    desk: FakeDesk, agent: Browser, new_browser: Any, zhao: NewPerson
) -> None:
    boss: Browser = new_browser()
    await boss.sign_in(zhao)
    desk.rings()
    desk.answers()
    for mode in ("listen", "whisper", "join", "take"):
        answer = await boss.ask("POST", PATH, {"mode": mode})
        assert (answer.status, (await answer.json())["code"]) == (403, "listening_off")
    assert not [name for name, _ in desk.actions if name == "Originate"]


async def test_an_agent_may_not_and_nonsense_is_refused(desk: FakeDesk, agent: Browser, boss: Browser) -> None:
    desk.rings()
    assert (await boss.ask("POST", PATH, {"mode": "listen"})).status == 409, "it only rings yet"
    desk.answers()
    assert (await agent.ask("POST", PATH, {"mode": "listen"})).status == 403
    for mode in ("", "record", 5, None):
        assert (await boss.ask("POST", PATH, {"mode": mode})).status == 400
    await boss.ok("POST", "/api/leave", {})
    answer = await boss.ask("POST", PATH, {"mode": "listen"})
    assert (answer.status, (await answer.json())["code"]) == (409, "no_seat")


async def test_each_mode_is_on_record_before_it_begins_and_the_agent_is_told(
    desk: FakeDesk, agent: Browser, boss: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = await live(agent)
    desk.rings()
    desk.answers()
    monkeypatch.setattr(desk.manager, "channels", no_channels)
    for mode in ("listen", "whisper", "join", "take"):
        await boss.ok("POST", PATH, {"mode": mode})
        assert (await feed.until("listened"))["mode"] == mode
    mine = [e for e in reversed(desk.audit.entries()) if e.target == CALL and e.who == "zhao.min"]
    assert [e.what for e in mine] == ["listened", "whispered", "joined", "taken_over"]
    assert {e.data["seat"] for e in mine} == {"web1"}


async def test_the_phone_rings_once_and_the_mode_is_changed_on_the_same_leg(
    desk: FakeDesk, agent: Browser, boss: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.rings()
    desk.answers()
    await boss.ok("POST", PATH, {"mode": "listen"})
    (rung,) = [fields for name, fields in desk.actions if name == "Originate"]
    assert (rung["Channel"], rung["Context"], rung["Exten"]) == ("PJSIP/web3", "desk-listen", "listen")
    assert rung["Variable"] == f"LISTEN_TO=PJSIP/web1-00000002,LISTEN_CALLER={CALLER_LEG}"

    async def channels() -> list[dict[str, str]]:
        return [{"Uniqueid": rung["ChannelId"], "Channel": "PJSIP/web3-00000009"}]

    monkeypatch.setattr(desk.manager, "channels", channels)
    await boss.ok("POST", PATH, {"mode": "whisper"})
    assert [name for name, _ in desk.actions].count("Originate") == 1
    moved = next(fields for name, fields in desk.actions if name == "Redirect")
    assert (moved["Channel"], moved["Context"], moved["Exten"]) == ("PJSIP/web3-00000009", "desk-listen", "whisper")


async def test_who_takes_over_has_the_call_and_its_story_and_the_agent_wraps_up(
    desk: FakeDesk, agent: Browser, boss: Browser
) -> None:
    agents, bosses = await live(agent), await live(boss)
    desk.rings()
    desk.answers()
    await agents.until("seat")
    desk.said("UserEvent", UserEvent="TakenOver", Call=CALL, Seat="web3", Channel="PJSIP/web3-00000009")
    desk.said("Hangup", Channel="PJSIP/web1-00000002", Uniqueid="1700000000.2", Linkedid=CALL)
    told = await bosses.until("story")
    assert (told["call"]["state"], told["call"]["seat"]) == ("talking", "web3")
    seat = (await agents.until("seat"))["seat"]
    while seat["state"] != "wrap_up":
        seat = (await agents.until("seat"))["seat"]
    assert desk.board.calls[CALL].seat == "web3"
    await boss.ok("PUT", f"/api/calls/{CALL}/note", {"text": "我接手了", "version": 0})


async def test_who_watches_the_wall_is_not_sent_the_calls_of_others_with_their_numbers(
    desk: FakeDesk, boss: Browser
) -> None:
    feed = await live(boss)
    desk.rings()
    desk.answers()
    await boss.ok("POST", "/api/state", {"state": "ready"})
    while (await feed.until("seat"))["seat"]["state"] != "ready":
        pass
    assert [message for message in feed.seen if message["type"] == "call"] == [], "the wall itself has them masked"
