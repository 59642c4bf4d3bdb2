"""Phrases taught by example, asked beside the recogniser that heard first: only while nobody waits, never for long."""

from __future__ import annotations

import asyncio
import shutil
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.voices.recognition.test_examples import MODEL, recording, spoken, taught
from voices.errors import VoiceError
from voices.recognition import by_example
from voices.recognition.assembly import recognisers
from voices.recognition.by_example import ByExample
from voices.recognition.chain import RecogniserChain
from voices.recognition.examples import PROVEN_FROM, STRANGE, Example, Taught, recognise
from voices.recognition.hypothesis import ANYTHING, Expectation, Hearing, Hypothesis, OnPartial
from voices.recognition.taught_phrases import phrases
from voices.recognition.teaching import keep, load_taught
from voices.worker_process import WorkerProcess

YES = Expectation(slots=("affirm",))
PCM = bytes(16_000)


class Member:
    """A recogniser that is asked for nothing here but whether it is free."""

    wait_s = 0.0

    def would_wait_s(self, language: str) -> float:
        return self.wait_s

    async def start(self) -> None:
        """At once."""

    async def close(self) -> None:
        """Nothing is held."""

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        raise AssertionError


class Examples(Member):
    """Knows yes and no; says `answer`, or raises it."""

    answer: Hypothesis | VoiceError | None = Hypothesis("对", 0.8, recogniser="examples")

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, str]] = []

    def knows(self, language: str, expect: Expectation) -> bool:
        return "affirm" in expect.slots

    async def beside(self, pcm: bytes, language: str, expect: Expectation, *, timeout_s: float) -> Hypothesis | None:
        self.asked.append((pcm, language))
        if isinstance(self.answer, VoiceError):
            raise self.answer
        return self.answer


def chain(examples: Member, *, whisper: Member | None = None) -> RecogniserChain:
    order = {"ko": ["whisper", "examples"], "en": ["whisper"]}
    codes = {("examples", "ko"): "ko-here"}
    return RecogniserChain({"whisper": whisper or Member(), "examples": examples}, order, codes)


async def test_the_taught_phrases_of_the_language_are_asked_beside_the_first_recogniser() -> None:
    examples = Examples()
    ears = chain(examples)
    assert ears.has_second("ko", YES, "whisper")
    assert await ears.second(PCM, "ko", YES, "whisper", timeout_s=1) == examples.answer
    assert examples.asked == [(PCM, "ko-here")]


async def test_nobody_is_asked_about_what_was_not_taught_nor_asked_twice() -> None:
    examples = Examples()
    ears = chain(examples)
    assert not ears.has_second("en", YES, "whisper"), "nothing was taught in this language"
    assert not ears.has_second("ko", Expectation(slots=("date",)), "whisper"), "nor of this question"
    assert not ears.has_second("ko", YES, "examples"), "it was the first opinion"
    assert await ears.second(PCM, "en", YES, "whisper", timeout_s=1) is None
    assert not examples.asked


async def test_nobody_is_asked_while_somebody_waits_for_a_recogniser() -> None:
    busy = Member()
    busy.wait_s = 0.2
    assert not chain(Examples(), whisper=busy).has_second("ko", YES, "whisper")


async def test_examples_that_fail_cost_nothing_and_are_left_alone_for_a_while() -> None:
    examples = Examples()
    examples.answer = VoiceError("crashed", "the process ended")
    ears = chain(examples)
    assert await ears.second(PCM, "ko", YES, "whisper", timeout_s=1) is None
    assert not ears.has_second("ko", YES, "whisper")
    assert ears.order("ko") == ["whisper", "examples"]


async def test_a_member_that_hears_whole_utterances_only_is_no_second_opinion() -> None:
    assert not chain(Member()).has_second("ko", YES, "whisper")


MANY = tuple(phrases())[:20]


def proven(strange: int = 30) -> Taught:
    """Twenty phrases by five speakers, at different speeds, and so many recordings of other speech."""
    every = [(name, who) for name in MANY for who in "abcde"]
    examples = [Example(name, who, spoken(name, who, steps=30 + 7 * n % 40)) for n, (name, who) in enumerate(every)]
    known = Taught(examples, [spoken(f"noise {n}", f"tv {n}", steps=30 + n % 40) for n in range(strange)])
    known.learn_threshold()
    return known


