"""One caller at a listener, chunk by chunk, by a clock that is the audio's own: what the machine's load cannot change.

Voice activity and recognition are the real ones. A recognition takes, on this clock, the CPU time that it took."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from flows.actions import Listen
from ivr.call.endpoint import Endpoint, Patience, Sense
from ivr.call.listener import CHUNK_BYTES, CHUNK_S, Listener
from ivr.call.speaker import PLAYED_S
from ivr.call.utterance import SpeechBegan, Utterance
from ivr.call.words import Words
from ivr.settings import Listening, Speech
from nlu.understand import Understander
from tests.bench.turn_questions import asked
from voices.audio import RATE_HZ, Samples, from_pcm
from voices.recognition.hypothesis import Hypothesis
from voices.recognition.vad import VoiceActivity
from voices.recognition.whisper import Whisper

NOW = datetime(2026, 3, 11, 10)  # noqa: DTZ001 - local time of the call, naive by agreement


@dataclass(frozen=True, slots=True)
class Question:
    """What the caller is answering."""

    expect: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    keys: int = 1

    @property
    def listen(self) -> Listen:
        """As the session gets it: the question of the flows, or one with the phrases that the scene offers."""
        if not self.phrases and self.expect in asked():
            return asked()[self.expect]
        phrases = {"choice": self.phrases} if self.phrases else {}
        return Listen(self.expect, phrases, keys=self.keys)


class Fixed(Endpoint):
    """The rule of most systems: so much silence, whatever was said."""

    def __init__(self, pause_s: float) -> None:
        super().__init__(pause_s, pause_s)

    def silence_s(self, sense: Sense, patience_s: float, at_least_s: float | None = None) -> float:
        return self.complete_s


class Recogniser:
    """Whisper, once for each stretch of audio; later askers get the same answer after the same time."""

    def __init__(self, whisper: Whisper, takes_s: float | None = None) -> None:
        """`takes_s`: let every recognition take so long, where the machine is too busy to be measured."""
        self._whisper, self._takes_s = whisper, takes_s
        self._known: dict[str, tuple[Hypothesis, float]] = {}
        self.clock: Callable[[], float] = lambda: 0.0
        self._due: list[tuple[float, asyncio.Future[Hypothesis], Hypothesis]] = []

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        heard, took_s = self._once(pcm, language, hint)
        future: asyncio.Future[Hypothesis] = asyncio.get_running_loop().create_future()
        self._due.append((self.clock() + (took_s if self._takes_s is None else self._takes_s), future, heard))
        return await future

    def whole(self, pcm: bytes, language: str, hint: str = "") -> Hypothesis:
        """One utterance at once, whatever the clock."""
        return self._once(pcm, language, hint)[0]

    def _once(self, pcm: bytes, language: str, hint: str) -> tuple[Hypothesis, float]:
        """What was heard and the CPU seconds that it took."""
        key = hashlib.sha256(pcm + hint.encode()).hexdigest()
        if key not in self._known:
            began = time.process_time()
            heard = self._whisper.transcribe(pcm, language, hint)
            self._known[key] = heard, time.process_time() - began
        return self._known[key]

    def tick(self) -> bool:
        """Give what is due by now. True when something still is to come."""
        now = self.clock()
        for due, future, heard in self._due:
            if due <= now and not future.done():
                future.set_result(heard)
        self._due = [one for one in self._due if not one[1].done()]
        return bool(self._due)

    @property
    def work_s(self) -> list[float]:
        """CPU seconds of each recognition."""
        return [took for _, took in self._known.values()]


class Activity:
    """The real detector; audio that was heard before is not computed again."""

    _known: dict[str, list[float]] = {}  # noqa: RUF012 - one memory for the benchmark

    def __init__(self, pcm: bytes) -> None:
        key = hashlib.sha256(pcm).hexdigest()
        if key not in self._known:
            detector = VoiceActivity()
            whole = len(pcm) - CHUNK_BYTES + 1
            self._known[key] = [detector.probability(pcm[at : at + CHUNK_BYTES]) for at in range(0, whole, CHUNK_BYTES)]
        self._values = iter(self._known[key])

    def probability(self, chunk: bytes) -> float:
        """Of the next chunk."""
        return next(self._values)


@dataclass(slots=True)
class Result:
    """What the listener made of one line."""

    began_s: list[float] = field(default_factory=list)
    ended: list[tuple[float, Utterance]] = field(default_factory=list)
    """When each utterance was known, and what it was."""

    def cut(self, ends_s: float) -> bool:
        """Whether a caller who spoke until then was cut off: what they said is not in one utterance."""
        return bool(self.early(ends_s)) and not all(one.goes_on for _, one in self.ended[1:])

    def early(self, ends_s: float) -> list[Utterance]:
        """Answered before the caller had finished."""
        return [one for at, one in self.ended if at < ends_s - 0.1]


async def hear(
    pcm: bytes,
    question: Question,
    recogniser: Recogniser,
    understander: Understander,
    *,
    endpoint: Endpoint | None = None,
    patience: Patience | None = None,
    played: Samples | None = None,
    listening: Listening | None = None,
    answer: Samples | None = None,
) -> Result:
    """Let a listener hear a line. `played`: what the hotline says meanwhile, as the caller gets it. `answer`: what it
    says to each utterance, until the caller speaks; the answer can be taken back."""
    listening = listening or Listening()
    listener = Listener(Activity(pcm), recogniser, listening, Speech(), "zh", endpoint=endpoint, patience=patience)
    words = Words(understander, "zh", lambda: NOW, lambda *_, **__: None)
    words.listen = question.listen
    listener.sense = words.sense
    listener.expect = words.expectation
    at = 0
    recogniser.clock = lambda: at * CHUNK_S
    if played is not None:
        line = np.concatenate((np.zeros(int(PLAYED_S * RATE_HZ), dtype=np.float32), played))
        listener.played = lambda: line[at * CHUNK_BYTES // 2 :][: int(PLAYED_S * RATE_HZ)]
    listener.open()
    result = Result()
    answered_at: int | None = None

    def answering() -> Samples | None:
        if answer is None or answered_at is None:
            return None
        before = np.concatenate((np.zeros(int(PLAYED_S * RATE_HZ), dtype=np.float32), answer))
        return before[(at - answered_at) * CHUNK_BYTES // 2 :][: int(PLAYED_S * RATE_HZ)]

    if answer is not None:
        listener.played = answering
    for at in range(1, len(pcm) // CHUNK_BYTES + 1):
        listener.feed(pcm[(at - 1) * CHUNK_BYTES : at * CHUNK_BYTES])
        await _settle(recogniser)
        began, ended = len(result.began_s), len(result.ended)
        _collect(listener, result, at * CHUNK_S)
        if answer is not None and len(result.ended) > ended:
            answered_at, listener.earlier = at, words.expectation
        elif len(result.began_s) > began:
            answered_at = None
    await listener.close()
    return result


async def _settle(recogniser: Recogniser) -> None:
    for _ in range(3):
        await asyncio.sleep(0)
    recogniser.tick()
    for _ in range(4):
        await asyncio.sleep(0)


def _collect(listener: Listener, result: Result, now: float) -> None:
    while not listener.heard.empty():
        item = listener.heard.get_nowait()
        if isinstance(item, SpeechBegan):
            result.began_s.append(now)
        else:
            result.ended.append((now, item))


def loud_from_s(pcm: bytes, threshold_db: float = -40.0) -> float:
    """When a line without noise first sounds."""
    samples = np.abs(from_pcm(pcm))
    return float(np.flatnonzero(samples > 10 ** (threshold_db / 20))[0]) / RATE_HZ
