"""Whether a sound is the caller beginning to speak: not a cough, not the room, not the prompt's echo on the line.

Works on samples, keeps no clock: one 32 ms chunk after the other. While nothing is played, voice activity alone
decides; over a prompt the sound must also have the pitch of a voice, stand out from the room, and not be our own."""

from __future__ import annotations

from collections import deque

import numpy as np
from scipy.signal import butter, correlate, sosfilt

from ivr.settings import Listening
from voices.audio import RATE_HZ, Samples, from_pcm, rms_db

CHUNK = 512
CHUNK_S = CHUNK / RATE_HZ
SPEECH_AT = 0.5
WINDOW = 8
"""Chunks that are looked at: 0.26 s."""
ECHO_AT = 0.65
"""Share of the sound that is what we play, from which on it is that and nobody's voice."""
TAPS, BEFORE = 48, 8
"""Smearing that is fitted, at 8 kHz: 6 ms, of which 1 ms before the strongest path."""
RIDGE = 1e-3
PITCH_AT = 0.5
"""Periodicity of a vowel; the noise of a cough, a rustle or breath has less."""
PITCH_SHARE = 0.4
"""Share of the sounding chunks that must have pitch: consonants have none."""
LOWEST_HZ, HIGHEST_HZ = 70, 420
ABOVE_ROOM_DB = 6.0
BELOW_CALLER_DB = 14.0
"""Over a prompt a caller is not softer than this below their own loudest syllables; a television across the room is."""
FORGET_DB = 1.0
"""Each utterance lowers what is known of the caller's level by so much: one shout is not held for ever."""
ROOM_DB, ROOM_MIN_DB = -50.0, -65.0
"""Level of the room when nothing is known of it, and the lowest that is believed."""
ROOM_RISE_DB, ROOM_FALL_DB = 0.12, 0.6
"""How fast the room's level follows a chunk: up slowly (3.75 dB a second), so that speech does not become the room."""
SLOWEST_S = 0.5
"""However often the room has stopped a prompt, so much speech stops it all the same."""
MORE_EACH_TIME = 2.0