def test_a_second_opinion_needs_a_threshold_that_is_learnt_from_enough_to_be_proven() -> None:
    few, many = taught("a", "b", "c", "d"), proven()
    few.learn_threshold()
    assert not few.proven, "26 recordings cannot tell what one in a hundred does"
    assert not proven(strange=6).proven, "phrases alone tell little of other speech"
    assert many.proven
    said = spoken("affirm", "new", steps=55)
    assert recognise(few, said, ["affirm"], 0.8).text == "对", "where nothing else hears the language it counts"
    assert recognise(few, said, ["affirm"], 0.8, proven=True).text == ""
    assert recognise(many, said, ["affirm"], 0.8, proven=True).text == "对"


def test_at_most_one_in_a_hundred_strange_utterances_becomes_a_second_opinion() -> None:
    known = proven()
    said = [spoken(f"other {n}", f"new {n}", steps=30 + n % 40) for n in range(300)]
    wrong = sum(bool(recognise(known, vectors, ["affirm"], 0.8, proven=True).text) for vectors in said)
    assert wrong <= 3
    assert all(recognise(known, spoken(n, "new", steps=50), [], 0.8, proven=True).text for n in MANY)


SLOW = """
    import os, sys, time
    from dataclasses import asdict
    from voices.recognition.hypothesis import Hypothesis
    from voices.worker_process import serve
    def work(request, pcm):
        if b"die" in pcm: os._exit(1)
        while b"slow" in pcm and not os.path.exists(sys.argv[1]): time.sleep(0.01)
        text = "" if b"other" in pcm else "对"
        return asdict(Hypothesis(f"{text} {request['proven']}" if text else "", 0.8, recogniser="examples")), b""
    serve(work)
"""


@pytest_asyncio.fixture
async def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ByExample]:
    """Taught yes and no in Korean; the process is real, and can be told to be at work until a file is there."""
    script = tmp_path / "examples.py"
    script.write_text(textwrap.dedent(SLOW), encoding="utf-8")

    def process(_module: str, _arguments: list[str], log: Path | None) -> WorkerProcess:
        made = WorkerProcess("-", [], log)
        made._command = [sys.executable, str(script), str(tmp_path / "done")]
        return made

    monkeypatch.setattr(by_example, "WorkerProcess", process)
    for phrase in ("affirm", "deny"):
        (tmp_path / "ko" / phrase).mkdir(parents=True)
        (tmp_path / "ko" / phrase / "Kim-1.wav").write_bytes(b"")
    made = ByExample(MODEL, tmp_path, ["ko", "en"])
    yield made
    await made.close()


def pid(of: ByExample) -> int | None:
    return of._workers["ko"].pid


async def test_a_second_opinion_is_one_on_phrases_that_were_taught(examples: ByExample) -> None:
    await examples.start()
    assert examples.knows("ko", YES)
    assert not examples.knows("ko", Expectation(slots=("date",)))
    assert not examples.knows("en", YES)
    heard = await examples.beside(PCM, "ko", YES, timeout_s=10)
    assert heard is not None
    assert heard.text == "对 True", "the process is told that the threshold must have been learnt"
    assert await examples.beside(b"other", "ko", YES, timeout_s=10) is None


async def test_one_that_is_late_is_not_waited_for_and_the_process_goes_on(examples: ByExample, tmp_path: Path) -> None:
    await examples.start()
    before = pid(examples)
    assert await examples.beside(b"slow", "ko", YES, timeout_s=0.05) is None
    assert not examples.knows("ko", YES), "it is still at work"
    assert not examples.to_spare
    (tmp_path / "done").touch()
    heard = await examples.transcribe(b"", "ko", ["affirm"], timeout_s=10)
    assert heard.text == "对 False", "the late answer is not taken for the next one's"
    assert pid(examples) == before is not None
    assert examples.knows("ko", YES)


