"""Keys and choices: 0 is a person, at most three choices, at most two levels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flows.lint_rules.finding import Finding
from flows.lint_rules.graph import OFF_THE_END, Graph
from flows.loader import LoadedFlow, Place, nearest_line
from flows.schema import AskStep, ChooseStep, DecideStep, SayStep

CHOICES_MAX = 3
"""Choices that an older caller keeps in mind; the engine reads out as many at a time."""
LEVELS_MAX = 2
_KEY_NAMES = frozenset({"key", "keys", "press", "digit", "digits", "dtmf"})
_ZERO = re.compile(r"[0０零〇]|按[0０零〇]键?")


def check(graph: Graph) -> Iterator[Finding]:
    """Findings `choices`, `levels`, `binds_zero` of one flow."""
    for n, step in enumerate(graph.steps):
        if isinstance(step, AskStep | ChooseStep) and len(step.options) > CHOICES_MAX:
            yield Finding(
                graph.loaded.file,
                graph.loaded.line("steps", n, "options"),
                "choices",
                f"The step “{step.step}” offers {len(step.options)} choices; a caller keeps {CHOICES_MAX} in mind.",
                "Keep the three that are needed most, or put the rest behind one of them.",
            )
    yield from _levels(graph)
    yield from _zero_words(graph)


def check_order(flows: Mapping[str, LoadedFlow]) -> Iterator[Finding]:
    """Finding `menu_order`: two flows at the same place of the key menu."""
    seen: dict[int, str] = {}
    for name, loaded in sorted(flows.items()):
        if loaded.flow.menu is None:
            continue
        other = seen.setdefault(loaded.flow.menu.order, name)
        if other != name:
            yield Finding(
                loaded.file,
                loaded.line("menu", "order"),
                "menu_order",
                f"“{other}” already has place {loaded.flow.menu.order} in the key menu.",
                "Give each flow a place of its own.",
            )


def zero_keys(data: Any, lines: Mapping[Place, int], file: str, place: Place = ()) -> Iterator[Finding]:
    """Finding `binds_zero`, over a file as it was written: it must be found even where the schema refuses the rest."""
    children: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(data, dict):
        children = iter(data.items())
    elif isinstance(data, list):
        children = iter(enumerate(data))
    for key, value in children:
        here = (*place, key)
        if key == "0" or (key in _KEY_NAMES and str(value).strip() in {"0", "０"}):
            yield Finding(
                file,
                nearest_line(lines, here),
                "binds_zero",
                "Key 0 is bound here. In every state of every call it belongs to the person who answers.",
                "Remove it; choices get the keys 1, 2 and 3 by themselves.",
            )
        yield from zero_keys(value, lines, file, here)


def _zero_words(graph: Graph) -> Iterator[Finding]:
    for n, answer in enumerate(graph.loaded.flow.answers):
        for word in answer.words:
            if _ZERO.fullmatch(word.strip()):
                yield Finding(
                    graph.loaded.file,
                    graph.loaded.line("answers", n, "words"),
                    "binds_zero",
                    f"“{word}” is caught as a question. Zero belongs to the person who answers.",
                    "Use other words.",
                )


def _levels(graph: Graph) -> Iterator[Finding]:
    """Menus that follow each other with nothing but decisions and sentences between them."""
    menus = {n for n, step in enumerate(graph.steps) if isinstance(step, ChooseStep) and step.options}
    behind = {n: _next_menus(graph, n, menus) for n in menus & graph.reached}
    for n in sorted(behind):
        deep = sorted({last for second in behind[n] for last in behind.get(second, ()) if last not in {n, second}})
        for last in deep:
            yield Finding(
                graph.loaded.file,
                graph.loaded.line("steps", last),
                "levels",
                f"The choice “{graph.steps[last].step}” is the third level behind “{graph.steps[n].step}”.",
                f"Ask in words, or offer less: a caller is led through at most {LEVELS_MAX} levels.",
            )


def _next_menus(graph: Graph, start: int, menus: set[int]) -> set[int]:
    found: set[int] = set()
    todo, seen = [start], {start}
    while todo:
        for edge in graph.edges[todo.pop()]:
            target = edge.target
            if target in menus and target != start:
                found.add(target)
            elif target != OFF_THE_END and target not in seen:
                seen.add(target)
                if isinstance(graph.steps[target], DecideStep | SayStep):
                    todo.append(target)
    return found
