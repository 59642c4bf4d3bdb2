"""What is done to every prompt before it goes to a phone: one loudness, emphasis, and slower without another pitch."""

from __future__ import annotations

import numpy as np
import pytest

from voices.audio import RATE_HZ, from_pcm, to_pcm
from voices.synthesis.phone import TARGET_DBFS, active_level_dbfs, for_phone
from voices.synthesis.tempo import stretched


def tone(hz: float, seconds: float = 1.0, level: float = 0.1) -> bytes:
    at = np.arange(round(RATE_HZ * seconds)) / RATE_HZ
    return to_pcm((level * np.sin(2 * np.pi * hz * at)).astype(np.float32))


def loudest_hz(pcm: bytes) -> float:
    samples = from_pcm(pcm)
    return float(np.argmax(np.abs(np.fft.rfft(samples * np.hanning(len(samples))))) * RATE_HZ / len(samples))


@pytest.mark.parametrize("level", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("loudness", ["normal", "loud"])
def test_quiet_and_loud_recordings_come_out_alike(level: float, loudness: str) -> None:
    spoken = tone(500, level=level) + bytes(32_000)  # half of it is a pause, which does not count
    assert active_level_dbfs(from_pcm(for_phone(spoken, loudness))) == pytest.approx(TARGET_DBFS[loudness], abs=0.7)


def test_loud_speech_stays_within_the_range_and_peaks_are_bent_and_not_cut() -> None:
    peaks = (np.random.default_rng(1).standard_normal(RATE_HZ) * 0.05).astype(np.float32)
    peaks[::400] = 0.95
    loud = np.abs(from_pcm(for_phone(to_pcm(peaks), "loud")))
    assert loud.max() < 1.0
    assert np.count_nonzero(loud > 0.999) == 0


def test_the_upper_half_of_the_phone_band_is_raised_against_the_lower() -> None:
    low, high = from_pcm(tone(600)), from_pcm(tone(2800))
    both = from_pcm(for_phone(to_pcm(low + high)))
    spectrum = np.abs(np.fft.rfft(both * np.hanning(len(both))))
    ratio_db = 20 * np.log10(spectrum[2800] / spectrum[600])
    assert 3.0 < ratio_db < 5.0


def test_silence_stays_silence() -> None:
    assert for_phone(bytes(32_000), "loud") == bytes(32_000)
    assert for_phone(b"") == b""


@pytest.mark.parametrize("factor", [1.15, 1.32, 2.0])
def test_slower_speech_lasts_longer_at_the_same_pitch(factor: float) -> None:
    slow = stretched(tone(220, 1.5), factor)
    assert len(slow) / 2 / RATE_HZ == pytest.approx(1.5 * factor, rel=0.01)
    assert loudest_hz(slow) == pytest.approx(220, abs=4)
    assert active_level_dbfs(from_pcm(slow)) == pytest.approx(active_level_dbfs(from_pcm(tone(220, 1.5))), abs=0.7)


def test_what_is_too_short_or_not_to_be_slower_is_left_alone() -> None:
    assert stretched(tone(300, 0.01), 1.5) == tone(300, 0.01)
    assert stretched(tone(300), 1.0) == tone(300)
    with pytest.raises(ValueError, match="not for speech"):
        stretched(tone(300), 0.5)
