"""What is told of an utterance beside its words."""

from __future__ import annotations

import numpy as np
import pytest

from voices.recognition.whisper import RATE_HZ, sound_s, windows


def test_the_length_of_the_sound_leaves_out_the_silence_and_the_room_around_it() -> None:
    audio = np.random.default_rng(3).normal(0, 0.002, 3 * RATE_HZ).astype(np.float32)
    audio[RATE_HZ : RATE_HZ + RATE_HZ // 2] += 0.1
    assert sound_s(audio) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("count", [0, 100, RATE_HZ])
def test_silence_has_no_length(count: int) -> None:
    assert sound_s(np.zeros(count, dtype=np.float32)) == 0.0


def test_a_shorter_window_cuts_speech_into_shorter_pieces_and_loses_none() -> None:
    audio = np.full(10 * RATE_HZ, 0.3, dtype=np.float32)
    pieces = windows(audio, 4.0)
    assert all(len(piece) <= 4 * RATE_HZ for piece in pieces)
    assert sum(len(piece) for piece in pieces) == len(audio)
    assert len(windows(audio)) == 1
