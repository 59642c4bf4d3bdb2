"""Prompts in, audio out. Stops at once when the caller speaks."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from dataclasses import dataclass
from typing import Protocol

from ivr.asterisk.media import MediaError
from voices.errors import VoiceError

log = logging.getLogger(__name__)

BYTES_PER_S = 32_000
MARK_GRACE_S = 3.0
"""How much later than computed a mark may come before we go on without it."""


class Out(Protocol):
    """Where audio goes: the sending half of the media leg."""

    async def play(self, pcm: bytes) -> None: ...
    async def mark(self, name: str) -> None: ...
    async def flush(self) -> None: ...


class Voice(Protocol):
    """Where a piece's audio comes from: the prompt store."""

    def pieces(self, pieces: tuple[str, ...], language: str) -> tuple[str, ...]:
        """The same words in the pieces in which they are best spoken: all as one where they were recorded so."""
        ...

    async def pcm(self, text: str, *, language: str = "", rate: str = "normal", loudness: str = "normal") -> bytes:
        """16 kHz s16le mono; `language` empty is the hotline's own. Raises VoiceError."""
        ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a Say ended."""

    heard_s: float
    interrupted: bool


class Speaker:
    """Speaks to one caller, one Say at a time."""

    def __init__(self, out: Out, voice: Voice) -> None:
        self.rate, self.loudness = "normal", "normal"
        self.language = ""
        self._out, self._voice = out, voice
        self._numbers = itertools.count(1)
        self._marks: dict[str, asyncio.Event] = {}
        self._stop = asyncio.Event()
        self._speaking = False
        self._ahead: set[asyncio.Task[bytes]] = set()

    def prepare(self, pieces: tuple[str, ...], language: str = "") -> None:
        """Have pieces ready that will be said soon."""
        language = language or self.language
        for piece in self._voice.pieces(pieces, language):
            task = asyncio.create_task(self._render(piece, language), name="render ahead")
            self._ahead.add(task)
            task.add_done_callback(self._prepared)

    def _prepared(self, task: asyncio.Task[bytes]) -> None:
        self._ahead.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("a piece could not be made ready: %s; saying it will tell", error)

    async def close(self) -> None:
        """Let go of what was being made ready."""
        tasks = list(self._ahead)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def speaking(self) -> bool:
        """Whether audio is on its way to the caller."""
        return self._speaking

    def marked(self, name: str) -> None:
        """Asterisk has played everything before this mark."""
        if (event := self._marks.get(name)) is not None:
            event.set()

    async def stop(self) -> None:
        """Silence, now."""
        if self._speaking:
            self._stop.set()
            await self._out.flush()

    async def say(self, pieces: tuple[str, ...], language: str = "") -> Spoken:
        """Speak the pieces; returns when the caller has heard them, or when stopped. Raises MediaError, VoiceError."""
        language = language or self.language
        pieces = self._voice.pieces(pieces, language)
        self._stop.clear()
        self._speaking = True
        # All pieces are asked for at once: the first plays while the others are rendered.
        renders = [asyncio.create_task(self._render(p, language), name="render") for p in pieces]
        began: float | None = None
        sent_s = 0.0
        try:
            for render in renders:
                if not await self._unless_stopped(render):
                    break
                pcm = render.result()
                now = time.monotonic()
                if began is None or now > began + sent_s:  # the first sound, or a gap while a piece was rendered
                    began = now - sent_s
                await self._out.play(pcm)
                sent_s += len(pcm) / BYTES_PER_S
            if not self._stop.is_set() and began is not None:
                await self._played(began + sent_s)
        finally:
            for render in renders:
                render.cancel()
            await asyncio.gather(*renders, return_exceptions=True)
            self._speaking = False
        heard_s = 0.0 if began is None else min(sent_s, time.monotonic() - began)
        return Spoken(heard_s, self._stop.is_set())

    async def _render(self, text: str, language: str) -> bytes:
        return await self._voice.pcm(text, language=language, rate=self.rate, loudness=self.loudness)

    async def _unless_stopped(self, task: asyncio.Task[bytes]) -> bool:
        stop = asyncio.create_task(self._stop.wait(), name="stop")
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
        return task.done() and not self._stop.is_set()

    async def _played(self, ends_at: float) -> None:
        name = f"m{next(self._numbers)}"
        event = self._marks[name] = asyncio.Event()
        try:
            await self._out.mark(name)
            waits = [asyncio.create_task(event.wait()), asyncio.create_task(self._stop.wait())]
            timeout_s = max(0.0, ends_at - time.monotonic()) + MARK_GRACE_S
            done, pending = await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            if not done:
                log.warning("the mark of a prompt did not come within %.1f s of its end; going on", MARK_GRACE_S)
        finally:
            del self._marks[name]


__all__ = ["MediaError", "Out", "Speaker", "Spoken", "Voice", "VoiceError"]
