"""The one question at the end: answered by key, passed over by silence, never asked in an emergency; 0 is a person."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ivr.call.events import Kind, Outcome
from ivr.rehearsal.caller import Phone
from ivr.routing.ledger import LedgerCall
from tests.calls.conftest import Hotline, asterisk_or_skip, running_hotline

pytestmark = pytest.mark.calls
SERVICE = "12349"


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline without its dialogue that asks."""
    asterisk_or_skip()
    settings = {"YINLING_DIALOGUE": "false", "YINLING_RATING__ASK": "true", "YINLING_RATING__WAIT_S": "2"}
    with running_hotline(tmp_path_factory.mktemp("asking"), **settings) as running:
        yield running


@contextlib.asynccontextmanager
async def talked(hotline: Hotline, number: str, *, asked: bool = True) -> AsyncIterator[tuple[Phone, Phone]]:
    """(caller, seat) of a talk that the agent has just ended, once the question is being asked."""
    async with hotline.seat(0, 0.1) as seat, hotline.caller(number) as caller:
        await caller.call(SERVICE)
        await seat.state("CONFIRMED", timeout_s=15)
        await hotline.helped("seat1")
        await seat.hangup()
        if asked:
            await hotline.queued(number, "Read")
        yield caller, seat


def rated(call: LedgerCall) -> list[tuple[str, str]]:
    return [(e.data["score"], e.data["by"]) for e in call.events if e.kind is Kind.RATED]


def kinds(call: LedgerCall) -> list[Kind]:
    return [event.kind for event in call.events]


async def test_a_key_is_an_answer_also_over_the_question(asking: Hotline) -> None:
    for number, key, score in (("13900008001", "1", "satisfied"), ("13900008002", "3", "unsatisfied")):
        async with talked(asking, number) as (caller, _):
            assert caller.events[-1].get("state") != "DISCONNECTED"
            await caller.press(key)
            await caller.state("DISCONNECTED", timeout_s=15)
        call = asking.last_call(number)
        assert (rated(call), call.outcome) == ([(score, "key")], Outcome.PERSON)


async def test_whoever_says_nothing_is_let_go_and_whoever_hangs_up_has_lost_nothing(asking: Hotline) -> None:
    async with talked(asking, "13900008003") as (caller, _):
        await caller.state("DISCONNECTED", timeout_s=25)
    async with talked(asking, "13900008004") as (caller, _):
        await caller.hangup()
    for number in ("13900008003", "13900008004"):
        call = asking.last_call(number)
        assert (rated(call), call.outcome) == ([], Outcome.PERSON)
        assert Kind.RATING_ASKED in kinds(call)


async def test_0_is_a_person_here_too_and_nobody_is_asked_twice(asking: Hotline) -> None:
    async with talked(asking, "13900008005") as (caller, seat):
        before = len(seat.events)
        await caller.press("0")
        await seat.wait("state", lambda e: e["state"] == "CONFIRMED", after=before, timeout_s=15)
        await asking.helped("seat1")
        await seat.hangup()
        await caller.state("DISCONNECTED", timeout_s=15)
    assert kinds(asking.last_call("13900008005")).count(Kind.RATING_ASKED) == 1


async def test_in_an_emergency_nothing_is_asked(asking: Hotline) -> None:
    await asking.store_band("13900008006", "emergency")
    async with talked(asking, "13900008006", asked=False) as (caller, _):
        await caller.state("DISCONNECTED", timeout_s=5)
    assert Kind.RATING_ASKED not in kinds(asking.last_call("13900008006"))


async def test_what_is_said_is_recorded_for_the_recogniser_and_the_talk_is_not(asking: Hotline, tmp_path: Path) -> None:
    async with talked(asking, "13900008007") as (caller, _):
        await caller.state("DISCONNECTED", timeout_s=25)
    call = asking.last_call("13900008007")
    file = asking.var / "ratings" / f"{call.call_id}.wav"
    assert file.stat().st_size > 16_000, "at least a second of the caller"
    assert (asking.var / "ratings").stat().st_mode & 0o077 == 0
    assert not list((asking.var / "recordings").glob("*"))
