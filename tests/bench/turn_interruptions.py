"""How soon a prompt falls silent for a caller, and how often for a cough, the room, or its own echo."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ivr.call.bargein import CHUNK, Onset
from ivr.call.listener import CHUNK_BYTES, CHUNK_S
from ivr.call.speaker import PLAYED_S
from ivr.call.utterance import Utterance
from ivr.call.words import Words
from ivr.settings import Listening, load
from tests.bench.speech_tables import percentiles
from tests.bench.turn_audio import coughs, echo_of, mixed, noise, on_line
from tests.bench.turn_line import NOW, Activity, Question
from tests.bench.turntaking import Bench
from voices.audio import RATE_HZ, Samples, from_pcm, phone_line, to_pcm
from voices.synthesis.store import PromptStore

PROMPTS = ("您好，银铃热线。", "您要办什么事，直接说。", "要找人，按零。", "您想哪一天去看？", "上午去，还是下午去？")
ROOM_S = 60.0
VOICES_DB, TELEVISION_DB, LOUD_TELEVISION_DB = -38.0, -36.0, -30.0
"""Callers speak at -17 dB of full scale here: a waiting room and a television are about 20 dB below, a loud one 13."""
KNOWN_DB = -12.5
"""Loudest syllables of these callers: what is known after their first sentence."""
SPEECH_S = (0.064, 0.096, 0.16)
FULL_SPEECH_S = (0.064, 0.096, 0.128, 0.16, 0.2)
"""Settings of `listening.barge_in_speech_s` that are compared."""
BACKCHANNELS = ("嗯", "嗯嗯", "哦", "啊")
"""What somebody says who listens."""
BACKCHANNEL_EVERY_S = 4.0
BACKCHANNEL_SPEED = 0.9
ASKED = (Question(("department",)), Question(("affirm",)))
PIECES_LEFT = 2
"""Of the prompt, when the sound comes: the question itself is still to be heard."""
SOFTER_DB = 10.0
ECHO_LOSS_DB = 20.0
ECHO_DELAYS_S = (0.06, 0.1, 0.14, 0.2)
SPOKEN_OVER_S = 1.5
REFRACTORY_S = 1.0
"""After a prompt fell silent it goes on about so much later."""


class Plain(Onset):
    """What it was before: voice activity alone."""

    def take(self, chunk: bytes, probability: float, played: Samples | None) -> bool:
        return super().take(chunk, probability, None)


def render(bench: Bench) -> None:
    """Everything that will be said, as far as it is not there yet."""
    for one in (*bench.spoken(), *_listening(bench)):
        bench.callers.words(*one)


def _listening(bench: Bench) -> list[tuple[str, str, float]]:
    """Voice, sound and speed of every sound of listening by every voice."""
    return [(voice, sound, BACKCHANNEL_SPEED) for sound in BACKCHANNELS for voice in bench.callers.names]


def nods(sounds: list[Samples], seconds: float, every_s: float) -> Samples:
    """A listener's sounds, one after the other, at the level at which callers speak."""
    line = np.zeros(int(seconds * RATE_HZ), dtype=np.float32)
    for number, at in enumerate(np.arange(1.0, seconds - every_s + 0.5, every_s)):
        sound, start = sounds[number % len(sounds)], int(at * RATE_HZ)
        line[start : start + len(sound)] += sound[: len(line) - start]
    return line


async def _prompt() -> Samples:
    """The hotline's own voice, for a minute."""
    settings = load()
    store = PromptStore(settings.prompts_dir, settings.models_dir / "kokoro", settings.speech.voice)
    await store.start()
    try:
        pieces = [from_pcm(await store.pcm(text)) for text in PROMPTS]
    finally:
        await store.close()
    return np.resize(np.concatenate(pieces), int(ROOM_S * RATE_HZ))


