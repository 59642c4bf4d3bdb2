"""Prompts in, audio out. Stops or waits at once when the caller speaks, and goes on from the piece that was cut off."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ivr.asterisk.media import MediaError
from voices.audio import Samples, from_pcm
from voices.errors import VoiceError

log = logging.getLogger(__name__)

BYTES_PER_S = 32_000
MARK_GRACE_S = 3.0
"""How much later than computed a mark may come before we go on without it."""
HEARD_SHARE = 0.8
"""A piece of which so much was heard counts as heard."""
PLAYED_S = 1.0
"""How much of what was played is kept, to know its echo."""
ECHO_AFTER_S = 0.6
"""The echo of a prompt may come back so much later than its end."""
WAITING_MAX_S = 30.0
"""A prompt waits no longer than this for somebody to tell it to go on or to stop."""


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
    pieces_heard: int = 0
    """Whole pieces that the caller heard."""


@dataclass(slots=True)
class _Played:
    """One stretch of audio on its way to the caller."""

    pcm: bytes
    start: float
    """Seconds of the clock at which the caller hears its first sample."""

    @property
    def end(self) -> float:
        return self.start + len(self.pcm) / BYTES_PER_S


class Speaker:
    """Speaks to one caller, one Say at a time."""

    def __init__(self, out: Out, voice: Voice, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.loudness = "normal", "normal"
        self.language = ""
        self._out, self._voice, self._clock = out, voice, clock
        self._numbers = itertools.count(1)
        self._marks: dict[str, asyncio.Event] = {}
        self._stop = asyncio.Event()
        self._wait = asyncio.Event()
        self._go_on = asyncio.Event()
        self._speaking = self._beside = False
        self._line = asyncio.Lock()
        """Held by who sends: what waits goes on after what is said meanwhile."""
        self._count = self._first = 0
        self._ahead: set[asyncio.Task[bytes]] = set()
        self._played: list[_Played] = []

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
        """Whether audio is on its way to the caller, or waits to go on."""
        return self._speaking

    @property
    def pieces_left(self) -> int:
        """While it waits: pieces that the caller has not heard whole; the one that was cut off is among them."""
        return self._count - self._first

    def played(self) -> Samples | None:
        """What the caller heard in the last second, up to now; None when nothing, and no echo is under way."""
        now = self._clock()
        self._played = [one for one in self._played if one.end > now - PLAYED_S]
        if not any(one.start <= now and one.end > now - ECHO_AFTER_S for one in self._played):
            return None
        size = int(PLAYED_S * BYTES_PER_S) // 2
        line = np.zeros(size, dtype=np.float32)
        for one in self._played:
            samples = from_pcm(one.pcm)
            at = size + round((one.start - now) * BYTES_PER_S / 2)
            first, last = max(0, at), min(size, at + len(samples))
            if first < last:
                line[first:last] = samples[first - at : last - at]
        return line

    def marked(self, name: str) -> None:
        """Asterisk has played everything before this mark."""
        if (event := self._marks.get(name)) is not None:
            event.set()

    async def stop(self) -> None:
        """Silence, now, and for good."""
        silent = self._wait.is_set()
        self._wait.clear()
        if self._speaking or self._beside:
            self._stop.set()
            if not silent or self._beside:
                await self._silence()

    async def wait(self) -> None:
        """Silence, now; what is being said, or comes next, is kept until `go_on` or `stop`."""
        if not self._wait.is_set():
            self._go_on.clear()
            self._wait.set()
            if self._speaking:
                await self._silence()

    def go_on(self) -> None:
        """Go on after `wait`, from the beginning of the piece that was cut off."""
        self._go_on.set()
        if not self._speaking:
            self._wait.clear()

    async def _silence(self) -> None:
        now = self._clock()
        for one in self._played:  # what was not heard will not be
            one.pcm = one.pcm[: max(0, int((now - one.start) * BYTES_PER_S / 2) * 2)]
        await self._out.flush()

    async def say(self, pieces: tuple[str, ...], language: str = "") -> Spoken:
        """Speak the pieces; returns when the caller has heard them, or when stopped. Raises MediaError, VoiceError."""
        language = language or self.language
        asked, pieces = len(pieces), self._voice.pieces(pieces, language)
        self._stop.clear()
        self._speaking = True
        # All pieces are asked for at once: the first plays while the others are rendered.
        renders = [asyncio.create_task(self._render(p, language), name="render") for p in pieces]
        self._count, self._first = len(renders), 0
        heard_s, whole = 0.0, False
        try:
            while not whole:
                sent, whole = await self._pass(renders[self._first :], self._stop, self._wait)
                now = self._clock()
                heard_s += _heard_s(sent, now)
                if whole:
                    self._first = len(pieces)
                    break
                self._first += _whole_ones(sent, now)
                if self._stop.is_set() or not await self._told_to_go_on():
                    break
                self._wait.clear()
        finally:
            await _cancel(renders)
            self._speaking = False
        if len(pieces) != asked:  # one recording says several of them: which were heard cannot be told
            return Spoken(heard_s, self._stop.is_set(), asked if whole else 0)
        return Spoken(heard_s, self._stop.is_set(), self._first)

    async def aside(self, pieces: tuple[str, ...], language: str = "") -> Spoken:
        """As `say`, while what is being said waits; that goes on after it. Only `stop` interrupts it."""
        language = language or self.language
        renders = [
            asyncio.create_task(self._render(p, language), name="render") for p in self._voice.pieces(pieces, language)
        ]
        self._beside = True
        try:
            sent, whole = await self._pass(renders, self._stop)
        finally:
            await _cancel(renders)
            self._beside = False
        now = self._clock()
        return Spoken(_heard_s(sent, now), not whole, _whole_ones(sent, now))

    async def _pass(
        self, renders: list[asyncio.Task[bytes]], *told: asyncio.Event
    ) -> tuple[list[tuple[float, float]], bool]:
        """Send these pieces until somebody wants silence by one of `told`. Gives when each is heard (from, to), and
        whether all were heard."""
        sent: list[tuple[float, float]] = []
        async with self._line:
            for render in renders:
                if not await _unless(told, render):
                    return sent, False
                pcm = render.result()
                start = max(self._clock(), sent[-1][1] if sent else 0.0)
                sent.append((start, start + len(pcm) / BYTES_PER_S))
                self._played.append(_Played(pcm, start))
                await self._out.play(pcm)
            if not sent:
                return sent, True
            return sent, await self._heard_until(sent[-1][1], told)

    async def _render(self, text: str, language: str) -> bytes:
        return await self._voice.pcm(text, language=language, rate=self.rate, loudness=self.loudness)

    async def _told_to_go_on(self) -> bool:
        told = [asyncio.create_task(self._stop.wait()), asyncio.create_task(self._go_on.wait())]
        try:
            await asyncio.wait(told, timeout=WAITING_MAX_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in told:
                one.cancel()
        return not self._stop.is_set()

    async def _heard_until(self, ends_at: float, told: tuple[asyncio.Event, ...]) -> bool:
        """True when everything was heard; False when somebody wanted silence."""
        if any(one.is_set() for one in told):
            return False
        name = f"m{next(self._numbers)}"
        event = self._marks[name] = asyncio.Event()
        waits = [asyncio.create_task(one.wait()) for one in (event, *told)]
        try:
            await self._out.mark(name)
            timeout_s = max(0.0, ends_at - self._clock()) + MARK_GRACE_S
            done, _ = await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                log.warning("the mark of a prompt did not come within %.1f s of its end; going on", MARK_GRACE_S)
        finally:
            for task in waits:
                task.cancel()
            del self._marks[name]
        return not any(one.is_set() for one in told)


async def _unless(told: tuple[asyncio.Event, ...], render: asyncio.Task[bytes]) -> bool:
    """True when the piece is there and nobody wants silence."""
    waits = [asyncio.create_task(one.wait()) for one in told]
    try:
        await asyncio.wait({render, *waits}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
    return render.done() and not any(one.is_set() for one in told)


async def _cancel(renders: list[asyncio.Task[bytes]]) -> None:
    for render in renders:
        render.cancel()
    await asyncio.gather(*renders, return_exceptions=True)


def _heard_s(sent: list[tuple[float, float]], now: float) -> float:
    """How much was heard of pieces of which each is heard (from, to)."""
    return sum(min(end, now) - start for start, end in sent if start < now)


def _whole_ones(sent: list[tuple[float, float]], now: float) -> int:
    """How many of them count as heard."""
    return sum(now - start >= HEARD_SHARE * (end - start) for start, end in sent)


__all__ = ["MediaError", "Out", "Speaker", "Spoken", "Voice", "VoiceError"]
