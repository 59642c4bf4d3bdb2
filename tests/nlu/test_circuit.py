"""The circuit: when a server that fails is asked no more, and how often it is tried again."""

from __future__ import annotations

import pytest

from nlu.circuit import FAILURES, FIRST_WAIT_S, LONGEST_WAIT_S, Circuit


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    """A circuit whose server has answered once."""
    found = Circuit(clock)
    found.succeeded()
    return found


def test_an_unknown_server_is_probed_before_it_is_asked(clock: Clock) -> None:
    circuit = Circuit(clock)
    assert not circuit.closed
    assert circuit.probe_due()
    circuit.succeeded()
    assert circuit.closed
    assert not circuit.probe_due()


def test_one_failure_is_forgiven_and_two_in_a_row_are_not(circuit: Circuit) -> None:
    circuit.failed()
    circuit.succeeded()
    circuit.failed()
    assert circuit.closed
    circuit.failed()
    assert FAILURES == 2
    assert not circuit.closed


def test_calls_that_failed_together_do_not_put_the_probe_off(circuit: Circuit, clock: Clock) -> None:
    for _ in range(50):
        circuit.failed()
        clock.now_s += 0.01
    clock.now_s = 100.01 + FIRST_WAIT_S
    assert circuit.probe_due()


def test_probes_become_rarer_but_never_stop(circuit: Circuit, clock: Clock) -> None:
    circuit.failed()
    circuit.failed()
    waits = []
    for _ in range(8):
        began = clock.now_s
        while not circuit.probe_due():
            clock.now_s += 0.5
        waits.append(clock.now_s - began)
        circuit.probe_failed()
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    assert waits[-1] == LONGEST_WAIT_S
    clock.now_s += 100
    circuit.succeeded()
    circuit.failed()
    circuit.failed()
    clock.now_s += FIRST_WAIT_S
    assert circuit.probe_due()
