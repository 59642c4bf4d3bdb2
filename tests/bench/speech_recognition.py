"""Part of `make bench-speech`: character error rate raw and repaired, right slots, and work, by engine and line.

`python -m tests.bench.speech_recognition [--engine NAME …] [--set NAME] [--line WORD …] [--told WORDS …] [--json]`;
engines are named as in the settings; without `--engine`, all that can hear Mandarin and are on this machine. Recordings
of people are taken from ../shared/speech where it is; synthetic callers are rendered once. Seconds of work are only
comparable within one run."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from rapidfuzz.distance import Levenshtein

from ivr.settings import load
from tests.bench.speech_sets import SPEECH, Spoken, callers, lines, recorded
from tests.bench.speech_tables import together
from voices.errors import VoiceError
from voices.models import catalogue, complete
from voices.recognition.assembly import recogniser
from voices.recognition.chain import Member
from voices.recognition.engine import KINDS
from voices.recognition.hypothesis import Expectation, Hypothesis
from voices.recognition.repair import repair
from voices.recognition.sound import syllables

TIMEOUT_S = 60.0
TOLD = "hint, phrases"
"""As in a call."""
DEFAULT = "whisper"
LANGUAGE = "zh"


@dataclass(slots=True)
class Row:
    """What one engine made of one set over one line."""

    engine: str
    speech: str
    line: str
    told: str
    count: int = 0
    length: int = 0
    wrong_raw: int = 0
    wrong_repaired: int = 0
    slots_raw: int = 0
    slots_repaired: int = 0
    work_s: list[float] = field(default_factory=list)
    failed: int = 0
    by_voice: dict[str, list[bool]] = field(default_factory=dict)
    """Voice → whether the slots of each of its utterances were right."""
    by_speed: dict[str, list[bool]] = field(default_factory=dict)

    def add(self, one: Spoken, raw: str, repaired: str, phrases: tuple[str, ...], work_s: float) -> None:
        """Count one utterance."""
        said = characters(one.text)
        right = set(phrases) == set(one.means)
        self.count += 1
        self.length += len(said)
        self.wrong_raw += Levenshtein.distance(said, characters(raw))
        self.wrong_repaired += Levenshtein.distance(said, characters(repaired))
        self.slots_raw += literal(raw, one.phrases) == set(one.means)
        self.slots_repaired += right
        self.work_s.append(work_s)
        self.by_voice.setdefault(one.speaker, []).append(right)
        self.by_speed.setdefault(f"{one.speed:.2f}", []).append(right)

    def figures(self) -> dict[str, Any]:
        """Shares and seconds."""
        count, length = max(1, self.count), max(1, self.length)
        return {
            "engine": self.engine,
            "speech": self.speech,
            "line": self.line,
            "told": self.told,
            "utterances": self.count,
            "failed": self.failed,
            "cer_raw": round(self.wrong_raw / length, 3),
            "cer_repaired": round(self.wrong_repaired / length, 3),
            "slots_raw": round(self.slots_raw / count, 3),
            "slots_repaired": round(self.slots_repaired / count, 3),
            "work_s": round(statistics.mean(self.work_s), 3) if self.work_s else None,
            "by_voice": {voice: sum(right) for voice, right in sorted(self.by_voice.items())},
            "of_voice": {voice: len(right) for voice, right in sorted(self.by_voice.items())},
            "by_speed": {speed: sum(right) for speed, right in sorted(self.by_speed.items())},
            "of_speed": {speed: len(right) for speed, right in sorted(self.by_speed.items())},
        }


def characters(text: str) -> str:
    """What is compared: spoken characters; Arabic numbers as they are read, punctuation left out."""
    return "".join(one.char for one in syllables(text)).lower()


def literal(text: str, phrases: tuple[str, ...]) -> set[str]:
    """The phrases that stand in a text to the letter, without those that are part of a longer one that does."""
    plain = characters(text)
    found = {phrase for phrase in phrases if characters(phrase) in plain}
    return {one for one in found if not any(one != other and one in other for other in found)}


def engines(models_dir: Path) -> tuple[list[str], dict[str, str]]:
    """Recognisers of Mandarin that are on this machine, the default first; and listed ones that are not, with why."""
    here, absent = [DEFAULT], {}
    for name, model in catalogue().items():
        known = model.engine in KINDS and LANGUAGE in [word.strip() for word in model.languages.split(",")]
        if not known or name == f"{DEFAULT}-base":
            continue
        if complete(name, models_dir):
            here.append(name)
        else:
            absent[name] = f"not fetched: yinling models fetch {name}"
    return here, absent


def told_of(one: Spoken, told: str) -> Expectation:
    """What the recogniser knows of the question."""
    return Expectation(one.hint if "hint" in told else "", one.phrases if "phrases" in told else ())


async def heard(member: Member, language: str, pcm: bytes, expect: Expectation) -> Hypothesis:
    """One utterance, as a whole. Raises VoiceError."""
    hearing = member.listen(language, expect)
    try:
        hearing.feed(pcm)
        return await hearing.final(timeout_s=TIMEOUT_S)
    finally:
        hearing.close()


async def measure(
    member: Member, row: Row, speech: Sequence[Spoken], change: Callable[[bytes, int], bytes], workers: int
) -> Row:
    """One row; as many utterances at once as there are workers, so that work is not time spent waiting."""

    async def one(number: int, said: Spoken) -> None:
        try:
            found = await heard(member, LANGUAGE, change(said.pcm, number), told_of(said, row.told))
        except VoiceError as error:
            row.failed += 1
            print(f"{row.engine}: {error}", file=sys.stderr)
            return
        repaired = repair(found, said.phrases)
        row.add(said, found.text, repaired.text, repaired.phrases, found.work_s)

    await together(workers, [one(number, said) for number, said in enumerate(speech)])
    return row


async def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """All rows."""
    settings = load()
    here, left_out = engines(settings.models_dir)
    sets = {"recorded": recorded(arguments.speech)}
    if not sets["recorded"]:
        print(f"no recordings of people: {arguments.speech} is not there", file=sys.stderr)
        del sets["recorded"]
    sets["callers"] = callers(settings, lambda text: print(text, file=sys.stderr), every_voice=arguments.full)
    chosen = {name: some for name, some in sets.items() if any(word in name for word in arguments.set)}
    workers = os.cpu_count() or 1
    rows: list[Row] = []
    memory_mb: dict[str, int] = {}
    for engine in arguments.engine or here:
        member = recogniser(engine, settings.models_dir, workers=workers)
        try:
            await member.start()
            rows += [one async for one in _rows(member, engine, chosen, arguments, workers)]
            sizes = [psutil.Process(pid).memory_info().rss for pid in getattr(member, "pids", ())]
            memory_mb[engine] = max(sizes, default=0) >> 20
        except VoiceError as error:
            left_out[engine] = f"{error} {error.remedy}".strip()
            print(f"{engine} is left out: {left_out[engine]}", file=sys.stderr)
        finally:
            await member.close()
    figures = [row.figures() for row in rows]
    return {"cores": os.cpu_count(), "memory_mb": memory_mb, "rows": figures, "left_out": left_out}


async def _rows(
    member: Member, engine: str, sets: dict[str, list[Spoken]], arguments: argparse.Namespace, workers: int
) -> AsyncIterator[Row]:
    for name, speech in sets.items():
        for line, change in lines(speech).items():
            for told in arguments.told if any(word in line for word in arguments.line) else ():
                row = Row(engine, name, line, told)
                await measure(member, row, speech[:: arguments.every], change, workers)
                print(f"  {engine}, {name}, {line}, {told}: {row.count} utterances", file=sys.stderr)
                yield row


def parser() -> argparse.ArgumentParser:
    """Arguments, also those of the whole benchmark."""
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--engine", action="append", help="recogniser, as in the settings; may be repeated")
    found.add_argument("--line", action="append", help="only lines whose name has this word; may be repeated")
    found.add_argument("--set", action="append", help="only `recorded` or `callers`")
    found.add_argument("--speech", type=Path, default=SPEECH, help="folder with recordings and manifest.json")
    found.add_argument(
        "--told",
        action="append",
        help="what the recogniser is told: hint, phrases, both, or nothing; may be repeated, to compare",
    )
    found.add_argument("--every", type=int, default=1, help="take only every so many-th utterance")
    found.add_argument("--full", action="store_true", help="every sentence by every voice")
    found.add_argument("--json", action="store_true")
    return found


def complete_arguments(arguments: argparse.Namespace) -> argparse.Namespace:
    """With what is meant where nothing was said."""
    arguments.line = arguments.line or [""]
    arguments.set = arguments.set or [""]
    arguments.told = arguments.told or [TOLD]
    return arguments


def winners(rows: Sequence[dict[str, Any]]) -> set[int]:
    """Places of the rows that are the best of those on the same speech and line: most slots right after repair, then
    fewest errors; the first of equals, which is the default. None where there is nothing to compare."""
    groups: dict[tuple[str, str], list[int]] = {}
    for at, row in enumerate(rows):
        if row["utterances"]:
            groups.setdefault((row["speech"], row["line"]), []).append(at)
    return {
        min(some, key=lambda at: (-rows[at]["slots_repaired"], rows[at]["cer_repaired"]))
        for some in groups.values()
        if len({(rows[at]["engine"], rows[at]["told"]) for at in some}) > 1
    }


def shares_by(rows: Sequence[dict[str, Any]], what: str) -> dict[str, str]:
    """Right of all, by voice or speed, of the callers whom the default engine heard as in a call."""
    found: dict[str, list[int]] = {}
    for row in rows:
        if (row["engine"], row["speech"], row["told"]) == (DEFAULT, "callers", TOLD):
            for name, count in row[f"of_{what}"].items():
                total = found.setdefault(name, [0, 0])
                total[0] += row[f"by_{what}"][name]
                total[1] += count
    return {name: f"{right} of {count} ({right / count:.0%})" for name, (right, count) in sorted(found.items())}


def show(result: dict[str, Any]) -> None:
    """Print tables; `*` marks the winner among alternatives."""
    rows, best = result["rows"], winners(result["rows"])
    print("| engine | speech | line | told | n | CER | repaired | slots | repaired | work s | |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for at, row in enumerate(rows):
        print(
            f"| {row['engine']} | {row['speech']} | {row['line']} | {row['told']} | {row['utterances']} "
            f"| {row['cer_raw']:.3f} | {row['cer_repaired']:.3f} | {row['slots_raw']:.3f} "
            f"| {row['slots_repaired']:.3f} | {row['work_s'] or 0:.3f} | {'*' if at in best else ''} |"
        )
    for what in ("voice", "speed"):
        print(f"callers' slots right by {what}, all lines together: {shares_by(rows, what)}")
    print(f"memory of one process (MB): {result['memory_mb']}")
    for name, why in result["left_out"].items():
        print(f"not compared: {name}: {why}")


def main() -> None:
    """Print a table, or JSON."""
    arguments = complete_arguments(parser().parse_args())
    result = asyncio.run(run(arguments))
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        show(result)


if __name__ == "__main__":
    main()
