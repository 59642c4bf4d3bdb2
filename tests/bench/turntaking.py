"""Turn-taking, part of `make bench-speech`: how soon a turn is known to be over, how often a caller is cut off in a
pause, how soon a prompt falls silent, and how often for nothing.

`python -m tests.bench.turntaking [--json] [--full] [--recognition-s 0.2]`, the last where the machine has other work:
each recognition then takes so long.

Offline, chunk by chunk: real voice activity and recognition, synthetic callers on a phone line, and a clock that is the
audio's own. From the last sound of the caller to the moment at which the words are in the dialogue; the dialogue itself
takes 2 ms and the line to the caller's ear about 40 ms more (`make bench` measures whole calls)."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ivr.call.endpoint import Endpoint, Patience
from ivr.settings import Listening, load
from nlu.embedded import load_understander
from nlu.understand import Understander
from tests.bench.turn_audio import Callers, Said
from tests.bench.turn_line import Fixed, Question, Recogniser, hear
from voices.recognition.whisper import Whisper

PAUSES_S = (0.6, 0.8, 1.2)
FLUENT_S = 0.15
"""Between the parts of a sentence that is said without a pause."""
NOISES_DB: tuple[float | None, ...] = (None, 20.0, 10.0, 5.0)
FIXED_S = (0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.3)
PATIENCES_S = (0.5, 0.6, 0.7, 0.82, 1.0, 1.3)
SPEEDS = (0.9, 0.7)


@dataclass(frozen=True, slots=True)
class Scene:
    """One answer to one question."""

    question: Question
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """One scene by one voice."""

    scene: Scene
    said: Said
    pause_s: float
    """0 when it was said without a pause."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial."""

    delay_s: float | None
    """None when the turn never ended, or was cut off."""
    cut: bool


def scenes() -> list[Scene]:
    """What callers say."""
    listed = yaml.safe_load(resources.files("tests.bench").joinpath("turn_scenes.yaml").read_text(encoding="utf-8"))
    return [
        Scene(Question(tuple(q["expect"]), tuple(q.get("phrases", ())), q.get("keys", 1)), tuple(text.split("|")))
        for q in listed
        for text in q["said"]
    ]


class Bench:
    """Everything that trials share."""

    def __init__(self, understander: Understander, *, full: bool, recognition_s: float | None = None) -> None:
        settings = load()
        self.callers = Callers(settings)
        self.recogniser = Recogniser(Whisper(settings.models_dir / "whisper-base"), recognition_s)
        self.understander = understander
        self.full = full
        self.scenes = scenes()

    def spoken(self) -> list[tuple[str, str, float]]:
        """Voice, words and speed of the first stretch of every scene that is more than a sound of listening."""
        names = self.callers.names
        return [
            (names[number % len(names)], scene.parts[0], SPEEDS[number % len(SPEEDS)])
            for number, scene in enumerate(self.scenes)
            if len(scene.parts[0]) > 1
        ]

    def trials(self, pause_s: float, snr_db: float | None) -> list[Trial]:
        """All scenes; each by one voice after the other, in the full run by every voice."""
        found = []
        for number, scene in enumerate(self.scenes):
            if pause_s and len(scene.parts) == 1:
                continue
            for n, voice in enumerate(self.callers.names):
                if not self.full and n != number % len(self.callers.names):
                    continue
                speed = SPEEDS[(number + n) % len(SPEEDS)]
                said = self.callers.sentence(voice, scene.parts, pause_s or FLUENT_S, speed, snr_db)
                found.append(Trial(scene, said, pause_s))
        return found

    async def outcome(self, trial: Trial, endpoint: Endpoint, patience: Patience) -> Outcome:
        """Let one caller be heard."""
        heard = await hear(
            trial.said.pcm,
            trial.scene.question,
            self.recogniser,
            self.understander,
            endpoint=endpoint,
            patience=patience,
        )
        cut = any(at < trial.said.ends_s - 0.1 for at, _ in heard.ended)
        last = [at for at, _ in heard.ended if at >= trial.said.ends_s - 0.1]
        return Outcome(None if cut or not last else last[0] - trial.said.ends_s, cut)

    async def row(self, trials: Iterable[Trial], endpoint: Endpoint, usual_s: float) -> list[Outcome]:
        """Each trial by a caller of whom nothing is known."""
        return [await self.outcome(trial, endpoint, Patience(usual_s)) for trial in trials]


