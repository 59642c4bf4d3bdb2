"""The story is there while it rings; notes, wrap-up and handing on; nobody else's calls."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse

from integrations.database.desk_calls import NewEvent
from integrations.database.people import NewPerson
from integrations.errors import DatabaseError
from ivr.desk.story import waiting, wanted
from ivr.settings import load
from tests.desk.conftest import CALL, CALLER_LEG, Browser, FakeDesk

NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)


class Live:
    """A page's live feed."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []

    async def until(self, kind: str, **facts: object) -> dict[str, Any]:
        """The next message of that kind with those facts."""
        async with asyncio.timeout(5):
            while True:
                message: dict[str, Any] = await self.socket.receive_json()
                self.seen.append(message)
                if message["type"] == kind and all(message.get(k) == v for k, v in facts.items()):
                    return message


async def live(browser: Browser, query: str = "") -> Live:
    """Open the feed as a browser does."""
    url = browser.client.make_url("/")
    headers = {"Origin": str(url).rstrip("/"), "User-Agent": browser.agent}
    return Live(await browser.client.ws_connect(f"/api/live{query}", headers=headers))


def tell(desk: FakeDesk, kind: str, seconds: float = 0.0, **data: object) -> None:
    """The dialogue program writes an event of the call."""
    desk.journal.add(CALL, NOW + timedelta(seconds=seconds), kind, data)


async def test_the_story_is_on_the_screen_while_it_rings_and_goes_on_with_the_call(
    desk: FakeDesk, agent: Browser
) -> None:
    tell(desk, "call_started", number="13909710001", name="王秀英", band="vulnerable", language="zh")
    tell(desk, "prompt_started", 1, prompt="greeting", text="您好，银铃热线。")
    tell(desk, "utterance", 3, text="我想挂骨科", confidence=0.4)
    slots = {"department": "骨科", "identity_number": "630102194803120043"}
    tell(desk, "understood", 3.1, intent="book_appointment", accepted=True, confidence=0.9, slots=slots)
    feed = await live(agent)
    await feed.until("no_call")
    desk.rings()
    told = await feed.until("story")
    assert (told["call"]["state"], told["call"]["why"]) == ("ringing", "key0")
    story = told["story"]
    assert (story["name"], story["number"], story["intent"]) == ("王秀英", "13909710001", "book_appointment")
    assert story["slots"] == {"department": "骨科", "identity_number": "……"}
    assert [w for line in story["lines"] for w in line.get("words", [])] == [{"text": "我想挂骨科", "sure": False}]
    desk.answers()
    await feed.until("call", what="talking")
    tell(
        desk, "utterance", 9, text="后天", words=[{"text": "后", "confidence": 0.9}, {"text": "天", "confidence": 0.2}]
    )
    line = (await feed.until("line"))["line"]
    while line["data"].get("text") != "后天":  # those from before may come again; a page knows them by their number
        line = (await feed.until("line"))["line"]
    assert [word["sure"] for word in line["words"]] == [True, False]
    shown = [entry for entry in desk.audit.entries() if entry.what == "story_shown"]
    assert [(entry.who, entry.target) for entry in shown] == [("li.na", CALL)]


async def test_what_was_wanted_in_the_same_breath_stands_beside_the_wish_until_it_is_begun(
    desk: FakeDesk, agent: Browser
) -> None:
    tell(desk, "understood", 1, intent="cancel_appointment", accepted=True, confidence=0.9, slots={})
    tell(desk, "wishes", 1.1, waiting=["query_pension", "book_taxi"], begun=None)
    feed = await live(agent)
    desk.rings()
    story = (await feed.until("story"))["story"]
    assert (story["intent"], story["wishes"]) == ("cancel_appointment", ["query_pension", "book_taxi"])
    tell(desk, "wishes", 9, waiting=["book_taxi"], begun="query_pension")
    line = (await feed.until("line"))["line"]
    while not line["data"].get("begun"):  # those from before may come again
        line = (await feed.until("line"))["line"]
    assert (line["kind"], line["data"]["waiting"]) == ("wishes", ["book_taxi"])
    events = desk.calls.of_call(CALL)
    assert (wanted(events), waiting(events)) == ("query_pension", ["book_taxi"])


