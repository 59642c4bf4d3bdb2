"""Rendered prompts: found in memory, else on disk, else rendered while the caller waits."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np

from voices.errors import VoiceError
from voices.synthesis.phone import for_phone
from voices.synthesis.tempo import stretched
from voices.whole import write_whole
from voices.worker_process import BUSY, WorkerProcess

log = logging.getLogger(__name__)

Order: TypeAlias = tuple[str, str, "asyncio.Future[bytes]"]
"""Text, rate, and where the audio goes."""

VERSION = 1
"""Of what the voice gives: raise it when the same text would be spoken otherwise. Loudness comes afterwards."""
SPEEDS: Mapping[str, float] = {"normal": 0.9, "slow": 0.78, "slower": 0.68}
RATE_HZ = 16_000
TEXT_MAX = 300
MEMORY_MAX_BYTES = 64 << 20
WAITING_MAX = 200
LIVE, AHEAD = 0, 1
AHEAD_NICENESS = 15
RENDER_TIMEOUT_S = 20.0
AHEAD_TIMEOUT_S = 120.0
"""Of a piece that no caller waits for: with its low priority, a long one takes long where much else is done."""
TAIL_S = 0.12
"""Silence after each piece: a breath."""
QUIET_DBFS = -50.0


class PromptStore:
    """One voice. One worker renders what a caller waits for, another what may be needed one day."""

    def __init__(
        self,
        folder: Path,
        model: Path,
        voice: str,
        log_dir: Path | None = None,
        ahead_workers: int = 1,
        *,
        engine: str = "kokoro",
        language: str = "zh",
    ) -> None:
        self._folder, self._voice = folder, voice
        log_file = log_dir / "voice.log" if log_dir else None
        # A worker cannot be interrupted: a caller must not wait for the end of a piece that nobody waits for.
        module, arguments = "voices.synthesis.worker", [engine, voice, language, str(model)]
        self._live = WorkerProcess(module, arguments, log_file)
        self._behind = [
            WorkerProcess(module, arguments, log_file, niceness=AHEAD_NICENESS) for _ in range(ahead_workers)
        ]
        self._memory: OrderedDict[str, bytes] = OrderedDict()
        self._memory_bytes = 0
        self._orders: tuple[asyncio.Queue[Order], asyncio.Queue[Order]] = (asyncio.Queue(), asyncio.Queue())
        self._under_way: dict[str, asyncio.Future[bytes]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._ahead: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to take orders."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._tasks = [asyncio.create_task(self._work(self._live, LIVE), name="live rendering")]
        self._tasks += [asyncio.create_task(self._work(one, AHEAD), name="rendering ahead") for one in self._behind]

    async def close(self) -> None:
        """Stop rendering."""
        tasks = [*self._tasks, *([self._ahead] if self._ahead is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for waiting in self._under_way.values():
            waiting.cancel()
        self._under_way.clear()
        for worker in (self._live, *self._behind):
            await worker.stop()

    async def warm(self) -> None:
        """Start the worker for live pieces, so that the first of them need not wait. Raises VoiceError."""
        await self._live.start()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that run."""
        return [worker.pid for worker in (self._live, *self._behind) if worker.pid is not None]

    async def pcm(self, text: str, *, rate: str = "normal", loudness: str = "normal") -> bytes:
        """The audio of a piece, 16 kHz s16le. Raises VoiceError (`busy`, `timeout`, `unavailable`,
        `text_unspeakable`)."""
        text = text[:TEXT_MAX]
        ready = f"{self._key(text, rate)} {loudness}"
        if (kept := self._memory.get(ready)) is not None:
            self._memory.move_to_end(ready)
            return kept
        spoken = for_phone(await self._at_rate(text, rate), loudness)
        self._remember(ready, spoken)
        return spoken

    async def _at_rate(self, text: str, rate: str) -> bytes:
        audio = self._read(self._key(text, rate))
        if audio is None and rate != "normal":
            # Stretched, it is there at once; spoken slowly by the voice itself, the caller would wait for it.
            audio = stretched(await self._get(text, "normal", LIVE), stretch(rate))
        return audio or await self._get(text, rate, LIVE)

    def render_ahead(self, texts: Iterable[str], rate: str = "normal") -> None:
        """Render in the background what is not on disk yet: everything that is wanted, for a new list takes the place
        of the old one. What a worker has in hand then is finished and kept."""
        if self._ahead is not None:
            self._ahead.cancel()
        self._ahead = asyncio.create_task(self._render_all(list(texts), rate), name="prompts ahead")

    def missing(self, texts: Iterable[str], rate: str = "normal") -> list[str]:
        """Those that are not on disk."""
        return [text for text in texts if not self._file(self._key(text, rate)).exists()]

    async def render_now(self, texts: Iterable[str], rate: str = "normal") -> int:
        """Render what is missing; returns how many. Raises VoiceError."""
        missing = self.missing(texts, rate)
        for start in range(0, len(missing), WAITING_MAX // 2):
            await asyncio.gather(*(self._get(text, rate, AHEAD) for text in missing[start : start + WAITING_MAX // 2]))
        return len(missing)

    async def _render_all(self, texts: list[str], rate: str) -> None:
        for text in texts:
            if self._file(self._key(text, rate)).exists():
                continue
            try:
                await self._get(text, rate, AHEAD)
            except VoiceError as error:
                log.warning("“%s” was not rendered ahead: %s", text, error)
                if error.code == "unavailable":
                    return

    def _key(self, text: str, rate: str) -> str:
        return hashlib.sha256(f"{VERSION}|{self._voice}|{rate}|{text}".encode()).hexdigest()

    def _file(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.pcm"

    async def _get(self, text: str, rate: str, priority: int) -> bytes:
        key = self._key(text, rate)
        if (audio := self._memory.get(key)) is not None:
            self._memory.move_to_end(key)
            return audio
        if (audio := self._read(key)) is not None:
            return audio
        waiting = self._under_way.get(key)
        if waiting is None or priority == LIVE:
            if self._orders[priority].qsize() >= WAITING_MAX:
                raise VoiceError("busy", f"{WAITING_MAX} prompts wait to be rendered", BUSY)
            waiting = waiting or asyncio.get_running_loop().create_future()
            self._under_way[key] = waiting
            self._orders[priority].put_nowait((text, rate, waiting))
        try:
            # One that is rendered ahead may wait behind many others; nobody waits for it.
            async with asyncio.timeout(RENDER_TIMEOUT_S if priority == LIVE else None):
                return await asyncio.shield(waiting)
        except TimeoutError:
            raise VoiceError("timeout", f"“{text}” was not rendered within {RENDER_TIMEOUT_S:.0f} s", BUSY) from None

    def _read(self, key: str) -> bytes | None:
        """From disk. A file of odd length was cut off: it is rendered again."""
        try:
            audio = self._file(key).read_bytes()
        except OSError:
            return None
        if not audio or len(audio) % 2:
            return None
        self._remember(key, audio)
        return audio

    def _remember(self, key: str, audio: bytes) -> None:
        self._memory_bytes += len(audio) - len(self._memory.get(key, b""))
        self._memory[key] = audio
        while self._memory_bytes > MEMORY_MAX_BYTES:
            _, old = self._memory.popitem(last=False)
            self._memory_bytes -= len(old)

    async def _work(self, worker: WorkerProcess, which: int) -> None:
        while True:
            text, rate, waiting = await self._orders[which].get()
            if waiting.done():
                continue
            key = self._key(text, rate)
            try:
                request = {"text": text, "speed": SPEEDS.get(rate, SPEEDS["normal"])}
                limit_s = RENDER_TIMEOUT_S if which == LIVE else AHEAD_TIMEOUT_S
                _, audio = await worker.ask(request, timeout_s=limit_s)
                audio = tidy(audio)
            except VoiceError as error:
                self._under_way.pop(key, None)
                if waiting.done():
                    continue
                waiting.set_exception(error)
                waiting.exception()  # whoever waits gets it; when nobody does, it is not an error of the loop
                continue
            self._under_way.pop(key, None)
            self._remember(key, audio)
            self._keep(key, audio)
            if not waiting.done():  # both workers had it
                waiting.set_result(audio)

    def _keep(self, key: str, audio: bytes) -> None:
        """On disk, whole or not at all. A full disk costs time, not the prompt."""
        try:
            write_whole(self._file(key), audio)  # two hotlines may render the same at the same time
        except OSError as error:
            log.warning("a rendered prompt could not be kept: %s", error)


def stretch(rate: str) -> float:
    """How many times as long as at the normal rate."""
    return SPEEDS["normal"] / SPEEDS.get(rate, SPEEDS["normal"])


def tidy(audio: bytes) -> bytes:
    """Without the silence at both ends that the model adds, and with one breath at the end."""
    samples = np.frombuffer(audio, dtype="<i2")
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 32768 * 10 ** (QUIET_DBFS / 20))
    margin = RATE_HZ // 50
    if len(loud):
        samples = samples[max(0, loud[0] - margin) : loud[-1] + margin * 2]
    return samples.tobytes() + bytes(int(TAIL_S * RATE_HZ) * 2)
