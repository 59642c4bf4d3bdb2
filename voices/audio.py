"""Audio that all parts share: PCM and floats, WAV files, sample rates, G.711 A-law, levels.

Inside the hotline audio is 16 kHz, signed 16-bit little-endian, mono. Arrays are float32 in -1..1, shape (samples,).
"""

from __future__ import annotations

import io
import math
import wave
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from voices.errors import VoiceError

Samples: TypeAlias = NDArray[np.float32]
RATE_HZ = 16_000
PHONE_RATE_HZ = 8_000
RATES_HZ = range(4_000, 192_001)
"""Sample rates that recordings have; a damaged header can name any."""


def from_pcm(pcm: bytes) -> Samples:
    """Signed 16-bit little-endian → floats. An odd last byte is dropped."""
    whole = len(pcm) // 2 * 2
    return np.frombuffer(pcm[:whole], dtype="<i2").astype(np.float32) / np.float32(32768.0)


def to_pcm(samples: Samples) -> bytes:
    """Floats → signed 16-bit little-endian, limited to the range."""
    scaled = np.clip(np.round(samples * 32768.0), -32768, 32767)
    return scaled.astype("<i2").tobytes()


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """Change the sample rate (polyphase, anti-aliased)."""
    if from_hz == to_hz or len(samples) == 0:
        return samples
    # Here and below: loading it takes longer than all else that a start needs, and calls seldom come here.
    from scipy.signal import resample_poly  # noqa: PLC0415

    divisor = math.gcd(from_hz, to_hz)
    return np.asarray(resample_poly(samples, to_hz // divisor, from_hz // divisor), dtype=np.float32)


def rate_is_usual(rate_hz: int) -> bool:
    """Whether a recording can have this sample rate; others cannot be resampled in any useful time or memory."""
    return rate_hz in RATES_HZ


def read_wav(file: Path) -> tuple[Samples, int]:
    """A 16-bit WAV file → (floats, rate in Hz); several channels are mixed. Raises VoiceError `audio_unreadable`."""
    try:
        with wave.open(str(file), "rb") as w:
            if w.getsampwidth() != 2:
                raise VoiceError(
                    "audio_unreadable",
                    f"{file}: {w.getsampwidth() * 8}-bit samples; 16-bit is needed",
                    "Save the recording as 16-bit WAV.",
                )
            if not rate_is_usual(w.getframerate()):
                raise VoiceError(
                    "audio_unreadable",
                    f"{file} cannot be read: it names {w.getframerate()} Hz as its sample rate",
                    "Save it again as 16-bit WAV.",
                )
            samples, channels, rate_hz = from_pcm(w.readframes(w.getnframes())), w.getnchannels(), w.getframerate()
    except (OSError, EOFError, wave.Error) as error:
        raise VoiceError(
            "audio_unreadable", f"{file} is no WAV file that can be read: {error}", "Save it as 16-bit WAV."
        ) from error
    if channels > 1:
        samples = samples[: len(samples) // channels * channels].reshape(-1, channels).mean(axis=1, dtype=np.float32)
    return samples, rate_hz


def read_wav_pcm(file: Path) -> bytes:
    """A WAV file as 16 kHz PCM."""
    samples, rate_hz = read_wav(file)
    return to_pcm(resample(samples, rate_hz, RATE_HZ))


def wav_bytes(pcm: bytes, rate_hz: int = RATE_HZ) -> bytes:
    """16-bit mono PCM with a WAV header."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(rate_hz)
        w.writeframes(pcm)
    return buffer.getvalue()


def pcm_to_rate(pcm: bytes, from_hz: int, to_hz: int) -> bytes:
    """Change the sample rate of PCM."""
    return to_pcm(resample(from_pcm(pcm), from_hz, to_hz))


def rms_db(samples: Samples) -> float:
    """Mean level in dB below full scale; -120 for silence."""
    if len(samples) == 0:
        return -120.0
    return max(-120.0, 10.0 * math.log10(float(np.mean(np.square(samples, dtype=np.float64))) + 1e-12))


@cache
def _alaw_tables() -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
    """G.711 A-law: (code of every 16-bit sample, sample of every code), from the segments of the recommendation."""
    codes = np.arange(256, dtype=np.int32) ^ 0x55
    segment, step = (codes >> 4) & 7, codes & 15
    size = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 0x108) << np.maximum(segment - 1, 0))
    decode = np.where(codes & 0x80, size, -size).astype(np.int16)
    order = np.argsort(decode, kind="stable")
    levels = decode[order].astype(np.int32)
    edges = (levels[1:] + levels[:-1]) / 2.0
    encode = order[np.searchsorted(edges, np.arange(-32768, 32768))].astype(np.uint8)
    return encode, decode


def alaw_encode(pcm: bytes) -> bytes:
    """16-bit PCM → A-law, one byte a sample."""
    encode, _ = _alaw_tables()
    return encode[np.frombuffer(pcm, dtype="<i2").astype(np.int32) + 32768].tobytes()


def alaw_decode(data: bytes) -> bytes:
    """A-law → 16-bit PCM."""
    _, decode = _alaw_tables()
    return decode[np.frombuffer(data, dtype=np.uint8)].astype("<i2").tobytes()


@cache
def _phone_band() -> NDArray[np.float64]:
    from scipy.signal import butter  # noqa: PLC0415

    return np.asarray(butter(4, [300, 3400], btype="bandpass", fs=PHONE_RATE_HZ, output="sos"))


def phone_line(pcm: bytes) -> bytes:
    """What is left of 16 kHz PCM after a phone line: 300-3400 Hz, 8 kHz, A-law; given back at 16 kHz."""
    from scipy.signal import sosfilt  # noqa: PLC0415

    narrow = sosfilt(_phone_band(), resample(from_pcm(pcm), RATE_HZ, PHONE_RATE_HZ)).astype(np.float32)
    heard = alaw_decode(alaw_encode(to_pcm(narrow)))
    return pcm_to_rate(heard, PHONE_RATE_HZ, RATE_HZ)