async def test_what_a_second_recogniser_heard_stands_beside_the_words(desk: FakeDesk, agent: Browser) -> None:
    heard = [
        ("我想挂骨科", ["我想挂牙科"]),
        ("我想挂骨科", ["我想挂骨科。", "我想挂 骨科", ""]),
        ("我想挂骨科", ["（不记录）", "看牙", "看牙。"]),
    ]
    for second, (text, others) in enumerate(heard):
        beside = [{"text": other, "confidence": 0.5} for other in others]
        tell(desk, "utterance", second, text=text, recogniser="examples", beside=beside)
    tell(desk, "utterance", 9, text="后天")
    feed = await live(agent)
    desk.rings()
    lines = (await feed.until("story"))["story"]["lines"]
    assert [line.get("beside") for line in lines] == [["我想挂牙科"], None, ["看牙"], None]


async def test_flags_come_with_what_was_said(desk: FakeDesk, agent: Browser) -> None:
    tell(desk, "utterance", 1, text="有人让我转账到安全账户")
    tell(desk, "understood", 2, intent="report_fraud", accepted=True, confidence=0.8, slots={})
    feed = await live(agent)
    desk.rings()
    flags = (await feed.until("story"))["story"]["flags"]
    assert flags == [{"flag": "fraud", "reason": "有人让我转账到安全账户"}]


