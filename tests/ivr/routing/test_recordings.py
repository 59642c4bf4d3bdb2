"""Recordings are sealed, and kept as long as their class allows."""

from __future__ import annotations

import io
import os
import time
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.database.recordings import RecordingList
from integrations.database.store import Database
from ivr.routing.recordings import Recordings
from ivr.routing.vault import PIECE_BYTES, VaultError, load_key, plain_bytes, seal, unseal
from ivr.settings import load

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
BEGAN = int(NOW.timestamp()) - 60
LATER_S = 60.0


@pytest.fixture
def known(tmp_path: Path) -> RecordingList:
    database = Database(f"sqlite:///{tmp_path / 'yinling.db'}")
    database.migrate()
    return RecordingList(database)


@pytest.fixture
def recordings(tmp_path: Path, known: RecordingList) -> Recordings:
    (tmp_path / "recordings").mkdir()
    return Recordings(load(var_dir=tmp_path), known)


def raw(tmp_path: Path, band: str = "elder", seconds: float = 2) -> list[Path]:
    """What Asterisk leaves: a file for each side. The seat is silent at the end, where Asterisk wrote no more of it."""
    talk = tmp_path / f"recordings/1.1_{BEGAN}_{band}_zh"
    agent, caller = Path(f"{talk}-agent.raw"), Path(f"{talk}-caller.raw")
    agent.write_bytes(b"\x01\x00" * round(8000 * seconds - 100))
    caller.write_bytes(b"\x00\x10" * round(8000 * seconds))
    return [agent, caller]


def test_a_recording_is_sealed_and_opens_as_a_wav_file_of_two_channels(
    tmp_path: Path, recordings: Recordings, known: RecordingList
) -> None:
    files = raw(tmp_path)
    recordings.sweep(NOW, time.time() + LATER_S)
    (kept,) = known.of("1.1")
    assert not any(file.exists() for file in files)
    sealed = Path(kept.file)
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert b"\x00\x10" * 4 not in sealed.read_bytes()
    with wave.open(io.BytesIO(b"".join(recordings.open(kept.file)))) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (2, 8000, 16_000)
        both = sound.readframes(16_000)
    assert (both[:4], both[-4:]) == (b"\x01\x00\x00\x10", b"\x00\x00\x00\x10"), "in step to the end"
    assert (kept.kept_as, kept.seconds) == ("ordinary", 2.0)


def test_a_recording_that_goes_on_is_left_alone(tmp_path: Path, recordings: Recordings, known: RecordingList) -> None:
    files = raw(tmp_path)
    recordings.sweep(NOW, time.time())
    assert all(file.exists() for file in files)
    assert known.of("1.1") == []


def test_a_crash_between_sealing_and_unlinking_neither_loses_nor_doubles(
    tmp_path: Path, recordings: Recordings, known: RecordingList
) -> None:
    agent, caller = raw(tmp_path)
    left = caller.read_bytes()
    recordings.sweep(NOW, time.time() + LATER_S)
    (kept,) = known.of("1.1")
    whole = Path(kept.file).read_bytes()
    caller.write_bytes(left)  # as if the program had died before this one was unlinked
    recordings.sweep(NOW, time.time() + LATER_S)
    assert not caller.exists()
    assert known.of("1.1") == [kept]
    assert Path(kept.file).read_bytes() == whole, "half of it must not replace the whole"
    assert not agent.exists()


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


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 4, PIECE_BYTES, 2 * PIECE_BYTES + 7])
def test_what_was_sealed_is_what_is_unsealed(tmp_path: Path, size: int) -> None:
    source, key, content = tmp_path / "a.raw", load_key(tmp_path / "key"), os.urandom(size)
    source.write_bytes(content)
    seal(io.BytesIO(source.read_bytes()), tmp_path / "a.sealed", key, b"head")
    assert b"".join(unseal(tmp_path / "a.sealed", key)) == b"head" + content


@pytest.mark.parametrize("start", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, 2 * PIECE_BYTES + 6, 2 * PIECE_BYTES + 7])
def test_what_was_sealed_can_be_read_from_any_byte_on(tmp_path: Path, start: int) -> None:
    key, content = load_key(tmp_path / "key"), os.urandom(2 * PIECE_BYTES + 7)
    seal(io.BytesIO(content[4:]), tmp_path / "a.sealed", key, content[:4])
    assert plain_bytes(tmp_path / "a.sealed") == len(content)
    assert b"".join(unseal(tmp_path / "a.sealed", key, start)) == content[start:]


def test_a_sealed_file_that_was_changed_cut_off_or_sealed_by_others_does_not_open(tmp_path: Path) -> None:
    source, target, key = tmp_path / "a.raw", tmp_path / "a.sealed", load_key(tmp_path / "key")
    source.write_bytes(bytes(2 * PIECE_BYTES))
    seal(io.BytesIO(source.read_bytes()), target, key, b"")
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
