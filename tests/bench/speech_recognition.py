"""Part of `make bench-speech`: character error rate raw and repaired, right slots, and work, by engine and line.

`python -m tests.bench.speech_recognition [--engine NAME …] [--set NAME] [--line WORD …] [--told WORDS] [--json]`;
engines are named as in the settings. Recordings of people are taken from ../shared/speech where it is; synthetic
callers are rendered once. Seconds of work are only comparable within one run."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from rapidfuzz.distance import Levenshtein

from ivr.settings import load
from tests.bench.speech_sets import SPEECH, Spoken, callers, lines, recorded
from voices.errors import VoiceError
from voices.recognition.assembly import recogniser
from voices.recognition.chain import Member
from voices.recognition.hypothesis import Expectation
from voices.recognition.repair import repair
from voices.recognition.sound import syllables

TIMEOUT_S = 60.0


@dataclass(slots=True)
class Row:
    """What one engine made of one set over one line."""

    engine: str
    speech: str
    line: str
    count: int = 0
    length: int = 0
    wrong_raw: int = 0
    wrong_repaired: int = 0
    slots_raw: int = 0
    slots_repaired: int = 0
    work_s: list[float] = field(default_factory=list)
    failed: int = 0

    def add(self, one: Spoken, raw: str, repaired: str, phrases: tuple[str, ...], work_s: float) -> None:
        """Count one utterance."""
        said = characters(one.text)
        self.count += 1
        self.length += len(said)
        self.wrong_raw += Levenshtein.distance(said, characters(raw))
        self.wrong_repaired += Levenshtein.distance(said, characters(repaired))
        self.slots_raw += literal(raw, one.phrases) == set(one.means)
        self.slots_repaired += set(phrases) == set(one.means)
        self.work_s.append(work_s)

    def figures(self) -> dict[str, Any]:
        """Shares and seconds."""
        count, length = max(1, self.count), max(1, self.length)
        return {
            "engine": self.engine,
            "speech": self.speech,
            "line": self.line,
            "utterances": self.count,
            "failed": self.failed,
            "cer_raw": round(self.wrong_raw / length, 3),
            "cer_repaired": round(self.wrong_repaired / length, 3),
            "slots_raw": round(self.slots_raw / count, 3),
            "slots_repaired": round(self.slots_repaired / count, 3),
            "work_s": round(statistics.mean(self.work_s), 3) if self.work_s else None,
        }


def characters(text: str) -> str:
    """What is compared: spoken characters; Arabic numbers as they are read, punctuation left out."""
    return "".join(one.char for one in syllables(text)).lower()


def literal(text: str, phrases: tuple[str, ...]) -> set[str]:
    """The phrases that stand in a text to the letter, without those that are part of a longer one that does."""
    plain = characters(text)
    found = {phrase for phrase in phrases if characters(phrase) in plain}
    return {one for one in found if not any(one != other and one in other for other in found)}


async def measure(
    member: Member,
    engine: str,
    name: str,
    speech: list[Spoken],
    line: str,
    change: Callable[[bytes, int], bytes],
    told: str,
) -> Row:
    """One row: each utterance alone, so that work is not time spent waiting."""
    row = Row(engine, name, line)
    for number, one in enumerate(speech):
        words = one.hint if "hint" in told else ""
        hearing = member.listen("zh", Expectation(words, one.phrases if "phrases" in told else ()))
        try:
            hearing.feed(change(one.pcm, number))
            heard = await hearing.final(timeout_s=TIMEOUT_S)
        except VoiceError as error:
            row.failed += 1
            print(f"{engine}: {error}", file=sys.stderr)
            continue
        finally:
            hearing.close()
        repaired = repair(heard, one.phrases)
        row.add(one, heard.text, repaired.text, repaired.phrases, heard.work_s)
    return row


async def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """All rows."""
    settings = load()
    sets = {"recorded": recorded(arguments.speech)}
    if not sets["recorded"]:
        print(f"no recordings of people: {arguments.speech} is not there", file=sys.stderr)
        del sets["recorded"]
    sets["callers"] = callers(settings, lambda text: print(text, file=sys.stderr))
    rows: list[Row] = []
    memory_mb: dict[str, int] = {}
    for engine in arguments.engine:
        member = recogniser(engine, settings.models_dir, workers=1)
        try:
            await member.start()
            for name, speech in sets.items():
                if not any(word in name for word in arguments.set):
                    continue
                for line, change in lines(speech).items():
                    if any(word in line for word in arguments.line):
                        rows.append(await measure(member, engine, name, speech, line, change, arguments.told))
                        print(json.dumps(rows[-1].figures(), ensure_ascii=False), file=sys.stderr)
            memory_mb[engine] = sum(psutil.Process(pid).memory_info().rss for pid in getattr(member, "pids", ())) >> 20
        except VoiceError as error:
            print(f"{engine} is left out: {error} {error.remedy}", file=sys.stderr)
        finally:
            await member.close()
    return {"cores": os.cpu_count(), "memory_mb": memory_mb, "rows": [row.figures() for row in rows]}


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", action="append", help="recogniser, as in the settings; may be repeated")
    parser.add_argument("--line", action="append", help="only lines whose name has this word; may be repeated")
    parser.add_argument("--set", action="append", help="only `recorded` or `callers`")
    parser.add_argument("--speech", type=Path, default=SPEECH, help="folder with recordings and manifest.json")
    parser.add_argument("--told", default="hint,phrases", help="what the recogniser is told: hint, phrases, or nothing")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    arguments.engine = arguments.engine or ["whisper"]
    arguments.line = arguments.line or [""]
    arguments.set = arguments.set or [""]
    result = asyncio.run(run(arguments))
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
        return
    print(
        f"{'engine':14} {'speech':9} {'line':20} {'n':>4} {'CER':>6} {'rep.':>6} {'slots':>6} {'rep.':>6} {'work s':>7}"
    )
    for row in result["rows"]:
        print(
            f"{row['engine'][:14]:14} {row['speech']:9} {row['line']:20} {row['utterances']:4} {row['cer_raw']:6.3f} "
            f"{row['cer_repaired']:6.3f} {row['slots_raw']:6.3f} {row['slots_repaired']:6.3f} {row['work_s'] or 0:7.3f}"
        )
    print(f"memory of one process (MB): {result['memory_mb']}")


if __name__ == "__main__":
    main()
