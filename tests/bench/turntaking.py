"""Turn-taking, part of `make bench-speech`: how soon a turn is known to be over, how often a caller is cut off in a
pause, how soon a prompt falls silent, and how often for nothing. The curve and the rest are measured by two processes.

`python -m tests.bench.turntaking [--json] [--full] [--turns] [--voices zf_xiaoni,…] [--recognition-s 0.2]`, the last
where the machine has other work: each recognition then takes so long. `--turns`: only when turns end, on a line with 20
dB of noise.

Offline, chunk by chunk: real voice activity and recognition, synthetic callers on a phone line, and a clock that is the
audio's own. From the last sound of the caller to the moment at which the words are in the dialogue; the dialogue itself
takes 2 ms and the line to the caller's ear about 40 ms more (`make bench` measures whole calls)."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import resources
from typing import Any

import yaml

from ivr.call.endpoint import Endpoint, Patience
from ivr.settings import Listening, load
from nlu.understand import Understander
from tests.bench.speech_sets import understander
from tests.bench.speech_tables import lines_of, percentiles
from tests.bench.turn_audio import Callers, Said, noise
from tests.bench.turn_line import Question, Recogniser, hear
from voices.audio import RATE_HZ
from voices.recognition.whisper import Whisper

PAUSES_S = (0.6, 0.8, 1.2)
FLUENT_S = 0.15
"""Between the parts of a sentence that is said without a pause."""
NOISES_DB: tuple[float | None, ...] = (None, 10.0, 5.0)
"""Beside the 20 dB of the curve."""
LIMIT_S = 3600.0
"""Neither half of it takes longer."""
ANSWER_S = 8
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
    """What they said came in parts."""
    early: bool = False
    """They were answered before they had finished."""
    complete: bool = False
    """And by words that were taken for a whole answer: where these ask an office, that cannot be taken back."""
    text: str = ""


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

    def __init__(
        self, understander: Understander, *, full: bool, recognition_s: float | None = None, every: int = 1
    ) -> None:
        settings = load()
        self.callers = Callers(settings)
        self.recogniser = Recogniser(Whisper(settings.models_dir / "whisper-base"), recognition_s)
        self.understander = understander
        self.full = full
        self.scenes = scenes()[::every]
        self.answer = noise(ANSWER_S * RATE_HZ, -26.0, 7)
        """The sound of our own voice, as far as it matters to who speaks over it."""

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
            answer=self.answer,
        )
        early, cut = heard.early(trial.said.ends_s), heard.cut(trial.said.ends_s)
        last = [at for at, _ in heard.ended if at >= trial.said.ends_s - 0.1]
        words = " / ".join(one.hypothesis.text if one.hypothesis else "" for _, one in heard.ended)
        delay_s = None if cut or not last else last[0] - trial.said.ends_s
        return Outcome(delay_s, cut, bool(early), any(not one.usual_s for one in early), words)

    async def row(self, trials: Iterable[Trial], endpoint: Endpoint, usual_s: float) -> list[Outcome]:
        """Each trial by a caller of whom nothing is known."""
        return [await self.outcome(trial, endpoint, Patience(usual_s)) for trial in trials]


def delays(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """p50 and p95 of the turns that ended."""
    known = [one.delay_s for one in outcomes if one.delay_s is not None]
    return {
        **percentiles(known),
        "count": len(outcomes),
        "never_ended": sum(one.delay_s is None and not one.cut for one in outcomes),
        "cut": sum(one.cut for one in outcomes),
        "answered_early": sum(one.early for one in outcomes),
        "of_these_complete": sum(one.early and one.complete for one in outcomes),
    }


def cut_share(outcomes: Sequence[Outcome]) -> float:
    """Per cent."""
    return round(100 * sum(one.cut for one in outcomes) / max(1, len(outcomes)), 1)


async def measure(*, full: bool, recognition_s: float | None = None, every: int = 1) -> dict[str, Any]:
    """All of it. Raises VoiceError, or TimeoutError."""
    from tests.bench import turn_interruptions  # noqa: PLC0415 - it needs this module

    make = partial(_bench, full=full, recognition_s=recognition_s, every=every)
    bench = make()  # both halves read what callers say; only one process may write it
    for pause_s in (0.0, PAUSES_S[0]):
        bench.trials(pause_s, None)
    turn_interruptions.render(bench)
    workers = min(2, os.cpu_count() or 1)
    fresh = multiprocessing.get_context("spawn")  # a model that was loaded here does not survive a fork
    with ProcessPoolExecutor(workers, mp_context=fresh) as pool:
        loop = asyncio.get_running_loop()
        halves = [loop.run_in_executor(pool, _half, half, make) for half in (_when_turns_end, _when_prompts_stop)]
        try:
            first, second = await asyncio.wait_for(asyncio.gather(*halves), LIMIT_S)
        except BaseException:
            for process in multiprocessing.active_children():
                process.terminate()
            raise
    return {**first, **second}


def _bench(*, full: bool, recognition_s: float | None, every: int) -> Bench:
    return Bench(understander(load()), full=full, recognition_s=recognition_s, every=every)


def _half(work: Callable[[Bench], Awaitable[dict[str, Any]]], make: Callable[[], Bench]) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        return await work(make())

    return asyncio.run(run())


async def _when_turns_end(bench: Bench) -> dict[str, Any]:
    from tests.bench.turn_curve import curve  # noqa: PLC0415 - it needs this module

    points = await curve(bench)
    return {"delay against cut-ins": points, "one recognition, CPU s": percentiles(bench.recogniser.work_s)}


async def _when_prompts_stop(bench: Bench) -> dict[str, Any]:
    from tests.bench import turn_interruptions  # noqa: PLC0415 - it needs this module

    usual_s = Listening().pause_s
    by_noise = [
        {
            "line": "clean" if snr is None else f"{snr:.0f} dB",
            **delays(await bench.row(bench.trials(0.0, snr), Endpoint(), usual_s)),
        }
        for snr in NOISES_DB
    ]
    return {
        "delay by noise (20 dB is in the curve)": by_noise,
        "falling silent, false stops per minute": await turn_interruptions.measure(bench),
        "嗯 over a prompt": await turn_interruptions.backchannels_ignored(bench),
    }


def show(found: Mapping[str, Any]) -> None:
    """Print the tables."""
    print("\n".join(lines_of(found)))


def main() -> None:
    """Print the tables."""
    fixed = float(sys.argv[sys.argv.index("--recognition-s") + 1]) if "--recognition-s" in sys.argv else None
    if "--turns" in sys.argv:
        from tests.bench.turn_curve import turns  # noqa: PLC0415 - it needs this module

        bench = _bench(full="--full" in sys.argv, recognition_s=fixed, every=1)
        if "--voices" in sys.argv:
            bench.callers.names = sys.argv[sys.argv.index("--voices") + 1].split(",")
        found: dict[str, Any] = {"turns": asyncio.run(turns(bench))}
    else:
        found = asyncio.run(measure(full="--full" in sys.argv, recognition_s=fixed))
    if "--json" in sys.argv:
        print(json.dumps(found, ensure_ascii=False))
        return
    show(found)


if __name__ == "__main__":
    main()
