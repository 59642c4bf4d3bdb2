"""A turn that came too soon is taken back: the caller goes on, and is understood as if nobody had answered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flows.actions import Action, CallOffice, End, Flag, Listen, Say, SetLanguage, SetSpeech, Transfer
from flows.events import Event, Heard, Keyed, OfficeReplied
from ivr.asterisk.media import Audio, Digit
from ivr.call.events import Kind
from ivr.call.takeback import can_be_undone
from nlu.understand import ParseContext, SlotValue, Understander, Understanding
from tests.ivr.call.fakes import LOUD, QUIET
from tests.ivr.call.scripted import NOW, Call, Script, until

DAY = (Say(("哪一天？",), "day"), Listen(expect=("date",), silence_s=3.0))
PART = (Say(("上午还是下午？" * 30,), "part"), Listen(expect=("part_of_day",), silence_s=3.0))
BYE = (Say(("再见。",), "bye"), End("done"))
VALUES = {"后天": ("date", "2026-03-13"), "上午": ("part_of_day", "am")}


class Values(Understander):
    """Days and parts of the day; nothing else means anything."""

    def understand(self, text: str, context: ParseContext) -> Understanding:
        slots = {
            name: SlotValue(value, word, 0, len(word), 0.95) for word, (name, value) in VALUES.items() if word in text
        }
        return Understanding(text, "inform", 0.9, bool(slots), slots)


class Counting(Script):
    """Its state is what it has heard, so that it shows where each event led from."""

    def start(self, event: Any) -> tuple[Any, tuple[Action, ...]]:
        return (), self.first

    def step(self, state: Any, event: Event) -> tuple[Any, tuple[Action, ...]]:
        self.events.append(event)
        said = event.understanding.text if isinstance(event, Heard) else type(event).__name__
        self.states = [*getattr(self, "states", []), (*state, said)]
        return (*state, said), self.reply(event)


def by_values(event: Event) -> tuple[Action, ...]:
    """A day alone leads to the next question; both lead to the end."""
    both = isinstance(event, Heard) and {"date", "part_of_day"} <= event.understanding.slots.keys()
    return BYE if both or not isinstance(event, Heard) or "date" not in event.understanding.slots else PART


def texts(script: Script) -> list[str]:
    return [event.understanding.text for event in script.events if isinstance(event, Heard)]


def turns(call: Call) -> list[dict[str, Any]]:
    return [dict(e.data) for e in call.record if e.kind is Kind.TURN]


async def speak(call: Call, speech: int, silence: int) -> None:
    """As it comes over the line, only faster. A steady sound of more than 0.4 s would hold the floor."""
    for n in range(speech + silence):
        call.leg.line.put_nowait(Audio(LOUD if n < speech else QUIET))
        await asyncio.sleep(0.002)


async def taken_back(script: Script, *said: str, gap: int = 4) -> Call:
    """The caller says something, is answered, and goes on after so many chunks of our answer."""
    call = Call(script, *said, understander=Values(), mute=True)
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.PROMPT_STARTED in call.kinds)
    await speak(call, 10, 30)
    await until(lambda: len(script.events) == 1)
    await speak(call, 0, gap)
    await speak(call, 10, 60)
    await until(lambda: len(script.events) == 2)
    call.leg.line.put_nowait(Digit("1")) if script.reply(script.events[-1]) is PART else None
    await asyncio.wait_for(running, 20)
    return call


async def test_both_parts_are_one_answer_to_the_question_before() -> None:
    script = Counting(DAY, by_values)
    call = await taken_back(script, "后天", "后天上午")
    assert texts(script) == ["后天", "后天上午"]
    assert script.states == [("后天",), ("后天上午",)], "the second step began where the first one had"
    assert call.kinds.count(Kind.TURN_TAKEN_BACK) == 1
    second = script.events[1]
    assert isinstance(second, Heard)
    assert not second.barged_in, "it answers the question before, which had been heard"
    ended = [e.data for e in call.record if e.kind is Kind.PROMPT_ENDED and e.data["prompt"] == "part"]
    assert [one["interrupted"] for one in ended] == [True]


async def test_what_is_on_record_tells_it_and_plays_again_without_it() -> None:
    from flows.replay import turns_of  # noqa: PLC0415 - this test alone plays calls again

    call = await taken_back(Counting(DAY, by_values), "后天", "后天上午")
    stored = [(event.at, str(event.kind), dict(event.data)) for event in call.record]
    assert [turn["event"].get("text") for turn in turns_of(stored)] == [None, "后天上午"]


@pytest.mark.parametrize("both", ["后天。", "后天，嗯。", "嗯，后天"])
async def test_a_sound_after_a_whole_answer_lets_our_answer_go_on(both: str) -> None:
    script = Counting(DAY, by_values)
    call = Call(script, "后天", both, understander=Values(), mute=True)
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.PROMPT_STARTED in call.kinds)
    await speak(call, 10, 30)
    await until(lambda: len(script.events) == 1)
    sent = len(call.leg.played)
    await speak(call, 8, 60)
    await until(lambda: len(call.leg.played) > sent and any(e.data.get("ignored") for e in call.record))
    assert texts(script) == ["后天"]
    assert Kind.TURN_TAKEN_BACK not in call.kinds
    call.leg.line.put_nowait(Digit("1"))
    await asyncio.wait_for(running, 20)


async def test_words_for_the_next_question_alone_answer_that_one() -> None:
    class PartOnly(Values):
        def understand(self, text: str, context: ParseContext) -> Understanding:
            found = super().understand(text, context)
            slots = {name: value for name, value in found.slots.items() if name in context.expect}
            return Understanding(text, "inform", 0.9, False, slots)

    script = Counting(DAY, lambda e: PART if len(script.events) == 1 else BYE)
    call = Call(script, "后天", "上午", understander=PartOnly(), mute=True)
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.PROMPT_STARTED in call.kinds)
    await speak(call, 10, 30)
    await until(lambda: len(script.events) == 1)
    await speak(call, 10, 60)
    await asyncio.wait_for(running, 20)
    assert script.states == [("后天",), ("后天", "上午")]
    assert Kind.TURN_TAKEN_BACK not in call.kinds


async def test_an_office_that_was_asked_is_not_asked_again() -> None:
    ask = (CallOffice(1, "appointments", "book"),)

    def book(event: Event) -> tuple[Action, ...]:
        return DAY if isinstance(event, OfficeReplied) else BYE if len(script.events) > 2 else ask

    script = Counting(DAY, book)
    call = Call(script, "后天", "上午", understander=Values())
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.PROMPT_STARTED in call.kinds)
    await speak(call, 10, 30)
    await until(lambda: len(script.events) == 2)
    await speak(call, 10, 60)
    await asyncio.wait_for(running, 20)
    assert Kind.TURN_TAKEN_BACK not in call.kinds
    assert call.kinds.count(Kind.OFFICE_ASKED) == 1
    assert script.states[-1] == ("后天", "OfficeReplied", "上午")


async def test_an_answer_that_cannot_be_taken_back_waits_for_the_rest_of_the_sentence() -> None:
    script = Counting(DAY, lambda _: BYE)
    call = Call(script, "后天", "后天上午", understander=Values())
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.LISTENING in call.kinds)
    await speak(call, 0, 15)
    await speak(call, 8, 2)
    await speak(call, 8, 22)  # 0.7 s: the words are likely to be all, but this caller's pauses may be longer
    await speak(call, 10, 60)
    await asyncio.wait_for(running, 20)
    assert script.states == [("后天",), ("后天上午",)]
    assert [turn["event"].get("text") for turn in turns(call)] == [None, "后天上午"]
    assert [e.data["prompt"] for e in call.record if e.kind is Kind.PROMPT_STARTED] == ["day", "bye"]
    assert call.kinds.count(Kind.LISTENING) == 1


async def test_an_answer_that_cannot_be_taken_back_comes_when_nothing_more_is_said() -> None:
    script = Counting(DAY, lambda _: BYE)
    call = Call(script, "后天", understander=Values())
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.LISTENING in call.kinds)
    await speak(call, 0, 15)
    await speak(call, 8, 2)
    await speak(call, 8, 22)
    assert not any(e.data.get("prompt") == "bye" for e in call.record)
    await asyncio.wait_for(running, 20)
    assert script.states == [("后天",)]
    assert Kind.SILENCE not in call.kinds, "the caller has answered"


async def test_a_key_after_the_caller_went_on_answers_the_question_that_stands() -> None:
    script = Counting(DAY, by_values)
    call = Call(script, "后天", "后天上午", understander=Values(), mute=True)
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.PROMPT_STARTED in call.kinds)
    await speak(call, 10, 30)
    await until(lambda: len(script.events) == 1)
    await speak(call, 10, 0)
    call.leg.line.put_nowait(Digit("1"))
    await asyncio.wait_for(running, 20)
    assert script.states == [("后天",), ("后天", "Keyed")]
    assert script.events[1] == Keyed(NOW, "1")


@pytest.mark.parametrize(
    ("actions", "wanted"),
    [
        (PART, True),
        ((Listen(),), True),
        ((Say(("您的号码是……",), "code", barge_in=False), Listen()), False),
        ((CallOffice(1, "appointments", "book"),), False),
        ((SetSpeech("slow"), *PART), False),
        ((Flag("scam", ("safe_account",)), *PART), False),
        ((SetLanguage("ko"), *PART), False),
        ((Transfer(),), False),
        (BYE, False),
    ],
)
def test_only_what_leaves_nothing_behind_can_be_undone(actions: tuple[Action, ...], wanted: bool) -> None:
    assert can_be_undone(actions) is wanted
