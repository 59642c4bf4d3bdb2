"""The recogniser of what was taught by example: one process for each language in which something has been taught.

It hears languages that no model knows, and what another recogniser has not understood (`beside`)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from voices.errors import VoiceError
from voices.recognition.hypothesis import ANYTHING, Expectation, Hearing, Hypothesis, OnPartial
from voices.recognition.taught_phrases import expected
from voices.worker_process import WorkerProcess

log = logging.getLogger(__name__)

WORK_S = 0.1
"""Of one utterance, about."""
LONGEST_BYTES = 20 * 32_000
WAITING_MAX = 6
"""Callers of one language who wait for its process; more go on by key."""
WORK_MAX_S = 20.0
"""A process that takes longer is given up. Hardly anybody waits for it so long: it is the time that one which ended
needs to start again."""
LOST_PAUSE_S = 60.0
"""A process that did not start is not started again so soon: mostly its recordings are no use."""
SECOND_PAUSE_S = 30.0
"""After a failure no second opinion is asked for so long."""


class ByExample:
    """Recognises what has been taught; safe for many calls at once."""

    def __init__(self, model: Path, examples: Path, languages: Iterable[str], log_dir: Path | None = None) -> None:
        log = log_dir / "examples.log" if log_dir else None
        taught = [code for code in languages if any((examples / code).glob("*/*.wav"))]
        module = "voices.recognition.example_worker"
        self._workers = {c: WorkerProcess(module, [str(model), str(examples), c], log) for c in taught}
        self._phrases = {c: frozenset(file.parent.name for file in (examples / c).glob("*/*.wav")) for c in taught}
        self._failed_at = dict.fromkeys(taught, float("-inf"))
        """Monotonic."""
        self._lost: dict[str, VoiceError] = {}
        """Languages whose process did not start, and why: what callers of another language are not told."""
        self._unproven: set[str] = set()
        """Languages of which the process has said that it is sure of nothing beside another recogniser."""
        self._turns = {code: asyncio.Lock() for code in taught}
        self._waiting = dict.fromkeys(taught, 0)
        self._asked: set[asyncio.Task[Hypothesis]] = set()
        """Utterances that wait, or are at work. Each ends within WORK_MAX_S, or its time-out where that is longer."""
        self._at_work: set[asyncio.Task[Hypothesis] | None] = set()
        """Those which a process has: they are ended, also when nobody waits for them any more."""

    @property
    def languages(self) -> frozenset[str]:
        """Those in which something has been taught."""
        return frozenset(self._workers)

    async def transcribe(
        self, pcm: bytes, language: str, expect: Sequence[str] = (), *, timeout_s: float
    ) -> Hypothesis:
        """The meaning of what was said, in Mandarin; empty when it is none of the phrases that are expected.

        Raises VoiceError (`untaught`, `busy`, `timeout`, `crashed`, `unavailable`). The time-out counts the wait."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._ask(pcm, language, expect, max(timeout_s, WORK_MAX_S), proven=False)
        except TimeoutError:
            if language in self._lost:
                self._failed_at[language] = time.monotonic()
                raise self._not_started(language) from None
            raise VoiceError("timeout", f"not recognised within {timeout_s:.1f} s") from None

    def knows(self, language: str, expect: Expectation) -> bool:
        """See `Beside`: something that the question can take was taught, and the process is free."""
        if language not in self._workers or language in self._unproven or self._waiting[language]:
            return False
        if language in self._lost or time.monotonic() - self._failed_at[language] < SECOND_PAUSE_S:
            return False
        return not self._phrases[language].isdisjoint(expected(expect.slots))

    async def beside(self, pcm: bytes, language: str, expect: Expectation, *, timeout_s: float) -> Hypothesis | None:
        """See `Beside`. Sure is what passes a threshold that is proven (`Taught.proven`)."""
        try:
            async with asyncio.timeout(timeout_s):
                heard = await self._ask(pcm[:LONGEST_BYTES], language, expect.slots, WORK_MAX_S, proven=True)
        except TimeoutError:
            return None
        return heard if heard.text else None

    async def _ask(
        self, pcm: bytes, language: str, expect: Sequence[str], timeout_s: float, *, proven: bool
    ) -> Hypothesis:
        """Whoever stops waiting leaves the line, and does not stop the process: it would have to load all again."""
        task = asyncio.create_task(self._answer(pcm, language, expect, timeout_s, proven=proven), name="examples")
        self._asked.add(task)
        task.add_done_callback(self._answered)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task not in self._at_work:
                task.cancel()
            raise

    def _answered(self, task: asyncio.Task[Hypothesis]) -> None:
        self._asked.discard(task)
        self._at_work.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.info("an utterance was not compared with examples: %s", error)

    async def _answer(
        self, pcm: bytes, language: str, expect: Sequence[str], timeout_s: float, *, proven: bool
    ) -> Hypothesis:
        worker = self._workers.get(language)
        if worker is None:
            raise VoiceError("untaught", f"nothing has been taught in “{language}”", "yinling examples record")
        if self._waiting[language] >= WAITING_MAX:
            raise VoiceError("busy", f"{WAITING_MAX} utterances in “{language}” wait already")
        if language in self._lost and time.monotonic() - self._failed_at[language] < LOST_PAUSE_S:
            raise self._not_started(language)
        self._waiting[language] += 1
        try:
            async with asyncio.timeout(timeout_s), self._turns[language]:
                self._at_work.add(asyncio.current_task())
                reply, _ = await worker.ask({"expect": list(expect), "proven": proven}, pcm, timeout_s=timeout_s)
        except VoiceError as error:
            self._failed_at[language] = time.monotonic()
            if language in self._lost:
                raise self._not_started(language) from error
            raise
        except TimeoutError:
            self._failed_at[language] = time.monotonic()
            if language in self._lost:
                raise self._not_started(language) from None
            raise VoiceError("timeout", f"not recognised within {timeout_s:.1f} s") from None
        finally:
            self._waiting[language] -= 1
        self._lost.pop(language, None)
        fields = dict(reply)
        if not fields.pop("proven", True):
            self._unproven.add(language)
        return Hypothesis.from_dict(fields)

    def _not_started(self, language: str) -> VoiceError:
        """A language that is not known is no failure of the others: see `WELL_CODES` of the chain."""
        error = self._lost[language]
        return VoiceError("language_unknown", f"what was taught in “{language}” did not start: {error}", error.remedy)

    def hears(self, language: str) -> bool:
        """See `Selective`."""
        return language in self._workers and language not in self._lost

    @property
    def to_spare(self) -> bool:
        """See `Roomy`: nobody waits for any of its processes."""
        return not any(self._waiting.values())

    def would_wait_s(self, language: str) -> float:
        """See `StreamingRecogniser`."""
        return WORK_S * self._waiting.get(language, 0)

    async def start(self) -> None:
        """Start the process of every language, each for itself: what one lacks is named in the log, and the others go
        on. Raises VoiceError (`unavailable`, `no_examples` …) when none starts."""
        codes = list(self._workers)
        results = await asyncio.gather(*(self._workers[code].start() for code in codes), return_exceptions=True)
        for code, result in zip(codes, results, strict=True):
            if isinstance(result, VoiceError):
                self._lost[code], self._failed_at[code] = result, time.monotonic()
                log.warning("what was taught in “%s” is not heard: %s %s", code, result, result.remedy)
            elif isinstance(result, BaseException):
                raise result
        if codes and len(self._lost) == len(codes):
            raise self._lost[codes[0]]

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        """See `StreamingRecogniser`. There are no partial hypotheses: a phrase is compared as a whole."""
        del on_partial
        return _Utterance(self, language, expect)

    async def close(self) -> None:
        """End all processes."""
        asked = list(self._asked)
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        await asyncio.gather(*(worker.stop() for worker in self._workers.values()), return_exceptions=True)


class _Utterance:
    """See `Hearing`."""

    def __init__(self, recogniser: ByExample, language: str, expect: Expectation) -> None:
        self._recogniser, self._language, self._expect = recogniser, language, expect
        self._pcm = bytearray()

    @property
    def partial(self) -> Hypothesis | None:
        """None."""
        return None

    def feed(self, pcm: bytes) -> None:
        """Take the next PCM; what is longer than any phrase is let go."""
        self._pcm += pcm[: max(0, LONGEST_BYTES - len(self._pcm))]

    async def final(self, *, timeout_s: float) -> Hypothesis:
        """The phrase that was said."""
        said, slots = bytes(self._pcm), self._expect.slots
        return await self._recogniser.transcribe(said, self._language, slots, timeout_s=timeout_s)

    def close(self) -> None:
        """Let go of the audio."""
        self._pcm.clear()
