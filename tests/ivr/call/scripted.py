"""A call session with a dialogue that is written by hand, and fakes for everything around it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flows.actions import Action, End, Listen, Say
from flows.events import (
    CallerProfile,
    Event,
    Started,
)
from ivr.call.events import CallEvent, Kind
from ivr.call.listener import Listener
from ivr.call.parts import Ending, Parts
from ivr.call.session import CallSession
from ivr.call.speaker import Speaker
from ivr.settings import Listening, Speech
from nlu.understand import ParseContext, Understander, Understanding
from tests.ivr.call.fakes import FakeDetector, FakeLeg, FakeRecogniser, FakeVoice

NOW = datetime(2026, 3, 11, 10, 0)  # noqa: DTZ001 - local time of the call, naive by agreement
Reply = Callable[[Event], tuple[Action, ...]]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)


class Script:
    """A dialogue that answers each event by a function."""

    def __init__(self, first: tuple[Action, ...], reply: Reply) -> None:
        self.first, self.reply = first, reply
        self.events: list[Event] = []

    def start(self, event: Started) -> tuple[Any, tuple[Action, ...]]:
        return 0, self.first

    def achieved(self, state: Any) -> bool:
        return False

    def step(self, state: Any, event: Event) -> tuple[Any, tuple[Action, ...]]:
        self.events.append(event)
        return state + 1, self.reply(event)


class Plain(Understander):
    def understand(self, text: str, context: ParseContext) -> Understanding:
        return Understanding(text, "inform", 0.9, True)


class Desk:
    def __init__(self, seconds: float = 0.0, error: Exception | None = None) -> None:
        self.seconds, self.error = seconds, error

    async def call(self, office: str, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return {"code": "12345678"}


class Call:
    """A session with everything around it."""

    def __init__(
        self,
        script: Script,
        *texts: str,
        desk: Desk | None = None,
        mute: bool = False,
        announced: str = "zh",
        recogniser: FakeRecogniser | None = None,
        understander: Understander | None = None,
        teach: Callable[[str | None, str, str, bytes], None] | None = None,
        keep_sentence: Callable[[str, bytes], None] = lambda _call, _audio: None,
    ) -> None:
        self.leg = FakeLeg(mute=mute)
        self.record: list[CallEvent] = []
        self.endings: list[Ending] = []
        self.remembered: list[str] = []
        """Languages in which this number is to be greeted from now on."""
        reads = understander or Plain()
        parts = Parts(
            script,
            reads,
            desk or Desk(),
            self.record.append,
            lambda: NOW,
            lambda *_: None,
            lambda _, language: self.remembered.append(language),
            hold=lambda _: ("请稍等。",),
            announced=announced,
            teach=teach,
            keep_sentence=keep_sentence,
        )
        listener = Listener(FakeDetector(), recogniser or FakeRecogniser(*texts), Listening(), Speech(), "zh")
        speaker = Speaker(self.leg, FakeVoice())
        self.session = CallSession(
            "c-1", self.leg, parts, listener=listener, speaker=speaker, caller=CallerProfile("139")
        )

    async def hand_over(self, ending: Ending) -> None:
        self.endings.append(ending)

    async def run(self, *, until_s: float = 30.0) -> None:
        await asyncio.wait_for(self.session.run(self.hand_over), until_s)

    @property
    def kinds(self) -> list[Kind]:
        return [e.kind for e in self.record]


ASK = (Say(("您要办什么事？",), "ask"), Listen(silence_s=3))
"""A question that is answered."""
ASK_SHORTLY = (ASK[0], Listen(silence_s=0.2))
"""One to which nobody says anything."""


def end(_: Event) -> tuple[Action, ...]:
    return (Say(("再见。",), "bye"), End("done"))
