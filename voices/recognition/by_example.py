"""The recogniser of languages that no model knows: one process for each language in which something has been taught."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from voices.errors import VoiceError
from voices.recognition.hypothesis import Hypothesis
from voices.worker_process import WorkerProcess

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

    async def close(self) -> None:
        """End all processes."""
        await asyncio.gather(*(worker.stop() for worker in self._workers.values()), return_exceptions=True)
