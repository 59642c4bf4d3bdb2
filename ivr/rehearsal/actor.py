"""A scripted caller: says sentences with a voice that is not the hotline's, presses keys, is silent, interrupts."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from ivr.rehearsal.caller import Event, Phone
from ivr.settings import Settings
from voices.audio import RATE_HZ, pcm_to_rate, wav_bytes
from voices.synthesis.store import PromptStore
from voices.whole import write_whole

VOICE = "zm_yunxi"
PHONE_RATE_HZ = 8000
TURN_TIMEOUT_S = 30.0
CONFIRMED_TIMEOUT_S = 5.0


class CallerVoice:
    """Renders what callers say into WAV files that are kept. Use as an async context manager."""

    def __init__(self, settings: Settings, voice: str = VOICE) -> None:
        self._store = PromptStore(settings.prompts_dir, settings.models_dir / "kokoro", voice)
        self._folder = settings.parts_dir / "callers"

    async def __aenter__(self) -> CallerVoice:
        self._folder.mkdir(parents=True, exist_ok=True)
        await self._store.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._store.close()

    async def wav(self, text: str) -> Path:
        """The file of a sentence. Raises VoiceError."""
        pcm = await self._store.pcm(text)
        file = self._folder / f"{hashlib.sha256(pcm).hexdigest()[:24]}.wav"
        if not file.exists():
            write_whole(file, wav_bytes(pcm_to_rate(pcm, RATE_HZ, PHONE_RATE_HZ), PHONE_RATE_HZ))
        return file


class Actor:
    """One caller. Each method is one thing that a caller does; most first let the hotline finish its sentence."""

    def __init__(self, phone: Phone, voice: CallerVoice) -> None:
        self.phone, self.voice = phone, voice
        self._seen = 0

    async def dial(self, service: str) -> None:
        """Call, and be answered."""
        await self.phone.call(service)
        await self.phone.state("CONFIRMED", timeout_s=CONFIRMED_TIMEOUT_S)

    async def listen(self, timeout_s: float = TURN_TIMEOUT_S) -> Event:
        """Until the hotline has said something and is quiet. Raises TimeoutError when it says nothing."""
        event = await self.phone.wait("quiet", after=self._seen, timeout_s=timeout_s)
        self._seen = len(self.phone.events)
        return event

    async def say(self, text: str) -> None:
        """Wait for the turn, then speak."""
        await self.voice.wav(text)  # rendered before, so that the turn is not over when it can be said
        await self.listen()
        await self.say_now(text)

    async def say_now(self, text: str) -> None:
        """Speak at once, whatever is being said."""
        await self.phone.play(await self.voice.wav(text))
        self._seen = len(self.phone.events)

    async def press(self, digits: str) -> None:
        """Wait for the turn, then press keys."""
        await self.listen()
        await self.press_now(digits)

    async def press_now(self, digits: str) -> None:
        """Press keys at once, whatever is being said."""
        self._seen = len(self.phone.events)
        for digit in digits:
            await self.phone.press(digit)
            await asyncio.sleep(0.35)

    async def interrupt(self, text: str, after_s: float) -> None:
        """Speak `after_s` after the hotline has begun to."""
        file = await self.voice.wav(text)
        await self.phone.wait("sound", after=self._seen, timeout_s=TURN_TIMEOUT_S)
        await asyncio.sleep(after_s)
        await self.phone.play(file)
        self._seen = len(self.phone.events)

    async def hang_up(self) -> None:
        """End the call."""
        await self.phone.hangup()
        await self.phone.state("DISCONNECTED")

    async def ended(self, timeout_s: float = TURN_TIMEOUT_S) -> None:
        """Until the hotline ends the call."""
        await self.phone.state("DISCONNECTED", timeout_s=timeout_s)
