"""Keys that belong to one answer."""

from __future__ import annotations

import asyncio

import pytest

from ivr.call import keys as module


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEY_PAUSE_S", 0.02)


async def number(pressed: str, digits: int) -> tuple[str, str]:
    """What is taken of these keys, and what is left for the next question."""
    waiting: asyncio.Queue[str] = asyncio.Queue()
    for key in pressed[1:]:
        waiting.put_nowait(key)
    taken = await module.number(pressed[0], waiting, digits)
    return taken, "".join(waiting.get_nowait() for _ in range(waiting.qsize()))


@pytest.mark.parametrize(
    ("pressed", "digits", "taken", "left"),
    [
        ("1", 1, "1", ""),
        ("12", 1, "1", "2"),
        ("63*1*2", 18, "63*1*2", ""),
        ("**43", 18, "**43", ""),  # a number, or a part of one, that begins with zero
        ("*", 18, "*", ""),
        ("12#3", 18, "12", "3"),
        ("#", 18, "#", ""),
        ("123", 2, "12", "3"),
    ],
)
async def test_a_number_ends_with_its_last_digit_a_hash_or_a_pause(
    pressed: str, digits: int, taken: str, left: str
) -> None:
    assert await number(pressed, digits) == (taken, left)
