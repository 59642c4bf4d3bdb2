"""One call session: what the caller does reaches the dialogue; the call always ends in a hand-over or a hang-up."""

from __future__ import annotations

import asyncio

import pytest

from flows.actions import Action, CallOffice, End, Flag, GuessLanguage, Listen, Say, Transfer
from flows.events import (
    Event,
    Heard,
    Keyed,
    OfficeFailed,
    OfficeReplied,
    OfficeSlow,
    Silent,
    Unclear,
)
from integrations.errors import OfficeError
from ivr.asterisk.media import Audio, Digit
from ivr.call.events import Kind
from ivr.call.parts import Ending
from nlu.understand import ParseContext, Understander, Understanding
from tests.ivr.call.fakes import LOUD, QUIET, FakeRecogniser
from tests.ivr.call.scripted import ASK, ASK_SHORTLY, NOW, Call, Desk, Script, end, until
from voices.recognition.hypothesis import Hypothesis


async def test_words_reach_the_dialogue_and_the_goodbye_is_heard_before_the_leg_ends() -> None:
    script = Script(ASK, end)
    call = Call(script, "我想挂号")
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await running
    assert isinstance(script.events[0], Heard)
    assert script.events[0].understanding.text == "我想挂号"
    assert call.endings == [Ending("goodbye", "done", outcome="done")]
    assert len(call.leg.played) == 640 * len("您要办什么事？再见。")
    assert call.leg.closed


async def test_speech_over_the_prompt_stops_it_and_counts_as_barge_in() -> None:
    script = Script((Say(("很长的一句话" * 20,), "long"), Listen()), end)
    call = Call(script, "是的", mute=True)
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await running
    assert call.leg.flushes == 1
    first = script.events[0]
    assert isinstance(first, Heard)
    assert first.barged_in


async def test_a_sound_of_listening_over_the_prompt_lets_it_go_on() -> None:
    script = Script((Say(("第一段话" * 60, "第二段话" * 60), "long"), Listen(silence_s=0.2)), end)
    call = Call(script, "嗯。", "挂骨科", mute=True)
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 10 + QUIET * 40))
    await until(lambda: len(call.leg.played) == 2 * 640 * 480)  # said again from the piece that was cut off
    assert call.leg.flushes == 1, "it fell silent at once"
    assert script.events == []
    ignored = [e.data for e in call.record if e.kind is Kind.UTTERANCE]
    assert ignored[0]["ignored"]
    call.leg.line.put_nowait(Audio(QUIET * 10 + LOUD * 25 + QUIET * 60))
    await running
    first = script.events[0]
    assert isinstance(first, Heard)
    assert first.understanding.text == "挂骨科"
    assert first.pieces_heard == 0


async def test_who_interrupts_a_question_hears_what_is_said_next() -> None:
    def to_person(_: Event) -> tuple[Action, ...]:
        return (Say(("请马上打一二零。",), "emergency"), Transfer("human", "emergency"))

    script = Script((Say(("很长的一句话" * 20,), "long"), Listen()), to_person)
    call = Call(script, "我胸口疼", mute=True)
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await running
    assert [e.data["prompt"] for e in call.record if e.kind is Kind.PROMPT_STARTED] == ["long", "emergency"]
    assert call.endings == [Ending("human", "emergency")]


async def test_a_prompt_does_not_wait_for_an_utterance_that_was_lost() -> None:
    class Breaks(FakeRecogniser):
        async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
            raise ZeroDivisionError("a bug")

    script = Script((Say(("一段话" * 60,), "long"), Listen(silence_s=0.2)), end)
    call = Call(script, recogniser=Breaks(), mute=True)
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 60))
    async with asyncio.timeout(5):
        while len(call.leg.played) < 2 * 640 * 180:  # said again from the piece that was cut off
            await asyncio.sleep(0.01)
    call.leg.line.put_nowait(None)
    await running


async def test_a_room_that_never_falls_silent_does_not_keep_a_prompt_from_being_heard() -> None:
    script = Script((Say(("一段话" * 60,), "long"), Listen(silence_s=0.2)), end)
    call = Call(script, *["嗯。"] * 5, "挂骨科", mute=True)
    running = asyncio.create_task(call.run())
    for times in range(5):
        await asyncio.sleep(0.05)
        call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 60))
        await until(lambda: sum(e.kind is Kind.UTTERANCE for e in call.record) == times + 1)  # noqa: B023 - awaited at once
    assert call.leg.flushes == 3, "from the fourth on it goes on speaking"
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 60))
    await running
    assert isinstance(script.events[0], Heard), "words stop it all the same"
    assert call.leg.flushes == 4


