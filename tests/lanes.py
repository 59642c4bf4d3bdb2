"""Who runs what when test files run beside each other (`make test`): calls in lanes of their own, all else in another.

Callers in tests speak and listen in real time. When three hotlines, a browser and a type checker share two cores, what
is tested is the machine. So the last worker does everything that is not a call, with a lower priority, and the others
do calls. Who has no more calls takes of the rest; no call is begun in the lane that gives way."""

from __future__ import annotations

import os

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from tests.waits import BESIDE_OTHERS

CALLS = ("tests/calls/", "tests/browser/")
GIVES_WAY = 5
"""Nice value: a third of an ordinary process's share of a busy core."""


def is_call(name: str) -> bool:
    """Whether a file (or test) of that name starts a hotline."""
    return name.startswith(CALLS)


def give_way(item: pytest.Item) -> None:
    """Called before each test: a worker that has begun with what is no call has no call before it any more."""
    if BESIDE_OTHERS and not is_call(item.nodeid) and os.nice(0) < GIVES_WAY:
        os.nice(GIVES_WAY - os.nice(0))


class Lanes(LoadFileScheduling):  # type: ignore[misc]  # xdist publishes no types
    """File by file, as `--dist loadfile`, in two kinds of lanes."""

    _gives_way: WorkerController | None = None

    def schedule(self) -> None:
        if self.collection is None and len(self.nodes) > 1:
            self._gives_way = self.nodes[-1]
        super().schedule()

    def _next(self, node: WorkerController) -> str | None:
        gives_way = node is self._gives_way
        own = [scope for scope in self.workqueue if is_call(scope) is not gives_way]
        if own or gives_way:
            return next(iter(own), None)
        return next(iter(self.workqueue), None)

    def _assign_work_unit(self, node: WorkerController) -> None:
        scope = self._next(node)
        if scope is None:
            node.shutdown()
            return
        self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)
