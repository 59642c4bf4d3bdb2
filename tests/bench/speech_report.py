"""`make bench-speech`: everything about hearing, speaking and taking turns in one run; tables, and JSON with `--json`.

    python -m tests.bench.speech_report [--full] [--only PART …] [--every N] [--json FILE] [--speech FOLDER]
                                        [--recognition-s 0.2]

Parts: recognition (character errors and right slots by line; each default beside its alternatives), window (what
Whisper's encoder sees, and the beam), prompts (what callers hear, written down again), dynamic (how soon sentences
with a value begin), turns (delay against cut-ins, falling silent), load (time to partial and final, callers per core,
memory), languages (what is understood in the small ones, which language is told, rates and levels), examples (phrases
taught by example).

The default is a sample of about a quarter of an hour on two idle cores, `--full` takes every sentence by every voice
and about an hour; what callers say is rendered before, the first time, and kept. `--every` takes every so many-th
sentence instead of the part's own sample. A part that fails says why, the others go on, and the exit code is 1. On a
busy machine shares can be trusted, seconds cannot: `--recognition-s` gives every recognition of `turns` a fixed length
then, and the load is printed with each part."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivr.settings import load
from tests.bench import (
    examples,
    speech_dynamic,
    speech_languages,
    speech_load,
    speech_prompts,
    speech_recognition,
    speech_window,
    turntaking,
)
from tests.bench.example_speech import PHRASES
from tests.bench.speech_sets import SPEECH, callers
from tests.bench.speech_tables import lines_of
from voices.errors import VoiceError

COMPARED_LINE = "phone, 20 dB babble"
ALTERNATIVES = ("phrases",)
"""Without the hint. Beams and windows are compared by `window`: no final hypothesis of a recogniser process has
another beam than the default."""
LOAD_EACH_S, FULL_LOAD_EACH_S = 15.0, 45.0
FAILED, EVERY, TOOK, LOAD = "failed", "every", "took_s", "load"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the benchmark."""

    measure: Callable[[argparse.Namespace, int], Awaitable[dict[str, Any]]]
    """From the arguments, and of every so many-th sentence."""
    every: int = 1
    """In the default run."""
    full_every: int = 1
    show: Callable[[dict[str, Any]], None] | None = None
    """Prints its figures; None: as tables."""


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def recognition(arguments: argparse.Namespace, every: int) -> dict[str, Any]:
    """Every line with the defaults, and one line with the alternatives."""
    common = ["--speech", str(arguments.speech), *(["--full"] if arguments.full else []), "--every", str(every)]
    parser = speech_recognition.parser()
    complete = speech_recognition.complete_arguments
    defaults = await speech_recognition.run(complete(parser.parse_args(common)))
    told = [word for one in ALTERNATIVES for word in ("--told", one)]
    others = await speech_recognition.run(complete(parser.parse_args([*common, "--line", COMPARED_LINE, *told])))
    return {**defaults, "rows": [*defaults["rows"], *others["rows"]]}


async def window(arguments: argparse.Namespace, every: int) -> dict[str, Any]:
    """The encoder's window and the beam."""
    return await asyncio.to_thread(speech_window.measure, load(), _say, full=arguments.full, every=every)


async def prompts(arguments: argparse.Namespace, every: int) -> dict[str, Any]:
    """Intelligibility, by language."""
    return await speech_prompts.measure(load(), _say, full=arguments.full, every=every)


async def dynamic(_: argparse.Namespace, every: int) -> dict[str, Any]:
    """Sentences with values in them."""
    return await speech_dynamic.measure(load(), every=every)


async def load_of_talk(arguments: argparse.Namespace, every: int) -> dict[str, Any]:
    """Times and callers per core."""
    settings = load()
    each_s = (FULL_LOAD_EACH_S if arguments.full else LOAD_EACH_S) / every
    return await speech_load.measure(settings, callers(settings, _say), each_s=each_s)


async def turns(arguments: argparse.Namespace, every: int) -> dict[str, Any]:
    """Turn-taking."""
    return await turntaking.measure(full=arguments.full, recognition_s=arguments.recognition_s, every=every)


