"""Recordings: paused and taken up by the agent, listed, and heard by those with the right, each listen on record."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import web

from integrations.database.people import Right
from integrations.database.recordings import Recording
from integrations.database.sessions import SignedIn
from ivr.asterisk.manager import ManagerError
from ivr.desk.core import Desk
from ivr.desk.errors import Refusal, not_allowed
from ivr.desk.routes_calls import own_call
from ivr.desk.routes_people import body
from ivr.desk.security import DESK, signed_in
from ivr.desk.story import stamp
from ivr.routing.recordings import CHANNELS, HEADER_BYTES, RATE_HZ, SAMPLE_BYTES
from ivr.routing.vault import VaultError, load_key, plain_bytes, unseal

routes = web.RouteTableDef()
PEAKS = 1200
"""Of the picture of a recording, for each channel."""
LISTED = 100
PAUSE_LATE_S = 2.0
"""A pause is on record a moment after it began."""
PIECE_MAX = 4 << 20
"""Bytes of one answer at most: a player asks for the next when it needs it."""


@routes.get("/api/calls/{call_id}/recording")
async def state(request: web.Request) -> web.Response:
    """Whether the talk is recorded, and until when not."""
    desk, who = request.app[DESK], await signed_in(request, Right.TAKE_CALLS)
    call = await own_call(desk, who.person, request.match_info["call_id"])
    return web.json_response(
        {"recorded": call is not None and call.tape is not None,
         "until": desk.pauses.until(call.call_id) if call else None}
    )  # fmt: skip


@routes.post("/api/calls/{call_id}/recording")
async def pause(request: web.Request) -> web.Response:
    """`{"paused": true}`: silence from now on, for a bound; false: record again."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.TAKE_CALLS)
    call = await own_call(desk, who.person, request.match_info["call_id"], now=True)
    if call is None or call.state != "talking":
        raise Refusal(409, "no_call", "通话已经结束。 The call has ended.")
    if call.tape is None:
        raise Refusal(409, "not_recorded", "现在没有录音，不用暂停。 Nothing is recorded just now.")
    try:
        if given.get("paused"):
            await desk.pauses.pause(call, who.person.user)
        else:
            await desk.pauses.resume(call, who.person.user)
    except ManagerError as error:
        raise Refusal(
            503,
            "not_paused",
            "录音没有暂停或恢复，请再按一次；没停以前，先别让老人说号码。 "
            "The recording was not changed; please press again, and let no number be said before it is paused.",
        ) from error
    return web.json_response({"recorded": True, "until": desk.pauses.until(call.call_id)})


@routes.get("/api/recordings")
async def listed(request: web.Request) -> web.Response:
    """The newest recordings, or those of one call (`?call=`): what they are and until when they are kept."""
    desk = request.app[DESK]
    who = await signed_in(request)
    call_id = request.query.get("call", "")
    if not who.person.may(Right.LISTEN):
        _own(desk, who, call_id)
    if call_id:
        found = await asyncio.to_thread(desk.recordings.of, call_id)
    else:
        found = await asyncio.to_thread(desk.recordings.newest, LISTED)
    numbers = await asyncio.to_thread(_numbers, desk, {one.call_id for one in found})
    return web.json_response(
        {
            "keep_days": desk.settings.recording.keep_days,
            "policy": desk.settings.recording.policy,
            "recordings": [_facts(one) | {"number": numbers.get(one.call_id)} for one in found],
        }
    )


def _own(desk: Desk, who: SignedIn, call_id: str) -> None:
    """An agent hears the talks of their own, and nothing else. Raises Refusal."""
    if who.person.staff_id not in desk.talked.get(call_id, ()):
        raise not_allowed()


def _numbers(desk: Desk, call_ids: set[str]) -> dict[str, str | None]:
    found = {call_id: desk.journal.story(call_id) for call_id in call_ids}
    return {call_id: story[0].number for call_id, story in found.items() if story is not None}


def _facts(one: Recording) -> dict[str, Any]:
    return {
        "id": one.id,
        "call_id": one.call_id,
        "began_at": stamp(one.began_at),
        "seconds": round(one.seconds, 1),
        "kept_as": one.kept_as,
        "delete_on": one.delete_on.isoformat(),
    }


async def _mine(request: web.Request) -> tuple[Desk, SignedIn, Recording]:
    """The recording that is asked for, by somebody who may hear it. One that is due is gone, swept away yet or not."""
    desk, who = request.app[DESK], await signed_in(request)
    number = request.match_info["recording"]
    one = (
        await asyncio.to_thread(desk.recordings.find, int(number)) if number.isdecimal() and len(number) < 10 else None
    )
    if not who.person.may(Right.LISTEN):
        _own(desk, who, one.call_id if one else "")
    if one is None or one.delete_on <= _today():
        raise Refusal(
            404, "no_recording", "没有这段录音，或者已到期删除。 There is no such recording, or its time is over."
        )
    return desk, who, one


