"""Sentence vectors beside the classifier: what they change, and that a call goes on whatever becomes of them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from nlu.embedded import EmbeddedUnderstander
from nlu.mixed import LINE_MAX, WEIGHTS, MixedUnderstander, VectorClassifier, learn
from nlu.training import Example
from nlu.vectors import SIZE, Embedder, Vector
from tests.nlu.helpers import context

UNSURE = "娃娃们都不在家，心里不攒劲"
"""A sentence that the classifier of the words does not accept."""
Learnt = Mapping[str, VectorClassifier]


class Counted(Embedder):
    """Every text has the same vector; notes what it was asked."""

    def __init__(self, work: Callable[[], object] = lambda: None) -> None:
        self.asked: list[str] = []
        self._work = work

    def vector(self, text: str) -> Vector:
        self.asked.append(text)
        self._work()
        return axis(0)


def axis(number: int) -> Vector:
    found = np.zeros(SIZE, np.float32)
    found[number] = 1.0
    return found


@pytest.fixture(scope="module")
def taught(trained: EmbeddedUnderstander) -> Learnt:
    """Of Chinese: an utterance whose vector is that of the first axis asks for a person, surely."""
    words = trained.classifier("zh")
    assert words is not None
    others = [intent for intent in words.intents if intent != "human_agent"]
    vectors = np.array([*[axis(0)] * 400, *[axis(1 + number) for number in range(len(others))]])
    return {"zh": VectorClassifier(vectors, ["human_agent"] * 400 + others)}


@pytest.fixture
def mixed_by(trained: EmbeddedUnderstander, taught: Learnt) -> Iterator[Callable[..., MixedUnderstander]]:
    made: list[MixedUnderstander] = []

    def make(
        embedder: Embedder, learnt: Callable[[Callable[[], bool]], Learnt] = lambda _: taught, wait_s: float = 5.0
    ) -> MixedUnderstander:
        made.append(MixedUnderstander(trained, embedder, learnt, wait_s))
        return made[-1]

    yield make
    for one in made:
        one.close()


async def ready(engine: MixedUnderstander) -> MixedUnderstander:
    """It has learnt."""
    await asyncio.to_thread(engine.understand, "挂号", context())
    return engine


def without(trained: EmbeddedUnderstander, text: str = UNSURE) -> object:
    return trained.understand(text, context())


def test_a_vector_classifier_finds_what_is_near() -> None:
    chance = np.random.default_rng(3)
    vectors = np.array([axis(number % 3) for number in range(60)]) + chance.normal(0, 0.01, (60, SIZE))
    found = VectorClassifier(vectors.astype(np.float32), ["abc"[number % 3] for number in range(60)])
    assert [found.intents[int(found.scores(axis(number)).argmax())] for number in range(3)] == ["a", "b", "c"]
    two = VectorClassifier(vectors[:2].astype(np.float32), ["a", "b"])
    assert [two.intents[int(two.scores(axis(number)).argmax())] for number in range(2)] == ["a", "b"]


async def test_a_vector_moves_the_ranking_and_not_the_slots(
    trained: EmbeddedUnderstander, mixed_by: Callable[..., MixedUnderstander]
) -> None:
    embedder = Counted()
    engine = await ready(mixed_by(embedder))
    text = UNSURE + "，明天上午"
    plain, found = trained.understand(text, context()), await engine.understand_async(text, context())
    before, after = dict(plain.ranking).get("human_agent", 0.0), dict(found.ranking).get("human_agent", 0.0)
    assert after > before + 0.1
    assert found.slots == plain.slots
    assert engine.understand(text, context()) == found
    assert (engine.read_without, engine.problem) == (0, None)


async def test_short_answers_stay_with_the_rules(mixed_by: Callable[..., MixedUnderstander]) -> None:
    engine = await ready(mixed_by(Counted()))
    assert (await engine.understand_async("谷科", context("department"))).slots["department"].value == "骨科"


async def test_tibetan_and_silence_ask_for_no_vector(
    trained: EmbeddedUnderstander, mixed_by: Callable[..., MixedUnderstander]
) -> None:
    embedder = Counted()
    engine = await ready(mixed_by(embedder))
    embedder.asked.clear()
    assert "bo" not in WEIGHTS
    for text, language in (("ང་ལ་མི་ཞིག་སྦྲེལ་དང", "bo"), ("。", "zh"), ("", "zh")):
        here = context().__class__(context().now, language)
        assert await engine.understand_async(text, here) == trained.understand(text, here)
    assert embedder.asked == []


async def test_calls_are_read_without_until_it_has_learnt(
    trained: EmbeddedUnderstander, taught: Learnt, mixed_by: Callable[..., MixedUnderstander]
) -> None:
    go = threading.Event()
    engine = mixed_by(Counted(), lambda _: taught if go.wait(10) else {})
    assert await engine.understand_async(UNSURE, context()) == without(trained)
    assert engine.read_without == 1
    go.set()
    await ready(engine)
    assert await engine.understand_async(UNSURE, context()) != without(trained)


async def test_a_slow_vector_keeps_no_caller_and_not_the_loop(
    trained: EmbeddedUnderstander, mixed_by: Callable[..., MixedUnderstander], caplog: pytest.LogCaptureFixture
) -> None:
    go, slow = threading.Event(), threading.Event()
    engine = await ready(mixed_by(Counted(lambda: slow.is_set() and go.wait(10)), wait_s=0.2))
    slow.set()
    ticks = 0

    async def other_call() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    other = asyncio.create_task(other_call())
    assert await engine.understand_async(UNSURE, context()) == without(trained)
    other.cancel()
    assert ticks >= 2
    assert engine.problem is not None
    assert engine.problem.code == "vectors_slow"
    go.set()
    while (await engine.understand_async(UNSURE, context())) == without(trained):
        await asyncio.sleep(0.01)
    assert engine.problem is None
    go.clear()
    assert await engine.understand_async(UNSURE, context()) == without(trained)
    go.set()
    assert caplog.text.count("vectors_slow") == 1, "a log that is flooded is not read"


async def test_the_line_for_vectors_has_an_end(
    trained: EmbeddedUnderstander, mixed_by: Callable[..., MixedUnderstander]
) -> None:
    go, slow = threading.Event(), threading.Event()
    engine = await ready(mixed_by(Counted(lambda: slow.is_set() and go.wait(10))))
    slow.set()
    waiting = [asyncio.create_task(engine.understand_async(UNSURE, context())) for _ in range(LINE_MAX)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await engine.understand_async(UNSURE, context()) == without(trained)
    assert engine.problem is not None
    assert engine.problem.code == "vectors_busy"
    go.set()
    assert without(trained) not in await asyncio.gather(*waiting)


async def test_a_fault_of_the_package_costs_no_more_than_the_vector(
    trained: EmbeddedUnderstander, mixed_by: Callable[..., MixedUnderstander], caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    engine = mixed_by(Counted(broken))
    assert engine.understand(UNSURE, context()) == without(trained)
    assert await engine.understand_async(UNSURE, context()) == without(trained)
    assert engine.read_without == 2
    assert caplog.text.count("vectors_failed") == 1


async def test_what_cannot_be_learnt_is_told(
    trained: EmbeddedUnderstander, mixed_by: Callable[..., MixedUnderstander], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Callable[[], bool]) -> Learnt:
        raise OSError("no room")

    engine = mixed_by(Counted(), broken)
    assert engine.understand(UNSURE, context()) == without(trained)
    assert await engine.understand_async(UNSURE, context()) == without(trained)
    assert "no room" in caplog.text
    assert "Set nlu.sentence_vectors to false" in caplog.text
    assert engine.problem is not None
    assert (engine.problem.code, engine.read_without) == ("vectors_not_learnt", 2)


async def test_after_its_end_it_reads_without(
    trained: EmbeddedUnderstander, mixed_by: Callable[..., MixedUnderstander]
) -> None:
    engine = await ready(mixed_by(Counted()))
    engine.close()
    assert await engine.understand_async(UNSURE, context()) == without(trained)


def some(language: str) -> list[Example]:
    return [Example(f"{language}{number}", "ab"[number % 2]) for number in range(6)]


def test_vectors_are_made_once_and_kept(tmp_path: Path) -> None:
    first, second = Counted(), Counted()
    assert set(learn(first, tmp_path, training=some)) == set(WEIGHTS)
    assert len(first.asked) == 6 * len(WEIGHTS)
    learn(second, tmp_path, training=some)
    assert second.asked == []
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.write_bytes(b"damaged")
    learn(second, tmp_path, training=some)
    assert len(second.asked) == len(first.asked)


def test_learning_stops_when_it_is_told_to(tmp_path: Path) -> None:
    embedder = Counted()
    assert learn(embedder, tmp_path, lambda: len(embedder.asked) >= 3, some) == {}
    assert len(embedder.asked) == 3


def test_closing_waits_for_nobody(mixed_by: Callable[..., MixedUnderstander]) -> None:
    go = threading.Event()
    engine = mixed_by(Counted(), lambda stop: {} if go.wait(10) and stop() else pytest.fail("was not told to stop"))
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < 5
    go.set()