def percentile(values: list[float], share: float) -> float:
    """Of some values; nan when there are none."""
    return round(float(np.percentile(values, 100 * share)), 3) if values else float("nan")


def delays(outcomes: list[Outcome]) -> dict[str, Any]:
    """p50 and p95 of the turns that ended."""
    known = [one.delay_s for one in outcomes if one.delay_s is not None]
    return {
        "p50_s": percentile(known, 0.5),
        "p95_s": percentile(known, 0.95),
        "count": len(outcomes),
        "never_ended": sum(one.delay_s is None and not one.cut for one in outcomes),
        "cut": sum(one.cut for one in outcomes),
    }


def cut_share(outcomes: list[Outcome]) -> float:
    """Per cent."""
    return round(100 * sum(one.cut for one in outcomes) / max(1, len(outcomes)), 1)


async def curve(bench: Bench) -> list[dict[str, Any]]:
    """Delay against cut-ins, on a line with 20 dB of noise: fixed pauses, and our rule at several patiences."""
    plain = bench.trials(0.0, 20.0)
    paused = {pause_s: bench.trials(pause_s, 20.0) for pause_s in PAUSES_S}
    rules: list[tuple[str, Endpoint, float]] = [(f"fixed {s:.2f} s", Fixed(s), s) for s in FIXED_S]
    rules += [(f"ours, patience {s:.2f} s", Endpoint(), s) for s in PATIENCES_S]
    rows = []
    for name, endpoint, usual_s in rules:
        cuts = {f"cut_{p}_percent": cut_share(await bench.row(t, endpoint, usual_s)) for p, t in paused.items()}
        rows.append({"rule": name, **delays(await bench.row(plain, endpoint, usual_s)), **cuts})
    return rows


async def known_callers(bench: Bench, pause_s: float) -> float:
    """Cut-ins in per cent when the hotline has heard three sentences of this caller before."""
    trials = bench.trials(pause_s, 20.0)
    outcomes = []
    for number, trial in enumerate(trials):
        patience = Patience(Listening().pause_s)
        for before in (trials[(number + n) % len(trials)] for n in (1, 2, 3)):
            await bench.outcome(before, Endpoint(), patience)
        outcomes.append(await bench.outcome(trial, Endpoint(), patience))
    return cut_share(outcomes)


async def measure(*, full: bool, recognition_s: float | None = None) -> dict[str, Any]:
    """All of it."""
    from tests.bench import turn_interruptions  # noqa: PLC0415 - it needs this module

    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(load_understander(Path(folder)), full=full, recognition_s=recognition_s)
    usual_s = Listening().pause_s
    noisy = {
        "clean" if snr is None else f"{snr:.0f} dB": delays(
            await bench.row(bench.trials(0.0, snr), Endpoint(), usual_s)
        )
        for snr in NOISES_DB
    }
    return {
        "curve": await curve(bench),
        "delay_by_noise": noisy,
        "cut_percent_known_callers": {str(p): await known_callers(bench, p) for p in PAUSES_S},
        "recognition_cpu_s": {
            "p50": percentile(bench.recogniser.work_s, 0.5),
            "p95": percentile(bench.recogniser.work_s, 0.95),
        },
        "interruptions": await turn_interruptions.measure(bench),
    }


def main() -> None:
    """Print the tables."""
    fixed = float(sys.argv[sys.argv.index("--recognition-s") + 1]) if "--recognition-s" in sys.argv else None
    found = asyncio.run(measure(full="--full" in sys.argv, recognition_s=fixed))
    if "--json" in sys.argv:
        print(json.dumps(found, ensure_ascii=False))
        return
    for name, rows in found.items():
        print(f"\n{name}")
        for row in rows if isinstance(rows, list) else [{"": key, "value": value} for key, value in rows.items()]:
            print("  " + "  ".join(f"{key} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
