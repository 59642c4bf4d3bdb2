"""One utterance that is heard by a pool of processes while it is being said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from voices.errors import VoiceError
from voices.recognition.hearing import RATE_HZ, Audio
from voices.recognition.hypothesis import Expectation, Hypothesis, OnPartial, Priority
from voices.recognition.jobs import Job

if TYPE_CHECKING:
    from voices.recognition.pool import RecogniserPool

STEP_INCREMENTAL_S = 0.2
STEP_ANEW_S = 0.6
"""New audio before the next partial hypothesis, for an engine that must hear the whole utterance anew."""
PARTIAL_TIMEOUT_S = 8.0
_streams = count(1)


class PooledHearing:
    """See `Hearing`. At most one job of it is with the pool at a time."""

    def __init__(
        self,
        pool: RecogniserPool,
        language: str,
        expect: Expectation,
        on_partial: OnPartial | None,
        *,
        incremental: bool,
    ) -> None:
        self._pool, self._language, self._expect, self._on_partial = pool, language, expect, on_partial
        self._incremental = incremental
        self._step = round((STEP_INCREMENTAL_S if incremental else STEP_ANEW_S) * RATE_HZ) * 2
        self._audio = Audio()
        self._partial: Hypothesis | None = None
        self._asked = 0
        """Bytes that were there when the last partial hypothesis was asked for."""
        self._sent = 0
        """Bytes that the worker has heard (incremental engines)."""
        self._stream, self._worker = next(_streams), -1
        self._job: Job | None = None
        self._closed = False

    @property
    def partial(self) -> Hypothesis | None:
        """See `Hearing`."""
        return self._partial

    def feed(self, pcm: bytes) -> None:
        """See `Hearing`."""
        self._audio.add(pcm)
        due = len(self._audio) - self._asked >= self._step and self._expect.priority < Priority.TALK
        # An engine that hears all of it anew each time works for nothing where nobody wants to know.
        due = due and (self._incremental or self._on_partial is not None)
        if due and self._job is None and not self._closed and self._pool.partials_welcome:
            self._ask_partial()

    async def final(self, *, timeout_s: float) -> Hypothesis:
        """See `Hearing`."""
        until = asyncio.get_running_loop().time() + timeout_s
        await self._let_go(timeout_s)
        if self._closed:
            raise VoiceError("unavailable", "the utterance was closed")
        try:
            return await self._whole(until)
        except VoiceError as error:
            if error.code != "stream_lost":
                raise
            return await self._whole(until)  # `_whole` begins from the first byte now
        finally:
            self._begin_anew()

    def close(self) -> None:
        """See `Hearing`."""
        self._closed = True
        if self._job is not None:
            self._job.answer.cancel()

    async def _whole(self, until: float) -> Hypothesis:
        left_s = max(0.01, until - asyncio.get_running_loop().time())
        job = self._submit(self._expect.priority, last=True, timeout_s=left_s)
        try:
            return await self._pool.answer(job, left_s)
        except VoiceError:
            self._begin_anew()
            raise

    async def _let_go(self, timeout_s: float) -> None:
        """A partial hypothesis that waits is not needed now; one that is being worked on must be waited for, where
        the engine goes on from it."""
        job = self._job
        if job is None:
            return
        if job.started and self._incremental:
            await asyncio.wait({job.answer}, timeout=timeout_s)
        job.answer.cancel()
        self._job = None

    def _begin_anew(self) -> None:
        """Whatever comes next is heard from the beginning: the worker's stream has ended, or is lost."""
        self._sent, self._stream = 0, next(_streams)

    def _ask_partial(self) -> None:
        self._asked = len(self._audio)
        try:
            job = self._submit(Priority.PARTIAL, last=False, timeout_s=PARTIAL_TIMEOUT_S)
        except VoiceError:  # the pool is full or closed: the final hypothesis will say so
            return
        self._job = job
        stream, upto = self._stream, self._asked
        job.answer.add_done_callback(lambda answer: self._got_partial(job, answer, stream, upto))

    def _submit(self, priority: Priority, *, last: bool, timeout_s: float) -> Job:
        request: dict[str, Any] = {
            "language": self._language,
            "hint": self._expect.hint,
            "phrases": list(self._expect.phrases),
            "closed": self._expect.closed,
            "last": last,
        }
        if last and self._expect.identify:
            request["identify"] = list(self._expect.identify)
        if not self._incremental:
            return self._pool.submit({**request, "op": "whole"}, self._audio.since(), priority, timeout_s)
        part: Mapping[str, Any] = {"op": "part", "stream": self._stream, "at": self._sent}
        worker = self._worker if self._sent else None
        return self._pool.submit({**request, **part}, self._audio.since(self._sent), priority, timeout_s, worker)

    def _got_partial(self, job: Job, answer: asyncio.Future[Hypothesis], stream: int, upto: int) -> None:
        if self._job is job:
            self._job = None
        if answer.cancelled():
            if job.started:  # the worker heard it, but nobody knows how far
                self._begin_anew()
            return
        if answer.exception() is not None:
            self._begin_anew()
            return
        if stream != self._stream or self._closed:
            return
        if self._incremental:
            self._sent, self._worker = upto, -1 if job.worker is None else job.worker
        heard = replace(answer.result(), final=False)
        self._partial = heard
        if self._on_partial is not None:
            self._on_partial(heard)
