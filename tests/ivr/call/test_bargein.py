"""What stops a prompt: a voice over it; not a click, a hiss, the room, or the prompt's own echo."""

from __future__ import annotations

import numpy as np

from ivr.call.bargein import CHUNK, CHUNK_S, Onset, echo, periodicity
from ivr.settings import Listening
from voices.audio import RATE_HZ, Samples, to_pcm

DICE = np.random.default_rng(7)


def voice(seconds: float, pitch_hz: float = 140.0, level: float = 0.1) -> Samples:
    """Pulses of the throat: every harmonic, a pitch that wanders as a voice does."""
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    phase = np.cumsum(pitch_hz * (1 + 0.05 * np.sin(2 * np.pi * 3 * time))) / RATE_HZ
    sound = sum(np.sin(2 * np.pi * n * phase) / n for n in range(1, 12))
    return np.asarray(level * sound / np.sqrt(np.mean(np.square(sound))), dtype=np.float32)


def hiss(seconds: float, level: float = 0.1) -> Samples:
    return np.asarray(level * DICE.standard_normal(int(seconds * RATE_HZ)), dtype=np.float32)


def talk(seconds: float, level: float = 0.1) -> Samples:
    """Syllables of changing pitch and colour, as in speech: nothing like itself a moment later."""
    parts = [voice(0.12, DICE.uniform(100, 220)) + hiss(0.12, 0.03) for _ in range(int(seconds / 0.12) + 1)]
    return np.asarray(np.concatenate(parts)[: int(seconds * RATE_HZ)] * (level / 0.1), dtype=np.float32)


def begins_s(heard: Samples, played: Samples | None, onset: Onset | None = None) -> float | None:
    """Seconds after which speech is said to have begun, when all of it sounds like speech to the detector."""
    onset = onset or Onset(Listening())
    for n in range(len(heard) // CHUNK):
        chunk = to_pcm(heard[n * CHUNK : (n + 1) * CHUNK])
        lately = None if played is None else played[n * CHUNK : n * CHUNK + RATE_HZ]
        if onset.take(chunk, 0.9, lately):
            return (n + 1) * CHUNK_S
    return None


def test_a_voice_over_a_prompt_is_noticed_within_a_fifth_of_a_second() -> None:
    began = begins_s(talk(1.0), talk(3.0))
    assert began is not None
    assert began <= 0.2


def test_noise_without_pitch_does_not_stop_a_prompt_though_the_detector_takes_it_for_speech() -> None:
    assert begins_s(hiss(1.0), talk(3.0)) is None


def test_without_a_prompt_the_detector_is_believed() -> None:
    assert begins_s(hiss(1.0), None) is not None


def test_the_echo_of_the_prompt_does_not_stop_it() -> None:
    played = talk(3.0)
    late = int(0.13 * RATE_HZ)
    heard = played[RATE_HZ - late :][: 2 * RATE_HZ] * np.float32(0.1)  # `played` begins a second before what is heard
    assert begins_s(heard, played) is None


def test_a_voice_is_heard_through_the_echo() -> None:
    played = talk(3.0)
    late = int(0.13 * RATE_HZ)
    heard = played[RATE_HZ - late :][: 2 * RATE_HZ] * np.float32(0.1) + talk(2.0)
    assert begins_s(heard, played) is not None


def test_voices_as_soft_as_the_room_do_not_stop_a_prompt() -> None:
    onset = Onset(Listening())
    murmur = talk(20.0, level=0.01)
    for n in range(len(murmur) // CHUNK):  # the room has been like this for a while
        onset.take(to_pcm(murmur[n * CHUNK : (n + 1) * CHUNK]), 0.1, None)
    assert begins_s(talk(1.0, level=0.01), talk(3.0), onset) is None
    assert begins_s(talk(1.0, level=0.1), talk(3.0), onset) is not None


def test_after_a_false_alarm_a_prompt_needs_more_to_be_stopped() -> None:
    onset = Onset(Listening())
    first = begins_s(talk(1.0), talk(3.0), onset)
    onset.false_alarm()
    later = begins_s(talk(1.0), talk(3.0), onset)
    onset.was_speech()
    again = begins_s(talk(1.0), talk(3.0), onset)
    assert first is not None and later is not None and again is not None  # noqa: PT018 - one thing: it was noticed
    assert later > first + 0.1
    assert again < later


def test_who_talks_far_from_the_phone_stops_no_prompt_of_a_caller_who_is_known() -> None:
    onset = Onset(Listening())
    onset.heard(-12.0)
    assert begins_s(talk(3.0, level=0.012), talk(5.0), onset) is None
    assert begins_s(talk(1.0, level=0.1), talk(3.0), onset) is not None


def test_a_soft_voice_needs_more_speech_to_stop_a_prompt_and_gets_it() -> None:
    loud, soft = begins_s(talk(2.0, level=0.1), talk(4.0)), begins_s(talk(2.0, level=0.02), talk(4.0))
    assert loud is not None and soft is not None  # noqa: PT018 - one thing: both were noticed
    assert loud + 0.1 < soft < 1.0


def test_a_television_that_stopped_a_prompt_stops_no_other_one_but_the_caller_does() -> None:
    onset = Onset(Listening())
    assert begins_s(talk(2.0, level=0.03), talk(4.0), onset) is not None
    onset.heard(-28.0)  # its words were recognised
    onset.false_alarm()
    assert onset.caller_db is None
    assert begins_s(talk(5.0, level=0.03), talk(7.0), onset) is None
    assert begins_s(talk(1.0, level=0.1), talk(3.0), onset) is not None


def test_a_cough_as_loud_as_the_caller_does_not_raise_what_is_asked_of_their_voice() -> None:
    onset = Onset(Listening())
    onset.heard(-15.0)
    assert begins_s(talk(1.0, level=0.1), talk(3.0), onset) is not None
    onset.sounded(-14.0)
    onset.false_alarm()
    assert onset.talk_db is None
    assert onset.caller_db == -15.0


def test_it_tells_how_long_a_sound_had_been_going_on() -> None:
    onset = Onset(Listening())
    began = begins_s(talk(2.0, level=0.02), talk(4.0), onset)
    assert began is not None
    assert onset.run_s >= began - 0.05


def test_pitch_is_told_from_noise() -> None:
    assert periodicity(voice(0.032)) > 0.7
    assert periodicity(hiss(0.032)) < 0.5
    assert periodicity(np.zeros(CHUNK, dtype=np.float32)) == 0.0


def test_echo_needs_no_less_than_what_is_heard() -> None:
    assert echo(talk(0.25), talk(0.1)) == 0.0
    assert echo(np.zeros(4096, dtype=np.float32), talk(1.0)) == 0.0