async def test_an_utterance_that_is_not_waited_for_so_long_costs_nobody_the_process(
    examples: ByExample, tmp_path: Path
) -> None:
    await examples.start()
    before = pid(examples)
    with pytest.raises(VoiceError) as caught:
        await examples.transcribe(b"slow", "ko", timeout_s=0.05)
    assert caught.value.code == "timeout"
    assert not examples.to_spare, "it is still at work"
    (tmp_path / "done").touch()
    assert (await examples.transcribe(b"", "ko", timeout_s=10)).text == "对 False"
    assert pid(examples) == before is not None


async def test_a_caller_who_goes_on_speaking_does_not_end_the_process_of_all_others(
    examples: ByExample, tmp_path: Path
) -> None:
    await examples.start()
    before = pid(examples)
    early = asyncio.create_task(examples.transcribe(b"slow", "ko", timeout_s=10))
    waits = asyncio.create_task(examples.transcribe(b"slow", "ko", timeout_s=10))
    await asyncio.sleep(0.1)
    early.cancel()
    waits.cancel()
    await asyncio.gather(early, waits, return_exceptions=True)
    assert len(examples._asked) == 1, "who has only waited has left the line"
    (tmp_path / "done").touch()
    assert (await examples.transcribe(b"", "ko", timeout_s=10)).text == "对 False"
    assert pid(examples) == before is not None


async def test_a_process_that_ended_is_left_alone_for_a_while_and_then_starts_again_beside_the_calls(
    examples: ByExample, monkeypatch: pytest.MonkeyPatch
) -> None:
    await examples.start()
    with pytest.raises(VoiceError) as caught:
        await examples.beside(b"die", "ko", YES, timeout_s=10)
    assert caught.value.code == "crashed"
    assert not examples.knows("ko", YES)
    monkeypatch.setattr(by_example, "SECOND_PAUSE_S", 0.0)
    assert examples.knows("ko", YES)
    assert await examples.beside(PCM, "ko", YES, timeout_s=0.01) is None, "nobody waits until it has started"
    async with asyncio.timeout(20):
        while examples._asked:
            await asyncio.sleep(0.02)
    assert pid(examples) is not None
    assert await examples.beside(PCM, "ko", YES, timeout_s=10) is not None


async def test_closing_ends_what_is_at_work(examples: ByExample) -> None:
    await examples.start()
    await examples.beside(b"slow", "ko", YES, timeout_s=0.01)
    await examples.close()
    assert not examples._asked
    assert pid(examples) is None


@pytest.mark.skipif(not (MODEL / "model.bin").exists(), reason="Whisper is not here: `make prepare` says why")
async def test_real_vectors_of_several_speakers_give_a_second_opinion_and_of_one_speaker_none(tmp_path: Path) -> None:
    for n, who in enumerate(("Kim", "Lee", "Park", "Choi")):
        keep(tmp_path, "ko", "affirm", who, recording(0.8 + n / 50))
        keep(tmp_path, "ko", "deny", who, recording(2.4 + n / 50, 0.1))
    for n in range(4):
        keep(tmp_path, "ko", STRANGE, f"street{n}", recording(1.5 + n / 3, 0.15))
    load_taught(tmp_path, "ko", MODEL)  # makes their vectors
    for n in range(PROVEN_FROM):  # much more of the same street
        for kind in ("wav", "npy"):
            shutil.copy(
                tmp_path / "ko" / STRANGE / f"street{n % 4}-1.{kind}", tmp_path / "ko" / STRANGE / f"{n}-1.{kind}"
            )
    keep(tmp_path, "en", "affirm", "Smith", recording(0.8))
    known = ByExample(MODEL, tmp_path, ["ko", "en"])
    order = {"ko": ["whisper", "examples"], "en": ["whisper", "examples"]}
    ears = recognisers(order, MODEL.parent, more={"whisper": Member(), "examples": known})
    try:
        assert await ears.start() == {}
        heard = await ears.second(recording(0.83), "ko", YES, "whisper", timeout_s=30)
        assert await ears.second(recording(0.83), "en", YES, "whisper", timeout_s=30) is None
        assert ears.has_second("ko", YES, "whisper")
        assert not ears.has_second("en", YES, "whisper"), "one speaker proves nothing: it is asked no more"
    finally:
        await ears.close()
    assert heard is not None
    assert (heard.text, heard.recogniser) == ("对", "examples")
