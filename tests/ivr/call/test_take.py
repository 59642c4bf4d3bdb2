"""What a speaker says after the tone, and what is sent back with a friendly sentence."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.call.take import CHUNK_BYTES, CHUNK_S, PHRASE, STRANGE, Fault, Limits, Take, Taken
from voices.audio import RATE_HZ, alaw_decode, alaw_encode, to_pcm


def voice(seconds: float, level: float = 0.2) -> bytes:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return to_pcm((level * np.sin(2 * np.pi * 180 * at)).astype(np.float32))


def quiet(seconds: float) -> bytes:
    return bytes(2 * round(seconds * RATE_HZ))


def taken(pcm: bytes, limits: Limits = PHRASE) -> Taken | None:
    """Speech is whatever is not digital silence."""
    take = Take(limits)
    for start in range(0, len(pcm), CHUNK_BYTES):
        chunk = pcm[start : start + CHUNK_BYTES]
        if (found := take.feed(chunk, 0.9 if any(chunk) else 0.0)) is not None:
            return found
    return None


def test_a_phrase_is_over_after_a_pause_and_is_cut_to_what_was_said() -> None:
    found = taken(quiet(2.0) + voice(0.8) + quiet(2.0))
    assert found is not None
    assert found.fault is None
    assert 0.8 <= len(found.pcm) / 32_000 <= 0.8 + 0.3 + 0.3 + 2 * CHUNK_S


def test_a_slow_phrase_with_a_pause_in_it_is_one_take() -> None:
    found = taken(voice(0.5) + quiet(0.8) + voice(0.5) + quiet(2.0))
    assert found is not None
    assert len(found.pcm) / 32_000 >= 1.8


def test_nothing_is_said_to_be_over_while_the_speaker_still_thinks_or_speaks() -> None:
    assert taken(quiet(6.5)) is None
    assert taken(quiet(1.0) + voice(0.8) + quiet(0.9)) is None


@pytest.mark.parametrize(
    ("pcm", "fault"),
    [
        (quiet(8.0), Fault.SILENT),
        (quiet(1.0) + voice(0.06) + quiet(2.0), Fault.SHORT),
        (quiet(1.0) + voice(6.0), Fault.LONG),
        (quiet(1.0) + voice(0.8, 0.003) + quiet(2.0), Fault.FAINT),
        (quiet(1.0) + voice(0.8, 1.6) + quiet(2.0), Fault.LOUD),
        (quiet(1.0) + alaw_decode(alaw_encode(voice(0.8, 1.6))) + quiet(2.0), Fault.LOUD),
    ],
    ids=["silent", "short", "long", "faint", "clipped", "clipped by the telephone"],
)
def test_what_is_no_use_is_named(pcm: bytes, fault: Fault) -> None:
    if fault is Fault.LOUD:  # A-law knows no zero, and the line between the words is quiet
        pcm = bytes(32_000) + pcm[32_000:-64_000] + bytes(64_000)
    found = taken(pcm)
    assert found == Taken(b"", fault)


def test_a_loud_voice_that_is_not_clipped_is_taken() -> None:
    found = taken(voice(0.8, 0.9) + quiet(2.0))
    assert found is not None
    assert found.fault is None


def test_a_speaker_who_presses_a_key_at_the_end_of_the_phrase_has_said_it() -> None:
    take, pcm = Take(PHRASE), voice(0.8)
    assert take.finish() is None
    for start in range(0, len(pcm), CHUNK_BYTES):
        assert take.feed(pcm[start : start + CHUNK_BYTES], 0.9) is None
    found = take.finish()
    assert found is not None
    assert found.fault is None
    assert len(found.pcm) == len(pcm)


def test_free_speech_may_be_long_and_must_not_be_one_word() -> None:
    found = taken(voice(8.0) + quiet(2.0), STRANGE)
    assert found is not None
    assert found.fault is None
    assert taken(voice(0.5) + quiet(2.0), STRANGE) == Taken(b"", Fault.SHORT)
