"""Filters by convolution do what SciPy's recursive ones do."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.signal import butter, correlate, sosfilt

from ivr.call import bargein
from voices.filters import BLOCK, TAPS, SectionsFilter
from voices.synthesis import phone


def _noise(count: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.random.default_rng(count).normal(0, 0.2, count).astype(np.float32)


def test_the_band_of_a_phone_is_the_one_of_scipy() -> None:
    expected = butter(2, [300, 3400], btype="bandpass", fs=8000, output="sos")
    np.testing.assert_allclose(bargein.PHONE_BAND, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("count", [1, 256, TAPS, BLOCK - TAPS + 1, BLOCK - TAPS + 2, 40_000])
def test_a_sound_of_any_length_is_filtered_as_by_recursion(count: int) -> None:
    for sections in (np.array(bargein.PHONE_BAND), np.vstack([phone._high_shelf(4.0, 1400), phone._high_pass(180)])):
        samples = _noise(count)
        expected = sosfilt(sections, samples)
        np.testing.assert_allclose(SectionsFilter(sections)(samples), expected, atol=2e-6)


def test_nothing_filtered_is_nothing() -> None:
    assert SectionsFilter(bargein.PHONE_BAND)(_noise(0)).shape == (0,)


@pytest.mark.parametrize(("long", "short"), [(512, 512), (3000, 2048), (2048, 2048)])
def test_sounds_are_correlated_as_by_scipy(long: int, short: int) -> None:
    played, heard = _noise(long), _noise(short)
    expected = correlate(played, heard, mode="full", method="direct")[short - 1 :]
    np.testing.assert_allclose(bargein._correlation(played, heard), expected, atol=1e-3)


def test_a_hotline_starts_without_the_libraries_that_take_seconds_to_load() -> None:
    heavy = "{'scipy', 'sklearn', 'onnxruntime', 'misaki', 'ctranslate2', 'faster_whisper', 'pjsua2'}"
    for module, more in (("ivr.app", "set()"), ("ivr.supervisor, ivr.cli", "{'sqlalchemy', 'aiohttp', 'numpy'}")):
        code = f"import sys, {module}; print(sorted(({heavy} | {more}) & set(sys.modules)))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.strip() == "[]", module
