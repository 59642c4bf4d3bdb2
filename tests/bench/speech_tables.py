"""What the parts of `make bench-speech` share: work side by side, percentiles, tables in Markdown."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

Result = TypeVar("Result")


async def together(at_once: int, work: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """All results in the order of the work, never more of it under way than `at_once`.

    The first error ends the rest and is raised."""
    free = asyncio.Semaphore(max(1, at_once))

    async def one(job: Coroutine[Any, Any, Result]) -> Result:
        async with free:
            return await job

    jobs = list(work)
    tasks = [asyncio.ensure_future(one(job)) for job in jobs]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for job in jobs:
            job.close()  # one that was never begun would be warned of


def percentile(values: Sequence[float], share: float) -> float | None:
    """Of some values, in their unit; None when there are none."""
    return round(float(np.percentile(values, 100 * share)), 3) if values else None


def percentiles(values: Sequence[float]) -> dict[str, float | None]:
    """Seconds: p50 and p95."""
    return {"p50_s": percentile(values, 0.5), "p95_s": percentile(values, 0.95)}


def table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Rows as a table in Markdown; columns in the order in which they first appear, nothing where a row has none."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if not columns:
        return []
    lines = [[_cell(row.get(name)) for name in columns] for row in rows]
    return ["| " + " | ".join(line) + " |" for line in [columns, ["---"] * len(columns), *lines]]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_cell(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_cell(one) for one in value)
    return str(value).replace("|", "/").replace("\n", " ")


def lines_of(found: Mapping[str, Any]) -> list[str]:
    """Figures of one part: lists of rows as tables, the rest as one line each."""
    told: list[str] = []
    for name, value in found.items():
        if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
            told += ["", name, "", *table(value)]
        elif isinstance(value, Mapping) and value and all(isinstance(row, Mapping) for row in value.values()):
            told += ["", name, "", *table([{"": key, **row} for key, row in value.items()])]
        else:
            told.append(f"{name}: {_cell(value)}")
    return told
