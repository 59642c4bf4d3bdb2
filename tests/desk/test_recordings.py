"""Recordings at the desk: heard by those with the right, each listen on record."""

from __future__ import annotations

import io
import os
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from integrations.database.people import NewPerson
from ivr.desk import routes_recordings
from ivr.desk.listens import LISTEN_S, Listens
from ivr.routing.recordings import wav_header
from ivr.routing.vault import PIECE_BYTES, load_key, seal
from tests.desk.conftest import CALL, Browser, FakeDesk


def keep(desk: FakeDesk, tmp_path: Path, seconds: float = 200, days: int = 90) -> int:
    """A sealed recording: the seat soft, the caller loud."""
    target = tmp_path / "talk.sealed"
    frames = np.tile(np.array([1000, 16384], dtype="<i2"), round(8000 * seconds))
    sound = io.BytesIO(frames.tobytes())
    seal(sound, target, load_key(desk.settings.var_dir / "recordings.key"), wav_header(frames.nbytes))
    now = datetime.now(UTC)
    desk.recordings.note(
        CALL, str(target), "ordinary", now.replace(tzinfo=None), seconds, (now + timedelta(days=days)).date()
    )
    return desk.recordings.of(CALL)[0].id


@pytest.fixture
async def boss(new_browser: Any, zhao: NewPerson) -> Browser:
    made: Browser = new_browser()
    assert (await made.sign_in(zhao)).status == 200
    return made


async def test_a_supervisor_hears_it_in_parts_and_each_listen_is_on_record(
    recorded: FakeDesk, boss: Browser, tmp_path: Path
) -> None:
    number = keep(recorded, tmp_path)
    shown = await boss.ok("GET", "/api/recordings")
    assert [one["id"] for one in shown["recordings"]] == [number]
    assert shown["keep_days"] == {"ordinary": 90, "emergency": 365}
    assert (await boss.ask("GET", f"/api/recordings/{number}/sound")).status == 403, "no listen has begun"
    begun = await boss.ok("POST", f"/api/recordings/{number}/listen", {})
    (heard,) = [e for e in recorded.audit.entries(10) if e.what == "recording_heard"]
    assert (heard.who, heard.target, heard.data["recording"]) == ("zhao.min", CALL, number)
    seat, caller = begun["peaks"]
    assert 1000 <= len(seat) <= routes_recordings.PEAKS + 1
    assert set(caller) == {0.5}
    assert max(seat) < 0.04

    sound = f"/api/recordings/{number}/sound?grant={begun['grant']}"
    whole = 44 + 200 * 32_000
    found = bytearray()
    while len(found) < whole:
        answer = await boss.ask("GET", sound, Range=f"bytes={len(found)}-")
        assert answer.status == 206
        content = await answer.read()
        assert answer.headers["Content-Range"] == f"bytes {len(found)}-{len(found) + len(content) - 1}/{whole}"
        assert 0 < len(content) <= routes_recordings.PIECE_MAX
        found += content
    with wave.open(io.BytesIO(bytes(found))) as file:
        assert (file.getnchannels(), file.getnframes()) == (2, 200 * 8000)
    assert await (await boss.ask("GET", sound, Range=f"bytes={PIECE_BYTES - 2}-{PIECE_BYTES + 1}")).read() == bytes(
        found[PIECE_BYTES - 2 : PIECE_BYTES + 2]
    )
    assert (await boss.ask("GET", sound, Range="bytes=-4")).headers["Content-Range"].startswith(f"bytes {whole - 4}-")
    assert (await boss.ask("GET", sound, Range=f"bytes={whole}-")).status == 416


async def test_agents_hear_their_own_calls_only_and_administrators_none(
    recorded: FakeDesk, talking: Browser, new_browser: Any, tmp_path: Path
) -> None:
    number = keep(recorded, tmp_path, 1)
    assert (await talking.ask("GET", "/api/recordings")).status == 403
    assert len((await talking.ok("GET", f"/api/recordings?call={CALL}"))["recordings"]) == 1
    begun = await talking.ok("POST", f"/api/recordings/{number}/listen", {})
    recorded.seat_hangs_up()
    await talking.ok("POST", "/api/leave", {})
    assert (await talking.ask("POST", f"/api/recordings/{number}/listen", {})).status == 200, "it was their talk"
    for user, role in (("wang", "agent"), ("admin", "administrator"), ("sun", "auditor")):
        other: Browser = new_browser()
        await other.sign_in(recorded.people.add("root", user, "", role))
        if role == "agent":  # at the very seat at which it was said
            await other.ok("POST", "/api/seat", {"seat": "web1", "language": "zh"})
        assert (await other.ask("GET", f"/api/recordings?call={CALL}")).status == 403
        assert (await other.ask("POST", f"/api/recordings/{number}/listen", {})).status == 403
        assert (await other.ask("GET", f"/api/recordings/{number}/sound?grant={begun['grant']}")).status == 403


async def test_a_damaged_an_expired_and_an_absent_recording_are_told_as_such(
    recorded: FakeDesk, boss: Browser, tmp_path: Path
) -> None:
    number = keep(recorded, tmp_path, 1)
    for wrong in ("999", "x", "9" * 30):
        assert (await boss.ask("POST", f"/api/recordings/{wrong}/listen", {})).status == 404
    (tmp_path / "talk.sealed").write_bytes(os.urandom(100))
    answer = await boss.ask("POST", f"/api/recordings/{number}/listen", {})
    assert (answer.status, (await answer.json())["code"]) == (500, "damaged")
    recorded.recordings.forget(number)
    number = keep(recorded, tmp_path, 1, days=0)
    assert (await boss.ask("POST", f"/api/recordings/{number}/listen", {})).status == 404


def test_a_listen_ends_by_itself_and_belongs_to_one_session_and_one_recording() -> None:
    now = [0.0]
    listens = Listens(lambda: now[0])
    word = listens.grant("a", 1)
    assert listens.good(word, "a", 1)
    assert not listens.good(word, "b", 1)
    assert not listens.good(word, "a", 2)
    now[0] = LISTEN_S
    assert not listens.good(word, "a", 1)


async def test_a_recording_shows_its_own_pauses_and_not_those_of_the_next(
    recorded: FakeDesk, boss: Browser, tmp_path: Path
) -> None:
    number = keep(recorded, tmp_path, 3)
    began = recorded.recordings.of(CALL)[0].began_at.replace(tzinfo=UTC)
    for second, by in ((-60, "before"), (1, "keys"), (60, "after")):
        recorded.journal.add(CALL, began + timedelta(seconds=second), "recording_paused", {"by": by})
    begun = await boss.ok("POST", f"/api/recordings/{number}/listen", {})
    assert [one["by"] for one in begun["pauses"]] == ["keys"]
