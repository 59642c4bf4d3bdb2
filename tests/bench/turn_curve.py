"""Delay against cut-ins: the same callers, unknown and known, by fixed pauses and by our rule at several patiences."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ivr.call.endpoint import Endpoint, Patience
from ivr.settings import Listening
from tests.bench.turn_line import Fixed
from tests.bench.turntaking import PAUSES_S, Bench, Outcome, Trial, cut_share, delays

LEARNT_BY_S = 0.8
"""Pauses of the three sentences after which a caller counts as known, where delays are measured."""
HEARD_BEFORE = 3
SNR_DB = 20.0
USUAL_S = Listening().pause_s
FIXED_S = (0.6, 0.87, 1.2)
PATIENCES_S = (0.5, 0.7, USUAL_S, 1.1)
FULL_FIXED_S = (0.4, 0.6, 0.87, 1.2)
FULL_PATIENCES_S = (0.5, 0.6, 0.7, USUAL_S, 1.1)


async def curve(bench: Bench) -> list[dict[str, Any]]:
    """On a line with 20 dB of noise. Each row is one point: delay of sentences without a pause, cut-ins with one."""
    plain = bench.trials(0.0, SNR_DB)
    paused = {pause_s: bench.trials(pause_s, SNR_DB) for pause_s in PAUSES_S}
    rows = [
        await _point(bench, f"fixed {fixed_s:.2f} s", Fixed(fixed_s), fixed_s, plain, paused)
        for fixed_s in (FULL_FIXED_S if bench.full else FIXED_S)
    ]
    for usual_s in FULL_PATIENCES_S if bench.full else PATIENCES_S:
        name = f"ours, patience {usual_s:.2f} s{' (default)' if usual_s == USUAL_S else ''}"
        rows.append(await _point(bench, name, Endpoint(), usual_s, plain, paused))
        rows.append(await _known_point(bench, name, usual_s, plain, paused))
        print(f"  {name}: p50 {rows[-2]['p50_s']} s, {rows[-2]['cut']} cut", file=sys.stderr, flush=True)
    return rows


async def turns(bench: Bench) -> list[dict[str, Any]]:
    """When turns end that are said without and with pauses, by callers of whom nothing is known."""
    rows = []
    for pause_s in (0.8, 0.0, 0.6, 1.2) if bench.full else (0.8, 0.0):
        trials = bench.trials(pause_s, SNR_DB)
        outcomes = await bench.row(trials, Endpoint(), USUAL_S)
        for trial, one in zip(trials, outcomes, strict=True):
            if one.early:
                print(f"# {pause_s} {'|'.join(trial.scene.parts)}: {one.text}", file=sys.stderr)
        rows.append({"pause_s": pause_s, **delays(outcomes)})
        print(f"# {rows[-1]}", file=sys.stderr, flush=True)
    return rows


def point(
    name: str, callers: str, plain: Sequence[Outcome], paused: Mapping[float, Sequence[Outcome]]
) -> dict[str, Any]:
    """One row."""
    found = {"rule": name, "callers": callers, **delays(plain)}
    for pause_s, outcomes in paused.items():
        found[f"cut at {pause_s} s"] = f"{sum(one.cut for one in outcomes)} of {len(outcomes)}"
        found[f"cut at {pause_s} s, %"] = cut_share(outcomes)
        found[f"answered early at {pause_s} s"] = f"{sum(one.early for one in outcomes)} of {len(outcomes)}"
    return found


async def _point(
    bench: Bench,
    name: str,
    endpoint: Endpoint,
    usual_s: float,
    plain: Sequence[Trial],
    paused: Mapping[float, Sequence[Trial]],
) -> dict[str, Any]:
    """Callers of whom nothing is known."""
    cuts = {pause_s: await bench.row(trials, endpoint, usual_s) for pause_s, trials in paused.items()}
    return point(name, "unknown", await bench.row(plain, endpoint, usual_s), cuts)


async def _known_point(
    bench: Bench, name: str, usual_s: float, plain: Sequence[Trial], paused: Mapping[float, Sequence[Trial]]
) -> dict[str, Any]:
    """Callers of whom the hotline has heard three sentences, with pauses as long."""
    cuts = {pause_s: await _after_three(bench, trials, trials, usual_s) for pause_s, trials in paused.items()}
    return point(name, "known", await _after_three(bench, plain, paused[LEARNT_BY_S], usual_s), cuts)


async def _after_three(bench: Bench, trials: Sequence[Trial], before: Sequence[Trial], usual_s: float) -> list[Outcome]:
    outcomes = []
    for number, trial in enumerate(trials):
        patience = Patience(usual_s)
        for n in range(1, HEARD_BEFORE + 1):
            await bench.outcome(before[(number + n) % len(before)], Endpoint(), patience)
        outcomes.append(await bench.outcome(trial, Endpoint(), patience))
        await asyncio.sleep(0)
    return outcomes
