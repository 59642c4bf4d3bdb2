"""An engine of understanding that takes its time: what else goes on in a call meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

from flows.actions import Action
from flows.events import Event, Heard
from flows.state import State
from ivr.asterisk.media import Audio
from ivr.call.events import Kind
from nlu.understand import ParseContext, Understander, Understanding
from tests.ivr.call.fakes import LOUD, QUIET
from tests.ivr.call.scripted import ASK, Call, Script, end


class Slow(Understander):
    """Takes as long as it is told."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked = asyncio.Event()

    def understand(self, text: str, context: ParseContext) -> Understanding:
        raise AssertionError("a call must not wait on the event loop")

    async def understand_async(self, text: str, context: ParseContext) -> Understanding:
        self.asked.set()
        await asyncio.sleep(self.seconds)
        return Understanding(text, "inform", 0.9, accepted=True)


class Together(Understander):
    """An understanding that answers nobody before it has been asked by all: one at a time it would never answer."""

    def __init__(self, callers: int) -> None:
        self.missing = callers
        self.all_there = asyncio.Event()

    def understand(self, text: str, context: ParseContext) -> Understanding:
        raise AssertionError("a call must not wait on the event loop")

    async def understand_async(self, text: str, context: ParseContext) -> Understanding:
        self.missing -= 1
        if not self.missing:
            self.all_there.set()
        await self.all_there.wait()
        return Understanding(text, "inform", 0.9, accepted=True)


async def test_calls_understand_side_by_side() -> None:
    scripts = [Script(ASK, end) for _ in range(20)]
    together = Together(len(scripts))
    calls = [Call(script, "我想挂号", understander=together) for script in scripts]
    running = [asyncio.create_task(call.run()) for call in calls]
    for call in calls:
        call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await asyncio.gather(*running)
    assert all(isinstance(script.events[0], Heard) for script in scripts)


async def test_a_caller_who_hangs_up_does_not_wait_for_the_understanding() -> None:
    slow = Slow(3600)
    call = Call(Script(ASK, end), "我想挂号", understander=slow)
    running = asyncio.create_task(call.run())
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await asyncio.wait_for(slow.asked.wait(), 5)
    call.leg.line.put_nowait(None)
    await running
    assert call.record[-1].kind is Kind.MEDIA_CLOSED
    assert call.record[-1].data["reason"] == "leg_ended"


class Both(Understander):
    """Hears two wishes in everything."""

    def understand(self, text: str, context: ParseContext) -> Understanding:
        intent = "query_pension" if "养老金" in text else "cancel_appointment"
        return Understanding(text, intent, 0.95, accepted=True)


class Keeps(Script):
    """A dialogue that keeps the second."""

    def step(self, state: Any, event: Event) -> tuple[Any, tuple[Action, ...]]:
        _, actions = super().step(0, event)
        assert isinstance(event, Heard)
        kept = [{"intent": one.intent, "begun": False} for one in event.understanding.wishes[1:]]
        return State(wishes=kept), actions


async def test_what_else_was_wanted_is_on_record_as_soon_as_it_is_kept() -> None:
    call = Call(Keeps(ASK, end), "我要退号，顺便问下养老金几号发", understander=Both())
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await call.run()
    understood = next(one for one in call.record if one.kind is Kind.UNDERSTOOD)
    assert understood.data["intent"] == "cancel_appointment", "the one that is served"
    kept = next(one for one in call.record if one.kind is Kind.WISHES)
    assert kept.data == {"waiting": ["query_pension"], "begun": None}
