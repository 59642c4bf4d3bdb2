"""The telephone of a native speaker who teaches phrases: sentences and sounds out, takes and keys in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ivr.asterisk.media import Audio, Digit, Incoming, Mark
from ivr.call import breakdown
from ivr.call.events import CallEvent, Kind
from ivr.call.listener import Detector
from ivr.call.parts import Ending, Leg
from ivr.call.speaker import Speaker, Voice
from ivr.call.take import CHUNK_BYTES, Fault, Limits, Take, Taken
from ivr.call.teaching import KEEP, Teaching, Workbook, pieces
from voices.audio import RATE_HZ, to_pcm

TONE_HZ, TONE_S = 700, 0.3
"""Low enough for a high-frequency hearing loss."""
AFTER_TONE_S = 0.12
"""The tone's own echo is over by then."""
TAKE_MAX_S = 40.0
"""Longer than any take lasts: only a line that sends nothing at all comes to it."""
_MANDARIN = "zh"


class WithSounds:
    """A `Voice` that also knows sounds which are no sentences."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self.sounds: dict[str, bytes] = {"♪": tone()}

    def pieces(self, some: tuple[str, ...], language: str) -> tuple[str, ...]:
        """See `Voice`."""
        return some if any(one in self.sounds for one in some) else self._voice.pieces(some, language)

    async def pcm(self, text: str, *, language: str = "", rate: str = "normal", loudness: str = "normal") -> bytes:
        """See `Voice`."""
        if text in self.sounds:
            return self.sounds[text]
        return await self._voice.pcm(text, language=language, rate=rate, loudness=loudness)


def tone() -> bytes:
    """After which the speaker speaks; 16 kHz s16le."""
    at = np.arange(round(TONE_S * RATE_HZ)) / RATE_HZ
    fade = np.minimum(1.0, np.minimum(at, TONE_S - at) / 0.02)
    return to_pcm((0.25 * fade * np.sin(2 * np.pi * TONE_HZ * at)).astype(np.float32))


class TeachingCall:
    """One such call, from the first frame to the hand-over. It is the `Booth` of its `Teaching`."""

    def __init__(
        self,
        call_id: str,
        leg: Leg,
        record: Callable[[CallEvent], None],
        *,
        voice: Voice,
        detector: Detector,
        workbook: Workbook,
        name_of: Callable[[str], str],
    ) -> None:
        self._id, self._leg, self._note = call_id, leg, record
        self._voice = WithSounds(voice)
        self._speaker = Speaker(leg, self._voice)
        self._speaker.language = _MANDARIN
        self._detector = detector
        self._teaching = Teaching(self, workbook, name_of)
        self._keys: asyncio.Queue[str] = asyncio.Queue(maxsize=64)
        self._rest = b""
        self._take: Take | None = None
        self._taken: asyncio.Future[Taken] | None = None

    async def run(
        self, hand_over: Callable[[Ending], Awaitable[None]], achieved: Callable[[], Awaitable[None]]
    ) -> None:
        """Until all is said or the speaker hangs up; `achieved` when the code is known."""
        self._record(Kind.MEDIA_OPENED)
        admitted = asyncio.Event()
        reader = asyncio.create_task(self._read(), name=f"media {self._id}")
        talk = asyncio.create_task(self._teaching.run(admitted.set), name=f"teaching {self._id}")
        known = asyncio.create_task(self._tell(admitted, achieved), name=f"admitted {self._id}")
        tasks, reason = (reader, talk, known), "leg_ended"
        try:
            await asyncio.wait({reader, talk}, return_when=asyncio.FIRST_COMPLETED)
            if talk.done():
                reason = "handed_over"
                await hand_over(talk.result())
            else:
                reason = await breakdown.left(self._id, reader, self._record, hand_over)
        except Exception as error:  # noqa: BLE001 - whatever breaks here, the speaker gets a person
            reason = await breakdown.to_a_person(self._id, error, self._record, hand_over)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._speaker.close()
            await self._leg.close()
            invitation = self._teaching.invitation
            if invitation is not None:
                self._record(Kind.TAUGHT, language=invitation.language, phrases=list(self._teaching.kept))
            self._record(Kind.MEDIA_CLOSED, reason=reason)

    @property
    def teaching(self) -> Teaching:
        """The sequence, for whoever wants to know how far it came."""
        return self._teaching

    @staticmethod
    async def _tell(admitted: asyncio.Event, achieved: Callable[[], Awaitable[None]]) -> None:
        await admitted.wait()
        await achieved()

    def _record(self, kind: Kind, **data: Any) -> None:
        self._note(CallEvent(self._id, datetime.now(UTC), kind, data))

    async def _read(self) -> None:
        async for item in self._leg.incoming():
            self._take_in(item)

    def _take_in(self, item: Incoming) -> None:
        match item:
            case Audio(pcm):
                self._hear(pcm)
            case Digit(digit):
                if not self._keys.full():
                    self._keys.put_nowait(digit)
            case Mark(name):
                self._speaker.marked(name)

    def _hear(self, pcm: bytes) -> None:
        self._rest += pcm
        while len(self._rest) >= CHUNK_BYTES:
            chunk, self._rest = self._rest[:CHUNK_BYTES], self._rest[CHUNK_BYTES:]
            probability = self._detector.probability(chunk)
            if self._take is None or self._taken is None or self._taken.done():
                continue
            if (taken := self._take.feed(chunk, probability)) is not None:
                self._taken.set_result(taken)

    async def say(self, prompt: str, **values: str) -> str:
        """See `Booth`."""
        said = pieces(prompt, **values)
        self._record(Kind.PROMPT_STARTED, prompt=f"teaching.{prompt}", text="".join(said))
        return await self._speak(said)

    def prepare(self, prompt: str, **values: str) -> None:
        """See `Booth`."""
        self._speaker.prepare(pieces(prompt, **values))

    async def play(self, pcm: bytes) -> str:
        """See `Booth`."""
        self._voice.sounds["recording"] = pcm
        try:
            return await self._speak(("recording",))
        finally:
            del self._voice.sounds["recording"]

    async def key(self, timeout_s: float) -> str:
        """See `Booth`."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._keys.get()
        except TimeoutError:
            return ""

    async def take(self, limits: Limits) -> Taken | str:
        """See `Booth`."""
        if key := await self._speak(("♪",)):
            return key
        await asyncio.sleep(AFTER_TONE_S)
        taken: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._take, self._taken = Take(limits), taken
        pressed = asyncio.create_task(self._keys.get())
        waits: tuple[asyncio.Future[Any], ...] = (taken, pressed)
        try:
            await asyncio.wait(waits, timeout=TAKE_MAX_S, return_when=asyncio.FIRST_COMPLETED)
            if pressed.done():
                # A key at the end of the phrase ends the take: what was said is not to be said again for that.
                done = self._take.finish() if pressed.result() == KEEP else None
                return done or pressed.result()
            return taken.result() if taken.done() else Taken(b"", Fault.SILENT)
        finally:
            pressed.cancel()
            taken.cancel()
            self._take = self._taken = None

    async def _speak(self, some: tuple[str, ...]) -> str:
        """Until it was heard, or a key was pressed over it."""
        speaking = asyncio.create_task(self._speaker.say(some), name=f"prompt {self._id}")
        key = asyncio.create_task(self._keys.get())
        try:
            await asyncio.wait({speaking, key}, return_when=asyncio.FIRST_COMPLETED)
            if speaking.done():
                speaking.result()
            if not key.done():
                return ""
            await self._speaker.stop()
            return key.result()
        finally:
            for task in (speaking, key):
                task.cancel()
            await asyncio.gather(speaking, key, return_exceptions=True)