_LINE = butter(2, [300, 3400], btype="bandpass", fs=RATE_HZ // 2, output="sos")


class Onset:
    """Tells when the caller begins to speak. One for each call."""

    def __init__(self, limits: Listening) -> None:
        self.needed_s = limits.barge_in_speech_s
        """Speech that is needed over a prompt; more after false alarms: a television stops one prompt, not all."""
        self.caller_db: float | None = None
        """How loud the caller's loudest syllables are; None until something was understood."""
        self._usual_s = limits.barge_in_speech_s
        self._recent: deque[Samples] = deque(maxlen=WINDOW)
        self._voiced_s = 0.0
        self._room_db = ROOM_DB

    def reset(self) -> None:
        """A new turn: what was voiced before does not count."""
        self._voiced_s = 0.0

    def false_alarm(self) -> None:
        """What stopped a prompt was not for us."""
        self.needed_s = min(SLOWEST_S, self.needed_s * MORE_EACH_TIME)

    def heard(self, loudest_db: float) -> None:
        """Words were said so loud. The caller is louder than whoever else is in the room."""
        before = loudest_db if self.caller_db is None else self.caller_db - FORGET_DB
        self.caller_db = max(before, loudest_db)

    def was_speech(self) -> None:
        """What stopped a prompt was said to us."""
        self.needed_s = self._usual_s

    def take(self, chunk: bytes, probability: float, played: Samples | None) -> bool:
        """True when with this chunk the caller has begun to speak.

        `probability`: of speech in the chunk. `played`: what the caller has been hearing, up to now, for longer than
        an echo may take; None when nothing was played lately."""
        samples = from_pcm(chunk)
        self._recent.append(samples)
        room_db = self._room(rms_db(samples))
        self._voiced_s = max(0.0, self._voiced_s + (CHUNK_S if probability >= SPEECH_AT else -CHUNK_S))
        needed_s = self._usual_s if played is None else self.needed_s
        if self._voiced_s + 1e-9 < needed_s:
            return False
        if played is not None and not self._convinces(played, room_db):
            self._voiced_s = needed_s  # the next chunk may convince
            return False
        self._voiced_s = 0.0
        return True

    def _room(self, now_db: float) -> float:
        """Level of the room, without this chunk."""
        before = self._room_db
        step = np.clip(now_db - before, -ROOM_FALL_DB, ROOM_RISE_DB)
        self._room_db = max(ROOM_MIN_DB, float(before + step))
        return before

    def _convinces(self, played: Samples, room_db: float) -> bool:
        recent = np.concatenate(self._recent)
        loudest = max(rms_db(chunk) for chunk in self._recent)
        least_db = room_db + ABOVE_ROOM_DB
        if self.caller_db is not None:
            least_db = max(least_db, self.caller_db - BELOW_CALLER_DB)
        if loudest < least_db:
            return False
        sounding = [chunk for chunk in self._recent if rms_db(chunk) > loudest - 20]
        pitched = sum(periodicity(chunk) >= PITCH_AT for chunk in sounding)
        if pitched < max(2.0, PITCH_SHARE * len(sounding)):
            return False
        return echo(recent, played) < ECHO_AT


def periodicity(samples: Samples) -> float:
    """0 to 1: how much the sound repeats itself at the pitch of a voice."""
    centred = samples - samples.mean()
    energy = float(centred @ centred)
    if energy < 1e-6:
        return 0.0
    full = correlate(centred, centred, mode="full", method="fft")[len(centred) - 1 :]
    lags = np.arange(len(full))
    even = full * len(centred) / np.maximum(1, len(centred) - lags) / energy  # fewer samples overlap at a longer lag
    return float(np.clip(even[RATE_HZ // HIGHEST_HZ : RATE_HZ // LOWEST_HZ].max(), 0.0, 1.0))


def echo(heard: Samples, played: Samples) -> float:
    """0 to 1: the share of what is heard that is what was played, late and smeared by the line.

    The delay is where the two correlate best; around it the smearing is fitted: what the fit explains is the echo."""
    if len(played) < len(heard) + 2 * TAPS:
        return 0.0
    heard, played = _thin(heard), _thin(played)
    energy = float(heard @ heard)
    if energy < 1e-7:
        return 0.0
    products = correlate(played, heard, mode="valid", method="fft")
    sums = np.concatenate(([0.0], np.cumsum(played.astype(np.float64) ** 2)))
    powers = sums[len(heard) :] - sums[: -len(heard)]
    # A stretch of near silence correlates with anything: it cannot be what is heard.
    floor = max(1e-9, 1e-3 * float(powers.max()))
    lag = int(np.argmax(np.abs(products) / np.sqrt(np.maximum(powers, floor))))
    first = min(max(0, lag - TAPS + BEFORE), len(played) - len(heard) - TAPS + 1)
    source = played[first : first + len(heard) + TAPS - 1]
    cross = np.correlate(source, heard, mode="valid")
    gram = _gram(source, len(heard))
    gram[np.diag_indices(TAPS)] += RIDGE * np.trace(gram) / TAPS + 1e-9
    return float(np.clip(cross @ np.linalg.solve(gram, cross) / energy, 0.0, 1.0))


def _gram(source: Samples, length: int) -> Samples:
    """Products of the TAPS stretches of `length` samples with one another, each row from the one above.

    A matrix product would do, but wakes a thread on every core for it: 48 ms of work instead of 2."""
    gram = np.empty((TAPS, TAPS), dtype=np.float32)
    gram[0] = np.correlate(source, source[:length], mode="valid")
    for row in range(TAPS - 1):
        enters, leaves = source[row + length], source[row]
        gram[row + 1, 1:] = gram[row, :-1] + enters * source[length:] - leaves * source[: TAPS - 1]
        gram[row + 1, 0] = gram[0, row + 1]
    return gram


def _thin(samples: Samples) -> Samples:
    """What a phone line carries of it, at half the rate: what we play is sent whole and comes back without its bass."""
    half = (samples[: len(samples) // 2 * 2 : 2] + samples[1::2]) * np.float32(0.5)
    return np.asarray(sosfilt(_LINE, half), dtype=np.float32)
