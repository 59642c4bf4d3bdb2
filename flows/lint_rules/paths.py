"""Ways through a flow: every step is reached, every way ends, no circle turns without the caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from flows.lint_rules.facts import NOTHING, Facts
from flows.lint_rules.finding import Finding, Severity
from flows.lint_rules.graph import OFF_THE_END, Edge, Graph
from flows.loader import LoadedFlow
from flows.schema import CallStep, EndStep, TransferStep

STATES_MAX = 20_000
"""Places, with what holds there, that the search for circles looks at; a flow with more is to be split."""
Place: TypeAlias = tuple[int, Facts]


def check(graph: Graph) -> Iterator[Finding]:
    """Findings `unreachable`, `no_outcome`, `no_exit`, `circle`."""
    yield from _unreachable(graph)
    yield from _no_outcome(graph)
    yield from _no_exit(graph)
    yield from _circle(graph)


def _at(graph: Graph, position: int, code: str, message: str, remedy: str) -> Finding:
    return Finding(graph.loaded.file, graph.loaded.line("steps", position), code, message, remedy)


def _unreachable(graph: Graph) -> Iterator[Finding]:
    for n, step in enumerate(graph.steps):
        if n not in graph.reached:
            yield _at(
                graph,
                n,
                "unreachable",
                f"No way leads to the step “{step.step}”.",
                "Lead to it from another step, or remove it.",
            )


def _no_outcome(graph: Graph) -> Iterator[Finding]:
    for n in sorted(graph.reached):
        if any(edge.target == OFF_THE_END for edge in graph.edges[n]):
            yield _at(
                graph,
                n,
                "no_outcome",
                f"After the step “{graph.steps[n].step}” the flow is over without an outcome.",
                "Let an “end: done”, an “end: nothing” or a “transfer: human” follow, or name the `next` step.",
            )


def _no_exit(graph: Graph) -> Iterator[Finding]:
    """One finding for each trap: a group of steps out of which no way leads to an end."""
    before: dict[int, list[int]] = {}
    for edges in graph.edges:
        for edge in edges:
            before.setdefault(edge.target, []).append(edge.source)
    todo = [n for n, step in enumerate(graph.steps) if isinstance(step, EndStep | TransferStep)]
    todo += [edge.source for edges in graph.edges for edge in edges if edge.target == OFF_THE_END]
    ends = set(todo)
    while todo:
        for source in before.get(todo.pop(), ()):
            if source not in ends:
                ends.add(source)
                todo.append(source)
    trapped = sorted(graph.reached - ends)
    if trapped:
        names = ", ".join(f"“{graph.steps[n].step}”" for n in trapped)
        yield _at(
            graph,
            trapped[0],
            "no_exit",
            f"From these steps no way leads to an end or to a person: {names}.",
            "Give the circle a way out: a branch that ends, or that transfers to a person.",
        )


def _circle(graph: Graph) -> Iterator[Finding]:
    """The first circle that can turn without the caller: it would end only when the engine gives up."""
    try:
        circle = _first_circle(graph)
    except OverflowError:
        yield Finding(
            graph.loaded.file,
            1,
            "too_many_ways",
            f"The flow has more than {STATES_MAX} different ways: its circles cannot be checked.",
            "Move a part of it into a flow of its own, and call that.",
            Severity.WARNING,
        )
        return
    if not circle:
        return
    names = " → ".join(graph.steps[edge.source].step for edge in circle)
    refused = next((edge for edge in circle if edge.refusal), None)
    if refused is not None:
        step = graph.steps[refused.source].step
        message = f"When the office of “{step}” answers “{refused.refusal}”, it is asked the same again: {names}."
        remedy = "Forget what was refused, so that the caller is asked anew, or lead to a person."
    else:
        message = f"These steps go in a circle without asking the caller: {names}."
        remedy = "Forget a slot that is asked on the way, or lead out of the circle."
    yield _at(graph, min(edge.source for edge in circle), "circle", message, remedy)


def _first_circle(graph: Graph) -> list[Edge]:
    """Ways of one circle, empty when there is none. Raises OverflowError beyond STATES_MAX places.

    Depth-first over (position, what holds), from every step, for the caller may have been waited for just before it;
    cut where the caller is certainly waited for."""
    done: set[Place] = set()
    for start in sorted(graph.reached):
        trail: list[tuple[Place, Edge | None, Iterator[tuple[Edge, Place]]]] = [
            ((start, NOTHING), None, _onward(graph, (start, NOTHING)))
        ]
        on_trail = {(start, NOTHING)}
        while trail:
            place, _, ways = trail[-1]
            step = next(((edge, target) for edge, target in ways if target not in done), None)
            if step is None:
                trail.pop()
                on_trail.discard(place)
                done.add(place)
                if len(done) > STATES_MAX:
                    raise OverflowError
                continue
            edge, target = step
            if target in on_trail:
                first = next(n for n, (one, _, _) in enumerate(trail) if one == target)
                return [*(came for _, came, _ in trail[first + 1 :] if came is not None), edge]
            trail.append((target, edge, _onward(graph, target)))
            on_trail.add(target)
    return []


def _onward(graph: Graph, place: Place) -> Iterator[tuple[Edge, Place]]:
    position, held = place
    if graph.waits(position, held):
        return
    for edge in graph.edges[position]:
        behind = graph.follow(edge, held) if edge.target != OFF_THE_END else None
        if behind is not None:
            yield edge, (edge.target, behind)


def check_calls(flows: Mapping[str, LoadedFlow]) -> Iterator[Finding]:
    """Findings `no_flow` and `call_circle`, over all flows of a set."""
    for loaded in flows.values():
        for n, step in enumerate(loaded.flow.steps):
            if not isinstance(step, CallStep):
                continue
            line = loaded.line("steps", n, "call")
            if step.call not in flows:
                yield Finding(
                    loaded.file,
                    line,
                    "no_flow",
                    f"The step “{step.step}” calls the flow “{step.call}”, which does not exist.",
                    f"Name one of the flows: {', '.join(sorted(flows))}.",
                )
            elif loaded.flow.flow in _called(flows, step.call):
                yield Finding(
                    loaded.file,
                    line,
                    "call_circle",
                    f"The flow “{step.call}” calls, by itself or through others, this flow again.",
                    "Move what both need into a third flow, and call that from both.",
                )
            else:
                yield from _arguments(loaded, n, step, flows[step.call])


def _called(flows: Mapping[str, LoadedFlow], name: str) -> Sequence[str]:
    """The flow itself and every flow that it goes through."""
    seen, todo = [name], [name]
    while todo:
        loaded = flows.get(todo.pop())
        for step in loaded.flow.steps if loaded else ():
            if isinstance(step, CallStep) and step.call not in seen:
                seen.append(step.call)
                todo.append(step.call)
    return seen


def _arguments(loaded: LoadedFlow, position: int, step: CallStep, called: LoadedFlow) -> Iterator[Finding]:
    wanted, given = set(called.flow.given), set(step.arguments)
    line = loaded.line("steps", position, "with")
    for name in sorted(given - wanted - set(called.flow.slots)):
        yield Finding(
            loaded.file,
            line,
            "call_argument",
            f"The flow “{step.call}” takes no “{name}”.",
            f"Give one of: {', '.join(sorted(wanted)) or 'nothing'}; or add it to `given` of that flow.",
        )
    for name in sorted(wanted - given):
        yield Finding(
            loaded.file,
            line,
            "call_argument",
            f"The flow “{step.call}” needs “{name}”, which is not given.",
            f"Add “{name}: …” to `with`.",
        )