async def languages(arguments: argparse.Namespace, every: int) -> dict[str, Any]:
    """The languages beside Mandarin."""
    return await asyncio.to_thread(
        speech_languages.measure, load(), _say, speech=arguments.speech, full=arguments.full, every=every
    )


async def taught(_: argparse.Namespace, every: int) -> dict[str, Any]:
    """Phrases taught by example, as a table in Markdown."""
    said: list[str] = []
    await asyncio.to_thread(examples.main, list(PHRASES), said.append, every)
    return {"table": said}


PARTS: Mapping[str, Part] = {
    "recognition": Part(recognition, every=2, show=speech_recognition.show),
    "window": Part(window, every=3, full_every=6),
    "prompts": Part(prompts),
    "dynamic": Part(dynamic),
    "turns": Part(turns, every=2, full_every=2),
    "load": Part(load_of_talk),
    "languages": Part(languages),
    "examples": Part(taught, every=2, show=lambda found: print("\n".join(found["table"]))),
}


async def run(arguments: argparse.Namespace, parts: Mapping[str, Part] = PARTS) -> dict[str, Any]:
    """The parts that were asked for. One that fails says why, and the others go on."""
    found: dict[str, Any] = {"machine": f"{platform.platform()}, {os.cpu_count()} cores"}
    names = arguments.only or list(parts)
    for number, name in enumerate(names, start=1):
        part, began = parts[name], time.monotonic()
        every = arguments.every or (part.full_every if arguments.full else part.every)
        before = round(os.getloadavg()[0], 1)
        _say(f"[{number}/{len(names)}] {name}, every {every}, load {before} …")
        try:
            figures = await part.measure(arguments, every)
        except Exception as error:  # noqa: BLE001 - whatever a part dies of, an hour of the others is not lost for it
            _say("".join(traceback.format_exception(error)))
            figures = {FAILED: why(error)}
        took_s = round(time.monotonic() - began)
        found[name] = {**figures, EVERY: every, TOOK: took_s, LOAD: [before, round(os.getloadavg()[0], 1)]}
        _say(f"[{number}/{len(names)}] {name}: {figures.get(FAILED, 'done')} after {took_s} s")
        if arguments.json:  # after each part, for who stops it has what was measured by then
            arguments.json.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return found


def why(error: Exception) -> str:
    """One sentence about what went wrong, and what to do where that is known."""
    told = f"{error} {error.remedy}".strip() if isinstance(error, VoiceError) else f"{type(error).__name__}: {error}"
    return told.strip().removesuffix(":")


def failures(found: Mapping[str, Any]) -> list[str]:
    """The parts that could not be measured."""
    return [name for name, part in found.items() if isinstance(part, dict) and FAILED in part]


def show(found: Mapping[str, Any], parts: Mapping[str, Part] = PARTS) -> None:
    """Print everything for people."""
    print(found["machine"])
    for name, part in parts.items():
        if name not in found:
            continue
        figures = dict(found[name])
        every, took_s, load_average = (figures.pop(key) for key in (EVERY, TOOK, LOAD))
        print(f"\n== {name}: every {every}, {took_s} s, load {load_average[0]} before, {load_average[1]} after")
        if FAILED in figures:
            print(f"failed: {figures[FAILED]}")
        elif part.show is not None:
            part.show(figures)
        else:
            print("\n".join(lines_of(figures)))


def _every(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("from 1 on")
    return number


def main() -> int:
    """Measure and print. The exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="every sentence by every voice: about an hour")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="only this part; may be repeated")
    parser.add_argument("--json", type=Path, help="write the figures into this file as well")
    parser.add_argument("--speech", type=Path, default=SPEECH, help="recordings of people")
    parser.add_argument("--every", type=_every, help="take every so many-th sentence, instead of the part's own sample")
    parser.add_argument("--recognition-s", type=float, help="let each recognition of `turns` take so long")
    arguments = parser.parse_args()
    found = asyncio.run(run(arguments))
    show(found)
    lost = failures(found)
    if lost:
        _say(f"not measured: {', '.join(lost)}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
