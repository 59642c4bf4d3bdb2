"""`make bench-nlu`: how well and how fast the engines understand. No phones.

    python -m tests.bench.nlu [FILE ...] [--json] [--engine embedded|rasa] [--without-training] [--conversations N]

Measured on the project's own test set and on any Rasa-format YAML or CSV given by path; learnt sentences are left out.
Rasa is measured where `.venv-rasa` is installed. Spoken expressions are read by `nlu.expressions`, conversations are
simulated by `tests.bench.conversations`. Times and memory are of this machine: compare within one run."""

from __future__ import annotations

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from nlu import expressions, rasa_server
from nlu.embedded import load_understander
from nlu.evaluate import MOMENT, TEST_SET, figures_of
from nlu.expressions import SlotReport
from nlu.labelled import LabelledError, read_labelled
from nlu.rasa import RasaError, RasaUnderstander
from nlu.training import examples
from nlu.understand import Understander, Understanding
from tests.bench import conversations as simulated

AIMS = {"accuracy": 0.95, "accepted_and_wrong": 0.005, "auroc": 0.97, "parse_p95_ms": 3.0}
"""What we want, on the project's test set; the last for the embedded engine."""
LATENCY_ROUNDS = 5
START_TIMEOUT_S = 240.0
RASA_WAIT_S = 5.0
"""Longer than a caller is made to wait (`nlu.rasa_timeout_s`), so that a slow answer is measured, not replaced."""
SEEDS = range(1, 6)
HOMOPHONES = 0.2
_ALONE = """
import json, os, pathlib, resource, sys, time
import psutil
began, folder = time.monotonic(), pathlib.Path(sys.argv[1])
from nlu.embedded import load_understander
imported = time.monotonic()
load_understander(folder)
rss = psutil.Process().memory_info().rss
print(json.dumps({"import_s": imported - began, "load_s": time.monotonic() - imported, "rss_mb": rss / 2**20}))
"""
"""The embedded engine in a process of its own, so that its time and memory are nobody else's."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an engine costs before it reads."""

    train_s: float | None
    load_s: float
    """From what was learnt, or for Rasa from the start of the process, to the first sentence read."""
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Bench:
    """One engine, ready to read."""

    name: str
    engine: Understander
    cost: Cost


@contextmanager
def embedded(folder: Path, *, training: bool) -> Iterator[Bench]:
    """The default engine."""
    times = []
    for _ in range(2):  # the first learns, the second loads what was learnt
        done = subprocess.run([sys.executable, "-c", _ALONE, str(folder)], capture_output=True, check=True, timeout=600)
        times.append(json.loads(done.stdout))
    cost = Cost(round(times[0]["load_s"], 2) if training else None, times[1]["load_s"], times[1]["rss_mb"])
    yield Bench("embedded", load_understander(folder), cost)


@contextmanager
def rasa(folder: Path, *, training: bool) -> Iterator[Bench]:
    """Rasa, trained and served by us for the time of the measurement. Raises RasaServerError or RasaError."""
    began = time.monotonic()
    model = rasa_server.train(rasa_server.MODELS, force=training)
    train_s = round(time.monotonic() - began, 1) if training else None
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.monotonic()
    process = rasa_server.start(model, port, folder / "rasa.log")
    try:
        url = f"http://127.0.0.1:{port}"
        with RasaUnderstander(url, load_understander(folder), RASA_WAIT_S) as engine:
            _wait_for(engine, process, folder / "rasa.log")
            load_s = time.monotonic() - began
            engine.check_now()
            yield Bench("rasa", engine, Cost(train_s, load_s, _memory_mb(process.pid)))
            if engine.stood_in:
                raise RasaError("rasa_slow", f"{engine.stood_in} sentences were not read by Rasa: {engine.problem}")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _memory_mb(pid: int) -> float:
    """Resident memory of a process and its children."""
    parent = psutil.Process(pid)
    return float(sum(one.memory_info().rss for one in [parent, *parent.children(recursive=True)])) / 2**20


def _wait_for(engine: RasaUnderstander, process: subprocess.Popen[bytes], log_file: Path) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            engine.check_now()
        except RasaError:
            if process.poll() is not None or time.monotonic() > until:
                last = log_file.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise rasa_server.RasaServerError(f"Rasa did not start: {last}") from None
            time.sleep(0.25)
        else:
            return


def quality(bench: Bench, path: Path) -> dict[str, Any]:
    """Accuracy and the like on a file's sentences that were not learnt, and the time of each."""
    learnt = {one.text for one in examples()}
    rows = [one for one in read_labelled(path) if one.text not in learnt]
    read: list[Understanding] = []
    spent_ms: list[float] = []
    cpu_ms: list[float] = []
    for number in range(1 + LATENCY_ROUNDS):
        for row in rows:
            began, cpu_began = time.perf_counter(), time.thread_time()
            found = bench.engine.understand(row.text, MOMENT)
            if number:  # the first round fills caches, as the first calls of a day do
                spent_ms.append((time.perf_counter() - began) * 1000)
                cpu_ms.append((time.thread_time() - cpu_began) * 1000)
            else:
                read.append(found)
    figures = {name: _rounded(value) for name, value in figures_of(rows, read).figures().items()}
    return {**figures, **_spread("parse", spent_ms), **_spread("our_cpu", cpu_ms)}


