"""Every way through a flow, and outlines of the scripts that are missing: people write words, not branches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from flows.lint_rules.facts import NOTHING, Facts
from flows.lint_rules.graph import OFF_THE_END, Edge, Graph
from flows.loader import LoadedFlow
from flows.schema import AnyStep, AskStep, ChooseStep, ConfirmStep, DecideStep, DoStep, EndStep, TransferStep
from voices.errors import VoiceError
from voices.prompts.catalogue import Catalogue

STATES_MAX = 20_000
"""Places, with what holds there, that the search for one way looks at."""
BLANK = "……"
"""Stands for what a person has to write; a script that still has it fails."""
Place: TypeAlias = tuple[int, Facts]
Pair: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Outline:
    """One script that is missing."""

    branch: Pair
    """(step, the step to which it leads)."""
    name: str
    text: str


def branches(graph: Graph) -> list[Pair]:
    """Every (step, following step) that some way goes through, in the order of the file."""
    pairs = [
        (graph.steps[edge.source].step, graph.steps[edge.target].step)
        for n in sorted(graph.reached)
        for edge in graph.edges[n]
        if edge.target != OFF_THE_END
    ]
    return list(dict.fromkeys(pairs))


def covered(flow: str, trails: Iterable[Sequence[Pair]]) -> set[Pair]:
    """The branches that these trails, each of (flow, step), go through."""
    found: set[Pair] = set()
    for trail in trails:
        steps = [step for name, step in trail if name == flow]
        found |= set(pairwise(steps))
    return found


def missing(loaded: LoadedFlow, trails: Iterable[Sequence[Pair]]) -> list[Pair]:
    """The branches that no trail goes through and that some way can."""
    graph, seen = Graph(loaded), covered(loaded.flow.flow, trails)
    return [pair for pair in branches(graph) if pair not in seen and _way(graph, pair) is not None]


def outlines(loaded: LoadedFlow, trails: Iterable[Sequence[Pair]], prompts: Catalogue) -> list[Outline]:
    """One outline for each branch that is missing, but for those that an earlier outline goes through."""
    graph, seen, found = Graph(loaded), covered(loaded.flow.flow, trails), []
    for pair in branches(graph):
        way = _way(graph, pair) if pair not in seen else None
        if way is None:
            continue
        seen |= {(graph.steps[edge.source].step, graph.steps[edge.target].step) for edge in way}
        found.append(Outline(pair, f"{pair[0]}_to_{pair[1]}"[:80], _text(graph, way, pair, prompts)))
    return found


def _way(graph: Graph, pair: Pair) -> list[Edge] | None:
    """A shortest way from the first step through a branch to an end; None when no way can be found."""
    source, target = (graph.position[name] for name in pair)
    ways = (_through(graph, edge) for edge in graph.edges[source] if edge.target == target)
    return next((way for way in ways if way is not None), None)


def _through(graph: Graph, edge: Edge) -> list[Edge] | None:
    first = _search(
        graph, (0, NOTHING), lambda place: place[0] == edge.source and graph.follow(edge, place[1]) is not None
    )
    if first is None:
        return None
    ways, place = first
    behind = graph.follow(edge, place[1])
    assert behind is not None, "it was asked for"
    rest = _search(
        graph, (edge.target, behind), lambda place: isinstance(graph.steps[place[0]], EndStep | TransferStep)
    )
    return None if rest is None else [*ways, edge, *rest[0]]


def _search(graph: Graph, start: Place, wanted: Callable[[Place], bool]) -> tuple[list[Edge], Place] | None:
    """Breadth-first: the ways to the first place that is wanted, and the place."""
    came: dict[Place, tuple[Place, Edge] | None] = {start: None}
    todo = deque([start])
    while todo and len(came) < STATES_MAX:
        place = todo.popleft()
        if wanted(place):
            return _back(came, place), place
        for edge in graph.edges[place[0]]:
            behind = graph.follow(edge, place[1]) if edge.target != OFF_THE_END else None
            if behind is not None and (edge.target, behind) not in came:
                came[(edge.target, behind)] = (place, edge)
                todo.append((edge.target, behind))
    return None


def _back(came: dict[Place, tuple[Place, Edge] | None], place: Place) -> list[Edge]:
    ways: list[Edge] = []
    while (step := came[place]) is not None:
        place, edge = step
        ways.append(edge)
    return ways[::-1]


def _text(graph: Graph, way: Sequence[Edge], pair: Pair, prompts: Catalogue) -> str:
    flow = graph.loaded.flow
    names = [graph.steps[edge.source].step for edge in way]
    last = graph.steps[way[-1].target]
    rows = [
        f"# The way: {' → '.join([*names, last.step])}.",
        f"# Put words in the place of every {BLANK}, and say in `hear` what must be heard then.",
        f"rehearsal: {pair[0]} → {pair[1]}"[:71],
    ]
    refusals = [
        (step.do, edge.refusal) for edge in way if isinstance(step := graph.steps[edge.source], DoStep) and edge.refusal
    ]
    if refusals:
        rows.append("offices:")
        rows += [f"  {operation}: [{{refuse: {code if code != 'else' else BLANK}}}]" for operation, code in refusals]
    rows += ["steps:", f"  # The wish: {flow.title}.", f"  - say: {BLANK}"]
    for edge in way:
        rows += _rows(graph, edge, prompts)
    rows.append(f"ends: {{how: {_how(last)}}}")
    return "\n".join(rows) + "\n"


def _rows(graph: Graph, edge: Edge, prompts: Catalogue) -> list[str]:
    """What the caller does, or what must hold, for one branch to be taken."""
    step, target = graph.steps[edge.source], graph.steps[edge.target].step
    if isinstance(step, DecideStep):
        reasons = (one.condition.source for one in step.decide if one.go == target and one.condition is not None)
        return [f"  # {step.step}: {next(reasons, 'nothing else holds')}"]
    if step.when is not None and not edge.done and not edge.refusal:
        return [f"  # {step.step} is passed over: not ({step.when.source})"]
    match step:
        case AskStep():
            asks, answer = step.prompt, f"say: {BLANK}"
        case ChooseStep():
            asks, answer = step.prompt, 'press: "1"'
        case ConfirmStep():
            asks, answer = step.confirm, f"say: {'对' if target == step.yes else '不对'}"
        case _:
            return []
    return [f"  # {step.step}: {_words(asks, prompts)}", f"  - {answer}"]


def _words(prompt: str, prompts: Catalogue) -> str:
    try:
        pieces = prompts.template(prompt).pieces
    except VoiceError:  # the linter says so, at its place
        return prompt
    return "".join(part if isinstance(part, str) else f"({part.kind})" for piece in pieces for part in piece)


def _how(step: AnyStep) -> str:
    if isinstance(step, TransferStep):
        return {"human": "person"}.get(step.transfer, step.transfer)
    return "listening"
