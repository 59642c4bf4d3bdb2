"""Speech that is no phrase, cut into pieces as long as phrases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voices.audio import RATE_HZ, to_pcm
from voices.recognition.examples import STRANGE
from voices.recognition.strange import PIECES_MAX, keep_strange, pieces
from voices.recognition.teaching import forget_speaker, keep


def speech(seconds: float) -> bytes:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return to_pcm((0.3 * np.sin(2 * np.pi * 180 * at + 0.1)).astype(np.float32))


def pause(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE_HZ))


def active(chunk: bytes) -> float:
    return 0.9 if any(chunk) else 0.0


def lengths(pcm: bytes) -> list[float]:
    return [round(len(piece) / 32_000, 1) for piece in pieces(pcm, active)]


def test_talk_is_cut_at_pauses_and_what_is_as_short_as_a_yes_is_left_out() -> None:
    talk = pause(1) + speech(2) + pause(1) + speech(0.5) + pause(1) + speech(1.5) + pause(0.2) + speech(0.5)
    assert lengths(talk) == pytest.approx([2.0, 2.2], abs=0.11)


def test_long_talk_is_cut_into_pieces_no_longer_than_a_phrase() -> None:
    found = lengths(speech(10))
    assert len(found) == 3
    assert max(found) <= 3.7


def test_silence_gives_nothing() -> None:
    assert lengths(pause(5)) == []
    assert lengths(b"") == []


def test_one_recording_gives_a_bounded_number(tmp_path: Path) -> None:
    kept = keep_strange(tmp_path, "bo", "radio", (speech(1.2) + pause(0.5)) * (PIECES_MAX + 5), active)
    assert kept == PIECES_MAX == len(list((tmp_path / "bo" / STRANGE).glob("radio-*.wav")))


def test_a_speaker_is_forgotten_whole_and_no_other_with_a_name_like_theirs(tmp_path: Path) -> None:
    for language, phrase, speaker in (
        ("bo", "affirm", "Droma"),
        ("bo", STRANGE, "Droma"),
        ("slr", "deny", "Droma"),
        ("bo", "affirm", "Droma2"),
        ("bo", "affirm", "caller.aa"),
    ):
        keep(tmp_path, language, phrase, speaker, speech(1)).with_suffix(".npy").write_bytes(b"vectors")
    assert forget_speaker(tmp_path, "Droma", "slr") == 1
    assert forget_speaker(tmp_path, "Droma") == 2
    assert sorted(file.name for file in tmp_path.rglob("*.*")) == [
        *("Droma2-1.npy", "Droma2-1.wav", "caller.aa-1.npy", "caller.aa-1.wav")
    ]
