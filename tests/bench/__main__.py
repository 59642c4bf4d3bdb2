"""`make bench`: how soon a seat rings, the hotline answers, and falls silent; start-up, memory, CPU. Real SIP calls.

Times are taken at the phones: keys from key down (the key itself lasts 0.16 s), speech from the recordings at the
caller's side. Prints a table; `--json` prints JSON; `--rounds N` changes the number of calls in each row."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.bench import speech
from tests.calls.conftest import Hotline, running_hotline

ROUNDS = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 10
SERVICE = "12349"
Measure = Callable[[Hotline, int], Awaitable[float]]


async def _ring(hotline: Hotline, number: str, send: signal.Signals | None, *, key: bool) -> float:
    """One call: the dialogue is met with a signal, a key is pressed or not; seconds until a seat rings."""
    app = hotline.pids["app"]
    async with hotline.seat() as seat, hotline.caller(number) as caller:
        await caller.call(SERVICE)
        await caller.state("CONFIRMED", timeout_s=5)
        await caller.wait("sound", timeout_s=5)
        began = time.time()
        if send is not None:
            os.kill(app, send)
            await asyncio.sleep(0.05 if key else 0)
        if key:
            began = await caller.press("0")
        try:
            rang = await seat.wait("ringing", timeout_s=10)
        finally:
            if send is signal.SIGSTOP:
                os.kill(app, signal.SIGCONT)
        await caller.hangup()
        await caller.state("DISCONNECTED")
    await _recovered(hotline, app, killed=send is signal.SIGKILL)
    return float(rang["t"]) - began


async def _recovered(hotline: Hotline, old: int, *, killed: bool) -> None:
    until = time.monotonic() + 60
    while killed and time.monotonic() < until:
        facts = hotline.app_facts()
        if facts and facts["pid"] != old and hotline.pids.get("app") == facts["pid"]:
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.7)  # the guardian hears the heart beat again


async def alive(hotline: Hotline, n: int) -> float:
    return await _ring(hotline, f"1391000{n:04}", None, key=True)


async def hung(hotline: Hotline, n: int) -> float:
    return await _ring(hotline, f"1392000{n:04}", signal.SIGSTOP, key=True)


async def hung_no_key(hotline: Hotline, n: int) -> float:
    return await _ring(hotline, f"1393000{n:04}", signal.SIGSTOP, key=False)


async def killed_no_key(hotline: Hotline, n: int) -> float:
    return await _ring(hotline, f"1394000{n:04}", signal.SIGKILL, key=False)


async def absent(hotline: Hotline, n: int) -> float:
    async with hotline.seat() as seat, hotline.caller(f"139{500 + n:03}{time.time_ns() % 100_000:05}") as caller:
        await caller.call(SERVICE)
        began = float((await caller.state("CONFIRMED"))["t"])
        rang = await seat.wait("ringing", timeout_s=10)
        await caller.hangup()
        await caller.state("DISCONNECTED")
        return float(rang["t"]) - began


ROWS: dict[str, Measure] = {
    "seat rings: key 0, program alive": alive,
    "seat rings: key 0, program stopped (SIGSTOP)": hung,
    "seat rings: somebody says that they are in danger": speech.in_danger,
    "seat rings: no key, program killed (SIGKILL)": killed_no_key,
    "seat rings: no key, program stopped, by the guardian": hung_no_key,
}


async def measure(hotline: Hotline, folder: Path) -> dict[str, list[float]]:
    """Everything that needs the whole hotline, one call after the other."""
    found: dict[str, list[float]] = {"answer after the caller's last word": [], "prompt stops when spoken over": []}
    for n in range(ROUNDS):
        found["answer after the caller's last word"] += await speech.turns(
            hotline, folder / f"turns{n}", f"1395000{n:04}"
        )
        sentence = speech.OVER[n % len(speech.OVER)]
        found["prompt stops when spoken over"] += await speech.barge_in(
            hotline, folder / f"over{n}", f"1396000{n:04}", sentence
        )
    for name, row in ROWS.items():
        found[name] = [await row(hotline, n) for n in range(ROUNDS)]
    return found


def start_and_measure(folder: Path) -> dict[str, Any]:
    """Start the hotline twice, with and without its program, and measure both."""
    began = time.monotonic()
    with running_hotline(folder / "whole") as hotline:
        start_s = time.monotonic() - began
        cpu = asyncio.run(speech.cpu_per_call(hotline))
        found = asyncio.run(measure(hotline, folder))
        memory = speech.memory_mb(hotline)
    began = time.monotonic()
    with running_hotline(folder / "whole"):
        later_s = time.monotonic() - began
    with running_hotline(folder / "bare", YINLING_DIALOGUE="false") as hotline:
        found["seat rings: no key, program never started"] = asyncio.run(_never_started(hotline))
    return {
        "machine": f"{platform.platform()}, {os.cpu_count()} cores",
        "start_s": round(start_s, 2),
        "later_start_s": round(later_s, 2),
        "memory_mb": {name: round(mb) for name, mb in memory.items()},
        "cpu_per_listening_call_percent": {name: round(share, 2) for name, share in cpu.items()},
        "seconds": {name: _row(values) for name, values in found.items()},
    }


async def _never_started(hotline: Hotline) -> list[float]:
    return [await absent(hotline, n) for n in range(ROUNDS)]


def _row(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 3),
        "p95": round(ordered[round(0.95 * (len(ordered) - 1))], 3),
        "max": round(ordered[-1], 3),
        "count": len(ordered),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        result = start_and_measure(Path(folder))
    if "--json" in sys.argv:
        print(json.dumps(result, ensure_ascii=False))
        return
    for name in ("machine", "start_s", "later_start_s", "memory_mb", "cpu_per_listening_call_percent"):
        print(f"{name}: {result[name]}")
    print(f"{'':55} {'p50 s':>7} {'p95 s':>7} {'max s':>7} {'count':>6}")
    for name, row in result["seconds"].items():
        print(f"{name:55} {row['p50']:7.3f} {row['p95']:7.3f} {row['max']:7.3f} {row['count']:6}")


if __name__ == "__main__":
    main()
