"""Recognisers in their own processes, one per core, behind a line with a limit."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voices.errors import VoiceError
from voices.recognition.engine import incremental
from voices.recognition.hypothesis import ANYTHING, Expectation, Hearing, Hypothesis, OnPartial, Priority
from voices.recognition.jobs import Job, Jobs
from voices.recognition.pooled import PooledHearing
from voices.worker_process import WorkerProcess

log = logging.getLogger(__name__)

QUEUE_PER_WORKER = 6
"""More waiting than this would take longer than a caller waits: better a person at once."""
TRIES = 2
"""A worker that dies costs its utterance nothing but time: it is run again, once."""
WORK_MAX_S = 10.0
"""A worker that takes longer hangs, and is ended, unless whoever asked waits longer still. One that only took longer
than somebody waited goes on, and nobody gets its answer: loading its model again would cost everybody more."""
RESTART_PAUSE_S = 1.0
LIVED_S = 10.0
"""A worker that ended while it had nothing to do is started again at once, if it had run for so long; one that did not
waits for the next utterance, so that what dies again and again does not keep the machine busy."""
NOT_STARTED = ("unavailable", "model_unusable", "engine_unknown")
ENDED = ("crashed", "timeout")
"""Errors after which the process is gone, or may be."""
FIRST_GUESS_S = 0.4
"""Work for one utterance, before any was measured."""
NEWEST_SHARE = 0.2
"""How much the last utterance counts in the mean."""


class RecogniserPool:
    """A `StreamingRecogniser` over several worker processes with one model each."""

    def __init__(self, model: Path, workers: int = 0, log_dir: Path | None = None, kind: str = "whisper") -> None:
        self._count = workers or os.cpu_count() or 1
        log_file = log_dir / "recogniser.log" if log_dir else None
        arguments = [kind, str(model)]
        self._workers = [WorkerProcess("voices.recognition.worker", arguments, log_file) for _ in range(self._count)]
        self._incremental = incremental(kind, model)
        self._jobs = Jobs(self._count, self._count * QUEUE_PER_WORKER)
        self._tasks: list[asyncio.Task[None]] = []
        self._busy: dict[int, Job] = {}
        self._down: set[int] = set(range(self._count))
        self._mean_s = FIRST_GUESS_S
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    def would_wait_s(self, language: str) -> float:
        """See `StreamingRecogniser`: the same for every language, for they share the workers."""
        del language
        able = self._count - len(self._down)
        before = self._jobs.waiting + (1 if len(self._busy) >= max(1, able) else 0)
        start_s = 0.0 if able else RESTART_PAUSE_S + FIRST_GUESS_S
        return before * self._mean_s / max(1, able) + start_s

    @property
    def load(self) -> float:
        """Share of the line that is taken: 0 when a worker is free, 1 when the next utterance is refused."""
        if len(self._busy) + len(self._down) < self._count:
            return 0.0
        return (self._jobs.waiting + 1) / (self._jobs.limit + 1)

    @property
    def partials_welcome(self) -> bool:
        """Whether there is time for a partial hypothesis: nobody waits, and one worker stays free for a turn's end."""
        able = self._count - len(self._down)
        return not self._jobs.waiting and len(self._busy) < max(1, able - 1)

    @property
    def to_spare(self) -> bool:
        """Whether two workers are free: one may work on what is thrown away."""
        able = self._count - len(self._down)
        return not self._jobs.waiting and len(self._busy) < able - 1

    async def start(self) -> None:
        """Start all workers; returns when the first can hear. Raises VoiceError when none starts:
        `unavailable`, or `model_unusable` with what is wrong with it."""
        starts = [asyncio.create_task(worker.start()) for worker in self._workers]
        self._tasks = [asyncio.create_task(self._serve(n, s), name=f"recogniser {n}") for n, s in enumerate(starts)]
        error: VoiceError | None = None
        for start in asyncio.as_completed(list(starts)):
            try:
                await start
            except VoiceError as problem:
                error = problem
                continue
            return
        await self.close()
        raise error or VoiceError("unavailable", "there is no recogniser worker")

    async def close(self) -> None:
        """End all workers; whoever waits gets `unavailable`."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._jobs.fail_all(VoiceError("unavailable", "the recogniser is being stopped"))
        await asyncio.gather(*(worker.stop() for worker in self._workers), return_exceptions=True)

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        """See `StreamingRecogniser`."""
        return PooledHearing(self, language, expect, on_partial, incremental=self._incremental)

    async def transcribe(
        self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "", priority: Priority = Priority.TURN
    ) -> Hypothesis:
        """See `Recogniser`. The time-out counts the wait in the line."""
        job = self.submit({"op": "whole", "language": language, "hint": hint}, pcm, priority, timeout_s)
        return await self.answer(job, timeout_s)

    def submit(
        self,
        request: Mapping[str, Any],
        pcm: bytes,
        priority: Priority,
        timeout_s: float,
        worker: int | None = None,
    ) -> Job:
        """Put a request in line. Raises VoiceError `busy`, `unavailable`."""
        if self._closed:
            raise VoiceError("unavailable", "the recogniser is stopped")
        job = Job(request, pcm, priority, timeout_s, asyncio.get_running_loop().create_future(), worker)
        self._jobs.put(job)
        return job

    @staticmethod
    async def answer(job: Job, timeout_s: float) -> Hypothesis:
        """Wait for a job. When time is up, nobody else will work on it. Raises VoiceError."""
        try:
            async with asyncio.timeout(timeout_s):
                return await job.answer
        except TimeoutError:
            raise VoiceError("timeout", f"not recognised within {timeout_s:.1f} s") from None

    async def _serve(self, number: int, start: asyncio.Task[None]) -> None:
        """Hand jobs to one worker."""
        await asyncio.wait({start})
        self._down.discard(number)
        while True:
            job = await self._next(number)
            if job is None:
                log.warning("a recogniser ended while it had nothing to do; it is started again")
                await self._recover(number, VoiceError("crashed", "the recogniser ended"))
                continue
            self._busy[number] = job
            try:
                lost = await self._work(number, job)
            except asyncio.CancelledError:
                job.fail(VoiceError("unavailable", "the recogniser is being stopped"))
                raise
            finally:
                del self._busy[number]
            if lost is not None:
                await self._recover(number, lost)

    async def _next(self, number: int) -> Job | None:
        """A job for one worker; None when it ended meanwhile, and should run again before the next utterance comes."""
        take = asyncio.ensure_future(self._jobs.take(number))
        ended = asyncio.ensure_future(self._workers[number].ended())
        try:
            await asyncio.wait({take, ended}, return_when=asyncio.FIRST_COMPLETED)
            if take.done():
                return take.result()
            if time.monotonic() - self._workers[number].began >= LIVED_S:
                return None
            return await take
        except asyncio.CancelledError:
            if take.done() and not take.cancelled():
                take.result().fail(VoiceError("unavailable", "the recogniser is being stopped"))
            raise
        finally:
            take.cancel()
            ended.cancel()

    async def _work(self, number: int, job: Job) -> VoiceError | None:
        """Do a job. Gives what went wrong with the worker."""
        job.tries += 1
        began = time.monotonic()
        try:
            limit_s = max(job.timeout_s, WORK_MAX_S)
            reply, _ = await self._workers[number].ask(job.request, job.pcm, timeout_s=limit_s)
            heard = Hypothesis.from_dict(reply)
        except VoiceError as error:
            if error.code != "stream_lost":
                log.warning("a recogniser failed (%s): %s", error.code, error)
            self._again(job, error)
            return error
        except Exception as error:  # whoever serves this worker must not end: later callers would wait for nobody
            log.exception("the answer of a recogniser could not be used")
            job.fail(VoiceError("unusable_answer", f"the recogniser's answer could not be read: {error}"))
            return None
        if job.priority < Priority.PARTIAL:
            self._mean_s += NEWEST_SHARE * (time.monotonic() - began - self._mean_s)
        job.worker = number
        job.succeed(heard)
        return None

    async def _recover(self, number: int, error: VoiceError) -> None:
        """Before it takes a job again: others take what it had, for loading a model lasts longer than hearing."""
        if error.code not in (*NOT_STARTED, *ENDED):
            return
        self._down.add(number)
        try:
            if error.code in NOT_STARTED:
                await asyncio.sleep(RESTART_PAUSE_S)
            else:
                await self._workers[number].start()
        except VoiceError as problem:  # the next job that it takes is told so
            log.warning("a recogniser does not start again (%s): %s %s", problem.code, problem, problem.remedy)
        finally:
            self._down.discard(number)

    def _again(self, job: Job, error: VoiceError) -> None:
        if error.code != "crashed" or job.tries >= TRIES:
            job.fail(error)
        elif job.request.get("at"):  # what was heard before this piece is lost with the worker
            job.fail(VoiceError("stream_lost", str(error)))
        else:
            job.worker = None
            self._jobs.put_back(job)
