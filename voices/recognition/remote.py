"""Recognisers on another machine, over WebSocket: what the protocols share.

A server may be away, accept and never answer, answer rubbish, or die in the middle of a sentence. Each of these ends in
a VoiceError within a bounded time, and the audio is kept, so that another recogniser can hear the sentence."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from voices.errors import VoiceError
from voices.recognition.hearing import Audio, hear_whole
from voices.recognition.hypothesis import ANYTHING, Expectation, Hearing, Hypothesis, OnPartial

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 2.0
"""The caller is speaking meanwhile; another recogniser must still have time."""
CLOSE_TIMEOUT_S = 1.0
ANSWER_S = 1.2
"""Where another recogniser is well. A server that has time needs less than half of it; one that does not
answer costs, with what the other one takes, about as long as a caller waits without asking whether anybody is there."""
USUAL_S = 0.5
"""From the end of an utterance to its last words, on a server that has time: beyond, its line is long."""
SILENCE_MAX_S = 10.0
"""A server that owes an answer and sends none for so long, or for as long as the utterance lasts, is given up. Calls
wait for less; this is for those who would wait longer."""
PIECE_BYTES = 6400
"""0.2 s. Larger messages delay partial hypotheses, smaller ones cost more."""
PIECES_WAITING_MAX = 400
"""80 s: beyond, the server does not take what is sent."""
MESSAGE_MAX_BYTES = 1 << 20


class Conversation(ABC):
    """What one protocol says about one utterance. No I/O: messages in, hypotheses out."""

    @abstractmethod
    def greeting(self) -> list[str]:
        """Messages before the audio."""

    @abstractmethod
    def ending(self) -> str:
        """The message after the last audio."""

    @abstractmethod
    def sent(self) -> None:
        """A piece of audio, or the ending, is being sent."""

    @abstractmethod
    def end(self) -> None:
        """The ending was sent."""

    @abstractmethod
    def take(self, message: Mapping[str, Any]) -> None:
        """A message of the server. Raises KeyError, TypeError, ValueError when it is not one of the protocol."""

    @abstractmethod
    def hypothesis(self) -> Hypothesis:
        """What was said, as far as the server has told. `final` when it has told everything."""

    def quiet_ends(self) -> float | None:
        """After how many seconds without a message the utterance is over, for servers that do not say so; or None."""
        return None


class RemoteRecogniser:
    """A `StreamingRecogniser` over one server. One connection for each utterance: servers keep state by connection."""

    answer_s = ANSWER_S
    """See `Afar`."""

    def __init__(self, url: str, converse: Callable[[str, Expectation], Conversation], name: str) -> None:
        self.name, self.url = name, url
        self._converse = converse
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: dict[object, float] = {}
        """Since when (monotonic) each of those waits who wait for the end of an utterance."""

    def would_wait_s(self, language: str) -> float:
        """See `StreamingRecogniser`. The server does not tell, so it is as long as the one of ours who waits longest
        for the end of an utterance has waited beyond what is usual."""
        del language
        longest_s = time.monotonic() - min(self._waiting.values(), default=time.monotonic())
        return max(0.0, longest_s - USUAL_S)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Somebody waits for the end of an utterance meanwhile."""
        key = object()
        self._waiting[key] = time.monotonic()
        try:
            yield
        finally:
            del self._waiting[key]

    async def start(self) -> None:
        """Make sure that the server is there. Raises VoiceError `unavailable`."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                socket = await self.connect()
                await socket.close()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise self.unavailable(error) from error

    async def close(self) -> None:
        """End all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def listen(self, language: str, expect: Expectation = ANYTHING, on_partial: OnPartial | None = None) -> Hearing:
        """See `StreamingRecogniser`."""
        return RemoteHearing(self, lambda: self._converse(language, expect), on_partial)

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float, hint: str = "") -> Hypothesis:
        """See `Recogniser`."""
        return await hear_whole(self, pcm, language, timeout_s=timeout_s, hint=hint)

    async def connect(self) -> aiohttp.ClientWebSocketResponse:
        """A new connection. Raises aiohttp.ClientError, OSError."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return await self._session.ws_connect(
            self.url, max_msg_size=MESSAGE_MAX_BYTES, timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT_S)
        )

    def spawn(self, task: asyncio.Task[None]) -> None:
        """Own a task of an utterance, until it ends."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def unavailable(self, error: BaseException) -> VoiceError:
        """The error of a server that is not there."""
        reason = "no answer" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
        return VoiceError(
            "unavailable",
            f"the recogniser at {self.url} cannot be reached: {reason}",
            "Start it, or correct its address in the settings (speech.recognisers).",
        )

    def silent(self, seconds: float) -> VoiceError:
        """The error of a server that takes the audio and says nothing."""
        return VoiceError(
            "timeout",
            f"the recogniser at {self.url} sends no answer within {seconds:.1f} s",
            "See its log, start it anew, or name another one in the settings (speech.recognisers).",
        )

    def broken(self, what: str) -> VoiceError:
        """The error of a server that does not keep to its protocol."""
        return VoiceError(
            "crashed",
            f"the recogniser at {self.url} {what}",
            "See its log; check that the address names this protocol.",
        )


