"""A recognition server of its own process, for tests: `python peer.py`; prints its port. Paths: /PROTOCOL/BEHAVIOUR.

Protocols as published: `vosk` (github.com/alphacep/vosk-server, websocket/asr_server.py) and `funasr`
(github.com/modelscope/FunASR, runtime/docs/websocket_protocol.md). It "recognises" one character for each half second
of audio, so that a test sees what arrived. Behaviours: `good`, `mute` (accepts and never answers), `slow` (its first
answer takes a second), `rubbish`, `foreign` (well-formed JSON of another protocol), `dies` (ends itself after a second
of audio)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from aiohttp import WSMsgType, web

CHARS = "一二三四五六七八九十"
HALF_SECOND = 16_000


def words(size: int, first: int = 0) -> list[str]:
    return [CHARS[n % len(CHARS)] for n in range(first, size // HALF_SECOND)]


async def vosk(socket: web.WebSocketResponse, behaviour: str) -> None:
    size, phrases = 0, None
    async for message in socket:
        if message.type is WSMsgType.TEXT and "config" in message.data:
            config = json.loads(message.data)["config"]
            assert config["sample_rate"] == 16_000
            phrases = config.get("phrase_list")
            continue
        if message.type is WSMsgType.TEXT and message.data == '{"eof" : 1}':
            said = ["[unk]", *phrases[:1]] if phrases else words(size)
            result = [{"word": word, "start": n / 2, "end": n / 2 + 0.5, "conf": 0.75} for n, word in enumerate(said)]
            await socket.send_str(json.dumps({"result": result, "text": " ".join(said)}))
            break
        assert message.type is WSMsgType.BINARY
        size += len(message.data)
        await misbehave(socket, behaviour, size)
        await socket.send_str(json.dumps({"partial": " ".join(words(size))}, indent=2))


async def funasr(socket: web.WebSocketResponse, behaviour: str) -> None:
    size, told = 0, 0
    start: dict[str, Any] = {}
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            data = json.loads(message.data)
            if data["is_speaking"]:
                start = data
                assert start["mode"] == "2pass"
                assert start["audio_fs"] == 16_000
                continue
            text = "".join(json.loads(start["hotwords"])) if "hotwords" in start else "".join(words(size))
            final = {"mode": "2pass-offline", "wav_name": start["wav_name"], "text": text, "is_final": False}
            await socket.send_str(json.dumps(final))
            if behaviour == "confirms":
                await socket.send_str(json.dumps({"is_end": True, "is_final": True}))
            await asyncio.sleep(30)
        size += len(message.data)
        await misbehave(socket, behaviour, size)
        if new := words(size, told):
            told += len(new)
            await socket.send_str(json.dumps({"mode": "2pass-online", "text": "".join(new), "is_final": False}))


async def misbehave(socket: web.WebSocketResponse, behaviour: str, size: int) -> None:
    if behaviour == "mute":
        await asyncio.sleep(60)
    if behaviour == "slow" and size <= 6_400:
        await asyncio.sleep(1)
    if behaviour == "rubbish":
        await socket.send_str("<html>502 Bad Gateway</html>")
    if behaviour == "foreign":
        await socket.send_str('{"type": "session.created", "partial_text": "?"}')
    if behaviour == "dies" and size >= 2 * HALF_SECOND:
        os._exit(1)


async def serve(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    talk = {"vosk": vosk, "funasr": funasr}[request.match_info["protocol"]]
    await talk(socket, request.match_info["behaviour"])
    return socket


async def main() -> None:
    app = web.Application()
    app.router.add_get("/{protocol}/{behaviour}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)  # until whoever started it is gone


if __name__ == "__main__":
    asyncio.run(main())
