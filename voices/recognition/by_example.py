"""The recogniser of languages that no model knows: one process for each language in which something has been taught."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from voices.errors import VoiceError
from voices.recognition.hypothesis import ANYTHING, Expectation, Hearing, Hypothesis, OnPartial
from voices.worker_process import WorkerProcess

WORK_S = 0.1
"""Of one utterance, about."""
LONGEST_BYTES = 20 * 32_000
WAITING_MAX = 6
"""Callers of one language who wait for its process; more go on by key."""


class ByExample:
    """Recognises what has been taught; safe for many calls at once."""

    def __init__(self, model: Path, examples: Path, languages: Iterable[str], log_dir: Path | None = None) -> None:
        log = log_dir / "examples.log" if log_dir else None
        taught = [code for code in languages if any((examples / code).glob("*/*.wav"))]
        module = "voices.recognition.example_worker"
        self._workers = {c: WorkerProcess(module, [str(model), str(examples), c], log) for c in taught}
        self._turns = {code: asyncio.Lock() for code in taught}
        self._waiting = dict.fromkeys(taught, 0)

    @property
    def languages(self) -> frozenset[str]:
        """Those in which something has been taught."""
        return frozenset(self._workers)

    async def transcribe(
        self, pcm: bytes, language: str, expect: Sequence[str] = (), *, timeout_s: float
    ) -> Hypothesis:
        """The meaning of what was said, in Mandarin; empty when it is none of the phrases that are expected.

        Raises VoiceError (`untaught`, `busy`, `timeout`, `crashed`, `unavailable`). The time-out counts the wait."""
        worker = self._workers.get(language)
        if worker is None:
            raise VoiceError("untaught", f"nothing has been taught in “{language}”", "yinling voices teach record")
        if self._waiting[language] >= WAITING_MAX:
            raise VoiceError("busy", f"{WAITING_MAX} utterances in “{language}” wait already")
        self._waiting[language] += 1
        try:
            async with asyncio.timeout(timeout_s), self._turns[language]:
                reply, _ = await worker.ask({"expect": list(expect)}, pcm, timeout_s=timeout_s)
        except TimeoutError:
            raise VoiceError("timeout", f"not recognised within {timeout_s:.1f} s") from None
        finally:
            self._waiting[language] -= 1
        return Hypothesis(**reply)

    @property
    def would_wait_s(self) -> float:
        """See `StreamingRecogniser`: of the language that is busiest."""
        return WORK_S * max(self._waiting.values(), default=0)

    async def start(self) -> None:
        """Start the process of every language. Raises VoiceError `unavailable`."""
        await asyncio.gather(*(worker.start() for worker in self._workers.values()))

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        """See `StreamingRecogniser`. There are no partial hypotheses: a phrase is compared as a whole."""
        del on_partial
        return _Utterance(self, language, expect)

    async def close(self) -> None:
        """End all processes."""
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
