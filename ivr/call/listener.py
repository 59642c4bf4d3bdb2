"""Audio in, utterances out: voice activity, the end of a turn, and recognition that starts before the turn is over."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from ivr.settings import Listening, Speech
from voices.errors import VoiceError
from voices.recognition.hypothesis import Hypothesis, Recogniser

log = logging.getLogger(__name__)

RATE_HZ = 16_000
CHUNK_BYTES = 1024
CHUNK_S = 0.032
"""The voice activity model works on 512 samples."""
PRE_ROLL_S = 0.45
"""Kept from before the detected start, so that a soft first syllable is not lost."""
SPEECH_AT = 0.5
SILENCE_AT = 0.35
"""Hysteresis: speech goes on until the probability falls below this."""
EARLY_S = 0.32
"""After so much silence the recogniser starts; more speech throws its result away."""


class Detector(Protocol):
    """Voice activity of one call."""

    def probability(self, chunk: bytes) -> float:
        """Probability that these 512 samples contain speech."""
        ...


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller began to speak: a prompt that may be interrupted stops now."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the caller said between two pauses. `hypothesis` is None when no recogniser could hear it."""

    hypothesis: Hypothesis | None
    duration_s: float
    error: str = ""


Heard: TypeAlias = SpeechBegan | Utterance


class Listener:
    """Listens to one call. Feed every frame; results come out of `heard` in order."""

    def __init__(
        self, detector: Detector, recogniser: Recogniser | None, listening: Listening, speech: Speech, language: str
    ) -> None:
        self.heard: asyncio.Queue[Heard] = asyncio.Queue(maxsize=100)
        self.pause_s = listening.pause_s
        self.hint = ""
        """Words like those that the question expects: the recogniser leans towards them."""
        self._detector, self._recogniser, self.language = detector, recogniser, language
        self._limits, self._timeout_s = listening, speech.recogniser_timeout_s
        self._rest = b""
        self._pre: deque[bytes] = deque(maxlen=round(PRE_ROLL_S / CHUNK_S))
        self._speech = bytearray()
        self._voiced_s = self._silent_s = 0.0
        self._open = False
        self._in_speech = False
        self._early: asyncio.Task[Utterance] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._order = asyncio.Lock()

    def wait(self, pause_s: float | None) -> None:
        """How long a pause ends the next utterance; None for the usual."""
        self.pause_s = pause_s or self._limits.pause_s

    def open(self) -> None:
        """Take speech from now on."""
        if not self._open:
            self._open = True
            self._reset()

    def shut(self) -> None:
        """Ignore speech: the bot is saying something that must be heard to its end, or is at work."""
        self._open = False
        self._reset()

    @property
    def speaking(self) -> bool:
        """Whether the caller is in the middle of an utterance."""
        return self._in_speech

    @property
    def busy(self) -> bool:
        """Whether an utterance is being spoken or recognised."""
        return self._in_speech or bool(self._tasks)

    def feed(self, pcm: bytes) -> None:
        """Take audio of the caller, 16 kHz s16le, of any length."""
        self._rest += pcm
        while len(self._rest) >= CHUNK_BYTES:
            chunk, self._rest = self._rest[:CHUNK_BYTES], self._rest[CHUNK_BYTES:]
            self._chunk(chunk, self._detector.probability(chunk))

    async def close(self) -> None:
        """Stop all recognition of this call."""
        tasks = [t for t in (*self._tasks, self._early) if t is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _reset(self) -> None:
        self._speech.clear()
        self._pre.clear()
        self._voiced_s = self._silent_s = 0.0
        self._in_speech = False
        self._drop_early()

    def _drop_early(self) -> None:
        if self._early is not None:
            self._early.cancel()
            self._early = None

    def _chunk(self, chunk: bytes, probability: float) -> None:
        if not self._open:
            return
        if not self._in_speech:
            self._pre.append(chunk)
            step = CHUNK_S if probability >= SPEECH_AT else -CHUNK_S
            self._voiced_s = max(0.0, self._voiced_s + step)
            if self._voiced_s >= self._limits.barge_in_speech_s:
                self._in_speech = True
                self._silent_s = 0.0
                self._speech = bytearray(b"".join(self._pre))
                self._put(SpeechBegan())
            return
        self._speech += chunk
        if probability >= SILENCE_AT:
            self._silent_s = 0.0
            self._drop_early()
        else:
            self._silent_s += CHUNK_S
        if self._silent_s >= EARLY_S and self._early is None:
            self._early = asyncio.create_task(self._recognise(bytes(self._speech)), name="early recognition")
        if self._silent_s >= self.pause_s or len(self._speech) >= self._limits.utterance_max_s * RATE_HZ * 2:
            self._finish()

    def _finish(self) -> None:
        early, self._early = self._early, None
        work = early or asyncio.create_task(self._recognise(bytes(self._speech)), name="recognition")
        task = asyncio.create_task(self._deliver(work), name="utterance")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._reset()

    async def _deliver(self, work: asyncio.Task[Utterance]) -> None:
        async with self._order:  # utterances come out in the order in which they were said
            self._put(await work)

    async def _recognise(self, pcm: bytes) -> Utterance:
        duration_s = len(pcm) / RATE_HZ / 2
        if self._recogniser is None:
            return Utterance(None, duration_s, "no_recogniser")
        try:
            hypothesis = await self._recogniser.transcribe(
                pcm, self.language, timeout_s=self._timeout_s, hint=self.hint
            )
        except VoiceError as error:
            log.warning("an utterance of %.1f s was not recognised: %s", duration_s, error)
            return Utterance(None, duration_s, error.code)
        return Utterance(hypothesis, duration_s)

    def _put(self, item: Heard) -> None:
        if self.heard.full():  # nobody says a hundred things unheard: the session is stuck, and its watchdog acts
            log.error("utterances are not being taken by the session")
            return
        self.heard.put_nowait(item)
