"""Sound files of any rate and common format: WAV (8 to 32 bit, float, A-law, µ-law), FLAC, OGG, MP3 and what else
libsndfile reads."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from voices.audio import RATE_HZ, Samples, resample, to_pcm, wav_bytes
from voices.errors import VoiceError
from voices.file_ends import breaks_off

LONGEST_S = 3600
ROUNDING_S = 0.1
"""A compressed file holds whole frames: by so much its length may be another than it tells."""
FORMATS = "WAV, FLAC, OGG or MP3"


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


def read_audio(file: Path) -> Recording:
    """Read a sound file. Raises VoiceError `audio_unreadable`, with what to do about it."""
    try:
        size = file.stat().st_size
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error), "Check the name of the file.") from error
    if size == 0:
        raise _unreadable(file, "the file is empty", "Record or copy it again.")
    try:
        with soundfile.SoundFile(file) as source:
            if source.frames > LONGEST_S * source.samplerate:
                raise _unreadable(file, f"longer than {LONGEST_S // 60} minutes", "Cut it into shorter files.")
            channels, rate_hz = source.channels, source.samplerate
            data, frames = source.read(dtype="float32", always_2d=True), source.frames
        breaks = breaks_off(file)
    except (OSError, soundfile.SoundFileError, RuntimeError) as error:
        reason = str(error).rpartition(": ")[2].rstrip(".")
        raise _unreadable(file, reason, f"Save it again as {FORMATS}.") from error
    if not rate_hz or not channels:
        raise _unreadable(file, "it names no sample rate", f"Save it again as {FORMATS}.")
    if not len(data):
        raise _unreadable(file, "there is no sound in it; it was probably cut off", "Record or copy it again.")
    samples = np.nan_to_num(data.mean(axis=1, dtype=np.float32))  # float files can hold anything
    missing_s = max(0, _promised_frames(file) - len(data)) / rate_hz
    if not missing_s and frames - len(data) > ROUNDING_S * rate_hz:
        missing_s = (frames - len(data)) / rate_hz
    return Recording(samples, rate_hz, missing_s, cut_off=breaks or missing_s > 0)


def _unreadable(file: Path, reason: str, remedy: str) -> VoiceError:
    return VoiceError("audio_unreadable", f"{file} cannot be read: {reason}", remedy)


def _promised_frames(file: Path) -> int:
    """Frames that the header of a PCM WAV file announces, which libsndfile corrects in silence; 0 for other files."""
    try:
        with wave.open(str(file), "rb") as header:
            return header.getnframes()
    except (wave.Error, EOFError):
        return 0


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
