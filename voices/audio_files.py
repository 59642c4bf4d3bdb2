"""Sound files of any rate and common format: WAV (8 to 32 bit, float, A-law, µ-law), FLAC, OGG, MP3 and what else
libsndfile reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from voices.audio import RATE_HZ, Samples, rate_is_usual, resample, to_pcm, wav_bytes
from voices.errors import VoiceError
from voices.file_ends import breaks_off

LONGEST_S = 3600
ROUNDING_S = 0.1
"""A compressed file holds whole frames: by so much its length may be another than it tells."""
FORMATS = "WAV, FLAC, OGG or MP3"
_UNKNOWN = 0xFFFFFFFF
"""Length of sound that was written to a pipe."""
_CHUNKS_MAX = 100


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file holds."""

    samples: Samples
    """float32, shape (samples,); several channels are mixed."""
    rate_hz: int
    missing_s: float = 0.0
    """How much of what the file promises is not there."""
    cut_off: bool = False
    """Its end is not there; it may not say how much that is."""

    @property
    def duration_s(self) -> float:
        """Length of what is there."""
        return len(self.samples) / self.rate_hz

    @property
    def pcm(self) -> bytes:
        """As 16 kHz, 16-bit mono PCM."""
        return to_pcm(resample(self.samples, self.rate_hz, RATE_HZ))


def read_audio(file: Path, longest_s: float = LONGEST_S) -> Recording:
    """Read a sound file. Raises VoiceError `audio_unreadable`, with what to do about it."""
    try:
        size = file.stat().st_size
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error), "Check the name of the file.") from error
    if size == 0:
        raise _unreadable(file, "the file is empty", "Record or copy it again.")
    try:
        with soundfile.SoundFile(file) as source:
            channels, rate_hz = source.channels, source.samplerate
            if not rate_is_usual(rate_hz) or not channels:  # a damaged header: to resample it would take all memory
                raise _unreadable(file, f"it names {rate_hz} Hz as its sample rate", f"Save it again as {FORMATS}.")
            if source.frames > longest_s * rate_hz:
                raise _unreadable(file, f"longer than {_span(longest_s)}", "Cut it into shorter files.")
            data, frames = source.read(dtype="float32", always_2d=True), source.frames
        breaks, missing_s = breaks_off(file), _missing_of_wav_s(file)
    except (OSError, soundfile.SoundFileError, RuntimeError) as error:
        reason = str(error).rpartition(": ")[2].rstrip(".")
        raise _unreadable(file, reason, f"Save it again as {FORMATS}.") from error
    if not len(data):
        raise _unreadable(file, "there is no sound in it; it was probably cut off", "Record or copy it again.")
    samples = np.nan_to_num(data.mean(axis=1, dtype=np.float32))  # float files can hold anything
    if not missing_s and frames - len(data) > ROUNDING_S * rate_hz:
        missing_s = (frames - len(data)) / rate_hz
    return Recording(samples, rate_hz, missing_s, cut_off=breaks or missing_s > 0)


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} s"


def _unreadable(file: Path, reason: str, remedy: str) -> VoiceError:
    return VoiceError("audio_unreadable", f"{file} cannot be read: {reason}", remedy)


def _missing_of_wav_s(file: Path) -> float:
    """How much less sound a WAV file of any encoding holds than its header announces, which libsndfile corrects in
    silence; 0 for other files. Raises OSError."""
    size = file.stat().st_size
    with file.open("rb") as source:
        head = source.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return 0.0
        bytes_a_second = 0
        for _ in range(_CHUNKS_MAX):
            name, length = source.read(4), int.from_bytes(source.read(4), "little")
            begin = source.tell()
            if name == b"fmt ":
                form = source.read(16)
                bytes_a_second = int.from_bytes(form[8:12], "little")
            elif name == b"data":
                missing = 0 if length == _UNKNOWN else max(0, begin + length - size)
                return missing / bytes_a_second if bytes_a_second else float(missing > 0)
            if not name or begin + length > size:
                break
            source.seek(begin + length + length % 2)
    return 0.0


def write_audio(file: Path, pcm: bytes, rate_hz: int) -> None:
    """Write 16-bit mono PCM to a file: WAV, FLAC, OGG or MP3 by its ending; whole or not at all.

    Raises VoiceError `audio_unwritable`."""
    ending = file.suffix.lower().lstrip(".")
    if ending not in ("wav", "flac", "ogg", "mp3"):
        raise VoiceError(
            "audio_unwritable", f"{file}: no such format", "Use a name that ends in .wav, .flac, .ogg or .mp3."
        )
    fresh = file.with_name(f".{file.name}.part")
    try:
        if ending == "wav":
            fresh.write_bytes(wav_bytes(pcm, rate_hz))
        else:
            samples = np.frombuffer(pcm, dtype="<i2")
            soundfile.write(fresh, samples, rate_hz, format=ending.upper())
        fresh.replace(file)
    except (OSError, soundfile.SoundFileError, RuntimeError) as error:
        fresh.unlink(missing_ok=True)
        remedy = "Choose a folder that exists and can be written to, and a usual sample rate (8000, 16000, 48000)."
        raise VoiceError("audio_unwritable", f"{file} cannot be written: {error}", remedy) from error
