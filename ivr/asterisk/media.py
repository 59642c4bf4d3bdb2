"""The media leg of one call: 16 kHz audio in and out over Asterisk's WebSocket channel driver.

Asterisk is the server here (INCOMING mode): it tells a connection id by a user event, and we connect. The other way
round, a program that hangs after accepting the connection stops Asterisk from answering any new call."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import aiohttp

log = logging.getLogger(__name__)

FRAME_BYTES = 640
"""20 ms of 16 kHz, 16-bit mono audio: what Asterisk sends and wants."""
PIECE_BYTES = 32_000
"""Most audio in one message: 96,000 bytes closed the leg with code 1009 (measured on Asterisk 22.10.1)."""
BYTES_PER_S = 32_000
AHEAD_S = 15.0
"""Asterisk queues 20 s of audio and drops what comes beyond without a word; its MEDIA_XOFF, at 18 s, comes too late for
what is sent at once."""
XON_S = 16.0
"""So much is queued when it says MEDIA_XON."""
CONNECT_TIMEOUT_S = 2.0
FLOW_TIMEOUT_S = 30.0


class MediaError(Exception):
    """The media leg cannot be opened or was lost."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Audio:
    """Audio of the caller, 16 kHz s16le mono, usually one 20 ms frame."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Digit:
    """The caller pressed and released a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The audio before this mark has been played to the caller."""

    name: str


Incoming: TypeAlias = Audio | Digit | Mark


class MediaLeg:
    """One open media leg. `incoming()` must be read all the time; it ends when the leg ends."""

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._session = session
        self._socket = socket
        self._may_send = asyncio.Event()
        self._may_send.set()
        self._flushed = asyncio.Event()
        """Of what is being sent now; whatever is sent after a flush has an event of its own."""
        self._heard_at = 0.0
        """Monotonic: when all that is queued has been heard."""
        self._ended = False

    @classmethod
    async def open(cls, port: int, connection_id: str) -> MediaLeg:
        """Connect to Asterisk on loopback. Raises MediaError(`media_refused`) when it does not take the connection."""
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S))
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                socket = await session.ws_connect(
                    f"ws://127.0.0.1:{port}/media/{connection_id}", protocols=("media",), max_msg_size=0, autoping=True
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            await session.close()
            raise MediaError("media_refused", f"Asterisk did not accept the media connection: {error}") from error
        return cls(session, socket)

    async def incoming(self) -> AsyncIterator[Incoming]:
        """Everything that comes from the caller, in order, until the leg ends."""
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                yield Audio(message.data)
            elif message.type is aiohttp.WSMsgType.TEXT:
                item = self._control(message.data)
                if item is not None:
                    yield item
            else:
                break
        self._ended = True  # nobody waits for a leg that is gone
        self._go_on()

    def _control(self, text: str) -> Incoming | None:
        try:
            event: dict[str, Any] = json.loads(text)
        except ValueError:
            log.warning("a control message from Asterisk is not JSON: %.100r", text)
            return None
        match event.get("event"):
            case "DTMF_END":
                return Digit(str(event.get("digit", "")))
            case "MEDIA_MARK_PROCESSED":
                return Mark(str(event.get("correlation_id", "")))
            case "MEDIA_XOFF":
                self._may_send.clear()
            case "MEDIA_XON":
                if not self._may_send.is_set():  # the line stood still: it has heard less than the clock says
                    self._heard_at = max(self._heard_at, time.monotonic() + XON_S)
                self._may_send.set()
            case "ERROR":
                log.warning("Asterisk reports an error on the media leg: %s", text)
            case _:
                log.debug("media event %s", text)
        return None

    async def play(self, pcm: bytes) -> None:
        """Queue audio in Asterisk, which paces it. Returns when all of it is queued, the last of it at most AHEAD_S
        before it is heard, or when it was flushed: then the rest is not sent. Raises MediaError(`media_lost`)."""
        whole = len(pcm) + (-len(pcm) % FRAME_BYTES)
        pcm = pcm.ljust(whole, b"\0")
        flushed = self._flushed
        for start in range(0, whole, PIECE_BYTES):
            piece = pcm[start : start + PIECE_BYTES]
            await self._room(len(piece) / BYTES_PER_S, flushed)
            try:
                async with asyncio.timeout(FLOW_TIMEOUT_S):
                    await self._may_send.wait()
                    if flushed.is_set() and not self._ended:
                        return
                    self._heard_at = max(self._heard_at, time.monotonic()) + len(piece) / BYTES_PER_S
                    await self._socket.send_bytes(piece)
            except (TimeoutError, aiohttp.ClientError, ConnectionError) as error:
                raise MediaError("media_lost", f"the media leg took no audio: {error}") from error

    async def _room(self, piece_s: float, flushed: asyncio.Event) -> None:
        """Wait until so much more may be queued, or nobody wants it any more."""
        wait_s = self._heard_at + piece_s - AHEAD_S - time.monotonic()
        if wait_s > 0 and not self._ended:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await flushed.wait()

    async def mark(self, name: str) -> None:
        """Ask for a Mark once everything queued so far has been played."""
        await self._command("MARK_MEDIA", correlation_id=name)

    async def flush(self) -> None:
        """Drop all queued audio at once, and what is not queued yet of a `play` that is under way."""
        self._heard_at = 0.0
        self._go_on()
        await self._command("FLUSH_MEDIA")

    def _go_on(self) -> None:
        """Whoever waits to send goes on, or gives up."""
        self._flushed.set()
        self._flushed = asyncio.Event()
        self._may_send.set()

    async def _command(self, command: str, **fields: str) -> None:
        try:
            await self._socket.send_str(json.dumps({"command": command, **fields}))
        except (aiohttp.ClientError, ConnectionError) as error:
            raise MediaError("media_lost", f"the media leg is gone: {error}") from error

    async def close(self) -> None:
        """End the leg; the dialplan goes on with HOTLINE_NEXT."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self._socket.close()
        await self._session.close()