def _today() -> date:
    return datetime.now(UTC).date()  # as the sweep counts


@routes.post("/api/recordings/{recording}/listen")
async def listen(request: web.Request) -> web.Response:
    """Begin to listen: an entry in the audit log first, then picture, pauses, and the word that opens the sound."""
    desk, who, one = await _mine(request)
    await asyncio.to_thread(desk.audit.add, who.person.user, "recording_heard", one.call_id, recording=one.id)
    peaks = await asyncio.to_thread(_opened, lambda: _peaks(desk, one))
    events = await asyncio.to_thread(desk.calls.of_call, one.call_id)
    lines = [
        {"at": stamp(e.at), "kind": e.kind, "by": str(e.data.get("by", ""))}
        for e in events
        if e.kind in {"recording_paused", "recording_resumed"} and _within(one, e.at)
    ]
    return web.json_response(
        {**_facts(one), "peaks": peaks, "pauses": lines, "grant": desk.listens.grant(who.key, one.id)}
    )


def _within(one: Recording, at: datetime) -> bool:
    """Whether that was during this recording: a call may have several."""
    return timedelta() <= at.replace(tzinfo=None) - one.began_at <= timedelta(seconds=one.seconds + PAUSE_LATE_S)


@routes.get("/api/recordings/{recording}/sound")
async def sound(request: web.Request) -> web.Response:
    """The WAV file, unsealed on the fly; a part where a Range is asked for, and never more than some megabytes."""
    desk, who, one = await _mine(request)
    if not desk.listens.good(request.query.get("grant", ""), who.key, one.id):
        raise Refusal(403, "not_begun", "请从录音列表重新打开。 Please open it from the list again.")
    file = Path(one.file)
    whole = await asyncio.to_thread(_opened, lambda: plain_bytes(file))
    try:
        wanted = request.http_range
        start, stop = wanted.start or 0, min(wanted.stop or whole, whole)
    except ValueError:
        start, stop = 0, whole
    start = max(0, whole + start) if start < 0 else start
    if start >= stop:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{whole}"})
    stop = min(stop, start + PIECE_MAX)
    content = await asyncio.to_thread(_opened, lambda: _part(desk, file, start, stop))
    partial = stop - start < whole
    headers = {"Accept-Ranges": "bytes"} | ({"Content-Range": f"bytes {start}-{stop - 1}/{whole}"} if partial else {})
    return web.Response(body=content, status=206 if partial else 200, content_type="audio/wav", headers=headers)


def _opened(work: Any) -> Any:
    """What the vault refuses, as a sentence. Raises Refusal."""
    try:
        return work()
    except (VaultError, OSError) as error:
        raise Refusal(
            500, "damaged", "这段录音打不开：文件不在或已损坏，请找管理员。 This recording cannot be opened: "
            "it is gone or damaged; please ask an administrator."
        ) from error  # fmt: skip


def _pieces(desk: Desk, file: Path, start: int = 0) -> Iterator[bytes]:
    return unseal(file, load_key(desk.settings.var_dir / "recordings.key"), start)


def _part(desk: Desk, file: Path, start: int, stop: int) -> bytes:
    found = bytearray()
    for piece in _pieces(desk, file, start):
        found += piece[: stop - start - len(found)]
        if len(found) >= stop - start:
            break
    return bytes(found)


def _peaks(desk: Desk, one: Recording) -> list[list[float]]:
    """The loudest sample of each of PEAKS slices, 0 to 1: the seat's channel, then the caller's."""
    frame = CHANNELS * SAMPLE_BYTES
    frames = max(1, (plain_bytes(Path(one.file)) - HEADER_BYTES) // frame)
    step = max(RATE_HZ // 50, -(-frames // PEAKS))
    peaks: list[np.ndarray[Any, Any]] = []
    rest = b""
    for piece in _pieces(desk, Path(one.file), HEADER_BYTES):
        rest += piece
        usable = len(rest) // (step * frame) * step * frame
        peaks.append(_loudest(rest[:usable], step))
        rest = rest[usable:]
    if usable := len(rest) // frame * frame:
        peaks.append(_loudest(rest[:usable], usable // frame))
    both = np.concatenate(peaks) if peaks else np.zeros((0, CHANNELS))
    return [[round(float(v), 3) for v in both[:, channel]] for channel in range(CHANNELS)]


def _loudest(pcm: bytes, step: int) -> np.ndarray[Any, Any]:
    """Shape (slices, channels)."""
    samples = np.frombuffer(pcm, dtype="<i2").reshape(-1, step, CHANNELS).astype(np.float64)
    return np.asarray(np.abs(samples).max(axis=1) / 32768)
