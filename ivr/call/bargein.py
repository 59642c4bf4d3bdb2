"""Whether a sound is the caller beginning to speak: not a cough, not the room, not the prompt's echo on the line.

Works on samples, keeps no clock: one 32 ms chunk after the other. While nothing is played, voice activity alone
decides; over a prompt the sound must also have the pitch of a voice, stand out from the room, and not be our own."""

from __future__ import annotations

from collections import deque

import numpy as np

from ivr.settings import Listening
from voices.audio import RATE_HZ, Samples, from_pcm, rms_db
from voices.filters import SectionsFilter

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
TYPICAL_DB = -20.0
"""Loudest syllables of a caller of whom nothing is known: telephone speech is at about -26 dB of full scale on
average (ITU-T P.56 and G.168 take that for nominal), and its loudest 32 ms are 6 dB above."""
NEAR_DB = 10.0
"""Nearly every beginning of a sentence has a chunk that is not softer than this below the caller's loudest."""
FAR_DB = 16.0
"""What is so much softer than the caller is somebody else in the room, or a television."""
KEPT_BELOW_DB = 6.0
"""A false alarm so much softer than the caller tells how loud the room talks; one as loud was the caller's cough …"""
ABOVE_TALK_DB = 4.0
"""… and from then on who wants to stop a prompt must be louder than that talk by so much."""
FORGET_DB = 1.0
"""Each utterance lowers what is known of the caller's level by so much: one shout is not held for ever."""
ROOM_DB, ROOM_MIN_DB = -50.0, -65.0
"""Level of the room when nothing is known of it, and the lowest that is believed."""
ROOM_RISE_DB, ROOM_FALL_DB = 0.12, 0.6
"""How fast the room's level follows a chunk: up slowly (3.75 dB a second), so that speech does not become the room."""
SLOWEST_S = 0.5
"""However often the room has stopped a prompt, so much speech stops it all the same."""
UNHURRIED_S = 0.16
"""Speech that is needed while nothing is played, where nothing has to fall silent: a click is shorter."""
SOFT_S = 0.6
"""Speech that is needed of somebody so soft that it may hardly be the caller."""
NOBODY_DB = -120.0
MORE_EACH_TIME = 2.0

PHONE_BAND = (
    (0.6031972438993125, 1.206394487798625, 0.6031972438993125, 1.0, 1.3423045143340906, 0.516380128598303),
    (1.0, -2.0, 1.0, 1.0, -1.6675616713630557, 0.7176625588018256),
)
"""300 to 3400 Hz at 8 kHz: `scipy.signal.butter(2, [300, 3400], btype="bandpass", fs=8000, output="sos")`."""
_LINE = SectionsFilter(PHONE_BAND)


