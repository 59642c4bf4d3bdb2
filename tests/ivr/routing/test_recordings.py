"""Recordings are sealed, kept as long as their class allows, and silent while private digits are said."""

from __future__ import annotations

import asyncio
import io
import os
import time
import wave
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.database.recordings import RecordingList
from integrations.database.store import Database
from ivr.asterisk.manager import Manager
from ivr.routing import recordings as module
from ivr.routing.recordings import Recordings
from ivr.routing.vault import PIECE_BYTES, VaultError, load_key, seal, unseal
from ivr.settings import load

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
BEGAN = int(NOW.timestamp()) - 60
LATER_S = 60.0


class Asterisk(Manager):
    """Keeps what is asked of it."""

    def __init__(self) -> None:
        super().__init__(1, "", "", lambda _: None)
        self.asked: list[str] = []

    async def action(self, name: str, **fields: str) -> Mapping[str, str]:
        self.asked.append(f"{name} {fields['Channel']} {fields['State']}")
        return {}


@pytest.fixture
def known(tmp_path: Path) -> RecordingList:
    database = Database(f"sqlite:///{tmp_path / 'yinling.db'}")
    database.migrate()
    return RecordingList(database)


@pytest.fixture
def recordings(tmp_path: Path, known: RecordingList) -> Recordings:
    (tmp_path / "recordings").mkdir()
    return Recordings(load(var_dir=tmp_path), Asterisk(), known)


def raw(tmp_path: Path, band: str = "elder", seconds: float = 2) -> Path:
    """What Asterisk leaves: the caller loud in one channel, the seat silent in the other."""
    file = tmp_path / f"recordings/1.1_{BEGAN}_{band}.raw"
    file.write_bytes(b"\x00\x10\x00\x00" * round(8000 * seconds))
    return file


def test_a_recording_is_sealed_and_opens_as_a_wav_file_of_two_channels(
    tmp_path: Path, recordings: Recordings, known: RecordingList
) -> None:
    file = raw(tmp_path)
    recordings.sweep(NOW, time.time() + LATER_S)
    (kept,) = known.of("1.1")
    assert not file.exists()
    sealed = Path(kept.file)
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert b"\x00\x10\x00\x00" * 4 not in sealed.read_bytes()
    with wave.open(io.BytesIO(b"".join(recordings.open(kept.file)))) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (2, 8000, 16_000)
    assert (kept.kept_as, kept.seconds) == ("ordinary", 2.0)


def test_a_recording_that_goes_on_is_left_alone(tmp_path: Path, recordings: Recordings, known: RecordingList) -> None:
    file = raw(tmp_path)
    recordings.sweep(NOW, time.time())
    assert file.exists()
    assert known.of("1.1") == []


def test_a_recording_is_deleted_when_its_class_says_so(
    tmp_path: Path, recordings: Recordings, known: RecordingList
) -> None:
    raw(tmp_path)
    raw(tmp_path, "emergency")
    recordings.sweep(NOW, time.time() + LATER_S)
    ordinary, emergency = sorted(known.of("1.1"), key=lambda one: one.kept_as, reverse=True)
    recordings.sweep(NOW + timedelta(days=89), time.time())
    assert Path(ordinary.file).exists()
    recordings.sweep(NOW + timedelta(days=90), time.time())
    assert not Path(ordinary.file).exists()
    assert known.of("1.1") == [emergency]
    recordings.sweep(NOW + timedelta(days=365), time.time())
    assert list((tmp_path / "recordings").iterdir()) == []


async def test_a_pause_ends_by_itself(recordings: Recordings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_MAX_S", 0.01)
    asterisk = recordings._manager
    assert isinstance(asterisk, Asterisk)
    await recordings.pause("PJSIP/seat1-1")
    await asyncio.sleep(0.1)
    assert asterisk.asked == ["MixMonitorMute PJSIP/seat1-1 1", "MixMonitorMute PJSIP/seat1-1 0"]


async def test_a_pause_that_is_ended_is_not_ended_again(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE_MAX_S", 0.05)
    asterisk = recordings._manager
    assert isinstance(asterisk, Asterisk)
    await recordings.pause("PJSIP/seat1-1")
    await recordings.resume("PJSIP/seat1-1")
    await asyncio.sleep(0.1)
    assert len(asterisk.asked) == 2


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 4, PIECE_BYTES, 2 * PIECE_BYTES + 7])
def test_what_was_sealed_is_what_is_unsealed(tmp_path: Path, size: int) -> None:
    source, key, content = tmp_path / "a.raw", load_key(tmp_path / "key"), os.urandom(size)
    source.write_bytes(content)
    seal(source, tmp_path / "a.sealed", key, b"head")
    assert b"".join(unseal(tmp_path / "a.sealed", key)) == b"head" + content


def test_a_sealed_file_that_was_changed_cut_off_or_sealed_by_others_does_not_open(tmp_path: Path) -> None:
    source, target, key = tmp_path / "a.raw", tmp_path / "a.sealed", load_key(tmp_path / "key")
    source.write_bytes(bytes(2 * PIECE_BYTES))
    seal(source, target, key, b"")
    whole = target.read_bytes()
    flipped = bytearray(whole)
    flipped[100] ^= 1
    for wrong in (bytes(flipped), whole[: 15 + PIECE_BYTES + 16], b"nothing", b""):
        target.write_bytes(wrong)
        with pytest.raises(VaultError, match="changed, cut off"):
            list(unseal(target, key))
    target.write_bytes(whole)
    with pytest.raises(VaultError, match="another key"):
        list(unseal(target, load_key(tmp_path / "other")))


def test_the_key_is_made_once_for_us_alone_and_a_broken_one_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "recordings.key"
    key = load_key(file)
    assert load_key(file) == key
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(b"short")
    with pytest.raises(VaultError, match="no key of 32 bytes"):
        load_key(file)
