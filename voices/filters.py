"""Filtering by convolution: what second-order sections do, with nothing but NumPy.

`scipy.signal` would do it, and take 1.5 s of processor time to import at every start of the hotline."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from voices.audio import Samples

TAPS = 1024
"""Samples of the impulse response that are kept. The filters of a phone's band have died away by then: below 1e-9 of
their beginning after 400 samples, with poles at 0.95."""
BLOCK = 8192
"""Samples of one Fourier transform."""


class SectionsFilter:
    """A causal filter, silent before its first sample. Safe for several threads at once."""

    def __init__(self, sections: ArrayLike) -> None:
        """`sections`: shape (count, 6), rows b0 b1 b2 a0 a1 a2 with a0 = 1, as `scipy.signal.sosfilt` takes them."""
        self._spectrum = np.fft.rfft(_impulse_response(np.asarray(sections, np.float64)), BLOCK)

    def __call__(self, samples: Samples) -> Samples:
        """Filter all samples at once; shape (samples,) in and out."""
        count, new = len(samples), BLOCK - TAPS + 1
        blocks = max(1, -(-count // new))
        padded = np.zeros(TAPS - 1 + blocks * new)
        padded[TAPS - 1 : TAPS - 1 + count] = samples
        # Overlap-save: each block begins with the end of the one before, and that part of the result is let go.
        overlapping = np.lib.stride_tricks.sliding_window_view(padded, BLOCK)[::new]
        whole = np.fft.irfft(np.fft.rfft(overlapping) * self._spectrum, BLOCK)
        return np.asarray(whole[:, TAPS - 1 :].reshape(-1)[:count], dtype=np.float32)


def _impulse_response(sections: NDArray[np.float64]) -> NDArray[np.float64]:
    signal = [1.0] + [0.0] * (TAPS - 1)
    for b0, b1, b2, _, a1, a2 in sections.tolist():
        first = second = 0.0  # transposed direct form II
        for at, value in enumerate(signal):
            out = b0 * value + first
            first = b1 * value - a1 * out + second
            second = b2 * value - a2 * out
            signal[at] = out
    return np.array(signal)
