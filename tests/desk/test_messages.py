"""Text messages to the caller, over the sandbox of a Kannel gateway, which is a server of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from integrations.errors import OfficeError
from integrations.http.kannel import TEXT_MAX, Kannel, delivery
from integrations.sandbox.sms import Gateway
from ivr.desk.routes_messages import BLANK, filled_in, templates
from ivr.settings import load
from tests.desk.conftest import CALL, Browser, FakeDesk

NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
PATH = f"/api/calls/{CALL}/messages"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway(0) as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join(5)


def connect(desk: FakeDesk, gateway: Gateway, report_url: str = "") -> None:
    """The town has a gateway."""
    url = f"http://127.0.0.1:{gateway.server_port}/cgi-bin/sendsms"
    messages = {"url": url, "password": "sandbox", "report_url": report_url}
    desk.settings = load(var_dir=desk.settings.var_dir, demo=True, messages=messages)


def talks(desk: FakeDesk, number: str = "13909710001") -> None:
    desk.journal.begin(CALL, number, NOW)
    desk.rings()
    desk.answers()
    desk.board.calls[CALL].number = number


async def test_a_text_goes_to_the_caller_and_its_delivery_is_seen(
    desk: FakeDesk, agent: Browser, gateway: Gateway
) -> None:
    connect(desk, gateway, str(agent.client.make_url("/")).rstrip("/"))
    talks(desk)
    told = await agent.ok("POST", PATH, {"text": "预约码 12345678", "template": "booking", "to": "13900000009"})
    assert told["state"] == "sent"
    assert list(gateway.sent) == [
        {"to": "13909710001", "text": "【银铃热线】预约码 12345678", "coding": "2", "charset": "UTF-8"}
    ]
    async with asyncio.timeout(5):
        while (kept := (await agent.ok("GET", PATH))["sent"])[0]["state"] != "delivered":
            await asyncio.sleep(0.05)
    assert (kept[0]["text"], kept[0]["by"]) == ("预约码 12345678", "li.na")
    entry = next(e for e in desk.audit.entries() if e.what == "message_sent")
    assert (entry.who, entry.target) == ("li.na", CALL)


@pytest.mark.parametrize(
    ("number", "status", "code", "word"),
    [
        ("13900000403", 502, "refused", "拒绝"),
        ("13900000503", 503, "unavailable", "没有发出去"),
        ("09716200001", 409, "not_mobile", "不是手机"),
    ],
)
async def test_what_was_not_sent_is_said_and_on_record(
    desk: FakeDesk, agent: Browser, gateway: Gateway, number: str, status: int, code: str, word: str
) -> None:
    connect(desk, gateway)
    talks(desk, number)
    answer = await agent.ask("POST", PATH, {"text": "好的"})
    told = await answer.json()
    assert (answer.status, told["code"]) == (status, code)
    assert word in told["message"]
    assert [one["state"] for one in (await agent.ok("GET", PATH))["sent"]] == ["failed"]


async def test_no_gateway_a_gateway_that_is_gone_and_a_message_that_did_not_arrive(
    desk: FakeDesk, agent: Browser, gateway: Gateway
) -> None:
    talks(desk, "13900000002")
    assert (await agent.ok("GET", PATH))["problem"]
    assert (await agent.ask("POST", PATH, {"text": "好的"})).status == 503
    connect(desk, gateway, str(agent.client.make_url("/")).rstrip("/"))
    await agent.ok("POST", PATH, {"text": "好的"})
    async with asyncio.timeout(5):
        while (await agent.ok("GET", PATH))["sent"][0]["state"] != "failed":
            await asyncio.sleep(0.05)
    with pytest.raises(OfficeError, match="does not answer"):
        Kannel("http://127.0.0.1:9/cgi-bin/sendsms", "yinling", "sandbox").send("13909710001", "好的", None)


async def test_blanks_length_and_number_of_messages_have_limits(
    desk: FakeDesk, agent: Browser, gateway: Gateway
) -> None:
    connect(desk, gateway)
    talks(desk)
    for words, status in ((f"预约码{BLANK}", 400), (" \n ", 400), ("长" * TEXT_MAX, 413)):
        assert (await agent.ask("POST", PATH, {"text": words})).status == status
    for _ in range(4):
        await agent.ok("POST", PATH, {"text": "第一行\n第二行"})
    assert (await agent.ask("POST", PATH, {"text": "好的"})).status == 429
    assert {one["text"] for one in gateway.sent} == {"【银铃热线】第一行 第二行"}


async def test_a_report_without_the_key_of_the_message_changes_nothing(
    desk: FakeDesk, agent: Browser, gateway: Gateway
) -> None:
    connect(desk, gateway)
    talks(desk)
    message = (await agent.ok("POST", PATH, {"text": "好的"}))["id"]
    for key in ("", "0" * 32, "é"):
        report = f"/api/message-report?call={CALL}&id={message}&key={key}&state=2"
        assert (await agent.ask("GET", report)).status == 403
    assert [one["state"] for one in (await agent.ok("GET", PATH))["sent"]] == ["sent"]
    assert [delivery(one) for one in ("1", "2", "16", "8", "3", "x", "")] == [
        "delivered", "failed", "failed", "sent", None, None, None,
    ]  # fmt: skip


def test_templates_take_what_is_known_and_show_what_is_not() -> None:
    text = filled_in(templates()["booking"]["text"], {"department": "骨科", "part_of_day": "am", "code": "12345678"})
    assert "上午" in text
    assert "骨科，预约码12345678" in text
    assert BLANK in text
    assert all(len(filled_in(one["text"], {})) < TEXT_MAX for one in templates().values())
    assert filled_in("{code}", {"code": ["12", "34"]}) != BLANK, "an office may answer with a list"