class RemoteHearing:
    """See `Hearing`. One task talks to the server; when it fails, `final` raises why."""

    def __init__(
        self, server: RemoteRecogniser, converse: Callable[[], Conversation], on_partial: OnPartial | None
    ) -> None:
        self._server, self._converse, self._on_partial = server, converse, on_partial
        self._audio = Audio()
        self._rest = bytearray()
        self._partial: Hypothesis | None = None
        self._talk: asyncio.Task[None] | None = None
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(PIECES_WAITING_MAX)
        self._answer: asyncio.Future[Hypothesis] | None = None
        self._closed = False

    @property
    def partial(self) -> Hypothesis | None:
        """See `Hearing`."""
        return self._partial

    def feed(self, pcm: bytes) -> None:
        """See `Hearing`."""
        self._audio.add(pcm)
        lost = self._answer is not None and self._answer.done()  # `final` will say why
        if not self._closed and not lost:
            self._rest += pcm
            self._send()

    async def final(self, *, timeout_s: float) -> Hypothesis:
        """See `Hearing`."""
        if self._closed:
            raise VoiceError("unavailable", "the utterance was closed")
        self._send(everything=True)
        answer = self._answer
        assert answer is not None
        began = time.monotonic()
        try:
            with self._server.waiting():
                async with asyncio.timeout(timeout_s):
                    heard = await asyncio.shield(answer)
        except TimeoutError:
            raise self._server.silent(timeout_s) from None
        finally:
            self._begin_anew()
        return replace(heard, duration_s=self._audio.duration_s, work_s=time.monotonic() - began)

    def close(self) -> None:
        """See `Hearing`."""
        self._closed = True
        self._stop()

    def _stop(self) -> None:
        if self._talk is not None:
            self._talk.cancel()
            self._talk = None
        _fail(self._answer, VoiceError("unavailable", "the utterance was closed"))

    def _begin_anew(self) -> None:
        """An utterance that goes on after its final hypothesis is heard again from its first syllable."""
        self._stop()
        self._answer = None
        self._rest = bytearray(self._audio.since())

    def _send(self, *, everything: bool = False) -> None:
        if self._talk is None:
            if len(self._rest) < PIECE_BYTES and not everything:
                return
            self._pieces = asyncio.Queue(PIECES_WAITING_MAX)
            self._answer = asyncio.get_running_loop().create_future()
            self._talk = asyncio.create_task(self._converse_with(self._pieces, self._answer), name="remote recogniser")
            self._server.spawn(self._talk)
        try:
            while len(self._rest) >= PIECE_BYTES or (self._rest and everything):
                self._pieces.put_nowait(bytes(self._rest[:PIECE_BYTES]))
                del self._rest[:PIECE_BYTES]
            if everything:
                self._pieces.put_nowait(None)
        except asyncio.QueueFull:
            _fail(self._answer, self._server.broken("does not take the audio"))

    async def _converse_with(self, pieces: asyncio.Queue[bytes | None], answer: asyncio.Future[Hypothesis]) -> None:
        try:
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    socket = await self._server.connect()
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                raise self._server.unavailable(error) from error
            async with socket:  # closing takes up to CLOSE_TIMEOUT_S: the error is told before
                try:
                    await self._utterance(socket, pieces, answer)
                except VoiceError as error:
                    _fail(answer, error)
        except VoiceError as error:
            _fail(answer, error)
        except (aiohttp.ClientError, OSError) as error:
            _fail(answer, self._server.broken(f"broke off: {error}"))
        except Exception as error:
            log.exception("%s: an utterance could not be talked about", self._server.name)
            _fail(answer, self._server.broken(f"was not understood: {error!r}"))

    async def _utterance(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        pieces: asyncio.Queue[bytes | None],
        answer: asyncio.Future[Hypothesis],
    ) -> None:
        talk = self._converse()
        line = _Line(time.monotonic())
        sending = asyncio.create_task(_send_all(socket, talk, pieces, line), name="audio to a remote recogniser")
        try:
            while not answer.done():
                quiet_s = talk.quiet_ends() if line.ended else None
                patience_s = max(SILENCE_MAX_S, self._audio.duration_s)
                left_s = line.moved + patience_s - time.monotonic() if quiet_s is None else quiet_s
                try:
                    async with asyncio.timeout(max(0.0, left_s)):
                        message = await socket.receive()
                except TimeoutError:
                    if quiet_s is not None:
                        _succeed(answer, replace(talk.hypothesis(), final=True))
                        return
                    line.look(pieces, patience_s, self._server)
                    continue
                line.moved = time.monotonic()
                self._take(message, talk, answer)
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, aiohttp.ClientError, OSError):  # `receive` has told why
                await sending

    def _take(self, message: aiohttp.WSMessage, talk: Conversation, answer: asyncio.Future[Hypothesis]) -> None:
        if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED):
            if talk.quiet_ends() is None:
                raise self._server.broken("broke off in the middle of an utterance")
            _succeed(answer, replace(talk.hypothesis(), final=True))
            return
        try:
            talk.take(_parse(message))
            heard = talk.hypothesis()
        except (KeyError, TypeError, ValueError) as error:
            log.warning("%s answers what is not in its protocol: %.200r", self._server.name, message.data)
            raise self._server.broken(f"answers what is not in its protocol ({error!r})") from error
        if heard.final:
            _succeed(answer, heard)
        elif self._partial is None or heard.text != self._partial.text:
            self._partial = replace(heard, duration_s=self._audio.duration_s)
            if self._on_partial is not None and not self._closed:
                self._on_partial(self._partial)


