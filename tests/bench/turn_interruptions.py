"""How soon a prompt falls silent for a caller, and how often for a cough, the room, or its own echo."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np

from ivr.call.bargein import CHUNK, Onset
from ivr.call.listener import CHUNK_BYTES, CHUNK_S
from ivr.call.speaker import PLAYED_S
from ivr.settings import Listening, load
from tests.bench.turn_audio import coughs, echo_of, mixed, noise
from tests.bench.turn_line import Activity
from voices.audio import RATE_HZ, Samples, from_pcm, phone_line, rms_db, to_pcm
from voices.synthesis.store import PromptStore

if TYPE_CHECKING:
    from tests.bench.turntaking import Bench

PROMPTS = ("您好，银铃热线。", "您要办什么事，直接说。", "要找人，按零。", "您想哪一天去看？", "上午去，还是下午去？")
ROOM_S = 60.0
VOICES_DB, TELEVISION_DB = -38.0, -36.0
"""Callers speak at -20 dB of full scale: a waiting room and a television are 16 to 18 dB below."""
ECHO_LOSS_DB = 20.0
ECHO_DELAYS_S = (0.06, 0.1, 0.14, 0.2)
SPOKEN_OVER_S = 1.5
REFRACTORY_S = 1.0
"""After a prompt fell silent it goes on about so much later."""


class Plain(Onset):
    """What it was before: voice activity alone."""

    def take(self, chunk: bytes, probability: float, played: Samples | None) -> bool:
        return super().take(chunk, probability, None)


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
        "echo": [echo_of(played, delay, ECHO_LOSS_DB, 3) + hush for delay in ECHO_DELAYS_S],
    }


def stops(bench: Bench, played: Samples, onset: type[Onset], *, with_echo: bool) -> list[float]:
    """Seconds from the first sound of each sentence, said over a prompt, to the moment at which it is noticed."""
    found = []
    for number, one in enumerate(bench.spoken()):
        words = bench.callers.words(*one)
        start = int((SPOKEN_OVER_S + 0.013 * number) * RATE_HZ)
        line = noise(start + len(words) + RATE_HZ, -58.0, number)
        line[start : start + len(words)] += words
        mine = played[: len(line)]
        if with_echo:
            line = line + echo_of(mine, ECHO_DELAYS_S[number % len(ECHO_DELAYS_S)], ECHO_LOSS_DB, number)
        began = [t for t in begins(line, mine, onset(Listening()), learn=False) if t >= start / RATE_HZ]
        found.append(began[0] - start / RATE_HZ if began else float("inf"))
    return found


def _row(values: list[float]) -> dict[str, Any]:
    known = sorted(value for value in values if np.isfinite(value))
    return {
        "p50_s": round(float(np.percentile(known, 50)), 3) if known else None,
        "p95_s": round(float(np.percentile(known, 95)), 3) if known else None,
        "count": len(values),
        "unnoticed": len(values) - len(known),
    }


async def measure(bench: Bench) -> dict[str, Any]:
    """Ours beside voice activity alone, on the same lines."""
    played = await _prompt()
    found: dict[str, Any] = {"caller's level dB": round(rms_db(bench.callers.words(*bench.spoken()[0])), 1)}
    for name, kind in (("ours", Onset), ("voice activity alone", Plain)):
        for what, several in lines(bench, played).items():
            count = sum(len(begins(line, played, kind(Listening()), learn=kind is Onset)) for line in several)
            found[f"{name}: stopped per minute by {what}"] = round(count / len(several) * 60 / ROOM_S, 2)
            await asyncio.sleep(0)
        found[f"{name}: falls silent for a caller"] = _row(stops(bench, played, kind, with_echo=False))
        found[f"{name}: falls silent for a caller through echo"] = _row(stops(bench, played, kind, with_echo=True))
    return found
