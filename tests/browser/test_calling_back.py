"""An agent calls an elder back, and knows before a word is said why they had called."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from integrations.database.calls import CallJournal
from tests import ports
from tests.browser.conftest import chromium_or_skip, opened
from tests.browser.test_desk_calls import leave
from tests.calls.calling_back import place
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline

pytestmark = [pytest.mark.calls, pytest.mark.timeout(240, func_only=True)]
NUMBER, CALL = "13900007301", "1700000000.731"


@pytest.fixture(scope="module")
def carrier_port() -> int:
    return ports.free(socket.SOCK_DGRAM)


@pytest.fixture(scope="module")
def owing(tmp_path_factory: pytest.TempPathFactory, carrier_port: int) -> Iterator[Hotline]:
    """A hotline whose dialogue is off, and that can dial out."""
    chromium_or_skip()
    asterisk_or_skip()
    var = tmp_path_factory.mktemp("owing")
    with running_hotline(var, YINLING_DIALOGUE="false", YINLING_SIP__TRUNK_OUT=f"127.0.0.1:{carrier_port}") as running:
        yield running


def _given_up(town: Hotline) -> None:
    """They told the machine what they wanted, waited for a person, and hung up."""
    began = datetime.now(UTC) - timedelta(minutes=20)
    with contextlib.closing(town.database) as database:
        journal = CallJournal(database)
        journal.begin(CALL, NUMBER, began)
        told: tuple[tuple[str, dict[str, Any]], ...] = (
            ("call_started", {"number": NUMBER, "language": "zh", "band": "elder"}),
            ("prompt_started", {"prompt": "main.greeting", "text": "您好，银铃热线。您要办什么事？"}),
            ("utterance", {"text": "我想挂后天的骨科", "confidence": 0.9}),
            ("understood", {"intent": "book_appointment", "accepted": True, "slots": {"department": "骨科"}}),
            ("wishes", {"waiting": ["query_pension"]}),
            ("human_wanted", {"why": "key0", "band": "elder", "language": "zh"}),
        )
        for second, (kind, data) in enumerate(told):
            journal.add(CALL, began + timedelta(seconds=second), kind, data)
        journal.end(CALL, began + timedelta(minutes=5), "abandoned")


async def test_the_story_of_the_call_is_there_before_the_elder_is_rung(
    owing: Hotline, carrier_port: int, browser: Browser, shots: Path
) -> None:
    _given_up(owing)
    agent = await opened(browser, owing, shots)
    await agent.sign_in("agent1")
    await agent.sit()
    async with owing.outside(carrier_port, answer_after_s=0.5) as elder, owing.manager() as manager:
        await place(manager, CALL, NUMBER)
        await agent.page.get_by_role("button", name="接听 F2").wait_for(timeout=40_000)
        transcript = agent.page.get_by_role("list", name="对话")
        await expect(transcript.get_by_text("我想挂后天的骨科")).to_be_visible()
        await expect(transcript.get_by_text("老人之前打来时说的")).to_be_visible()
        await expect(agent.page.get_by_text("还想办")).to_be_visible()
        assert not any(event["event"] == "ringing" for event in elder.events)
        await agent.shot("desk-calling-back")
        await agent.accessible()
        await agent.page.keyboard.press("F2")
        await elder.state("CONFIRMED", timeout_s=20)
        await elder.hangup()
    await agent.page.get_by_role("form", name="话后处理").wait_for()
    await agent.page.get_by_role("button", name="保存并小休").click()
    await agent.state("小休")
    await leave(agent)
    assert agent.errors == []
