"""Small stand-ins for the outside of a call session: a leg, a voice, a recogniser and an activity detector.

They are peers of the session, not branches in it; the call tests run the real ones."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator

from ivr.asterisk.media import Incoming, Mark
from ivr.call.listener import CHUNK_BYTES
from voices.errors import VoiceError
from voices.recognition.hypothesis import Hypothesis

_PERIOD = [3000 * (n % 16) - 200 * n for n in range(128)]
LOUD = struct.pack("<128h", *(max(-20000, min(20000, n)) for n in _PERIOD)) * (CHUNK_BYTES // 256)
"""One chunk of something with the pitch of a voice, 125 Hz."""
QUIET = b"\0" * CHUNK_BYTES


class FakeDetector:
    """Speech is whatever is not digital silence."""

    def probability(self, chunk: bytes) -> float:
        return 0.9 if any(chunk) else 0.02


class FakeRecogniser:
    """Says the next of its texts for each utterance; an exception instead of a text is raised."""

    def __init__(self, *texts: str | VoiceError) -> None:
        self.texts = list(texts)
        self.heard: list[bytes] = []

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        self.heard.append(pcm)
        await asyncio.sleep(0)
        text = self.texts.pop(0)
        if isinstance(text, VoiceError):
            raise text
        return Hypothesis(text, 0.9, duration_s=len(pcm) / 32_000)


class FakeVoice:
    """Each character lasts 0.02 s."""

    def pieces(self, pieces: tuple[str, ...], language: str) -> tuple[str, ...]:
        return pieces

    async def pcm(self, text: str, *, language: str = "", rate: str = "normal", loudness: str = "normal") -> bytes:
        return b"\x02\x03" * (320 * len(text))


class FakeLeg:
    """Plays at once and reports marks; keeps what was sent."""

    def __init__(self, *, mute: bool = False) -> None:
        self.played = bytearray()
        self.flushes = 0
        self.closed = False
        self.mute = mute
        """With True no mark is ever reported: a prompt goes on until it is stopped."""
        self.line: asyncio.Queue[Incoming | None] = asyncio.Queue()

    async def incoming(self) -> AsyncIterator[Incoming]:
        while (item := await self.line.get()) is not None:
            yield item

    async def play(self, pcm: bytes) -> None:
        self.played += pcm

    async def mark(self, name: str) -> None:
        if not self.mute:
            self.line.put_nowait(Mark(name))

    async def flush(self) -> None:
        self.flushes += 1

    async def close(self) -> None:
        self.closed = True
        self.line.put_nowait(None)
