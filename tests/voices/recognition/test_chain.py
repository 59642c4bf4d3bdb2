"""Several recognisers in an order: whoever is lost, the words of the caller are not."""

from __future__ import annotations

import asyncio
import time

import pytest

from voices.errors import VoiceError
from voices.recognition.chain import SICK_S, RecogniserChain
from voices.recognition.hearing import would_wait_s
from voices.recognition.hypothesis import ANYTHING, Expectation, Hearing, Hypothesis, OnPartial

Answer = str | VoiceError
BUSY = VoiceError("busy", "six utterances wait already")
CRASHED = VoiceError("crashed", "the process ended")


class Member:
    """A recogniser that gives these answers in turn, the last one again and again; `{n}` is the bytes it heard."""

    def __init__(self, *answers: Answer, takes_s: float = 0.0, wait_s: float = 0.0) -> None:
        self.answers, self.takes_s, self.wait_s = list(answers), takes_s, wait_s
        self.asked = 0
        self.had_s: list[float] = []
        self.open: set[Utterance] = set()

    def would_wait_s(self, language: str) -> float:
        return self.wait_s

    async def start(self) -> None:
        """At once."""

    async def close(self) -> None:
        """Nothing is held."""

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        made = Utterance(self)
        self.open.add(made)
        return made


class Utterance:
    partial = None

    def __init__(self, member: Member) -> None:
        self.member, self.pcm = member, b""

    def feed(self, pcm: bytes) -> None:
        self.pcm += pcm

    async def final(self, *, timeout_s: float) -> Hypothesis:
        self.member.asked += 1
        self.member.had_s.append(timeout_s)
        answers = self.member.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.sleep(self.member.takes_s)
        except TimeoutError:
            raise VoiceError("timeout", f"not within {timeout_s:.2f} s") from None
        if isinstance(answer, VoiceError):
            raise answer
        return Hypothesis(answer.format(n=len(self.pcm)), 0.9)

    def close(self) -> None:
        self.member.open.discard(self)


def chain(**members: Member) -> RecogniserChain:
    return RecogniserChain(members, {"zh": list(members)})


@pytest.mark.parametrize("error", [BUSY, CRASHED])
async def test_a_recogniser_that_failed_once_hears_the_same_utterance_when_it_is_asked_again(error: VoiceError) -> None:
    only = Member(error, "{n}")
    hearing = chain(only=only).listen("zh")
    hearing.feed(bytes(100))
    with pytest.raises(VoiceError) as caught:
        await hearing.final(timeout_s=1)
    assert caught.value is error
    hearing.feed(bytes(20))  # the turn was not over
    assert (await hearing.final(timeout_s=1)).text == "120", "all that was said"
    hearing.close()
    assert not only.open


async def test_the_whole_order_is_asked_again_after_all_have_failed() -> None:
    first, second = Member(CRASHED, CRASHED), Member(BUSY, "{n}")
    hearing = chain(first=first, second=second).listen("zh")
    hearing.feed(bytes(100))
    with pytest.raises(VoiceError):
        await hearing.final(timeout_s=1)
    assert (await hearing.final(timeout_s=1)).text == "100"
    assert (first.asked, second.asked) == (1, 2), "the one that crashed comes last for a while"


async def test_the_next_one_hears_all_of_an_utterance_whose_recogniser_died_in_the_middle() -> None:
    first, second = Member(CRASHED), Member("{n}")
    ears = chain(first=first, second=second)
    hearing = ears.listen("zh")
    hearing.feed(bytes(100))
    hearing.feed(bytes(60))
    assert (await hearing.final(timeout_s=1)).text == "160"
    hearing.feed(bytes(40))  # they go on
    assert (await hearing.final(timeout_s=1)).text == "200"
    assert ears.order("zh") == ["second", "first"]
    hearing.close()
    assert not first.open
    assert not second.open


async def test_an_utterance_that_was_closed_is_not_heard_again() -> None:
    only = Member("{n}")
    hearing = chain(only=only).listen("zh")
    hearing.close()
    with pytest.raises(VoiceError, match="closed"):
        await hearing.final(timeout_s=1)
    assert only.asked == 0


async def test_a_language_without_a_recogniser_says_so_each_time() -> None:
    hearing = chain(only=Member("{n}")).listen("bo")
    for _ in range(2):
        with pytest.raises(VoiceError, match="no recogniser is set"):
            await hearing.final(timeout_s=1)


async def test_speech_that_one_recogniser_makes_nothing_of_is_given_to_the_next() -> None:
    first, second = Member(""), Member("{n}")
    ears = chain(first=first, second=second)
    hearing = ears.listen("zh")
    hearing.feed(bytes(100))
    assert (await hearing.final(timeout_s=1)).text == "100"
    assert ears.order("zh") == ["first", "second"], "a cough is no failure"
    assert not second.open, "it was asked this once"


