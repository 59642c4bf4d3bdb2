"""A caller who is in danger does not wait behind others, whoever notices it and whenever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from integrations.database.bands import more_urgent
from integrations.database.desk_calls import NewEvent
from integrations.errors import DatabaseError
from ivr.asterisk.manager import ManagerError
from ivr.routing.rules import RANK_ORIGIN_S
from tests.desk.conftest import CALL, CALLER_LEG, Browser, FakeDesk


def flagged(desk: FakeDesk, sign: str) -> None:
    """The dialogue noticed something in what was said."""
    data = {"sign": sign, "reasons": ["120"], "in_words": ["胸口疼"], "words": "我胸口疼"}
    desk._on_event(NewEvent(1, CALL, datetime.now(UTC), "flagged", data))


def waits(desk: FakeDesk) -> None:
    desk.said("UserEvent", UserEvent="HumanWanted", Call=CALL, Why="key0", Band="elder", Channel=CALLER_LEG)


async def settled(desk: FakeDesk) -> dict[str, list[dict[str, str]]]:
    """What Asterisk was told, once the jobs are done."""
    async with asyncio.timeout(5):
        while desk._jobs:
            await asyncio.sleep(0.01)
    told: dict[str, list[dict[str, str]]] = {}
    for name, fields in desk.actions:
        told.setdefault(name, []).append(fields)
    return told


async def test_a_sign_that_comes_while_the_caller_waits_moves_them_to_the_front(desk: FakeDesk) -> None:
    waits(desk)
    flagged(desk, "emergency")
    told = await settled(desk)
    head = desk.settings.routing.emergency_head_s
    (moved,) = told["QueueChangePriorityCaller"]
    assert (moved["Caller"], moved["Immediate"]) == (CALLER_LEG, "true")
    assert abs(int(moved["Priority"]) - (RANK_ORIGIN_S - int(time.time()) + head)) <= 2
    variables = {v["Variable"]: v["Value"] for v in told["Setvar"]}
    assert variables == {"HOTLINE_BAND": "emergency", "QUEUE_PRIO": moved["Priority"]}
    assert desk.board.calls[CALL].band == "emergency"


async def test_a_fraud_that_goes_on_is_served_before_ordinary_calls_and_never_lowers_a_band(desk: FakeDesk) -> None:
    waits(desk)
    flagged(desk, "scam")
    await settled(desk)
    assert desk.board.calls[CALL].band == "vulnerable"
    flagged(desk, "emergency")
    await settled(desk)
    flagged(desk, "scam")
    flagged(desk, "nonsense")
    await settled(desk)
    assert desk.board.calls[CALL].band == "emergency"
    assert [more_urgent("emergency", "elder"), more_urgent("elder", "elder"), more_urgent("x", "general")] == [
        True,
        False,
        False,
    ]


async def test_a_higher_band_moves_nobody_back_who_was_with_a_person_before(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, note = desk.settings.routing.emergency_head_s, desk._note

    async def handed_on(name: str, **fields: str) -> Mapping[str, str]:
        await note(name, **fields)
        return {"Value": str(head)} if fields.get("Variable") == "HOTLINE_AHEAD_S" else {}

    monkeypatch.setattr(desk.manager, "action", handed_on)
    waits(desk)
    flagged(desk, "scam")
    (moved,) = (await settled(desk))["QueueChangePriorityCaller"]
    in_front = RANK_ORIGIN_S - int(time.time()) + head  # where desk-front put them
    assert int(moved["Priority"]) >= in_front + desk.settings.routing.vulnerable_head_s - 2


async def test_a_sign_that_comes_while_the_bot_talks_stays_with_the_call(desk: FakeDesk) -> None:
    desk.said("UserEvent", UserEvent="MediaWanted", Call=CALL, Number="13909710001", Channel=CALLER_LEG)
    flagged(desk, "emergency")
    told = await settled(desk)
    assert [(v["Variable"], v["Value"]) for v in told["Setvar"]] == [("HOTLINE_BAND", "emergency")]
    assert "QueueChangePriorityCaller" not in told


async def test_who_waits_for_one_person_only_is_taken_to_whoever_is_free(
    desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = desk._note

    async def in_no_language_queue(name: str, **fields: str) -> object:
        if name == "QueueChangePriorityCaller":
            raise ManagerError("refused", "not there")
        return await note(name, **fields)

    monkeypatch.setattr(desk.manager, "action", in_no_language_queue)
    waits(desk)
    flagged(desk, "emergency")
    told = await settled(desk)
    assert [(one["Channel"], one["Context"]) for one in told["Redirect"]] == [(CALLER_LEG, "desk-raise")]


async def test_an_agent_marks_a_call_and_it_is_on_record_who_did(desk: FakeDesk, agent: Browser) -> None:
    desk.rings()
    desk.answers()
    assert (await agent.ok("POST", f"/api/calls/{CALL}/urgent", {"sign": "emergency"}))["band"] == "emergency"
    told = await settled(desk)
    assert {v["Value"] for v in told["Setvar"] if v["Variable"] == "HOTLINE_BAND"} == {"emergency"}
    (event,) = [e for e in desk.calls.of_call(CALL) if e.kind == "flagged"]
    assert (event.data["sign"], event.data["by"]) == ("emergency", "li.na")
    story = (await agent.ok("GET", f"/api/calls/{CALL}"))["story"]
    assert story["flags"] == [{"flag": "emergency", "reason": "李娜标记"}]
    assert (await agent.ask("POST", f"/api/calls/{CALL}/urgent", {"sign": "vip"})).status == 400
    assert (await agent.ask("POST", "/api/calls/17.99/urgent", {"sign": "scam"})).status == 403


async def test_a_band_that_asterisk_was_not_told_of_is_not_shown(
    desk: FakeDesk, agent: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise ManagerError("not_connected", "away")

    desk.rings()
    desk.answers()
    monkeypatch.setattr(desk.manager, "set_variable", away)
    answer = await agent.ask("POST", f"/api/calls/{CALL}/urgent", {"sign": "emergency"})
    assert (answer.status, (await answer.json())["code"]) == (503, "not_moved")
    assert desk.board.calls[CALL].band == "elder"


async def test_a_danger_moves_the_caller_up_also_while_the_database_is_away(
    desk: FakeDesk, agent: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise DatabaseError("unavailable", "away")

    desk.rings()
    desk.answers()
    monkeypatch.setattr(desk.journal, "add", away)
    assert (await agent.ok("POST", f"/api/calls/{CALL}/urgent", {"sign": "emergency"}))["band"] == "emergency"
