"""Recognisers in their own processes, one per core, behind a queue with a limit."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from voices.errors import VoiceError
from voices.recognition.hypothesis import Hypothesis
from voices.worker_process import WorkerProcess

log = logging.getLogger(__name__)

QUEUE_PER_WORKER = 6
"""More waiting than this would take longer than a caller waits: better a person at once."""
TRIES = 2
"""A worker that dies costs its utterance nothing but time: it is run again, once."""
RESTART_PAUSE_S = 1.0


@dataclass(slots=True)
class _Job:
    pcm: bytes
    language: str
    hint: str
    timeout_s: float
    answer: asyncio.Future[Hypothesis]
    tries: int = 0


class RecogniserPool:
    """A `Recogniser` over several worker processes."""

    def __init__(self, model: Path, workers: int = 0, log_dir: Path | None = None) -> None:
        self._count = workers or os.cpu_count() or 1
        log_file = log_dir / "recogniser.log" if log_dir else None
        self._workers = [WorkerProcess("voices.recognition.worker", [str(model)], log_file) for _ in range(self._count)]
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue(self._count * QUEUE_PER_WORKER)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run."""
        return [worker.pid for worker in self._workers if worker.pid is not None]

    async def start(self) -> None:
        """Start all workers; returns when the first can hear. Raises VoiceError `unavailable` when none starts."""
        starts = [asyncio.create_task(worker.start()) for worker in self._workers]
        self._tasks = [asyncio.create_task(self._serve(w, s)) for w, s in zip(self._workers, starts, strict=True)]
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
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        while not self._jobs.empty():
            _fail(self._jobs.get_nowait(), VoiceError("unavailable", "the recogniser is being stopped"))
        await asyncio.gather(*(worker.stop() for worker in self._workers), return_exceptions=True)

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        """See `Recogniser`. The time-out counts the wait in the queue."""
        job = _Job(pcm, language, hint, timeout_s, asyncio.get_running_loop().create_future())
        try:
            self._jobs.put_nowait(job)
        except asyncio.QueueFull:
            raise VoiceError("busy", f"{self._jobs.maxsize} utterances wait already") from None
        try:
            async with asyncio.timeout(timeout_s):
                return await job.answer
        except TimeoutError:
            raise VoiceError("timeout", f"not recognised within {timeout_s:.1f} s") from None

    async def _serve(self, worker: WorkerProcess, start: asyncio.Task[None]) -> None:
        """Hand jobs to one worker."""
        await asyncio.wait({start})
        while True:
            job = await self._jobs.get()
            if job.answer.done():  # the caller went on speaking, or hung up
                continue
            job.tries += 1
            try:
                header = {"language": job.language, "hint": job.hint}
                reply, _ = await worker.ask(header, job.pcm, timeout_s=job.timeout_s)
            except VoiceError as error:
                log.warning("a recogniser failed (%s): %s", error.code, error)
                self._again(job, error)
                if error.code == "unavailable":
                    await asyncio.sleep(RESTART_PAUSE_S)
            except asyncio.CancelledError:
                _fail(job, VoiceError("unavailable", "the recogniser is being stopped"))
                raise
            else:
                if not job.answer.done():
                    job.answer.set_result(Hypothesis(**reply))

    def _again(self, job: _Job, error: VoiceError) -> None:
        if job.tries < TRIES and error.code == "crashed" and not self._jobs.full():
            self._jobs.put_nowait(job)
        else:
            _fail(job, error)


def _fail(job: _Job, error: VoiceError) -> None:
    if not job.answer.done():
        job.answer.set_exception(error)