async def test_a_call_rings_even_when_the_record_cannot_be_read(
    desk: FakeDesk, agent: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = await live(agent)
    with desk.database.session() as session:
        session.connection().exec_driver_sql("DROP TABLE wrap_up")
    desk.rings()
    told = await feed.until("story")
    assert (told["story"]["number"], told["call"]["state"]) == ("13909710001", "ringing")
    assert "请直接问老人" in told["story"]["problem"]


async def test_a_page_that_comes_back_is_given_what_it_missed_in_order(desk: FakeDesk, agent: Browser) -> None:
    feed = await live(agent)
    hello = await feed.until("hello")
    desk.rings()
    seen = await feed.until("story")
    await feed.socket.close()
    desk.answers()
    for second in range(5):
        tell(desk, "utterance", 20 + second, text=f"第{second}句")
    await asyncio.sleep(0.5)
    feed = await live(agent, f"?epoch={hello['epoch']}&since={seen['seq']}")
    assert (await feed.until("hello"))["resumed"] is True
    last = await feed.until("line")
    while last["line"]["data"]["text"] != "第4句":
        last = await feed.until("line")
    assert [m["line"]["data"]["text"] for m in feed.seen if m["type"] == "line"] == [f"第{n}句" for n in range(5)]
    numbers = [m["seq"] for m in feed.seen]
    assert numbers == sorted(numbers)


async def test_a_page_of_another_server_run_gets_the_whole_state(desk: FakeDesk, agent: Browser) -> None:
    desk.rings()
    desk.answers()
    feed = await live(agent, "?epoch=0123456789abcdef&since=7")
    assert (await feed.until("hello"))["resumed"] is False
    assert (await feed.until("story"))["call"]["state"] == "talking"


async def test_after_the_call_comes_a_wrap_up_that_is_filled_in_and_the_seat_is_ready_again(
    desk: FakeDesk, agent: Browser
) -> None:
    tell(desk, "understood", intent="query_pension", accepted=True, confidence=0.9, slots={})
    feed = await live(agent)
    desk.rings()
    desk.answers()
    await feed.until("call", what="talking")
    kept = await agent.ok("PUT", f"/api/calls/{CALL}/note", {"text": "问养老金", "version": 0})
    desk.seat_hangs_up()
    await feed.until("call", what="seat_gone")
    assert (await feed.until("seat"))["seat"]["state"] == "wrap_up"
    form = await agent.ok("GET", f"/api/calls/{CALL}/wrap-up")
    assert (kept["version"], form["subject"], form["note"]) == (1, "查询养老金", "问养老金")
    await agent.ok("POST", f"/api/calls/{CALL}/wrap-up", {**form, "ticket": True, "follow_up_on": "2026-03-12"})
    assert (await feed.until("seat"))["seat"]["state"] == "ready"
    in_all_queues = [f["Paused"] for name, f in desk.actions if name == "QueuePause" and "Queue" not in f]
    assert in_all_queues[-1] == "false"
    again = await agent.ok("GET", f"/api/calls/{CALL}/wrap-up")
    assert (again["ticket"], again["follow_up_on"]) == (True, "2026-03-12")


async def test_a_ticket_of_the_wrap_up_is_one_ticket_and_the_next_agent_sees_it(desk: FakeDesk, agent: Browser) -> None:
    desk.journal.begin(CALL, "13909710001", NOW)
    desk.rings()
    desk.answers()
    path = f"/api/calls/{CALL}/wrap-up"
    form = {"result": "follow_up", "subject": "养老金", "note": "三月没到账", "ticket": True}
    await agent.ok("POST", path, {**form, "follow_up_on": "2026-03-12"})
    await agent.ok("POST", path, {**form, "note": "三月、四月没到账", "follow_up_on": "2026-03-13"})
    (ticket,) = desk.tickets.all()
    assert (ticket.kind, ticket.number, ticket.note) == ("wrap_up", "13909710001", "养老金：三月、四月没到账")
    assert (ticket.call_id, ticket.follow_up_on) == (CALL, date(2026, 3, 13))
    desk.journal.begin("1700000000.9", "13909710001", NOW)
    story = (await agent.ok("GET", "/api/calls/1700000000.9"))["story"]
    assert [(t["number"], t["follow_up_on"]) for t in story["tickets"]] == [(ticket.id, "2026-03-13")]
    assert [e["ticket"] for e in story["earlier"]] == [True]
    desk.tickets.close(ticket.id, NOW, "办好了")
    story = (await agent.ok("GET", "/api/calls/1700000000.9"))["story"]
    assert (story["tickets"], [e["ticket"] for e in story["earlier"]]) == ([], [False])


async def test_a_note_of_a_megabyte_is_refused_and_what_was_kept_stays(desk: FakeDesk, agent: Browser) -> None:
    desk.rings()
    path = f"/api/calls/{CALL}/note"
    await agent.ok("PUT", path, {"text": "短", "version": 0})
    for length in (30_000, 1_000_000):
        answer = await agent.ask("PUT", path, {"text": "长" * length, "version": 1})
        assert answer.status == 413
        assert "请缩短" in (await answer.json())["message"]
    note = (await agent.ok("GET", f"/api/calls/{CALL}"))["note"]
    assert note == {"text": "短", "version": 1}


async def test_an_old_tab_does_not_overwrite_a_newer_note(desk: FakeDesk, agent: Browser) -> None:
    desk.rings()
    path = f"/api/calls/{CALL}/note"
    await agent.ok("PUT", path, {"text": "新", "version": 0})
    await agent.ok("PUT", path, {"text": "更新", "version": 1})
    answer = await agent.ask("PUT", path, {"text": "旧", "version": 1})
    told = await answer.json()
    assert (answer.status, told["code"], told["text"], told["version"]) == (409, "changed_elsewhere", "更新", 2)


async def test_a_call_goes_only_to_what_is_in_the_table(desk: FakeDesk, agent: Browser) -> None:
    desk.rings()
    desk.answers()
    for target in ("110", "web2", "web1@evil", "../x", "from-trunk"):
        assert (await agent.ask("POST", f"/api/calls/{CALL}/hand-on", {"target": target})).status == 404
    await agent.ok("POST", f"/api/calls/{CALL}/hand-on", {"target": "queue"})
    redirected = [fields for name, fields in desk.actions if name == "Redirect"]
    assert redirected == [{"Channel": CALLER_LEG, "Context": "desk-transfer", "Exten": "queue", "Priority": "1"}]


async def test_the_fixed_numbers_are_targets_and_no_other_number_is(desk: FakeDesk, agent: Browser) -> None:
    office = {"62000001": {"name": "民政局", "number": "09716200001"}}
    desk.settings = load(
        var_dir=desk.settings.var_dir, demo=True, sip={"trunk_out": "127.0.0.1:5090"}, routing={"targets": office}
    )
    desk.rings()
    desk.answers()
    names = {one["target"]: one["name"] for one in await agent.ok("GET", "/api/targets")}
    assert names.keys() == {"queue", "110", "119", "120", "12345", "62000001"}
    assert names["62000001"] == "民政局（09716200001）"
    for target in ("13900000001", "1101", "09716200001", "11", "s", "110@from-trunk", "_X."):
        assert (await agent.ask("POST", f"/api/calls/{CALL}/hand-on", {"target": target})).status == 404
    await agent.ok("POST", f"/api/calls/{CALL}/hand-on", {"target": "62000001"})
    redirected = [fields for name, fields in desk.actions if name == "Redirect"]
    assert redirected == [{"Channel": CALLER_LEG, "Context": "targets", "Exten": "62000001", "Priority": "1"}]
    told = [(e.kind, e.data["to"], e.data["by"]) for e in desk.calls.of_call(CALL)]
    assert told == [("handed_on", "62000001", "li.na")]


async def test_what_is_done_already_is_not_called_failed_when_the_database_is_away(
    desk: FakeDesk, agent: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise DatabaseError("unavailable", "away")

    desk.rings()
    desk.answers()
    monkeypatch.setattr(desk.journal, "add", away)
    await agent.ok("POST", f"/api/calls/{CALL}/recover", {})
    await agent.ok("POST", f"/api/calls/{CALL}/hand-on", {"target": "queue"})


async def test_a_caller_who_was_handed_on_outside_does_not_wait_and_comes_back_when_nobody_answers(
    desk: FakeDesk, agent: Browser
) -> None:
    desk.rings()
    desk.answers()
    desk.said("DialBegin", Uniqueid=CALL, Linkedid=CALL, Channel=CALLER_LEG, DestChannel="PJSIP/trunk-00000009")
    assert (desk.board.calls[CALL].state, desk.board.calls[CALL].waiting_since) == ("outside", None)
    desk.said("Hangup", Channel="PJSIP/web1-00000002", Uniqueid="1700000000.2", Linkedid=CALL)
    assert (desk.board.calls[CALL].state, desk.board.at_seat("web1")) == ("outside", None)
    desk.said("UserEvent", UserEvent="HumanWanted", Call=CALL, Why="transfer_failed", Band="elder", Channel=CALLER_LEG)
    assert (desk.board.calls[CALL].state, desk.board.calls[CALL].why) == ("waiting", "transfer_failed")


async def test_who_handed_a_call_on_may_wrap_it_up_and_move_it_no_more(desk: FakeDesk, agent: Browser) -> None:
    desk.rings()
    desk.answers()
    desk.rings(seat="web2")
    desk.answers(seat="web2")
    form = await agent.ok("GET", f"/api/calls/{CALL}/wrap-up")
    await agent.ok("POST", f"/api/calls/{CALL}/wrap-up", {**form, "result": "handed_on"})
    assert (await agent.ask("POST", f"/api/calls/{CALL}/hand-on", {"target": "queue"})).status == 403


async def test_another_agents_call_is_not_mine_to_write_or_move(
    desk: FakeDesk, agent: Browser, new_browser: Any
) -> None:
    wang = desk.people.add("root", "wang", "王强", "agent")
    other: Browser = new_browser()
    await other.sign_in(wang)
    await other.ok("POST", "/api/seat", {"seat": "web2", "language": "zh"})
    desk.rings()
    desk.answers()
    for method, path, body in (
        ("PUT", "note", {"text": "x", "version": 0}),
        ("POST", "hand-on", {"target": "queue"}),
        ("POST", "recover", {}),
        ("POST", "wrap-up", {"result": "solved"}),
    ):
        assert (await other.ask(method, f"/api/calls/{CALL}/{path}", body)).status in {403, 409}


async def test_two_people_cannot_sit_on_one_seat(desk: FakeDesk, agent: Browser, new_browser: Any) -> None:
    other: Browser = new_browser()
    await other.sign_in(desk.people.add("root", "wang", "王强", "agent"))
    answer = await other.ask("POST", "/api/seat", {"seat": "web1", "language": "zh"})
    assert answer.status == 409
    assert "李娜" in (await answer.json())["message"]


async def test_a_seat_that_lets_it_ring_is_paused_and_a_caller_who_gives_up_pauses_nobody(
    desk: FakeDesk, agent: Browser
) -> None:
    feed = await live(agent)
    await feed.until("hello")
    desk.rings()
    desk.said("Hangup", Channel=CALLER_LEG, Uniqueid=CALL, Linkedid=CALL)
    await feed.until("call", what="ended")
    desk.rings(call_id="1700000000.9")
    leg = "PJSIP/web1-00000002"
    desk.said("DialEnd", DestLinkedid="1700000000.9", DestChannel=leg, DialStatus="NOANSWER")
    desk.said("AgentRingNoAnswer", Interface="PJSIP/web1", Linkedid="1700000000.9")
    seat = (await feed.until("seat"))["seat"]
    assert (seat["state"], seat["reason"]) == ("paused", "unanswered")


async def test_a_supervisor_reads_a_call_and_each_look_is_an_entry(
    desk: FakeDesk, new_browser: Any, zhao: NewPerson
) -> None:
    tell(desk, "call_started", number="13909710001", name="<script>alert(1)</script>")
    boss: Browser = new_browser()
    await boss.sign_in(zhao)
    for _ in range(2):
        answer = await boss.ask("GET", f"/api/calls/{CALL}")
        assert answer.content_type == "application/json"
    looks = [(e.who, e.target) for e in desk.audit.entries() if e.what == "story_read"]
    assert looks == [("zhao.min", CALL)] * 2
    assert (await boss.ask("GET", "/api/calls/none")).status == 404


async def test_the_last_sentence_is_heard_by_the_agent_of_the_call_while_it_goes_on(
    desk: FakeDesk, agent: Browser
) -> None:
    path = f"/api/calls/{CALL}/last-sentence"
    desk.rings()
    desk.answers()
    assert (await agent.ask("GET", path)).status == 404
    desk.sentences.keep(CALL, b"\1\0" * 1600)
    answer = await agent.ask("GET", path)
    assert (answer.status, answer.content_type, (await answer.read())[:4]) == (200, "audio/wav", b"RIFF")
    assert [(e.who, e.target) for e in desk.audit.entries() if e.what == "sentence_heard"] == [("li.na", CALL)]
    desk.seat_hangs_up()
    assert desk.sentences.read(CALL) is None
    assert (await agent.ask("GET", path)).status in {403, 404}


def test_the_language_in_which_a_person_was_asked_for_is_the_callers(desk: FakeDesk) -> None:
    desk.rings()
    for number, (kind, language) in enumerate((("human_wanted", "bo"), ("language", "kk"))):
        desk.board.on_event(NewEvent(number, CALL, NOW, kind, {"language": language}))
        assert desk.board.calls[CALL].language == language
