"""Questions to offices: each exists, is asked as it must be, and each of its refusals leads somewhere."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

from flows.lint_rules.finding import Finding, Severity
from flows.lint_rules.graph import Graph
from flows.schema import DoStep
from integrations.dispatch import PORTS

_REFUSALS = re.compile(r"Refusals:\s*([a-z_,\s]+)\.")
ANY = frozenset({"else", "unavailable"})
"""Keys of `on` that every office may have."""


def operations() -> dict[str, type]:
    """`office.operation` → the port that has it."""
    return {
        f"{office}.{name}": port for office, port in PORTS.items() for name in vars(port) if not name.startswith("_")
    }


def refusals(operation: str) -> frozenset[str]:
    """Codes with which an operation refuses, as its port says in “Refusals: …”. Raises KeyError."""
    port = operations()[operation]
    found = _REFUSALS.search(inspect.getdoc(getattr(port, operation.partition(".")[2])) or "")
    return frozenset(found[1].replace(",", " ").split()) if found else frozenset()


def arguments(operation: str) -> tuple[str, ...]:
    """Names of what an operation takes; all of them are needed. Raises KeyError."""
    port = operations()[operation]
    return tuple(inspect.signature(getattr(port, operation.partition(".")[2])).parameters)[1:]


def check(graph: Graph) -> Iterator[Finding]:
    """Findings `no_office`, `office_argument`, `office_failure`, `unknown_refusal`, `office_loop`."""
    for n, step in enumerate(graph.steps):
        if not isinstance(step, DoStep):
            continue
        if step.do not in operations():
            yield Finding(
                graph.loaded.file,
                graph.loaded.line("steps", n, "do"),
                "no_office",
                f"There is no office operation “{step.do}”.",
                f"Use one of: {', '.join(sorted(operations()))}.",
            )
            continue
        yield from _arguments(graph, n, step)
        yield from _failures(graph, n, step)


def _arguments(graph: Graph, n: int, step: DoStep) -> Iterator[Finding]:
    wanted, given = set(arguments(step.do)), set(step.arguments)
    for name in sorted(given - wanted):
        yield Finding(
            graph.loaded.file,
            graph.loaded.line("steps", n, "with", name),
            "office_argument",
            f"“{step.do}” takes no “{name}”.",
            f"It takes: {', '.join(sorted(wanted)) or 'nothing'}.",
        )
    for name in sorted(wanted - given):
        yield Finding(
            graph.loaded.file,
            graph.loaded.line("steps", n, "with"),
            "office_argument",
            f"“{step.do}” needs “{name}”, which is not given.",
            f"Add “{name}: …” to `with`; “null” in quotes where there is none.",
        )


def _failures(graph: Graph, n: int, step: DoStep) -> Iterator[Finding]:
    known, handled = refusals(step.do), set(step.on)
    missing = sorted(known - handled)
    if missing and "else" not in handled:
        yield Finding(
            graph.loaded.file,
            graph.loaded.line("steps", n, "on"),
            "office_failure",
            f"The office may answer “{step.do}” with {', '.join(missing)}, and no step is named for that.",
            "Name a step for each under `on`, or one for all others as `else`.",
        )
    for code in sorted(handled - known - ANY):
        yield Finding(
            graph.loaded.file,
            graph.loaded.line("steps", n, "on", code),
            "unknown_refusal",
            f"“{step.do}” never refuses with “{code}”.",
            f"Remove it; the refusals are: {', '.join(sorted(known)) or 'none'}.",
            Severity.WARNING,
        )
