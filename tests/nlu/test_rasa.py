"""The Rasa engine against a program that speaks Rasa's HTTP API, well and badly."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from nlu.embedded import EmbeddedUnderstander
from nlu.rasa import DOMAIN, RasaError, RasaUnderstander, known_intents, tempered
from nlu.training import examples
from nlu.understand import Understanding
from tests.nlu.helpers import context
from tests.nlu.rasa_peer import BODIES, MODES

TIMEOUT_S = 0.4
WORDS = "我想挂后天上午的骨科"
ROOT = Path(__file__).resolve().parents[2]


class Peer:
    """The program at the other end."""

    def __init__(self, port: int = 0) -> None:
        command = [sys.executable, "-m", "tests.nlu.rasa_peer", str(port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def behave(self, mode: str) -> None:
        assert mode in MODES
        urllib.request.urlopen(f"{self.url}/mode", mode.encode(), timeout=10).close()

    def count(self) -> int:
        with urllib.request.urlopen(f"{self.url}/count", timeout=10) as answer:
            return int(answer.read())

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture(scope="module")
def shared_peer() -> Iterator[Peer]:
    peer = Peer()
    yield peer
    peer.stop()


@pytest.fixture
def peer(shared_peer: Peer) -> Peer:
    shared_peer.behave("well")
    return shared_peer


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def rasa(peer: Peer, understander: EmbeddedUnderstander, clock: Clock) -> AsyncIterator[RasaUnderstander]:
    """An engine that has seen the server answer."""
    found = RasaUnderstander(peer.url, understander, TIMEOUT_S, clock)
    await found.check()
    yield found
    await found.aclose()


async def by_rasa(engine: RasaUnderstander) -> bool:
    """True when the intent came from the server, which says order_goods to everything."""
    return (await engine.understand_async(WORDS, context())).intent == "order_goods"


async def test_the_intent_is_rasas_and_the_values_are_our_own(rasa: RasaUnderstander) -> None:
    found = await rasa.understand_async(WORDS, context())
    assert (found.intent, found.accepted) == ("order_goods", True)
    assert found.confidence == pytest.approx(tempered([("a", 0.8), ("b", 0.15), ("c", 0.05)])[0][1])
    assert {name: slot.value for name, slot in found.slots.items()} == {
        "department": "骨科",
        "date": "2026-03-13",
        "part_of_day": "am",
    }
    assert rasa.stood_in == 0


async def test_short_answers_are_read_by_rule_as_the_embedded_engine_does(rasa: RasaUnderstander) -> None:
    assert (await rasa.understand_async("不是，错了", context("affirm"))).intent == "deny"
    assert (await rasa.understand_async("谷科", context("department"))).intent == "inform"


async def test_what_is_said_at_any_moment_stands_against_the_answer_that_is_due(
    rasa: RasaUnderstander, peer: Peer
) -> None:
    peer.behave("human")
    assert (await rasa.understand_async("对，骨科", context("affirm", "department"))).intent == "human_agent"


async def test_what_rasa_is_not_sure_of_is_not_accepted(rasa: RasaUnderstander, peer: Peer) -> None:
    peer.behave("unsure")
    found = await rasa.understand_async(WORDS, context())
    assert not found.accepted
    assert rasa.stood_in == 0


@pytest.mark.parametrize("mode", ["nothing", "zero"])
async def test_words_that_rasa_knows_nothing_of_are_no_fault_of_its(
    rasa: RasaUnderstander, peer: Peer, mode: str
) -> None:
    peer.behave(mode)
    for _ in range(3):
        assert not await by_rasa(rasa)
    peer.behave("well")
    assert await by_rasa(rasa)


@pytest.mark.parametrize("text", ["", " ", "。", "😀", "\x00", "\ud800", "嗯" * 100_000, "༄༅། བཀྲ་ཤིས"])
async def test_odd_texts(rasa: RasaUnderstander, text: str) -> None:
    found = await rasa.understand_async(text, context())
    assert found.text == text
    assert rasa.problem is None


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("hang", "rasa_slow"),
        ("drip", "rasa_slow"),
        ("half", "rasa_unreachable"),
        ("refuse", "rasa_refused"),
        ("elsewhere", "rasa_refused"),
        ("other_model", "rasa_other_model"),
        ("above_one", "rasa_rubbish"),
        ("not_a_number", "rasa_rubbish"),
        ("no_name", "rasa_rubbish"),
        ("endless", "rasa_rubbish"),
        *((mode, "rasa_rubbish") for mode in BODIES),
    ],
)
async def test_a_server_that_fails_is_told_and_the_embedded_engine_reads(
    rasa: RasaUnderstander, understander: EmbeddedUnderstander, peer: Peer, mode: str, code: str
) -> None:
    peer.behave(mode)
    began = time.monotonic()
    found = await rasa.understand_async(WORDS, context())
    took_s = time.monotonic() - began
    assert found == understander.understand(WORDS, context())
    assert rasa.problem is not None
    assert rasa.problem.code == code
    assert took_s < TIMEOUT_S + 3.0  # the machine is loaded; without a bound it would be twenty seconds


async def test_a_server_that_hangs_keeps_no_other_call_waiting(rasa: RasaUnderstander, peer: Peer) -> None:
    peer.behave("hang")
    ticks = 0

    async def other_call() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    other = asyncio.create_task(other_call())
    found = await asyncio.gather(*(rasa.understand_async(WORDS, context()) for _ in range(30)))
    other.cancel()
    assert {one.intent for one in found} == {"book_appointment"}
    assert ticks >= 5


async def test_after_two_failures_nobody_asks_until_a_probe_finds_it_well_again(
    rasa: RasaUnderstander, peer: Peer, clock: Clock
) -> None:
    peer.behave("refuse")
    before = peer.count()
    for _ in range(30):
        assert not await by_rasa(rasa)
    assert peer.count() - before == 2
    clock.now_s += 2.0
    for _ in range(30):  # the probe fails; the next is due four seconds later
        assert not await by_rasa(rasa)
        await asyncio.sleep(0.01)
    assert peer.count() - before == 3
    peer.behave("well")
    clock.now_s += 4.0
    assert not await by_rasa(rasa)  # this sentence finds the probe due, and does not wait for it
    async with asyncio.timeout(10):
        while not await by_rasa(rasa):
            await asyncio.sleep(0.01)
    assert rasa.problem is None


async def test_a_server_that_is_gone_and_comes_back_is_used_again(
    understander: EmbeddedUnderstander, clock: Clock
) -> None:
    peer = Peer()
    rasa = RasaUnderstander(peer.url, understander, TIMEOUT_S, clock)
    try:
        await rasa.check()
        assert await by_rasa(rasa)
        peer.stop()
        for _ in range(3):
            assert not await by_rasa(rasa)
        peer = Peer(peer.port)
        clock.now_s += 2.0
        async with asyncio.timeout(10):
            while not await by_rasa(rasa):
                await asyncio.sleep(0.01)
    finally:
        await rasa.aclose()
        peer.stop()


async def test_a_server_that_is_always_too_slow_is_not_taken_for_well(
    understander: EmbeddedUnderstander, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nlu.rasa.PROBE_TIMEOUT_S", 0.5)
    peer.behave("hang")
    rasa = RasaUnderstander(peer.url, understander, TIMEOUT_S)
    with pytest.raises(RasaError, match="did not answer within"):
        await rasa.check()
    assert not await by_rasa(rasa)
    await rasa.aclose()


async def test_closing_ends_a_probe_that_hangs(understander: EmbeddedUnderstander, peer: Peer) -> None:
    peer.behave("hang")
    rasa = RasaUnderstander(peer.url, understander, TIMEOUT_S)
    assert not await by_rasa(rasa)
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await rasa.aclose()
    assert time.monotonic() - began < 5
    assert [task for task in asyncio.all_tasks() if "probe" in task.get_name()] == []


def test_without_an_event_loop(understander: EmbeddedUnderstander, peer: Peer) -> None:
    with RasaUnderstander(peer.url, understander, TIMEOUT_S) as rasa:
        rasa.check_now()
        found: list[Understanding] = [rasa.understand(WORDS, context()) for _ in range(3)]
    assert [one.intent for one in found] == ["order_goods"] * 3


def test_tempering_keeps_order_and_sum() -> None:
    given = [("a", 0.6), ("b", 0.3), ("c", 0.1)]
    softer = tempered(given, 2.0)
    assert [name for name, _ in softer] == ["a", "b", "c"]
    assert sum(chance for _, chance in softer) == pytest.approx(1.0)
    assert 0.4 < softer[0][1] < 0.6
    assert tempered([("a", 0.0)]) == []


def test_the_domain_has_the_intents_of_the_data() -> None:
    assert known_intents(DOMAIN) == {one.intent for one in examples()}
