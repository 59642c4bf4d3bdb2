"""Whether there is speech in a recording at all: recognisers make words of silence and noise."""

from __future__ import annotations

from voices.recognition.vad import VoiceActivity

CHUNK_BYTES = 1024
"""512 samples: what the detector works on."""
SPEECH_AT = 0.5
SPEECH_CHUNKS = 5
"""0.16 s in a row, as the line asks for before it takes a sound for speech."""


def has_speech(pcm: bytes) -> bool:
    """Whether somebody speaks in this 16 kHz, 16-bit mono PCM."""
    detector = VoiceActivity()
    run = 0
    for at in range(0, len(pcm) - CHUNK_BYTES + 1, CHUNK_BYTES):
        run = run + 1 if detector.probability(pcm[at : at + CHUNK_BYTES]) >= SPEECH_AT else 0
        if run >= SPEECH_CHUNKS:
            return True
    return False
