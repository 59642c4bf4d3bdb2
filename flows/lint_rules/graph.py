"""A flow as a graph: which step may follow which, and what holds on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from flows.lint_rules.facts import NOTHING, Facts, facts
from flows.loader import LoadedFlow
from flows.schema import (
    AnyStep,
    AskStep,
    CallStep,
    ChooseStep,
    ConfirmStep,
    DecideStep,
    DoStep,
    EndStep,
    TransferStep,
)

OFF_THE_END = -1
"""Where the step after the last one would be."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One way on from a step."""

    source: int
    target: int
    """Position of a step, or OFF_THE_END."""
    before: Facts = NOTHING
    """What must hold in front of the step for this way to be taken."""
    after: Facts = NOTHING
    """What must hold behind it, once it has forgotten and set what it does."""
    refusal: str = ""
    """Code with which an office refused."""
    done: bool = True
    """The step did its work: it was not passed over by its `when`, and no office refused."""


@dataclass(frozen=True)
class Graph:
    """The steps of one flow and the ways between them. All targets exist: the loader saw to that."""

    loaded: LoadedFlow

    @property
    def steps(self) -> list[AnyStep]:
        return self.loaded.flow.steps

    @cached_property
    def position(self) -> dict[str, int]:
        """Step → its position."""
        return {step.step: n for n, step in enumerate(self.steps)}

    @cached_property
    def edges(self) -> tuple[tuple[Edge, ...], ...]:
        """Ways on, by position."""
        return tuple(tuple(self._ways(n)) for n in range(len(self.steps)))

    @cached_property
    def reached(self) -> frozenset[int]:
        """Positions to which some way leads from the first step."""
        seen, todo = {0}, [0]
        while todo:
            for edge in self.edges[todo.pop()]:
                if edge.target != OFF_THE_END and edge.target not in seen:
                    seen.add(edge.target)
                    todo.append(edge.target)
        return frozenset(seen)

    def changes(self, edge: Edge) -> Facts:
        """What the edge's source changes when it is left by this edge: what it forgets, asks, saves and sets."""
        step = self.steps[edge.source]
        if not edge.done and not edge.refusal:
            return NOTHING
        change = Facts(unset=self.forgotten(step))
        if edge.refusal:
            return change.then(Facts(known=frozenset({"refusal"})))
        null = frozenset(name for name, value in step.put.items() if value.source == "null")
        gained = frozenset(gains(step)) | (frozenset(step.put) - null)
        return change.then(Facts(known=gained, unset=null))

    def follow(self, edge: Edge, held: Facts) -> Facts | None:
        """What holds after an edge when `held` did before it; None when it cannot be taken then."""
        if held.contradicts(edge.before):
            return None
        behind = held.also(edge.before).then(self.changes(edge))
        return None if behind.contradicts(edge.after) else behind.also(edge.after)

    def forgotten(self, step: AnyStep) -> frozenset[str]:
        """Names that a step forgets, with the slots that depend on them."""
        slots, gone, todo = self.loaded.flow.slots, set[str](), list(step.forget)
        while todo:
            name = todo.pop()
            if name not in gone:
                gone.add(name)
                todo += [other for other, slot in slots.items() if name in slot.after]
        return frozenset(gone)

    def waits(self, position: int, held: Facts) -> bool:
        """Whether the caller is certainly waited for in this step, given what holds before it."""
        step = self.steps[position]
        if isinstance(step, ConfirmStep):
            return True
        unset = held.unset | self.forgotten(step)
        return (isinstance(step, AskStep) and step.ask in unset) or (
            isinstance(step, ChooseStep) and step.choose in unset
        )

    def _following(self, position: int) -> int:
        return position + 1 if position + 1 < len(self.steps) else OFF_THE_END

    def _ways(self, n: int) -> Iterator[Edge]:
        step, passed = self.steps[n], self._following(n)
        then = self.position[step.next] if step.next else passed
        before = facts(step.when, true=True)
        if step.when is not None:
            yield Edge(n, passed, facts(step.when, true=False), done=False)
        if isinstance(step, EndStep | TransferStep):
            return
        if isinstance(step, DecideStep):
            yield from self._branches(n, step, before, then)
            return
        if isinstance(step, ConfirmStep):
            yield Edge(n, self.position[step.yes], before)
            yield Edge(n, self.position[step.no], before)
            return
        if isinstance(step, DoStep):
            for code, target in step.on.items():
                yield Edge(n, self.position[target], before, refusal=code, done=False)
        yield Edge(n, then, before)

    def _branches(self, n: int, step: DecideStep, before: Facts, then: int) -> Iterator[Edge]:
        after = NOTHING
        for branch in step.decide:
            here = facts(branch.condition, true=True)
            if not after.contradicts(here):
                yield Edge(n, self.position[branch.go], before, after.also(here))
            if branch.condition is None:
                return
            after = after.also(facts(branch.condition, true=False))
        yield Edge(n, then, before, after)


def gains(step: AnyStep) -> Iterator[str]:
    """Names that have a value once the step is done."""
    if isinstance(step, AskStep):
        yield step.ask
    elif isinstance(step, ChooseStep):
        yield step.choose
    elif isinstance(step, DoStep):
        yield step.save
    elif isinstance(step, CallStep):
        yield from step.give
