"""Callers for the turn-taking benchmark: synthetic voices with pauses put in, on a noisy line; coughs, babble, echo."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, sosfilt

from ivr.settings import Settings
from voices.audio import RATE_HZ, Samples, from_pcm, phone_line, rms_db, to_pcm
from voices.models import fetch
from voices.synthesis.kokoro import Kokoro
from voices.synthesis.store import tidy

LEAD_S = 0.6
"""Line noise before the first word, so that the detector has settled."""
AFTER_S = 3.2
WORD_DB = -35.0
"""Below the loudest: where the sound of a word begins and ends."""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence on the line."""

    pcm: bytes
    starts_s: float
    ends_s: float
    """The last sound of the last word."""


class Callers:
    """Voices that are not the hotline's. What they say is kept in `parts/callers`."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.parts_dir / "callers"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._model = settings.models_dir / "kokoro"
        folder = fetch("kokoro-callers", settings.models_dir, print, settings.speech.mirror_dir)
        self.names = [file.stem for file in sorted(folder.glob("z*.bin"))]  # those that speak Mandarin
        self._files = {name: str(folder / name) for name in self.names}
        self._loaded: tuple[str, Kokoro] | None = None

    def words(self, voice: str, text: str, speed: float) -> Samples:
        """One stretch of speech without the silence at its ends."""
        key = hashlib.sha256(f"1|{voice}|{speed}|{text}".encode()).hexdigest()[:24]
        file = self._folder / f"{key}.pcm"
        if not file.exists():
            if self._loaded is None or self._loaded[0] != voice:  # one at a time: each takes 0.3 GB
                self._loaded = voice, Kokoro(self._model, self._files[voice])
            pcm = tidy(self._loaded[1].render(text, RATE_HZ, speed).tobytes())
            fresh = file.with_suffix(".new")
            fresh.write_bytes(pcm)
            fresh.replace(file)
        return _trim(from_pcm(file.read_bytes()))

    def sentence(self, voice: str, parts: tuple[str, ...], pause_s: float, speed: float, snr_db: float | None) -> Said:
        """The parts with pauses between them, after a phone line; `snr_db` None for a clean one."""
        silence = np.zeros(int(pause_s * RATE_HZ), dtype=np.float32)
        pieces: list[Samples] = []
        for part in parts:
            pieces += [silence, self.words(voice, part, speed)] if pieces else [self.words(voice, part, speed)]
        return on_line(np.concatenate(pieces), snr_db, seed=len(parts[0]))


def _trim(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 10 ** (WORD_DB / 20))
    return samples[loud[0] : loud[-1] + 1]


def on_line(speech: Samples, snr_db: float | None, seed: int) -> Said:
    """Speech between silences, with noise, through a phone line."""
    lead, after = int(LEAD_S * RATE_HZ), int(AFTER_S * RATE_HZ)
    whole = np.concatenate((np.zeros(lead), speech, np.zeros(after))).astype(np.float32)
    whole += noise(len(whole), -62.0 if snr_db is None else rms_db(speech) - snr_db, seed)
    return Said(phone_line(to_pcm(whole)), LEAD_S, LEAD_S + len(speech) / RATE_HZ)


def noise(count: int, level_db: float, seed: int) -> Samples:
    """Noise like that of a street or a fan: less of it the higher the frequency."""
    white = np.random.default_rng(seed).standard_normal(count)
    shaped = sosfilt(butter(1, 500, fs=RATE_HZ, output="sos"), white)
    shaped *= 10 ** (level_db / 20) / np.sqrt(np.mean(shaped**2))
    return np.asarray(shaped, dtype=np.float32)


def coughs(seconds: float, seed: int, level_db: float = -18.0) -> Samples:
    """A cough every two to four seconds: one to three bursts, each a click, noise of the throat, and a little voice."""
    dice = np.random.default_rng(seed)
    line = np.zeros(int(seconds * RATE_HZ), dtype=np.float32)
    at = 1.0
    while at < seconds - 1.5:
        for _ in range(int(dice.integers(1, 4))):
            burst = _cough(dice) * 10 ** ((level_db + dice.uniform(-4, 4)) / 20)
            start = int(at * RATE_HZ)
            line[start : start + len(burst)] += burst[: len(line) - start]
            at += len(burst) / RATE_HZ + dice.uniform(0.05, 0.2)
        at += dice.uniform(2.0, 4.0)
    return line


def _cough(dice: np.random.Generator) -> Samples:
    length = int(dice.uniform(0.18, 0.4) * RATE_HZ)
    time = np.arange(length) / RATE_HZ
    low, high = dice.uniform(350, 600), dice.uniform(1800, 3200)
    throat = sosfilt(butter(2, [low, high], btype="bandpass", fs=RATE_HZ, output="sos"), dice.standard_normal(length))
    shape = np.minimum(1, time / 0.008) * np.exp(-time / dice.uniform(0.06, 0.14))
    pitch = dice.uniform(110, 240) * (1 - 0.5 * time)
    voice = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / RATE_HZ)) * 0.15 * (time > 0.6 * time[-1])
    burst = throat / np.abs(throat).max() * shape + sosfilt(butter(2, 1500, fs=RATE_HZ, output="sos"), voice) * 0.3
    return np.asarray(burst / max(1e-6, float(np.sqrt(np.mean(burst**2)))), dtype=np.float32)


def mixed(stretches: list[Samples], seconds: float, level_db: float) -> Samples:
    """Voices over one another, each said again and again: a waiting room; one alone is a television."""
    count = int(seconds * RATE_HZ)
    line = np.zeros(count, dtype=np.float32)
    for stretch in stretches:
        line += np.resize(stretch, count)
    return np.asarray(line * 10 ** ((level_db - rms_db(line)) / 20), dtype=np.float32)


def echo_of(played: Samples, delay_s: float, loss_db: float, seed: int) -> Samples:
    """What comes back of what is played: later, softer, and smeared over a few milliseconds by the hybrid."""
    dice = np.random.default_rng(seed)
    response = np.zeros(int(0.008 * RATE_HZ), dtype=np.float32)
    response[0] = 1.0
    response += dice.standard_normal(len(response)) * 0.35 * np.exp(-np.arange(len(response)) / (0.002 * RATE_HZ))
    smeared = np.convolve(played, response)[: len(played)]
    smeared *= 10 ** ((rms_db(played) - loss_db - rms_db(smeared)) / 20)
    late = np.concatenate((np.zeros(int(delay_s * RATE_HZ)), smeared))[: len(played)]
    return np.asarray(late, dtype=np.float32)
