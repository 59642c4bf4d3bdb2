"""The media leg against a server on loopback that queues as Asterisk does: what is long arrives whole, what is flushed
is gone."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import WSMsgType, web

from ivr.asterisk import media as module
from ivr.asterisk.media import FRAME_BYTES, MediaError, MediaLeg
from tests.waits import at_most

FAST = 10
"""The line plays so many times as fast as a real one."""
FRAME_S = 0.02 / FAST
QUEUE_MAX, XOFF_AT, XON_BELOW = 1000, 900, 800
SECOND = 50 * FRAME_BYTES


class Line:
    """The other end: a queue of frames, XOFF and XON. What comes when it is full is dropped without a word."""

    def __init__(self) -> None:
        self.queue = 0
        self.longest = 0
        self.frames = 0
        self.dropped = 0
        self.after_flush = 0
        self.flushed = False
        self.stands = False
        """With True nothing is played: a machine that is too busy."""
        self._full = False

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("media",))
        await socket.prepare(request)
        playing = asyncio.create_task(self._play(socket))
        try:
            async for message in socket:
                if message.type is WSMsgType.BINARY:
                    await self._take(socket, len(message.data) // FRAME_BYTES)
                elif json.loads(message.data)["command"] == "FLUSH_MEDIA":
                    self.queue, self.flushed = 0, True
        finally:
            playing.cancel()
        return socket

    async def _take(self, socket: web.WebSocketResponse, frames: int) -> None:
        if self.flushed:
            self.after_flush += frames
        if self.queue >= QUEUE_MAX:
            self.dropped += frames
            return
        self.queue += frames
        self.frames += frames
        self.longest = max(self.longest, self.queue)
        if self.queue >= XOFF_AT and not self._full:
            self._full = True
            await socket.send_json({"event": "MEDIA_XOFF"})

    async def _play(self, socket: web.WebSocketResponse) -> None:
        played, began = 0, time.monotonic()
        while True:
            await asyncio.sleep(0.005)
            due = int((time.monotonic() - began) / FRAME_S) - played
            played += due
            if self.stands:
                continue
            self.queue = max(0, self.queue - due)
            if self._full and self.queue < XON_BELOW:
                self._full = False
                await socket.send_json({"event": "MEDIA_XON"})


@pytest.fixture
def line() -> Line:
    return Line()


@pytest_asyncio.fixture
async def leg(line: Line, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MediaLeg]:
    """A leg whose clock is as fast as the line."""
    monkeypatch.setattr(module, "BYTES_PER_S", SECOND * FAST)
    monkeypatch.setattr(module, "AHEAD_S", module.AHEAD_S / FAST)
    monkeypatch.setattr(module, "XON_S", module.XON_S / FAST)
    app = web.Application()
    app.router.add_get("/media/{connection}", line.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    opened = await MediaLeg.open(runner.addresses[0][1], "c-1")
    reading = asyncio.create_task(read(opened))
    yield opened
    await opened.close()
    await asyncio.wait_for(reading, at_most(5))
    await runner.cleanup()


async def read(leg: MediaLeg) -> None:
    async for _ in leg.incoming():
        pass


async def until_sent(line: Line, frames: int) -> None:
    async with asyncio.timeout(at_most(10)):
        while line.frames + line.dropped < frames:
            await asyncio.sleep(0.01)


async def test_what_is_longer_than_the_queue_arrives_whole(leg: MediaLeg, line: Line) -> None:
    await leg.play(bytes(30 * SECOND))
    await until_sent(line, 30 * 50)
    assert (line.frames, line.dropped) == (30 * 50, 0)
    assert line.longest <= 15.1 * 50, "nor is more queued than fifteen seconds"


async def test_so_does_what_comes_in_many_pieces(leg: MediaLeg, line: Line) -> None:
    for _ in range(10):
        await leg.play(bytes(3 * SECOND))
    await until_sent(line, 30 * 50)
    assert (line.frames, line.dropped) == (30 * 50, 0)


async def test_a_short_sentence_is_sent_at_once(leg: MediaLeg, line: Line) -> None:
    for _ in range(3):
        began = time.monotonic()
        await leg.play(bytes(4 * SECOND))
        assert time.monotonic() - began < at_most(0.1)
    await until_sent(line, 12 * 50)


async def test_a_line_that_stands_still_is_waited_for(leg: MediaLeg, line: Line) -> None:
    line.stands = True
    playing = asyncio.create_task(leg.play(bytes(40 * SECOND)))
    await asyncio.sleep(2.2)  # the clock alone would have sent more than the queue holds
    assert not playing.done()
    line.stands = False
    await asyncio.wait_for(playing, at_most(10))
    await until_sent(line, 40 * 50)
    assert (line.frames, line.dropped) == (40 * 50, 0)


async def test_nothing_of_a_piece_that_was_flushed_is_sent_later(leg: MediaLeg, line: Line) -> None:
    playing = asyncio.create_task(leg.play(bytes(60 * SECOND)))
    await until_sent(line, 15 * 50)
    await asyncio.sleep(0.05)
    assert not playing.done()
    await leg.flush()
    await asyncio.wait_for(playing, at_most(0.2))
    await asyncio.sleep(0.3)
    assert line.flushed
    assert line.after_flush == 0


async def test_a_flush_ends_the_wait_for_a_line_that_is_full(leg: MediaLeg, line: Line) -> None:
    line.stands = True
    playing = asyncio.create_task(leg.play(bytes(60 * SECOND)))
    await asyncio.sleep(2.2)
    await leg.flush()
    await asyncio.wait_for(playing, at_most(0.2))
    await asyncio.sleep(0.1)
    assert line.after_flush == 0
    line.stands = False
    await asyncio.sleep(0.1)
    await leg.play(bytes(SECOND))
    await asyncio.sleep(0.1)
    assert line.after_flush == 50, "what comes next is sent at once"


async def test_who_waits_for_room_is_told_when_the_leg_is_gone(leg: MediaLeg, line: Line) -> None:
    playing = asyncio.create_task(leg.play(bytes(600 * SECOND)))
    await until_sent(line, 15 * 50)
    await leg.close()
    with pytest.raises(MediaError) as caught:
        await asyncio.wait_for(playing, at_most(2))
    assert caught.value.code == "media_lost"
