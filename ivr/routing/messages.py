"""Messages become tickets, and the recogniser listens to them when it has time: callers who speak now go first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from integrations.database.tickets import Ticket, Tickets
from ivr.routing.rounds import look_every
from voices.audio import RATE_HZ, from_pcm, read_wav_pcm
from voices.errors import VoiceError
from voices.recognition.hypothesis import Recogniser

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
PIECE_S = (5.0, 9.0)
"""A long message is cut at its quietest moment between these seconds: the recogniser hears 10 s at a time."""
QUIET_S = 0.1
TIMEOUT_S = 60.0
MESSAGE_MAX_S = 660
NOT_READABLE = "（录音打不开，请听原声）"
NOTHING_HEARD = "（没有听出字，请听原声）"


def pieces(pcm: bytes) -> Iterator[bytes]:
    """Cut 16 kHz s16le audio where it is quiet, each piece at most 9 s."""
    samples = from_pcm(pcm)
    first, last = (round(second * RATE_HZ) for second in PIECE_S)
    step = round(QUIET_S * RATE_HZ)
    start = 0
    while len(samples) - start > last:
        window = samples[start + first : start + last]
        frames = window[: len(window) // step * step].reshape(-1, step)
        quietest = int(np.argmin((frames**2).mean(axis=1)))
        cut = start + first + quietest * step + step // 2
        yield pcm[2 * start : 2 * cut]
        start = cut
    yield pcm[2 * start :]


class Messages:
    """Runs beside the calls."""

    def __init__(self, tickets: Tickets, recogniser: Recogniser | None, keep_days: int = 180) -> None:
        self._tickets, self._recogniser, self._keep = tickets, recogniser, timedelta(days=keep_days)

    async def run(self) -> None:
        """Look every five seconds until cancelled."""
        await look_every(LOOK_EVERY_S, self.look, "messages")

    async def look(self) -> None:
        """One round: open tickets for new messages; listen to those that nobody has heard."""
        now = datetime.now(UTC)
        await asyncio.to_thread(self._tickets.collect, now)
        await asyncio.to_thread(self.delete_old, now)
        if self._recogniser is None:
            return
        for ticket in await asyncio.to_thread(self._tickets.unheard):
            heard = await self._listen(ticket, self._recogniser)
            if heard is None:
                return  # busy with callers: later
            await asyncio.to_thread(self._tickets.heard, ticket.id, *heard)

    def delete_old(self, now: datetime) -> None:
        """Delete the sound of messages that were dealt with long ago. Raises DatabaseError."""
        for ticket in self._tickets.with_old_sound((now - self._keep).replace(tzinfo=None)):
            try:
                Path(ticket.file or "").unlink(missing_ok=True)
            except OSError as error:
                log.warning("the message of call %s cannot be deleted: %s; it is tried again", ticket.call_id, error)
                continue
            self._tickets.forget_sound(ticket.id)

    @staticmethod
    async def _listen(ticket: Ticket, recogniser: Recogniser) -> tuple[str, float] | None:
        """(text, least confidence of its pieces); None when the recogniser has no time now."""
        try:
            pcm = await asyncio.to_thread(read_wav_pcm, Path(ticket.file or ""))
        except (VoiceError, OSError) as error:
            log.warning("the message of call %s cannot be listened to: %s", ticket.call_id, error)
            return NOT_READABLE, 0.0
        texts, confidence = [], 1.0
        for piece in pieces(pcm[: MESSAGE_MAX_S * RATE_HZ * 2]):
            try:
                hypothesis = await recogniser.transcribe(piece, ticket.language, timeout_s=TIMEOUT_S)
            except VoiceError as error:
                if error.code not in {"busy", "timeout", "unavailable"}:
                    log.warning("the recogniser cannot hear the message of call %s: %s", ticket.call_id, error)
                    return NOT_READABLE, 0.0
                log.info("the message of call %s is listened to later: %s", ticket.call_id, error)
                return None
            if hypothesis.text.strip():
                texts.append(hypothesis.text.strip())
                confidence = min(confidence, hypothesis.confidence)
        return ("，".join(texts), confidence) if texts else (NOTHING_HEARD, 0.0)