async def test_the_sound_of_a_private_number_is_neither_kept_nor_learnt_from() -> None:
    taught: list[str] = []
    kept: list[bytes] = []
    question = (Say(("挂哪个科？",), "ask"), Listen(expect=("department",), silence_s=5.0, keyed={"1": "内科"}))
    answers: list[tuple[Action, ...]] = [question, end(Silent(NOW))]

    class Unsure(Understander):
        def understand(self, text: str, context: ParseContext) -> Understanding:
            return Understanding(text, "", 0.1, False)

    call = Call(
        Script(question, lambda _: answers.pop(0)),
        "一三九七一二三四五六七",
        understander=Unsure(),
        teach=lambda _number, _code, phrase, _pcm: taught.append(phrase),
        keep_sentence=lambda _call, pcm: kept.append(pcm),
    )
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await until(lambda: len(answers) == 1)
    call.leg.line.put_nowait(Digit("1"))
    await running
    assert (kept, taught) == ([], [])


async def test_what_comes_after_a_wait_for_the_recogniser_is_not_silence() -> None:
    class Slow(FakeRecogniser):
        async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
            await asyncio.sleep(1.8)
            return await super().transcribe(pcm, language, timeout_s=timeout_s, hint=hint)

    script = Script((ASK[0], Listen(silence_s=1.0)), end)
    call = Call(script, recogniser=Slow("我想挂号"))
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 10 + QUIET * 40))
    await running
    assert isinstance(script.events[0], Heard)
    said = [e.data["prompt"] for e in call.record if e.kind is Kind.PROMPT_STARTED]
    assert said == ["ask", "main.hold", "bye"], "it is said once"


async def test_what_was_repaired_by_sound_is_understood_and_both_are_on_record() -> None:
    listen = Listen(expect=("choice",), phrases={"choice": ("省中医院", "省人民医院")}, silence_s=3)
    script = Script((Say(("哪一家？",), "ask"), listen), end)
    call = Call(script, "生中一院")
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 10 + QUIET * 40))
    await running
    first = script.events[0]
    assert isinstance(first, Heard)
    assert first.understanding.text == "省中医院"
    utterance = next(e.data for e in call.record if e.kind is Kind.UTTERANCE)
    assert utterance["text"] == "生中一院"
    assert utterance["repaired"] == "省中医院"


async def test_a_key_over_the_prompt_stops_it() -> None:
    script = Script((Say(("很长的一句话" * 20,), "long"), Listen()), end)
    call = Call(script, mute=True)
    call.leg.line.put_nowait(Digit("1"))
    await call.run()
    assert script.events[0] == Keyed(NOW, "1")


async def test_words_that_come_after_the_key_that_answered_are_no_answer_to_the_next_question() -> None:
    class Slow(FakeRecogniser):
        async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
            await asyncio.sleep(0.5)
            return await super().transcribe(pcm, language, timeout_s=timeout_s, hint=hint)

    answers: list[tuple[Action, ...]] = [(Say(("给谁挂？",), "next"), Listen(silence_s=1.5)), end(Silent(NOW))]
    script = Script((Say(("上午还是下午？",), "ask"), Listen(silence_s=3.0)), lambda _: answers.pop(0))
    call = Call(script, recogniser=Slow("下午"))
    running = asyncio.create_task(call.run())
    await until(lambda: Kind.LISTENING in call.kinds)
    call.leg.line.put_nowait(Audio(LOUD * 20 + QUIET * 40))
    await until(lambda: Kind.SPEECH_STARTED in call.kinds)
    call.leg.line.put_nowait(Digit("2"))
    await running
    assert script.events == [Keyed(NOW, "2"), Silent(NOW)]
    assert [e.data["ignored"] for e in call.record if e.kind is Kind.UTTERANCE] == [True]


async def test_a_number_is_collected_until_the_hash() -> None:
    script = Script((Listen(keys=8, expect=("code",)),), end)
    call = Call(script)
    for digit in "3519#":
        call.leg.line.put_nowait(Digit(digit))
    await call.run()
    assert script.events[0] == Keyed(NOW, "3519")


