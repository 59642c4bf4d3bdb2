"""Keys that belong to one answer, and keys that belong to none."""

from __future__ import annotations

import asyncio

import pytest

from flows.actions import Listen
from ivr.call import keys as module
from ivr.call.keys import Keys

MENU = Listen(expect=("choice",))
CONFIRM = Listen(expect=("affirm",))
CODE = Listen(expect=("code",), keys=8)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEY_PAUSE_S", 0.02)


async def number(pressed: str, digits: int) -> tuple[str, str]:
    """What is taken of these keys, and what is left for the next question."""
    keys = Keys()
    for key in pressed:
        keys.press(key)
    taken = await keys.number(keys.take(), digits)
    return taken, "".join(keys.take() for _ in range(len(keys)))


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


class Pressing:
    """A caller whose keys come at moments of their own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.keys = Keys(lambda: self.now)
        self.ignored: list[str] = []

    def press(self, *times: tuple[str, float]) -> None:
        for key, at in times:
            self.now = at
            self.keys.press(key)

    async def answer(self, listen: Listen, *, unheard: bool = True) -> str:
        """The key that answers; empty when none does."""
        try:
            async with asyncio.timeout(0.1):
                await self.keys.answer(listen, lambda: unheard, self.ignored.append)
                return self.keys.take()
        except TimeoutError:
            return ""


async def test_a_key_that_came_too_late_to_answer_is_there_for_the_next_question() -> None:
    caller = Pressing()
    caller.press(("2", 0.0))
    assert await caller.answer(MENU) == "2"
    caller.press(("5", 3.0))
    await caller.keys.answer(MENU, lambda: False, caller.ignored.append)  # words answered first: nobody takes it
    assert await caller.answer(MENU) == "5"
    assert caller.ignored == []


@pytest.mark.parametrize("key", ["1", "9", "*", "#"])
async def test_the_same_key_again_answers_no_question_that_was_not_heard(key: str) -> None:
    caller = Pressing()
    caller.press((key, 0.0), (key, 0.4))
    assert await caller.answer(MENU) == key
    assert await caller.answer(MENU) == ""
    assert caller.ignored == [key]


async def test_the_same_key_again_answers_when_the_question_was_heard_or_the_finger_took_its_time() -> None:
    caller = Pressing()
    caller.press(("1", 0.0), ("1", 0.9))
    assert await caller.answer(MENU) == "1"
    assert await caller.answer(MENU, unheard=False) == "1", "the prompt was over"
    caller.press(("1", 2.0))
    assert await caller.answer(MENU) == "1", "pressed with intent"


async def test_who_knows_the_way_dials_ahead() -> None:
    caller = Pressing()
    caller.press(("1", 0.0), ("2", 0.2), ("1", 0.4), ("3", 0.6))
    assert [await caller.answer(MENU) for _ in range(4)] == ["1", "2", "1", "3"]
    assert caller.ignored == []


async def test_a_yes_that_comes_with_the_question_is_none_whichever_key_it_is() -> None:
    caller = Pressing()
    caller.press(("2", 0.0), ("1", 0.4), ("#", 0.5))
    assert await caller.answer(MENU) == "2"
    assert await caller.answer(CONFIRM) == ""
    assert caller.ignored == ["1", "#"]
    caller.press(("*", 0.6), ("0", 0.7))
    assert await caller.answer(CONFIRM) == "*", "to hear it again confirms nothing"
    assert await caller.answer(CONFIRM) == "0", "and a person is never too soon"


async def test_a_number_dialled_ahead_loses_no_digit_though_it_begins_like_the_menu() -> None:
    caller = Pressing()
    caller.press(*((key, 0.3 * place) for place, key in enumerate("235192046")))
    assert await caller.answer(MENU) == "2"
    first = await caller.answer(CODE)
    assert await caller.keys.number(first, 8) == "35192046"
    caller.press(*((key, 10 + 0.3 * place) for place, key in enumerate("2" + "25192046")))
    assert await caller.answer(MENU) == "2"
    assert await caller.keys.number(await caller.answer(CODE), 8) == "25192046"
    assert caller.ignored == []


async def test_a_key_pressed_twice_and_then_nothing_is_not_the_first_digit_of_a_number() -> None:
    caller = Pressing()
    caller.press(("2", 0.0), ("2", 0.3))
    assert await caller.answer(MENU) == "2"
    caller.now = 0.31
    caller.press(*((key, 4 + 0.5 * place) for place, key in enumerate("35192046")))
    assert await caller.keys.number(await caller.answer(CODE), 8) == "35192046"
    assert caller.ignored == ["2"]


async def test_a_number_waits_no_longer_for_its_second_digit_than_a_key_pressed_twice_takes() -> None:
    keys, ignored = Keys(), list[str]()
    keys.press("2")
    keys.press("2")
    await keys.answer(MENU, lambda: True, ignored.append)
    assert keys.take() == "2"
    async with asyncio.timeout(module.TWICE_S + 1):
        waiting = asyncio.create_task(keys.answer(CODE, lambda: True, ignored.append))
        while not ignored:
            await asyncio.sleep(0.01)
        keys.press("3")
        await waiting
        assert keys.take() == "3"
    assert ignored == ["2"]


async def test_the_hash_after_a_whole_number_is_its_end_and_no_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEY_PAUSE_S", 3.0)
    caller = Pressing()
    caller.press(*((key, 0.3 * place) for place, key in enumerate("35192046")))
    assert await caller.keys.number(await caller.answer(CODE), 8) == "35192046"
    caller.press(("#", 4.5))
    assert await caller.answer(MENU) == ""
    assert caller.ignored == ["#"]
    caller.press(("#", 9.0))
    assert await caller.answer(MENU) == "#", "much later it is a key of its own"


async def test_only_so_many_keys_wait() -> None:
    keys = Keys()
    for _ in range(1000):
        keys.press("1")
    assert len(keys) == module.MOST
