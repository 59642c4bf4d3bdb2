"""Names in a flow: each is declared, and has a value where it is spoken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flows.expressions import Expression
from flows.lint_rules.facts import facts
from flows.lint_rules.finding import Finding
from flows.lint_rules.graph import OFF_THE_END, Graph, gains
from flows.lint_rules.speech import Role, Use, uses
from flows.loader import Place
from flows.schema import AnyStep, AskStep, CallStep, ChooseStep, ConfirmStep, DecideStep, DoStep, SayStep
from voices.prompts.catalogue import Catalogue

ALWAYS = frozenset({"caller", "today"})
"""Names that the engine gives."""
CALLER = frozenset({"number", "name", "person_id", "band", "language"})
"""What the engine knows about the caller; see flows.engine.Engine.start."""


def check(graph: Graph) -> Iterator[Finding]:
    """Findings `no_slot`, `never_set`: names that nothing can give a value."""
    loaded = graph.loaded
    for n, step in enumerate(graph.steps):
        if isinstance(step, AskStep) and step.ask not in loaded.flow.slots:
            yield _no_slot(graph, ("steps", n, "ask"), step.ask)
    for slot_name, slot in loaded.flow.slots.items():
        for other in slot.after:
            if other not in loaded.flow.slots:
                yield _no_slot(graph, ("slots", slot_name, "after"), other)
    may = _may_have(graph)
    for n, step in enumerate(graph.steps):
        if n not in graph.reached:
            continue
        had = may[n]
        for place, expression in _expressions(step):
            own = {"set": gains(step), "decide": step.put}.get(str(place[0]), ())
            for name in sorted(expression.names - had - frozenset(own)):
                yield _never_set(graph, ("steps", n, *place), step, name)
    for slot_name, slot in loaded.flow.slots.items():
        everything = frozenset().union(*may) | frozenset(_all_names(graph))
        for name in sorted((slot.when.names if slot.when else frozenset()) - everything):
            yield Finding(
                loaded.file,
                loaded.line("slots", slot_name, "when"),
                "never_set",
                f"The slot “{slot_name}” depends on “{name}”, which nothing sets.",
                "Correct the name, or set it in a step.",
            )


def check_prompts(graph: Graph, catalogues: Mapping[str, Catalogue]) -> Iterator[Finding]:
    """Finding `unset`: a prompt speaks a value that is missing on some way to it."""
    must = _must_have(graph)
    for use in uses(graph.loaded):
        if use.step is not None and use.step not in graph.reached:
            continue
        for name in sorted(_spoken(use, catalogues)):
            yield from _unset(graph, use, name, must)


def _spoken(use: Use, catalogues: Mapping[str, Catalogue]) -> set[str]:
    """Paths of the values that a prompt speaks, in any language."""
    return {path for catalogue in catalogues.values() for path, _ in catalogue.fields(use.prompt)}


def _unset(graph: Graph, use: Use, path: str, must: list[frozenset[str]]) -> Iterator[Finding]:
    line = graph.loaded.line(*use.place)
    first, _, rest = path.partition(".")
    if use.role is Role.LABEL:
        yield Finding(
            graph.loaded.file,
            line,
            "label",
            f"The label “{use.prompt}” of a fixed choice speaks a value, “{path}”.",
            "Use fixed words, or a list of items (`from`) with a `label`.",
        )
        return
    if first == "caller" and rest and rest not in CALLER:
        yield Finding(
            graph.loaded.file,
            line,
            "unset",
            f"The prompt “{use.prompt}” speaks “{path}”, which is not known about a caller.",
            f"Use one of: {', '.join(sorted(f'caller.{name}' for name in CALLER))}.",
        )
        return
    if use.role is Role.ITEM or first in ALWAYS or first in use.extra:
        return
    had, step = frozenset(graph.loaded.flow.given), None
    if use.step is not None:
        step = graph.steps[use.step]
        had = (must[use.step] | facts(step.when, true=True).known) - graph.forgotten(step)
    if first in had:
        return
    where = f"in the step “{step.step}”" if step is not None else "at any moment of the flow"
    yield Finding(
        graph.loaded.file,
        line,
        "unset",
        f"The prompt “{use.prompt}” is said {where} and speaks “{path}”, but “{first}” may have no value there.",
        f"Ask for “{first}” or set it on every way there, or add “when: known({first})”.",
    )


def _no_slot(graph: Graph, place: Place, name: str) -> Finding:
    return Finding(
        graph.loaded.file,
        graph.loaded.line(*place),
        "no_slot",
        f"There is no slot “{name}”.",
        f"Add it under `slots`, or use one of: {', '.join(graph.loaded.flow.slots) or 'none yet'}.",
    )


def _never_set(graph: Graph, place: Place, step: AnyStep, name: str) -> Finding:
    return Finding(
        graph.loaded.file,
        graph.loaded.line(*place),
        "never_set",
        f"The step “{step.step}” uses “{name}”, which no step before it sets.",
        "Correct the name, declare it under `slots` or `given`, or set it before.",
    )


def _all_names(graph: Graph) -> Iterator[str]:
    flow = graph.loaded.flow
    yield from flow.slots
    yield from flow.given
    for n, _ in enumerate(graph.steps):
        for edge in graph.edges[n]:
            yield from graph.changes(edge).known


def _expressions(step: AnyStep) -> Iterator[tuple[Place, Expression]]:
    """Where a step reads names."""
    if step.when is not None:
        yield ("when",), step.when
    for name, value in step.put.items():
        yield ("set", name), value
    if isinstance(step, DecideStep):
        for n, branch in enumerate(step.decide):
            if branch.condition is not None:
                yield ("decide", n, "if"), branch.condition
    elif isinstance(step, DoStep | CallStep):
        for name, value in step.arguments.items():
            yield ("with", name), value
    elif isinstance(step, AskStep) and step.choices is not None:
        yield ("choices",), step.choices
    elif isinstance(step, ChooseStep) and step.source is not None:
        yield ("from",), step.source
    elif isinstance(step, SayStep) and step.each is not None:
        yield ("each",), step.each


def _may_have(graph: Graph) -> list[frozenset[str]]:
    """Names that may have a value before each step.

    The caller may give any slot at any time, and a correction leads from any question back to the first step."""
    flow = graph.loaded.flow
    always = ALWAYS | frozenset(flow.slots) | frozenset(flow.given)
    found = [always] * len(graph.steps)
    todo = [0]
    seen = {0}
    while todo:
        n = todo.pop()
        ways = [(e.target, graph.changes(e).known) for e in graph.edges[n] if e.target != OFF_THE_END]
        if isinstance(graph.steps[n], AskStep | ChooseStep | ConfirmStep):
            ways.append((0, frozenset()))
        for target, gained in ways:
            more = found[target] | found[n] | gained
            if more != found[target] or target not in seen:
                found[target] = more
                seen.add(target)
                todo.append(target)
    return found


def _must_have(graph: Graph) -> list[frozenset[str]]:
    """Names that certainly have a value before each step, whatever way led to it."""
    everything = frozenset(_all_names(graph)) | ALWAYS
    found = [everything] * len(graph.steps)
    found[0] = ALWAYS | frozenset(graph.loaded.flow.given)
    todo = list(range(len(graph.steps)))
    while todo:
        n = todo.pop()
        for edge in graph.edges[n]:
            if edge.target == OFF_THE_END:
                continue
            change = graph.changes(edge)
            after = ((found[n] | edge.before.known) - change.unset) | change.known | edge.after.known
            less = found[edge.target] & after
            if less != found[edge.target]:
                found[edge.target] = less
                todo.append(edge.target)
    return found