class Onset:
    """Tells when the caller begins to speak. One for each call."""

    def __init__(self, limits: Listening) -> None:
        self.needed_s = limits.barge_in_speech_s
        """Speech that is needed over a prompt; more after false alarms: a television stops one prompt, not all."""
        self.caller_db: float | None = None
        """How loud the caller's loudest syllables are; None until something was understood."""
        self.talk_db: float | None = None
        """How loud the room talks, the loudest of it; None until something stopped a prompt that was not for us."""
        self._usual_s = limits.barge_in_speech_s
        self._fired_db = TYPICAL_DB
        self._before_db: float | None = None
        self._recent: deque[Samples] = deque(maxlen=WINDOW)
        self._voiced_s = self._run_s = 0.0
        self._room_db = ROOM_DB

    def reset(self) -> None:
        """A new turn: what was voiced before does not count."""
        self._voiced_s = self._run_s = 0.0

    @property
    def run_s(self) -> float:
        """How long the sound that has just been taken for the caller had been going on by then."""
        return self._run_s

    @property
    def distant(self) -> bool:
        """Whether what stopped the prompt was so soft that it may be somebody else, or a television."""
        return self._fired_db < self._loudest_expected_db - KEPT_BELOW_DB

    def false_alarm(self) -> None:
        """What stopped a prompt was not for us."""
        self.needed_s = min(SLOWEST_S, max(UNHURRIED_S, self.needed_s) * MORE_EACH_TIME)
        self.caller_db = self._before_db  # what it said of the caller's level was not the caller's
        if self.distant:
            self.talk_db = max(self._fired_db, self.talk_db if self.talk_db is not None else self._fired_db)

    def sounded(self, loudest_db: float) -> None:
        """What has been taken for the caller was so loud, now that it is over."""
        self._fired_db = max(self._fired_db, loudest_db)

    def heard(self, loudest_db: float) -> None:
        """Words were said so loud. The caller is louder than whoever else is in the room."""
        before = loudest_db if self.caller_db is None else self.caller_db - FORGET_DB
        self.caller_db = max(before, loudest_db)
        if self.talk_db is not None and self.talk_db > self.caller_db - KEPT_BELOW_DB:
            self.talk_db = None  # it was the caller, who speaks softly

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
        self._run_s = self._run_s + CHUNK_S if self._voiced_s > 0 else 0.0
        least_s = max(self._usual_s, UNHURRIED_S) if played is None else self.needed_s
        if self._voiced_s + 1e-9 < least_s:
            return False
        if played is not None:
            own_db = self._own_db(played, room_db)
            if self._voiced_s + 1e-9 < self._needed_for(own_db):
                # The next chunk may convince; what is nobody's voice does not add up.
                self._voiced_s = min(self._voiced_s, SOFT_S if own_db > NOBODY_DB else least_s)
                return False
            self._fired_db = own_db
        else:
            self._fired_db = self._loudest
        self._before_db = self.caller_db
        self._voiced_s = 0.0
        return True

    def _room(self, now_db: float) -> float:
        """Level of the room, without this chunk."""
        before = self._room_db
        step = np.clip(now_db - before, -ROOM_FALL_DB, ROOM_RISE_DB)
        self._room_db = max(ROOM_MIN_DB, float(before + step))
        return before

    @property
    def _loudest(self) -> float:
        return max(rms_db(chunk) for chunk in self._recent)

    @property
    def _loudest_expected_db(self) -> float:
        return TYPICAL_DB if self.caller_db is None else self.caller_db

    def _needed_for(self, own_db: float) -> float:
        """Seconds of speech so loud that stop a prompt: the softer than the caller, the more; from a point on, none."""
        below_db = self._loudest_expected_db - own_db
        if below_db <= NEAR_DB:
            return self.needed_s
        if below_db > FAR_DB:
            return float("inf")
        share = (below_db - NEAR_DB) / (FAR_DB - NEAR_DB)
        return self.needed_s + share * max(0.0, SOFT_S - self.needed_s)

    def _own_db(self, played: Samples, room_db: float) -> float:
        """Level of a voice that is not ours, at its loudest; very little where there is none."""
        loudest = self._loudest
        least_db = max(room_db + ABOVE_ROOM_DB, self._loudest_expected_db - FAR_DB)
        if self.talk_db is not None:
            least_db = max(least_db, self.talk_db + ABOVE_TALK_DB)
        if loudest < least_db:
            return NOBODY_DB
        sounding = [chunk for chunk in self._recent if rms_db(chunk) > loudest - 20]
        pitched = sum(periodicity(chunk) >= PITCH_AT for chunk in sounding)
        if pitched < max(2.0, PITCH_SHARE * len(sounding)):
            return NOBODY_DB
        ours = echo(np.concatenate(self._recent), played)
        if ours >= ECHO_AT:
            return NOBODY_DB
        own_db = loudest + 10 * float(np.log10(1.0 - ours))
        return own_db if own_db >= least_db else NOBODY_DB


def periodicity(samples: Samples) -> float:
    """0 to 1: how much the sound repeats itself at the pitch of a voice."""
    centred = samples - samples.mean()
    energy = float(centred @ centred)
    if energy < 1e-6:
        return 0.0
    full = _correlation(centred, centred)
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
    products = _correlation(played, heard)[: len(played) - len(heard) + 1]
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


def _correlation(long: Samples, short: Samples) -> Samples:
    """Product of `short` with `long` from each of its samples on; shape (len(long),). By Fourier transform: the direct
    way takes a hundred times as long."""
    size = 1 << (len(long) + len(short) - 2).bit_length()  # at least the sum of both less one: nothing wraps around
    products = np.fft.irfft(np.fft.rfft(long, size) * np.conj(np.fft.rfft(short, size)), size)
    return np.asarray(products[: len(long)], dtype=np.float32)


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
    return _LINE(half)
