"""Talks are written down from the growing file, both sides, late or private words left out, callers first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.call.events import CallEvent, Kind
from ivr.settings import load
from ivr.talks import tape as tape_module
from ivr.talks import writer as module
from ivr.talks.discretion import ASKED_S, Discretion
from ivr.talks.sides import LONGEST_S, Side
from ivr.talks.tape import BEHIND_MAX_S, Tape, TapeName, tape_name
from ivr.talks.writer import TalkWriter
from voices.errors import VoiceError
from voices.recognition.hypothesis import (
    ANYTHING,
    Expectation,
    Hearing,
    Hypothesis,
    OnPartial,
    Priority,
    Word,
)
from voices.recognition.jobs import Job, Jobs
from voices.recognition.pool import RecogniserPool

NAME = "1.1_1795556312_elder_zh-agent.raw"
RATE = 8000


class Loudness:
    """Speech is what is not silent."""

    def probability(self, chunk: bytes) -> float:
        return float(np.abs(np.frombuffer(chunk, dtype="<i2").astype(int)).max() > 500)


class Ear:
    """A recogniser that says what it is told to."""

    def __init__(self, *words: str | VoiceError) -> None:
        self.words, self.heard, self.wait_s = list(words), [], 0.0  # type: ignore[var-annotated]
        self.expected: list[Expectation] = []

    def would_wait_s(self, language: str) -> float:
        return self.wait_s

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        self.expected.append(expect)
        return _Hearing(self, language)

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        raise NotImplementedError


class _Hearing:
    partial = None

    def __init__(self, ear: Ear, language: str) -> None:
        self._ear, self._language, self._pcm = ear, language, b""

    def feed(self, pcm: bytes) -> None:
        self._pcm += pcm

    async def final(self, *, timeout_s: float) -> Hypothesis:
        self._ear.heard.append((self._language, len(self._pcm) / 32_000))
        words = self._ear.words.pop(0) if self._ear.words else "嗯"
        if isinstance(words, VoiceError):
            raise words
        return Hypothesis(words, 0.8, words=tuple(Word(c, 0, 0, 0.3) for c in words))

    def close(self) -> None: ...


def sound(agent: float, caller: float, seconds: float) -> bytes:
    """So loud on either side."""
    frame = np.array([agent, caller], dtype="<i2")
    return np.tile(frame, round(RATE * seconds)).tobytes()


class Written:
    """The two files of a talk, as Asterisk writes them."""

    def __init__(self, agent: Path) -> None:
        self.agent = agent.open("wb", buffering=0)
        self.caller = agent.with_name(agent.name.replace("-agent", "-caller")).open("wb", buffering=0)

    def write(self, both: bytes) -> None:
        sides = np.frombuffer(both, dtype="<i2").reshape(-1, 2)
        self.agent.write(sides[:, 0].tobytes())
        self.caller.write(sides[:, 1].tobytes())

    def __enter__(self) -> Written:
        return self

    def __exit__(self, *_: object) -> None:
        self.agent.close()
        self.caller.close()


AGENT, CALLER, QUIET = sound(3000, 0, 1), sound(0, 3000, 1.5), sound(0, 0, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "recordings").mkdir()
    (tmp_path / "run/taps").mkdir(parents=True)
    return tmp_path


@asynccontextmanager
async def writing(
    folder: Path, ear: Ear, policy: str = "recorded"
) -> AsyncIterator[tuple[TalkWriter, list[CallEvent]]]:
    told: list[CallEvent] = []
    settings = load(var_dir=folder, recording={"transcript": policy, "policy": "persons"})
    writer = TalkWriter(settings, ear, Loudness, told.append)
    task = asyncio.create_task(writer.run())
    if policy != "off":
        await until(lambda: not writer._first)  # the first look finds what was there before
    try:
        yield writer, told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], Any], timeout_s: float = 8) -> None:
    async with asyncio.timeout(timeout_s):
        while not true():
            await asyncio.sleep(0.02)


async def test_both_sides_of_a_talk_are_written_down_as_it_grows(folder: Path) -> None:
    ear = Ear("您好", "我要退号")
    async with writing(folder, ear) as (_, told):
        with Written(folder / "recordings" / NAME) as file:
            file.write(QUIET + AGENT + QUIET)
            await until(lambda: len(told) == 1)
            file.write(CALLER + QUIET)
            await until(lambda: len(told) == 2)
    assert [(e.call_id, e.kind, e.data["side"], e.data["text"]) for e in told] == [
        ("1.1", Kind.TALK, "agent", "您好"),
        ("1.1", Kind.TALK, "caller", "我要退号"),
    ]
    assert [language for language, _ in ear.heard] == ["zh", "zh"]
    assert all(one.priority is Priority.TALK for one in ear.expected)
    assert told[0].data["words"][0] == {"text": "您", "confidence": 0.3}, "the page marks uncertain words"


async def test_a_number_that_was_asked_for_is_not_written_down(folder: Path) -> None:
    ear = Ear("请说您的身份证号", "六三零一", "二二", "好的谢谢")
    async with writing(folder, ear) as (_, told):
        Written(folder / "recordings" / NAME).write(QUIET.join((AGENT, CALLER, CALLER, AGENT, b"")))
        await until(lambda: len(told) == 4)
    assert [e.data["text"] for e in told] == ["请说您的身份证号", "（不记录）", "二二", "好的谢谢"]
    assert [e.data.get("asks") for e in told] == ["private", None, None, None]
    assert "words" not in told[1].data
    assert "六三" not in str([e.data for e in told])


def test_digits_are_private_for_a_while_after_they_were_asked_for() -> None:
    discretion = Discretion()
    assert discretion.recorded("三月十二号上午九点", 0) == "三月十二号上午九点"
    assert discretion.recorded("幺三九零九七幺零零零幺", 0) == "（不记录）", "a whole number, whoever asked"
    assert discretion.asks("验证码是多少", 10)
    assert discretion.recorded("四五六七八九", 10 + ASKED_S) == "（不记录）"
    assert discretion.recorded("四五六七八九", 11 + ASKED_S) == "四五六七八九"


async def test_what_comes_too_late_is_left_out_and_the_gap_is_shown_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TOO_OLD_S", 0.5)
    ear = Ear()
    ear.wait_s = 1.0  # callers speak with the bot, and all workers are theirs
    async with writing(folder, ear) as (_, told):
        with Written(folder / "recordings" / NAME) as file:
            file.write(QUIET.join((AGENT, AGENT, AGENT, b"")))
            await until(lambda: told)
            await asyncio.sleep(1)
            assert [e.data for e in told] == [{"side": "agent", "text": "", "left_out": True}]
            assert ear.heard == [], "no worker was asked"
            monkeypatch.setattr(module, "TOO_OLD_S", 60.0)  # on a busy machine, too
            ear.wait_s = 0.0
            file.write(AGENT + QUIET)
            await until(lambda: len(told) == 2)
    assert told[1].data["text"] == "嗯", "and then it goes on"


async def test_the_line_is_short_and_the_oldest_gives_way(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINE_MAX", 2)
    ear = Ear()
    ear.wait_s = 1.0
    async with writing(folder, ear) as (writer, told):
        Written(folder / "recordings" / NAME).write(QUIET.join((AGENT, AGENT, AGENT, CALLER, CALLER, b"")))
        await until(lambda: told)
        assert writer.waiting <= 2
    assert told[0].data["left_out"]


async def test_a_recogniser_that_fails_costs_one_utterance(folder: Path) -> None:
    ear = Ear(VoiceError("crashed", "gone"), "还在")
    async with writing(folder, ear) as (_, told):
        Written(folder / "recordings" / NAME).write(QUIET.join((AGENT, AGENT, b"")))
        await until(lambda: len(told) == 2)
    assert [e.data["text"] for e in told] == ["", "还在"]


async def test_what_is_not_recorded_is_unlinked_as_it_is_read_and_only_where_that_is_allowed(folder: Path) -> None:
    file = folder / "run/taps" / NAME
    Written(file)
    async with writing(folder, Ear("您好")) as (_, told):
        await asyncio.sleep(0.6)
        assert file.exists(), "not ours to read"
    file.unlink()
    other = file.with_name(NAME.replace("agent", "caller"))
    async with writing(folder, Ear("您好"), "always") as (_, told):
        with Written(file) as written:
            await until(lambda: not file.exists() and not other.exists())
            written.write(AGENT + QUIET)
            await until(lambda: told)
    assert told[0].data["text"] == "您好"


async def test_a_talk_that_began_before_the_program_is_followed_from_now_on(folder: Path) -> None:
    with Written(folder / "recordings" / NAME) as file:
        file.write(AGENT + QUIET)
        async with writing(folder, Ear("后来")) as (_, told):
            await asyncio.sleep(0.5)
            file.write(CALLER + QUIET)
            await until(lambda: told)
            assert [e.data["side"] for e in told] == ["caller"]


async def test_the_last_words_are_written_when_the_file_grows_no_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tape_module, "ENDED_S", 0.3)
    async with writing(folder, Ear("再见")) as (writer, told):
        Written(folder / "recordings" / NAME).write(CALLER)
        await until(lambda: told)
        await until(lambda: not writer._talks)
        await asyncio.sleep(0.6)
    assert [e.data["text"] for e in told] == ["再见"], "and not read again"


def test_a_reader_that_is_far_behind_leaves_out_what_is_old(tmp_path: Path) -> None:
    file = tmp_path / NAME
    written = Written(file)
    tape = Tape(file, TapeName("1.1", "zh"))
    written.write(sound(1, 2, BEHIND_MAX_S + 5))
    written.agent.write(b"\x01")  # one side is a little ahead
    new = tape.read()
    assert (len(new), set(new[:, 0]), set(new[:, 1])) == (RATE, {1}, {2})
    assert tape.left_out_s == pytest.approx(BEHIND_MAX_S + 4, abs=0.01)
    assert len(tape.read()) == 0
    tape.close()


@pytest.mark.parametrize(
    "name", ["1.1_1_elder_zh.raw", "1.1_1_elder_zh-caller.raw", "notes-agent.raw", "1.1_1_elder_-agent.raw"]
)
def test_a_file_of_another_name_is_no_talk(name: str) -> None:
    assert tape_name(Path(name)) is None


def test_a_pause_of_the_recording_is_silence_whatever_the_model_thinks() -> None:
    class Excited(Loudness):
        def probability(self, chunk: bytes) -> float:
            return 1.0

    side = Side("1.1", "zh", "caller", Excited())
    assert side.feed(np.zeros(RATE * 3, dtype=np.int16)) == []
    assert side.end() == []


def test_nobody_speaks_so_long_that_a_caller_has_to_wait() -> None:
    side = Side("1.1", "zh", "caller", Loudness())
    said = side.feed(np.full(round(RATE * 20), 3000, dtype=np.int16))
    assert [round(one.duration_s) for one in said] == [round(LONGEST_S)] * 2


async def test_words_of_a_talk_come_after_everything_that_a_caller_says() -> None:
    jobs = Jobs(1, 2)

    def job(priority: Priority) -> Job:
        made = Job({}, b"", priority, 1, asyncio.get_running_loop().create_future())
        jobs.put(made)
        return made

    talk, partial = job(Priority.TALK), job(Priority.PARTIAL)
    assert jobs.waiting == 0, "nobody waits for them"
    turn = job(Priority.TURN)
    assert talk.answer.done(), "it gave way"
    assert [await jobs.take(0), await jobs.take(0)] == [turn, partial]


async def test_no_partial_words_are_made_of_a_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = RecogniserPool(Path("none"), 1)
    asked: list[Priority] = []
    monkeypatch.setattr(pool, "submit", lambda _request, _pcm, priority, *_: asked.append(priority))
    hearing = pool.listen("zh", Expectation(priority=Priority.TALK))
    hearing.feed(bytes(32_000 * 5))
    assert asked == []
    hearing.close()