def _spread(name: str, values_ms: list[float]) -> dict[str, float]:
    """Median and 95th percentile. `our_cpu` is what the hotline's own process spends: true on a loaded machine too."""
    ordered = sorted(values_ms)
    p95 = ordered[round(0.95 * (len(ordered) - 1))] if ordered else 0.0
    return {f"{name}_p50_ms": round(statistics.median(ordered or [0.0]), 2), f"{name}_p95_ms": round(p95, 2)}


def _rounded(value: float | None) -> float | int | None:
    return value if value is None or isinstance(value, int) else round(value, 4)


def spoken_expressions() -> dict[str, Any]:
    """Share of values that are read right, clean and with homophones in place of 20 % of the characters."""
    rows = expressions.expressions(part=expressions.HELD_OUT)
    clean = expressions.measure(rows)
    noisy = [expressions.measure(rows, homophones=HOMOPHONES, seed=seed) for seed in SEEDS]
    slots = {name: {"count": clean.all[name], **_shares(clean, noisy, name)} for name in sorted(clean.all)}
    return {"all": {"count": len(rows), **_shares(clean, noisy)}, **slots}


def _shares(clean: SlotReport, noisy: list[SlotReport], *slots: str) -> dict[str, float]:
    mean = statistics.mean(one.share(*slots) for one in noisy)
    return {"clean": round(clean.share(*slots), 4), "with_homophones": round(mean, 4)}


def conversations(count: int, folder: Path) -> dict[str, Any] | str:
    """Turns and success of simulated conversations with the embedded engine, and the dialogue engine's own speed."""
    if not count:
        return "not measured: --conversations 0"
    found = simulated.measure(load_understander(folder), count)
    found["failed"] = len(found["failed"])
    return found


Open = Callable[..., Any]
ENGINES: dict[str, Open] = {"embedded": embedded, "rasa": rasa}


def measure(name: str, files: list[Path], folder: Path, *, training: bool) -> dict[str, Any] | str:
    """All figures of one engine, or why there are none."""
    if name == "rasa" and not rasa_server.installed():
        return "not measured: Rasa is not installed here (make rasa)"
    try:
        with ENGINES[name](folder, training=training) as bench:
            cost = bench.cost
            return {
                "train_s": cost.train_s,
                "load_s": round(cost.load_s, 2),
                "memory_mb": round(cost.memory_mb),
                "files": {str(path): quality(bench, path) for path in files},
            }
    except (RasaError, rasa_server.RasaServerError) as error:
        return f"failed: {error}"


def _print(result: dict[str, Any]) -> None:
    print(f"{result['machine']}, {result['at']}")
    for name, figures in result["engines"].items():
        if isinstance(figures, str):
            print(f"\n{name}: {figures}")
            continue
        cost = [f"{key} {figures[key]}" for key in ("train_s", "load_s", "memory_mb") if figures[key] is not None]
        print(f"\n{name}: {', '.join(cost)}")
        for path, row in figures["files"].items():
            print(f"  {path}")
            for key, value in row.items():
                print(f"    {key:20} {value}{_against(key, value, path, name)}")
    for title in ("spoken_expressions", "conversations"):
        found = result[title]
        print(f"\n{title}: {found if isinstance(found, str) else ''}")
        for key, value in found.items() if isinstance(found, dict) else ():
            print(f"  {key:20} {value}")


def _against(key: str, value: float | None, path: str, engine: str) -> str:
    """The aim beside a figure that has one."""
    if key not in AIMS or value is None or path != str(TEST_SET) or (key == "parse_p95_ms" and engine != "embedded"):
        return ""
    below = key in {"accepted_and_wrong", "parse_p95_ms"}
    met = value <= AIMS[key] if below else value >= AIMS[key]
    return f"  (aim {'≤' if below else '≥'} {AIMS[key]:g}: {'met' if met else 'missed'})"


def main() -> int:
    parser = argparse.ArgumentParser(description="How well and how fast the engines understand.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="Rasa's YAML, CSV with text,intent, folder")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--engine", choices=[*ENGINES], action="append")
    parser.add_argument("--without-training", action="store_true", help="use Rasa's model that is there")
    parser.add_argument("--conversations", type=int, default=1000, metavar="N", help="simulated ones of each service")
    chosen = parser.parse_args()
    files = [TEST_SET, *chosen.files]
    try:
        for path in files:
            read_labelled(path)
    except LabelledError as error:
        print(error, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        talks = conversations(chosen.conversations, Path(folder))
        engines = {
            name: measure(name, files, Path(folder), training=not chosen.without_training)
            for name in chosen.engine or ENGINES
        }
    result = {
        "machine": f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "at": datetime.now().astimezone().isoformat(timespec="minutes"),
        "engines": engines,
        "spoken_expressions": spoken_expressions(),
        "conversations": talks,
    }
    if chosen.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        _print(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
