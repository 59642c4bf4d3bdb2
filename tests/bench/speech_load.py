"""How soon words are known, and how many callers may talk at once before they are known too late. Real time, one
recogniser process on one core: of use on an idle machine only."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psutil

from ivr.call.endpoint import COMPLETE_S
from ivr.settings import Settings
from tests.bench.speech_sets import Spoken
from tests.bench.speech_tables import percentile, percentiles
from voices.audio import RATE_HZ, phone_line
from voices.errors import VoiceError
from voices.recognition.assembly import recogniser
from voices.recognition.chain import Member
from voices.recognition.hypothesis import Expectation, Hypothesis
from voices.recognition.vad import VoiceActivity

STEP_S = 0.1
CALLERS = (2, 4, 6, 8, 10, 12, 16, 20, 24, 32)
EACH_S = 25.0
"""How long each number of callers talks. Ten turns of two callers say little of a 95th percentile."""
BETWEEN_S = (3.0, 6.0)
"""The hotline's prompt and the caller's thought, between two sentences of a caller."""
LATE_S = 1.5
"""Turn delay that is too long, at the 95th percentile."""
EARLY_S = 0.128
TIMEOUT_S = 20.0


@dataclass(slots=True)
class Times:
    """Seconds."""

    to_partial: list[float] = field(default_factory=list)
    """From the first sound to the first partial hypothesis."""
    to_final: list[float] = field(default_factory=list)
    """From the last sound to the final one, asked for as early as the listener does."""
    refused: int = 0


async def talk(member: Member, one: Spoken, times: Times) -> None:
    """Say one sentence in real time, and wait for its words."""
    began = time.monotonic()

    def partial(heard: Hypothesis) -> None:
        if heard.text and len(times.to_partial) == before:
            times.to_partial.append(time.monotonic() - began)

    before = len(times.to_partial)
    pcm = phone_line(one.pcm)
    step = int(STEP_S * RATE_HZ) * 2
    hearing = member.listen("zh", Expectation(one.hint, one.phrases), partial)
    try:
        for number, at in enumerate(range(0, len(pcm), step)):
            await asyncio.sleep(max(0.0, began + number * STEP_S - time.monotonic()))
            hearing.feed(pcm[at : at + step])
        ended = time.monotonic()
        await asyncio.sleep(EARLY_S)
        await hearing.final(timeout_s=TIMEOUT_S)
        times.to_final.append(time.monotonic() - ended)
    except VoiceError:
        times.refused += 1
    finally:
        hearing.close()


async def _caller(member: Member, speech: Sequence[Spoken], seed: int, until: float, times: Times) -> None:
    dice = random.Random(seed)
    await asyncio.sleep(dice.uniform(0, BETWEEN_S[1]))
    while time.monotonic() < until:
        await talk(member, dice.choice(speech), times)
        await asyncio.sleep(dice.uniform(*BETWEEN_S))


def activity_ms() -> float:
    """CPU milliseconds of voice activity for one second of one caller."""
    detector, chunk = VoiceActivity(), bytes(1024)
    began = time.process_time()
    for _ in range(500):
        detector.probability(chunk)
    return round((time.process_time() - began) / (500 * 512 / RATE_HZ) * 1000, 1)


def memory_mb(member: Member) -> int:
    """Resident, of the recogniser's processes."""
    return sum(psutil.Process(pid).memory_info().rss for pid in getattr(member, "pids", ())) >> 20


def late(row: dict[str, Any]) -> bool:
    """Whether so many callers are too many: somebody was refused, or waited too long."""
    return bool(row["refused"]) or row["p95_s"] is None or row["p95_s"] > LATE_S


async def measure(settings: Settings, speech: Sequence[Spoken], *, each_s: float = EACH_S) -> dict[str, Any]:
    """Times of one caller alone, then of more and more at one recogniser process. Raises VoiceError."""
    member = recogniser("whisper", settings.models_dir, workers=1)
    await member.start()
    try:
        empty_mb, alone = memory_mb(member), Times()
        for one in speech[: max(4, round(each_s / 2))]:
            await talk(member, one, alone)
        rows: list[dict[str, Any]] = []
        for count in CALLERS:
            times, until = Times(), time.monotonic() + each_s
            await asyncio.gather(*(_caller(member, speech, n, until, times) for n in range(count)))
            # A turn is known when its silence and its words are there, whichever is later.
            delays = [max(COMPLETE_S, one) for one in times.to_final]
            row = {"callers": count, "turns": len(delays), "refused": times.refused, **percentiles(delays)}
            rows.append({**row, "load average": round(os.getloadavg()[0], 1)})
            if late(row):
                break
        return {
            "one caller alone": [
                {"what": "first sound to first partial", **percentiles(alone.to_partial), "n": len(alone.to_partial)},
                {"what": "last sound to final", **percentiles(alone.to_final), "n": len(alone.to_final)},
            ],
            "talking callers, one recogniser process": rows,
            "callers per core": max((row["callers"] for row in rows if not late(row)), default=0),
            "a sentence of a caller lasts, s": percentile([len(one.pcm) / 2 / RATE_HZ for one in speech], 0.5),
            "between two of them, s": BETWEEN_S,
            "voice activity, CPU ms for each second": activity_ms(),
            "recogniser's memory, MB, before and after": [empty_mb, memory_mb(member)],
            "this process's memory, MB": psutil.Process().memory_info().rss >> 20,
        }
    finally:
        await member.close()