def begins(line: Samples, played: Samples, onset: Onset, *, learn: bool) -> list[float]:
    """When speech is taken to begin over a prompt that goes on all the time. `learn`: each was a false alarm."""
    pcm = phone_line(to_pcm(line))
    activity = Activity(pcm)
    before = np.concatenate((np.zeros(int(PLAYED_S * RATE_HZ), dtype=np.float32), played))
    found: list[float] = []
    for at in range(len(pcm) // CHUNK_BYTES):
        chunk = pcm[at * CHUNK_BYTES : (at + 1) * CHUNK_BYTES]
        lately = before[(at + 1) * CHUNK :][: int(PLAYED_S * RATE_HZ)]
        now = (at + 1) * CHUNK_S
        if onset.take(chunk, activity.probability(chunk), lately) and (not found or now - found[-1] > REFRACTORY_S):
            found.append(now)
            if learn:
                onset.false_alarm()
    return found


def lines(bench: Bench, played: Samples) -> dict[str, list[Samples]]:
    """What is no reason to fall silent, a minute each."""
    hush = noise(len(played), -58.0, 5)
    stretches = [bench.callers.words(*one) for one in bench.spoken()[:6]]
    return {
        "coughs": [coughs(ROOM_S, seed) + hush for seed in (1, 2)],
        "babble of six": [mixed(stretches, ROOM_S, VOICES_DB) + hush],
        "television": [mixed([np.concatenate(stretches)], ROOM_S, TELEVISION_DB) + hush],
        "loud television": [mixed([np.concatenate(stretches)], ROOM_S, LOUD_TELEVISION_DB) + hush],
        "echo": [echo_of(played, delay, ECHO_LOSS_DB, 3) + hush for delay in ECHO_DELAYS_S],
        f"嗯, {round(ROOM_S / BACKCHANNEL_EVERY_S) - 1} of them": [
            nods([bench.callers.words(*one) for one in _listening(bench)], ROOM_S, BACKCHANNEL_EVERY_S) + hush
        ],
    }


def stops(
    bench: Bench, played: Samples, make: Callable[[], Onset], *, with_echo: bool = False, softer_db: float = 0.0
) -> list[float]:
    """Seconds from the first sound of each sentence, said over a prompt, to the moment at which it is noticed."""
    found = []
    for number, one in enumerate(bench.spoken()):
        words = bench.callers.words(*one) * np.float32(10 ** (-softer_db / 20))
        start = int((SPOKEN_OVER_S + 0.013 * number) * RATE_HZ)
        line = noise(start + len(words) + RATE_HZ, -58.0, number)
        line[start : start + len(words)] += words
        mine = played[: len(line)]
        if with_echo:
            line = line + echo_of(mine, ECHO_DELAYS_S[number % len(ECHO_DELAYS_S)], ECHO_LOSS_DB, number)
        began = [t for t in begins(line, mine, make(), learn=False) if t >= start / RATE_HZ]
        found.append(began[0] - start / RATE_HZ if began else float("inf"))
    return found


def _row(values: list[float]) -> dict[str, Any]:
    known = sorted(value for value in values if np.isfinite(value))
    return {**percentiles(known), "of": len(values), "unnoticed": len(values) - len(known)}


def _onset(kind: type[Onset], speech_s: float, *, known: bool) -> Onset:
    onset = kind(Listening(barge_in_speech_s=speech_s))
    if known:
        onset.heard(KNOWN_DB)
    return onset


async def measure(bench: Bench) -> list[dict[str, Any]]:
    """Ours by how much speech it takes, and voice activity alone, on the same lines. False stops are per minute."""
    played = await _prompt()
    usual = Listening().barge_in_speech_s
    lengths = FULL_SPEECH_S if bench.full else SPEECH_S
    rules = [(Onset, s, known) for s in lengths for known in (False, True)] + [(Plain, usual, False)]
    rooms = lines(bench, played)
    rows = []
    for kind, speech_s, known in rules:

        def make(kind: type[Onset] = kind, speech_s: float = speech_s, known: bool = known) -> Onset:
            return _onset(kind, speech_s, known=known)

        name = "voice activity alone" if kind is Plain else f"{speech_s} s, caller {'known' if known else 'unknown'}"
        if kind is Onset and speech_s == usual:
            name += " (default)"
        row: dict[str, Any] = {"rule": name}
        for what, several in rooms.items():
            count = sum(len(begins(line, played, make(), learn=kind is Onset)) for line in several)
            row[what] = round(count / len(several) * 60 / ROOM_S, 2)
            await asyncio.sleep(0)
        row["stops"] = _row(stops(bench, played, make))
        row["stops through echo"] = _row(stops(bench, played, make, with_echo=True))
        if not known:
            row[f"stops, {SOFTER_DB:.0f} dB softer"] = _row(stops(bench, played, make, softer_db=SOFTER_DB))
        rows.append(row)
        print(f"  over a prompt, {name}: {row['stops']}", file=sys.stderr, flush=True)
    return rows


async def backchannels_ignored(bench: Bench) -> list[dict[str, Any]]:
    """Of the sounds of listening that stop a prompt: after how many it goes on as if nothing had been said."""
    rows = []
    for asked in ASKED:
        words = Words(bench.understander, "zh", lambda: NOW, lambda *_, **__: None)
        words.listen, words.over_prompt = asked.listen, True
        answers = []
        for voice, sound, speed in _listening(bench):
            said = on_line(bench.callers.words(voice, sound, speed), 20.0, seed=1)
            pcm = said.pcm[: int((said.ends_s + 0.4) * RATE_HZ) * 2]
            heard = bench.recogniser.whole(pcm, "zh", words.expectation.hint)
            if not await words.is_listening(Utterance(heard, heard.duration_s), PIECES_LEFT):
                answers.append(f"{sound} → {heard.text}")
        count = len(_listening(bench))
        rows.append({"question": asked.expect[0], "sounds": count, "taken for words": len(answers), "which": answers})
    return rows