async def test_an_identity_number_never_reaches_the_record() -> None:
    script = Script((Listen(keys=4, expect=("identity_number",)),), end)
    call = Call(script)
    for digit in "6301":
        call.leg.line.put_nowait(Digit(digit))
    await call.run()
    assert script.events[0] == Keyed(NOW, "6301")
    assert [e.data["digits"] for e in call.record if e.kind is Kind.KEY] == ["****"]


async def test_silence_is_told_to_the_dialogue() -> None:
    script = Script(ASK_SHORTLY, lambda _: (Transfer("human", "silent"),))
    call = Call(script)
    await call.run()
    assert script.events == [Silent(NOW)]
    assert call.endings == [Ending("human", "silent")]


@pytest.mark.parametrize(("flags", "remembered"), [(["language:ko"], ["ko"]), ([], [])])
async def test_a_language_is_remembered_when_the_caller_chose_it_and_not_when_it_was_guessed(
    flags: list[str], remembered: list[str]
) -> None:
    call = Call(Script(ASK, lambda _: (Transfer(summary={"flags": flags}, language="ko"),)))
    await call.run()
    assert call.endings == [Ending("human", "asked", language="ko")]
    assert call.remembered == remembered


async def test_while_it_is_asked_whether_the_caller_speaks_a_language_key_0_leads_to_who_does() -> None:
    call, told = Call(Script((GuessLanguage("ko"), *ASK), end)), list[str]()

    async def changed(language: str) -> None:
        told.append(language)

    await call.session.run(call.hand_over, None, changed)
    assert told == ["ko"]
    assert call.remembered == []


async def test_noise_without_words_is_unclear_and_not_silence() -> None:
    script = Script(ASK, end)
    call = Call(script, "")
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await running
    assert script.events == [Unclear(NOW)]


async def test_the_caller_hanging_up_ends_the_session_without_a_hand_over() -> None:
    call = Call(Script(ASK, end))
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(None)
    await running
    assert call.endings == []
    assert call.kinds[-1] is Kind.MEDIA_CLOSED


async def test_a_dialogue_that_breaks_gives_the_caller_a_person() -> None:
    def broken(event: Event) -> tuple[Action, ...]:
        raise RuntimeError("a bug")

    call = Call(Script(ASK_SHORTLY, broken))
    await call.run()
    assert call.endings == [Ending("human", "error")]
    assert Kind.ERROR in call.kinds


async def test_a_dialogue_that_never_ends_gives_the_caller_a_person() -> None:
    call = Call(Script((Listen(silence_s=0.001),), lambda _: (Listen(silence_s=0.001),)))
    await call.run()
    assert call.endings == [Ending("human", "too_many_turns")]


async def test_a_slow_office_is_covered_by_a_spoken_filler() -> None:
    def reply(event: Event) -> tuple[Action, ...]:
        return (Say(("我正在查。",), "filler"),) if isinstance(event, OfficeSlow) else (End(),)

    script = Script((CallOffice(1, "appointments", "book"),), reply)
    call = Call(script, desk=Desk(seconds=1.5))
    await call.run()
    assert [type(e) for e in script.events] == [OfficeSlow, OfficeReplied]
    assert "filler" in [e.data.get("prompt") for e in call.record]


async def test_the_offices_refusal_comes_with_its_code() -> None:
    script = Script((CallOffice(7, "appointments", "book"),), end)
    await Call(script, desk=Desk(error=OfficeError("already_booked", "one a day", code_of="1234"))).run()
    assert script.events == [OfficeFailed(NOW, 7, "already_booked", {"code_of": "1234"})]


async def test_an_office_that_breaks_is_not_available() -> None:
    script = Script((CallOffice(7, "appointments", "book"),), end)
    await Call(script, desk=Desk(error=ValueError("broken"))).run()
    assert script.events == [OfficeFailed(NOW, 7, "unavailable")]


async def test_every_step_of_the_dialogue_is_kept_so_that_the_call_can_be_played_again() -> None:
    call = Call(Script(ASK, end), "我想挂号")
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await running
    turns = [dict(e.data) for e in call.record if e.kind is Kind.TURN]
    assert [turn["event"]["what"] for turn in turns] == ["started", "heard"]
    assert [turn["said"] for turn in turns] == [["ask"], ["bye"]]
    assert [turn["then"] for turn in turns] == ["listen", "end"]
    assert turns[1]["event"]["text"] == "我想挂号"