@dataclass(slots=True)
class _Line:
    """What has passed between us and the server."""

    moved: float
    """When the last piece or message did, by the monotonic clock."""
    ended: bool = False
    """Everything was sent."""

    def look(self, pieces: asyncio.Queue[bytes | None], patience_s: float, server: RemoteRecogniser) -> None:
        """Raises VoiceError when the server owes an answer, or room for a piece, since `patience_s`."""
        now = time.monotonic()
        if not self.ended and pieces.empty():
            self.moved = now  # the caller is silent: nothing is owed
        elif now - self.moved >= patience_s:
            raise server.silent(patience_s)


def _parse(message: aiohttp.WSMessage) -> Mapping[str, Any]:
    """Raises TypeError, ValueError."""
    if message.type is not aiohttp.WSMsgType.TEXT:
        raise TypeError(message.type)
    data = json.loads(message.data)
    if not isinstance(data, dict):
        raise TypeError(type(data))
    return data


async def _send_all(
    socket: aiohttp.ClientWebSocketResponse,
    talk: Conversation,
    pieces: asyncio.Queue[bytes | None],
    line: _Line,
) -> None:
    for text in talk.greeting():
        await socket.send_str(text)
    while (piece := await pieces.get()) is not None:
        talk.sent()
        await socket.send_bytes(piece)
        line.moved = time.monotonic()
    talk.sent()
    talk.end()
    await socket.send_str(talk.ending())
    line.ended, line.moved = True, time.monotonic()


def _fail(answer: asyncio.Future[Hypothesis] | None, error: VoiceError) -> None:
    if answer is not None and not answer.done():
        answer.set_exception(error)
        answer.exception()  # `final` raises it; when nobody asks, it is not an error of the loop


def _succeed(answer: asyncio.Future[Hypothesis], heard: Hypothesis) -> None:
    if not answer.done():
        answer.set_result(heard)
