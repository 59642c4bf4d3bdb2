"""The turn that was over last, as long as the caller may still go on with it: nobody says "I have not finished"."""

from __future__ import annotations

import asyncio
from typing import Any

RATE_HZ = 16_000
GOES_ON_S = 1.4
"""Who goes on speaking so soon after their last word had not finished, whatever has been answered meanwhile: turns end
after 0.35 to 0.9 s of silence, so they have heard a second of the answer at most. Longer for those who pause longer and
were not waited for: an answer that cannot be taken back waits for the rest until then."""
FORGOTTEN_S = 4.0
"""Later than this nothing of it matters: neither its sound nor how long the caller paused."""


class LastTurn:
    """One turn that was taken to be over."""

    def __init__(
        self,
        audio: bytes = b"",
        silence_s: float = FORGOTTEN_S,
        delivery: asyncio.Task[Any] | None = None,
        *,
        takes_back: bool = False,
        goes_on_s: float = GOES_ON_S,
    ) -> None:
        """`audio`: 16 kHz s16le, of which the last `silence_s` were silent; empty where nothing can be added to it.
        `delivery` ends when its words have been told. `takes_back`: it held the turn before it once more.
        `goes_on_s`: who speaks again within so much goes on with it."""
        self.silence_s = silence_s
        """Since its last word."""
        self.takes_back, self.goes_on_s = takes_back, goes_on_s
        self._audio = bytearray(audio)
        self._delivery = delivery

    def passes(self, chunk: bytes) -> None:
        """So much more was heard since."""
        if self.silence_s >= FORGOTTEN_S:
            self._audio.clear()
            return
        self.silence_s += len(chunk) / RATE_HZ / 2
        if self._audio:
            self._audio += chunk

    def pause_s(self, run_s: float) -> float:
        """From its last word to a sound that has been going on for `run_s`."""
        return max(0.0, self.silence_s - run_s)

    def before(self, speech: bytes | bytearray) -> bytes:
        """All of it up to `speech`, which is the end of what has passed since. Empty where nothing can be added."""
        return bytes(self._audio[: max(0, len(self._audio) - len(speech))])

    def let_go(self) -> None:
        """It is no longer the last thing that was said. Whether its words were told can still be asked."""
        self.silence_s = FORGOTTEN_S
        self._audio.clear()

    @property
    def told(self) -> bool:
        """Whether its words are known."""
        return self._delivery is not None and self._delivery.done()

    def recall(self) -> bool:
        """Do not tell its words, which are not all. False when they have been told."""
        return self._delivery is not None and self._delivery.cancel()
