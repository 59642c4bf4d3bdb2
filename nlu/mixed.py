"""The embedded engine with sentence vectors mixed in: what means the same in other words is near.

A vector takes 10 to 20 ms, too long for the event loop of all calls: it is made beside it, in one thread, with a bound
on the wait and on the line before it. Where there is none in time, the engine reads as it does without."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from nlu.classifier import IntentClassifier
from nlu.embedded import FALLBACK, EmbeddedUnderstander
from nlu.features import Seen, seen
from nlu.text import language_of
from nlu.training import Example, examples
from nlu.understand import ParseContext, Understander, Understanding
from nlu.vectors import Embedder, Vector, VectorsError, vectors_of

log = logging.getLogger(__name__)

WEIGHTS: Mapping[str, float] = MappingProxyType({"zh": 0.5, "ko": 0.6, "kk": 0.4, "ug": 0.4, "mn": 0.3})
"""Language → share of the vectors in the mixture of scores: least logarithmic loss in four-fold cross-validation over
the training data (docs/BENCHMARKS.md). Not Tibetan: the model knows it too little, vectors alone were right 33 %."""
SHARPNESS = 1.1
"""Multiplies the mixed scores, by the same measure: two witnesses who agree are surer than either."""
STRENGTH = 0.1
"""Inverse of the regularisation (C), by the same measure."""
WAIT_S = 0.15
"""How long a caller waits for a vector before the utterance is read without."""
TELL_EVERY_S = 60.0
"""The log has one line in this time for each way to fail."""
LEARN_S = 900.0
"""How long a command waits until it has learnt: a minute of one core, on a loaded machine much longer."""
VECTOR_S = 30.0
"""How long a command waits for a vector."""
LINE_MAX = 4
"""Utterances that may wait for their vector at once; those beyond are read without, at once."""


class VectorClassifier:
    """Logistic regression over sentence vectors."""

    def __init__(self, vectors: NDArray[np.float32], intents: Sequence[str]) -> None:
        """Learn from vectors of shape (utterances, SIZE) and their intents, of which there are at least two."""
        middle, spread = vectors.mean(axis=0), float(vectors.std(axis=0).mean()) or 1.0
        model: Any = LogisticRegression(C=STRENGTH, max_iter=300)
        with threadpool_limits(1):
            model.fit((vectors - middle) / spread, np.array(intents))
        weights, bias = model.coef_, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn keeps one row for two
            weights, bias = np.vstack([-weights, weights]) / 2, np.hstack([-bias, bias]) / 2
        self.intents = [str(one) for one in model.classes_]
        """The intents that are known, in the order of the scores."""
        self._weights = np.asarray(weights.T / spread, np.float64)
        self._bias = np.asarray(bias - middle @ self._weights, np.float64)

    def scores(self, vector: Vector) -> NDArray[np.float64]:
        """A score for each intent."""
        found: NDArray[np.float64] = vector @ self._weights + self._bias
        return found


class _Mixed(IntentClassifier):
    """The classifier of the words, with the vector of the one utterance that it is asked about."""

    def __init__(self, words: IntentClassifier, other: NDArray[np.float64], weight: float) -> None:
        self._words, self._other, self._weight = words, other, weight

    def ranking(self, utterance: Seen) -> list[tuple[str, float]]:
        own = self._words.scores(utterance) / self._words.temperature
        chances = softmax(SHARPNESS * ((1.0 - self._weight) * own + self._weight * self._other))
        return sorted(zip(self._words.intents, map(float, chances), strict=True), key=lambda pair: (-pair[1], pair[0]))


def learn(
    embedder: Embedder,
    folder: Path,
    stop: Callable[[], bool] = lambda: False,
    training: Callable[[str], Sequence[Example]] = examples,
) -> Mapping[str, VectorClassifier]:
    """Learn each language of `WEIGHTS`; nothing when stopped. About a minute at first, later seconds."""
    data = {language: [(_words(one.text), one.intent) for one in training(language)] for language in WEIGHTS}
    vectors = vectors_of([text for rows in data.values() for text, _ in rows], embedder, folder, stop)
    found: dict[str, VectorClassifier] = {}
    for language, rows in data.items():
        if stop():
            return {}
        matrix = np.array([vectors[text] for text, _ in rows], np.float32)
        found[language] = VectorClassifier(matrix, [intent for _, intent in rows])
    return found


def _words(text: str) -> str:
    """What the vector is made of: the words as the classifier takes them."""
    return seen(text, {}).text


class MixedUnderstander(Understander):
    """The embedded engine with vectors. Until it has learnt from them, and where they fail, without.

    It owns a thread: end it by `close`."""

    def __init__(
        self,
        embedded: EmbeddedUnderstander,
        embedder: Embedder,
        learnt: Callable[[Callable[[], bool]], Mapping[str, VectorClassifier]],
        wait_s: float = WAIT_S,
    ) -> None:
        """`learnt` is called in the thread, with what tells it to stop."""
        self._embedded, self._embedder, self._wait_s = embedded, embedder, wait_s
        self._stop = threading.Event()
        self._line = threading.BoundedSemaphore(LINE_MAX)
        self._thread = ThreadPoolExecutor(1, "sentence vectors")
        self.read_without = 0
        """Sentences that should have had a vector, and were read without."""
        self._told_s: dict[str, float] = {}
        self.problem: VectorsError | None = None
        """Why the last one was; None while vectors come in time."""
        self._learning = self._thread.submit(learnt, self._stop.is_set)
        self._learning.add_done_callback(self._learnt)

    def _learnt(self, done: Future[Mapping[str, VectorClassifier]]) -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            said = f"Nothing could be learnt from sentence vectors ({error!r}). Set nlu.sentence_vectors to false."
            self._trouble(VectorsError("vectors_not_learnt", said))

    def understand(self, text: str, context: ParseContext) -> Understanding:
        """Read one utterance where no event loop runs, for commands and measurements; waits until it has learnt."""
        if not self._wanted(text, context):
            return self._embedded.understand(text, context)
        wait([self._learning], LEARN_S)
        if not self._ready():
            self.read_without += 1
            return self._embedded.understand(text, context)
        try:
            vector = self._thread.submit(self._embedder.vector, _words(text)).result(VECTOR_S)
        except Exception as error:  # noqa: BLE001  # foreign code, any fault of which costs no more than the vector
            return self._without(text, context, _failed(error))
        return self._mix(text, context, vector)

    async def understand_async(self, text: str, context: ParseContext) -> Understanding:
        """Read one utterance; its vector is waited for `wait_s` at most."""
        if not self._wanted(text, context):
            return self._embedded.understand(text, context)
        if not self._ready():
            self.read_without += 1
            return self._embedded.understand(text, context)
        try:
            vector = await self._vector_in_time(text)
        except VectorsError as error:
            return self._without(text, context, error)
        self.problem = None
        return self._mix(text, context, vector)

    def _ready(self) -> bool:
        """It has learnt."""
        return self._learning.done() and not self._learning.cancelled() and self._learning.exception() is None

    async def _vector_in_time(self, text: str) -> Vector:
        """Raises VectorsError where there is none within `wait_s`, or too many wait already."""
        if not self._line.acquire(blocking=False):
            raise VectorsError("vectors_busy", f"{LINE_MAX} utterances wait for their vectors already.")
        try:
            work = self._thread.submit(self._embedder.vector, _words(text))
        except RuntimeError as error:  # it is closed
            self._line.release()
            raise _failed(error) from error
        work.add_done_callback(lambda _: self._line.release())
        try:
            # A time-out cancels the work where it has not begun; what has begun ends by itself and is let go.
            return await asyncio.wait_for(asyncio.wrap_future(work), self._wait_s)
        except TimeoutError as error:
            raise VectorsError("vectors_slow", f"There was no vector within {self._wait_s:g} s.") from error
        except Exception as error:  # any fault of foreign code costs no more than the vector
            raise _failed(error) from error

    def _wanted(self, text: str, context: ParseContext) -> bool:
        return self._language(text, context) in WEIGHTS and bool(_words(text))

    def _language(self, text: str, context: ParseContext) -> str:
        language = language_of(text, context.language)
        return language if self._embedded.classifier(language) is not None else FALLBACK

    def _mix(self, text: str, context: ParseContext, vector: Vector) -> Understanding:
        language = self._language(text, context)
        words, other = self._embedded.classifier(language), self._learning.result().get(language)
        if words is None or other is None or other.intents != words.intents:
            return self._embedded.understand(text, context)
        mixed = _Mixed(words, other.scores(vector), WEIGHTS[language])
        return EmbeddedUnderstander({FALLBACK: mixed, language: mixed}).understand(text, context)

    def _without(self, text: str, context: ParseContext, error: VectorsError) -> Understanding:
        self.read_without += 1
        self._trouble(error)
        return self._embedded.understand(text, context)

    def _trouble(self, error: VectorsError) -> None:
        """On a machine that is just busy enough every other vector is late: one line a minute tells that."""
        self.problem, now = error, time.monotonic()
        if now < self._told_s.get(error.code, -math.inf) + TELL_EVERY_S:
            return
        self._told_s[error.code] = now
        said = "%s: %s The embedded engine reads without; %d sentences so far."
        log.warning(said, error.code, error, self.read_without)

    async def aclose(self) -> None:
        """As `close`, for who has an event loop."""
        self.close()

    def close(self) -> None:
        """End the thread: it stops after the sentence that it is at, and nobody waits for that."""
        self._stop.set()
        self._thread.shutdown(wait=False, cancel_futures=True)


def _failed(error: Exception) -> VectorsError:
    return VectorsError("vectors_failed", f"A vector could not be made ({error!r}).")
