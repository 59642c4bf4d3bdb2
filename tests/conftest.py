"""The understanding, trained once for the whole suite, and the order of files when they run beside each other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from xdist.remote import Producer

from nlu.embedded import EmbeddedUnderstander
from tests import lanes, learnt

LONGEST_FIRST = (
    "calls/test_by_voice.py",
    "calls/test_recogniser_lost.py",
    "calls/test_dialogue_lost.py",
    "calls/test_without_a_word.py",
    "browser/test_desk_calls.py",
    "calls/test_recovered.py",
    "calls/test_routing.py",
    "calls/test_conference.py",
    "browser/test_with_colleagues.py",
    "browser/test_talk_on_tape.py",
    "calls/test_rating.py",
    "calls/test_listening.py",
    "calls/test_seat_lost.py",
    "browser/test_page_and_server_gone.py",
    "browser/test_other_pages.py",
)
"""What takes minutes, most of it waiting for speech and ringing. Begun last, it would be waited for alone."""
TESTS = Path(__file__).parent


def _place(item: pytest.Item) -> int:
    file = item.path.relative_to(TESTS).as_posix()
    if file in LONGEST_FIRST:
        return LONGEST_FIRST.index(file)
    return len(LONGEST_FIRST) + (not file.startswith(("calls/", "browser/", "test_static")))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> lanes.Lanes:
    """Calls in lanes of their own."""
    return lanes.Lanes(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What is no call gives way to calls."""
    lanes.give_way(item)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With workers (`make test`) what waits comes first, and the many short tests fill what is left of the time."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=_place)


@pytest.fixture(scope="session")
def learnt_in() -> Path:
    """The folder in which the trained engine is kept."""
    return learnt.folder()


@pytest.fixture(scope="session")
def trained() -> EmbeddedUnderstander:
    """The trained engine."""
    return learnt.understander()