async def test_a_private_sentence_is_spoken_but_not_put_on_record() -> None:
    call = Call(Script((Say(("六三，零一，",), "repair.group", private=True), Listen(silence_s=0.2)), end))
    await call.run()
    told = [e.data["text"] for e in call.record if e.kind is Kind.PROMPT_STARTED]
    assert told[0] == "（不记录）"
    assert len(call.leg.played) >= 640 * len("六三，零一，")


async def test_a_flag_goes_on_record_at_once() -> None:
    def flagged(_: Event) -> tuple[Action, ...]:
        return (Flag("scam", ("safe_account",), ("提到“安全账户”",), "安全账户"), End("done"))

    call = Call(Script(ASK_SHORTLY, flagged))
    await call.run()
    flags = [e.data for e in call.record if e.kind is Kind.FLAGGED]
    assert [dict(one) for one in flags] == [
        {"sign": "scam", "reasons": ["safe_account"], "in_words": ["提到“安全账户”"], "words": "安全账户"}
    ]


async def test_what_was_said_before_the_key_that_means_it_is_learnt_from() -> None:
    taught: list[tuple[str | None, str, str, int]] = []
    question = (Say(("对吗？",), "ask"), Listen(expect=("affirm",), silence_s=5.0, keyed={"1": "affirm"}))
    answers: list[tuple[Action, ...]] = [question, end(Silent(NOW))]
    script = Script(question, lambda _: answers.pop(0))
    call = Call(script, "", teach=lambda number, code, phrase, pcm: taught.append((number, code, phrase, len(pcm))))
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await until(lambda: len(script.events) == 1)
    assert isinstance(script.events[0], Unclear)
    call.leg.line.put_nowait(Digit("1"))
    await running
    assert [one[:3] for one in taught] == [("139", "zh", "affirm")]
    assert taught[0][3] > 30 * len(LOUD) - 1, "from its first sound"


async def test_a_key_pressed_twice_says_no_yes_to_a_question_that_was_not_heard_yet() -> None:
    confirm = (Say(("这样退，对吗？" * 40,), "confirm"), Listen(("affirm",)))
    script = Script(ASK, lambda event: confirm if event == Keyed(NOW, "1") else end(event))
    call = Call(script, mute=True)
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Digit("1"))
    call.leg.line.put_nowait(Digit("1"))
    await asyncio.sleep(0.3)
    assert script.events == [Keyed(NOW, "1")]
    await asyncio.sleep(1.0)
    call.leg.line.put_nowait(Digit("2"))
    await running
    assert script.events == [Keyed(NOW, "1"), Keyed(NOW, "2")]


async def test_a_key_pressed_twice_chooses_nothing_that_was_not_read_out_yet() -> None:
    menu = (Say(("上午，按一。下午，按二。" * 40,), "menu"), Listen(("part_of_day", "choice")))
    script = Script(ASK, lambda event: menu if event == Keyed(NOW, "1") else end(event))
    call = Call(script, mute=True)
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Digit("1"))
    call.leg.line.put_nowait(Digit("1"))
    await until(lambda: any(e.data.get("ignored") for e in call.record if e.kind is Kind.KEY))
    assert script.events == [Keyed(NOW, "1")]
    call.leg.line.put_nowait(Digit("2"))
    await running
    assert script.events == [Keyed(NOW, "1"), Keyed(NOW, "2")]


async def test_a_key_pressed_twice_while_the_office_is_asked_chooses_nothing_either() -> None:
    menu = (Say(("上午，按一。下午，按二。" * 40,), "menu"), Listen(("part_of_day", "choice")))

    def reply(event: Event) -> tuple[Action, ...]:
        if event == Keyed(NOW, "1"):
            return (CallOffice(1, "appointments", "find_sessions"),)
        return menu if isinstance(event, OfficeReplied) else end(event)

    call = Call(script := Script(ASK, reply), mute=True, desk=Desk(1.1))
    running = asyncio.create_task(call.run())
    await asyncio.sleep(0.05)
    call.leg.line.put_nowait(Digit("1"))
    call.leg.line.put_nowait(Digit("1"))
    await until(lambda: any(e.data.get("ignored") for e in call.record if e.kind is Kind.KEY))
    call.leg.line.put_nowait(Digit("2"))
    await running
    assert [event for event in script.events if isinstance(event, Keyed)] == [Keyed(NOW, "1"), Keyed(NOW, "2")]
