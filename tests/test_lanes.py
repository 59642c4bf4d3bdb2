"""Calls run in lanes of their own, and no more of them beside each other than there are lanes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from xdist.workermanage import WorkerController

from tests.lanes import Lanes

CALLS = [f"tests/calls/test_{n}.py::test_{m}" for n in "abc" for m in range(4)]
OTHERS = [f"tests/nlu/test_{n}.py::test_{m}" for n in "de" for m in range(4)]
ALL = [*OTHERS[:4], *CALLS, *OTHERS[4:]]


class Worker:
    """What a scheduler sees of a worker."""

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.shutting_down = False
        self.files: list[str] = []
        self.todo: list[int] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self.todo += indices
        self.files.append(ALL[indices[0]].split("::")[0])

    def shutdown(self) -> None:
        self.shutting_down = True


def lanes(count: int) -> tuple[Lanes, list[Worker]]:
    """A scheduler that has given its workers their first files."""
    config: Any = SimpleNamespace(
        getvalue=lambda _: [f"{count}*popen"], option=SimpleNamespace(loadscopereorder=False), hook=None
    )
    made, workers = Lanes(cast("pytest.Config", config)), [Worker(f"gw{n}") for n in range(count)]
    for worker in workers:
        node = cast("WorkerController", worker)
        made.add_node(node)
        made.add_node_collection(node, ALL)
    made.schedule()
    return made, workers


def work(made: Lanes, worker: Worker) -> None:
    """One worker does all that it has and is given meanwhile."""
    while worker.todo:
        made.mark_test_complete(cast("WorkerController", worker), worker.todo.pop(0))


def test_the_last_worker_begins_no_call_and_ends_when_nothing_else_is_left() -> None:
    made, workers = lanes(3)
    work(made, workers[2])
    assert workers[2].files == ["tests/nlu/test_d.py", "tests/nlu/test_e.py"]
    assert workers[2].shutting_down
    assert not workers[0].shutting_down


def test_who_has_no_more_calls_helps_with_the_rest_and_every_test_is_run_once() -> None:
    made, workers = lanes(3)
    for worker in workers:
        work(made, worker)
    files = [file for worker in workers for file in worker.files]
    assert sorted(files) == sorted({name.split("::")[0] for name in ALL})
    assert made.tests_finished


def test_a_worker_alone_does_everything() -> None:
    made, (worker,) = lanes(1)
    work(made, worker)
    assert len(worker.files) == 5
    assert made.tests_finished
