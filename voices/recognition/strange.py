"""Speech that is no phrase, cut into pieces as long as phrases: from it is learnt what to refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from voices.recognition.examples import STRANGE
from voices.recognition.teaching import check_speaker, keep, read_whole

CHUNK_BYTES = 1024
CHUNK_S = 0.032
"""512 samples: what the voice activity model works on."""
SPEECH_AT = 0.5
PAUSE_S = 0.35
"""A pause that ends a piece."""
SHORTEST_S = 1.0
"""Shorter pieces of free speech may be phrases themselves: a “yes” between two sentences would count as no phrase."""
LONGEST_S = 3.6
PIECES_MAX = 60
"""Of one recording: an hour of one voice teaches no more than a few minutes of it, and each is compared with all."""
Activity = Callable[[bytes], float]
"""1024 bytes of 16 kHz s16le → probability that they contain speech."""


def pieces(pcm: bytes, activity: Activity) -> Iterator[bytes]:
    """Stretches of speech between pauses, 1.0 to 3.6 s each, of 16 kHz s16le; longer ones are cut."""
    began: int | None = None
    last = 0
    count = len(pcm) // CHUNK_BYTES
    for n in range(count + 1):
        speech = n < count and activity(pcm[n * CHUNK_BYTES : (n + 1) * CHUNK_BYTES]) >= SPEECH_AT
        if speech:
            began, last = n if began is None else began, n + 1
        if began is None:
            continue
        over = n == count or (n - last) * CHUNK_S >= PAUSE_S or (last - began) * CHUNK_S >= LONGEST_S
        if over:
            if (last - began) * CHUNK_S >= SHORTEST_S:
                yield pcm[began * CHUNK_BYTES : last * CHUNK_BYTES]
            began = None


def add_strange(folder: Path, language: str, speaker: str, file: Path, activity: Activity) -> int:
    """Keep the pieces of a file of any common format; returns how many. Raises VoiceError, OSError."""
    check_speaker(speaker)
    return keep_strange(folder, language, speaker, read_whole(file), activity)


def keep_strange(folder: Path, language: str, speaker: str, pcm: bytes, activity: Activity) -> int:
    """Keep the pieces of a recording; returns how many. Raises VoiceError (`no_speech`), OSError."""
    kept = 0
    for piece in pieces(pcm, activity):
        keep(folder, language, STRANGE, speaker, piece)
        kept += 1
        if kept == PIECES_MAX:
            break
    return kept
