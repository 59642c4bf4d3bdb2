"""`make bench`: how long until a seat rings, by real SIP calls, for each state of the dialogue program.

Times are taken at the phones: from key down (or from the event that took the program away) to the seat's ringing. The
key itself lasts 0.16 s. Prints a table; `--json` prints JSON."""

from __future__ import annotations

import asyncio
import json
import platform
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.calls.conftest import Hotline, running_hotline
from tests.calls.test_program_lost import SERVICE, Program, connected, program

ROUNDS = 10
Measure = Callable[[Hotline, int], Awaitable[float]]


async def _ring(hotline: Hotline, number: str, act: Callable[[Program], signal.Signals | None], *, key: bool) -> float:
    async with program(hotline) as bot, hotline.seat() as seat, hotline.caller(number) as caller:
        await connected(caller, bot)
        taken = act(bot)
        began = time.time()
        if taken is not None:
            bot.send(taken)
        if key:
            if taken is not None:
                await asyncio.sleep(0.05)
            began = await caller.press("0")
        rang = await seat.wait("ringing", timeout_s=10)
        await caller.hangup()
        await caller.state("DISCONNECTED")
        return float(rang["t"]) - began


async def alive(hotline: Hotline, n: int) -> float:
    return await _ring(hotline, f"1391000{n:04}", lambda _: None, key=True)


async def hung(hotline: Hotline, n: int) -> float:
    return await _ring(hotline, f"1392000{n:04}", lambda _: signal.SIGSTOP, key=True)


async def hung_no_key(hotline: Hotline, n: int) -> float:
    return await _ring(hotline, f"1393000{n:04}", lambda _: signal.SIGSTOP, key=False)


async def killed_no_key(hotline: Hotline, n: int) -> float:
    return await _ring(hotline, f"1394000{n:04}", lambda _: signal.SIGKILL, key=False)


async def absent(hotline: Hotline, n: int) -> float:
    async with hotline.seat() as seat, hotline.caller(f"139{500 + n:03}{time.time_ns() % 100_000:05}") as caller:
        await caller.call(SERVICE)
        began = float((await caller.state("CONFIRMED"))["t"])
        rang = await seat.wait("ringing", timeout_s=10)
        await caller.hangup()
        await caller.state("DISCONNECTED")
        return float(rang["t"]) - began


ROWS: dict[str, Measure] = {
    # First, while the guardian has never heard a program: afterwards it moves callers at once.
    "no key, program never started, from the answer": absent,
    "key 0, program alive": alive,
    "key 0, program stopped (SIGSTOP)": hung,
    "no key, program killed (SIGKILL)": killed_no_key,
    "no key, program stopped (SIGSTOP), by the guardian": hung_no_key,
    "no key, program gone before the call, from the answer": absent,
}


async def measure(hotline: Hotline) -> dict[str, list[float]]:
    """All rows, one after the other."""
    return {name: [await row(hotline, n) for n in range(ROUNDS)] for name, row in ROWS.items()}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        with running_hotline(Path(folder)) as hotline:
            start_s = time.monotonic() - began
            results = asyncio.run(measure(hotline))
    table = {
        name: {"p50": statistics.median(v), "p95": sorted(v)[round(0.95 * (len(v) - 1))], "count": len(v)}
        for name, v in results.items()
    }
    if "--json" in sys.argv:
        print(json.dumps({"machine": platform.platform(), "start_s": start_s, "seat_rings_after_s": table}))
        return
    print(f"start to ready: {start_s:.2f} s")
    print(f"{'a seat rings after':55} {'p50 s':>7} {'p95 s':>7} {'count':>6}")
    for name, row in table.items():
        print(f"{name:55} {row['p50']:7.3f} {row['p95']:7.3f} {row['count']:6}")


if __name__ == "__main__":
    main()
