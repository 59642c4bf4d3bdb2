"""The waiting line in front of the recogniser processes: bounded, the most urgent first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from voices.errors import VoiceError
from voices.recognition.hypothesis import Hypothesis, Priority

_numbers = count()


@dataclass(slots=True, eq=False)
class Job:
    """One request to a recogniser process."""

    request: Mapping[str, Any]
    pcm: bytes
    priority: Priority
    timeout_s: float
    """For so long somebody waits for it. A worker that has begun is not ended for that; see `pool.WORK_MAX_S`."""
    answer: asyncio.Future[Hypothesis]
    worker: int | None = None
    """The only worker that can do it, for it has heard the beginning; None for any."""
    started: bool = False
    tries: int = 0
    number: int = field(default_factory=lambda: next(_numbers))

    def fail(self, error: VoiceError) -> None:
        """Answer with an error, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_exception(error)
            self.answer.exception()  # whoever waits gets it; when nobody does, it is not an error of the loop

    def succeed(self, heard: Hypothesis) -> None:
        """Answer, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_result(heard)


class Jobs:
    """Jobs that wait for a worker. For one event loop; nothing here waits except `take`."""

    def __init__(self, workers: int, limit: int) -> None:
        self._limit = limit
        self._waiting: list[Job] = []
        self._wake = [asyncio.Event() for _ in range(workers)]

    @property
    def limit(self) -> int:
        """How many may wait."""
        return self._limit

    @property
    def waiting(self) -> int:
        """Jobs that somebody waits for; partial hypotheses do not count."""
        return sum(1 for job in self._waiting if not job.answer.done() and job.priority < Priority.PARTIAL)

    def put(self, job: Job) -> None:
        """Let a job wait. When the line is full, the last of the least urgent gives way, or this one is refused.

        Raises VoiceError `busy`."""
        self._waiting = [one for one in self._waiting if not one.answer.done()]
        if len(self._waiting) >= self._limit:
            last = max(self._waiting, key=lambda one: (one.priority, one.number))
            if last.priority <= job.priority:
                raise VoiceError("busy", f"{len(self._waiting)} utterances wait already")
            self._waiting.remove(last)
            last.fail(VoiceError("busy", "more urgent utterances wait"))
        self.put_back(job)

    def put_back(self, job: Job) -> None:
        """Let a job wait that was taken already: it keeps its place, whatever the limit."""
        job.started = False
        self._waiting.append(job)
        for event in self._wake:
            event.set()

    async def take(self, worker: int) -> Job:
        """The most urgent job that this worker can do, the oldest first."""
        while True:
            mine = [one for one in self._waiting if not one.answer.done() and one.worker in (None, worker)]
            if mine:
                job = min(mine, key=lambda one: (one.priority, one.number))
                self._waiting.remove(job)
                job.started = True
                return job
            self._wake[worker].clear()
            await self._wake[worker].wait()

    def fail_all(self, error: VoiceError) -> None:
        """Whoever waits gets this error."""
        for job in self._waiting:
            job.fail(error)
        self._waiting.clear()