@pytest.mark.parametrize(
    "second",
    [Member("no", wait_s=0.1), Member(CRASHED), Member(""), Member("no", takes_s=5)],
    ids=["would wait", "fails", "empty", "late"],
)
async def test_a_second_recogniser_that_cannot_help_leaves_the_first_answer(
    second: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voices.recognition.chain.EMPTY_WAIT_S", 0.05)
    ears = chain(first=Member(""), second=second)
    hearing = ears.listen("zh")
    hearing.feed(bytes(100))
    async with asyncio.timeout(3):
        assert (await hearing.final(timeout_s=8)).text == ""
    assert not second.open
    if second.takes_s:
        assert (await ears.listen("zh").final(timeout_s=8)).text == ""
        assert second.asked == 2, "that it was late for this does not count as a failure"


class Examples(Member):
    """One that is asked by `beside` about what is doubtful."""

    def knows(self, language: str, expect: Expectation) -> bool:
        return True

    async def beside(self, pcm: bytes, language: str, expect: Expectation, *, timeout_s: float) -> Hypothesis | None:
        raise AssertionError


async def test_silence_is_not_compared_with_taught_phrases_whose_threshold_is_not_proven() -> None:
    examples = Examples("对")
    hearing = chain(first=Member(""), examples=examples).listen("zh")
    assert (await hearing.final(timeout_s=1)).text == ""
    assert examples.asked == 0


async def test_a_turn_waits_for_the_first_recogniser_that_is_well_whoever_else_is_idle() -> None:
    members = {"whisper": Member("{n}", wait_s=3.0), "server": Member("{n}", wait_s=0.5), "examples": Examples("对")}
    order = {"zh": ["whisper", "server", "examples"], "slr": ["examples"], "mjg": []}
    ears = RecogniserChain(members, order)
    assert ears.would_wait_s("zh") == 3.0, "not of the idle ones behind it"
    assert ears.would_wait_s("slr") == 0.0, "another language's line is not this one's"
    assert ears.would_wait_s("mjg") == 0.0, "nobody hears it: its calls go by key"
    ears.lost("whisper", CRASHED)
    assert ears.would_wait_s("zh") == 0.5, "it is asked last now"
    ears.lost("server", CRASHED)
    ears.lost("examples", CRASHED)
    assert ears.would_wait_s("zh") == 3.0
    assert would_wait_s(ears, "zh") == 3.0


async def test_one_that_did_not_start_does_not_tell_how_long_others_wait() -> None:
    class Absent(Member):
        async def start(self) -> None:
            raise VoiceError("unavailable", "it does not start")

    ears = chain(absent=Absent("", wait_s=9.0), second=Member("{n}", wait_s=1.0))
    await ears.start()
    ears._sick.clear()  # its rest is over
    assert ears.would_wait_s("zh") == 1.0


class Server(Member):
    """One that is on another machine."""

    answer_s = 1.2


LATE = VoiceError("timeout", "not recognised in time")


async def test_a_server_has_little_time_while_another_one_is_behind_it_and_all_of_it_alone() -> None:
    server, local = Server(LATE), Member("{n}")
    assert (await chain(server=server, local=local).transcribe(bytes(100), "zh", timeout_s=8)).text == "100"
    assert server.had_s == [pytest.approx(1.2)]
    assert local.had_s == [pytest.approx(8, abs=0.5)]
    alone = Server("{n}")
    await chain(alone=alone).transcribe(bytes(100), "zh", timeout_s=8)
    assert alone.had_s == [pytest.approx(8, abs=0.5)]


async def test_a_server_is_waited_for_where_the_one_behind_it_is_lost_as_well() -> None:
    server, local = Server(LATE), Member("{n}")
    ears = chain(server=server, local=local)
    ears.lost("local", CRASHED)
    await ears.transcribe(bytes(100), "zh", timeout_s=8)
    assert server.had_s == [pytest.approx(4, abs=0.5)]


async def test_a_recogniser_here_has_half_of_the_time() -> None:
    first = Member(CRASHED)
    await chain(first=first, second=Member("{n}")).transcribe(bytes(100), "zh", timeout_s=8)
    assert first.had_s == [pytest.approx(4, abs=0.5)]


async def test_calls_that_fail_at_the_same_moment_make_the_rest_no_longer_than_one_would(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, local = Server(LATE), Member("{n}")
    ears = chain(server=server, local=local)
    hearings = [ears.listen("zh") for _ in range(5)]
    await asyncio.gather(*(one.final(timeout_s=8) for one in hearings))
    later = time.monotonic() + SICK_S + 1
    monkeypatch.setattr("voices.recognition.chain.time.monotonic", lambda: later)
    assert ears.order("zh") == ["server", "local"], "it is tried again after the first rest"
    ears.lost("server", LATE)
    later += SICK_S + 1
    assert ears.order("zh") == ["local", "server"], "the second rest is longer"
