"""The intent of an utterance: logistic regression, one against the rest, over characters, sounds and values."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.features import Seen, characters, sounds, values

STRENGTH = 20.0
"""Inverse of the regularisation (C), by four-fold cross-validation over the training data."""
TEMPERATURE = 1.1
"""Divides the scores before they become probabilities, so that the probabilities are true on held-out utterances."""
BLOCKS = (characters, sounds, values)
"""What is counted in an utterance, each by itself."""
_HEADS = [
    "我想",
    "我要",
    "我就想",
    "我就是想",
    "我想问一下",
    "问一下",
    "给我",
    "帮我",
    "麻烦你",
    "能不能",
    "我说",
    "我就想问一下",
    "你给我",
    "是这样",
    "我们家",
    "我家里",
    "我老汉",
    "听说",
    "现在",
    "我今天",
    "是不是",
    "你们",
    "老师",
    "喂你好我想",
    "我来",
    "那我就",
    "想",
]
_TAILS = [
    "呢",
    "啊",
    "吧",
    "呀",
    "了",
    "呗",
    "嘛",
    "行不行",
    "可以吗",
    "能行吗",
    "谢谢",
    "你给看一下",
    "着呢",
    "好不好",
    "怎么弄",
    "咋办",
    "给说一下",
    "麻烦你了",
    "我不会弄",
    "谢谢你姑娘",
    "一下",
    "能成吗",
    "的",
    "",
]


def with_fillers(one: Seen, chance: random.Random) -> Seen:
    """The utterance with words around it such as elders say."""
    return replace(one, text=chance.choice(_HEADS) + one.text + chance.choice(_TAILS))


class IntentClassifier:
    """Learns from utterances with their intents; gives every intent a probability."""

    def __init__(
        self, strength: float = STRENGTH, temperature: float = TEMPERATURE, least: int = 2, *, even: bool = False
    ) -> None:
        """`least`: utterances that must have a run of characters for it to be learnt. `even`: every intent counts the
        same, however many utterances it has: where most are of one, words that were never seen are not taken for it."""
        self._least, self._even = least, even
        self.temperature = temperature
        """Divides the scores before they become probabilities."""
        self._strength = strength
        self.intents: list[str] = []
        """The intents that are known."""
        self._terms: list[dict[str, tuple[int, float]]] = []
        """For each block: term → row of the weights, and the inverse of how often it occurs."""
        self._weights: NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._bias: NDArray[np.float64] = np.zeros(0)

    def fit(self, utterances: Sequence[Seen], intents: Sequence[str], *, copies: int = 1) -> IntentClassifier:
        """Learn. `copies` of each utterance get words around them that say nothing."""
        # scikit-learn takes a second to load, and a hotline that has learnt before starts without it.
        from scipy.sparse import hstack  # noqa: PLC0415
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
        from sklearn.multiclass import OneVsRestClassifier  # noqa: PLC0415
        from threadpoolctl import threadpool_limits  # noqa: PLC0415

        chance = random.Random(7)
        all_seen, all_intents = list(utterances), list(intents)
        for _ in range(copies):
            all_seen += [with_fillers(one, chance) for one in utterances]
            all_intents += intents
        blocks = [
            TfidfVectorizer(analyzer=analyzer, min_df=self._least, sublinear_tf=True, dtype=np.float32)
            for analyzer in BLOCKS
        ]
        matrix = hstack([block.fit_transform(all_seen) for block in blocks]).tocsr()
        weight = "balanced" if self._even else None
        one: Any = LogisticRegression(C=self._strength, solver="liblinear", tol=1e-2, class_weight=weight)
        model: Any = OneVsRestClassifier(one)
        with threadpool_limits(1):  # more threads for vectors this short wait for each other: 4 s become 20
            model.fit(matrix, np.array(all_intents))
        self.intents = [str(one) for one in model.classes_]
        self._weights = np.ascontiguousarray(np.vstack([each.coef_ for each in model.estimators_]).T, np.float32)
        self._bias = np.hstack([each.intercept_ for each in model.estimators_])
        self._terms, first = [], 0
        for block in blocks:
            rows = block.vocabulary_
            self._terms.append({term: (first + row, float(block.idf_[row])) for term, row in rows.items()})
            first += len(rows)
        return self

    def _vector(self, utterance: Seen) -> tuple[list[int], list[float], float]:
        """Rows and values of an utterance, each block of length 1, as TfidfVectorizer makes them without its checks;
        and the share of its characters' runs that were learnt."""
        rows, found, known = list[int](), list[float](), 0.0
        for at, (analyzer, terms) in enumerate(zip(BLOCKS, self._terms, strict=True)):
            counts = Counter(analyzer(utterance))
            here = [(terms[term], times) for term, times in counts.items() if term in terms]
            weights = [idf * (1.0 + log(times)) for (_, idf), times in here]
            length = sqrt(sum(value * value for value in weights)) or 1.0
            rows += [row for (row, _), _ in here]
            found += [value / length for value in weights]
            if at == 0:
                known = len(here) / max(1, len(counts))
        return rows, found, known

    def scores(self, utterance: Seen) -> NDArray[np.float64]:
        """A score for each intent, in the order of `intents`."""
        rows, found, _ = self._vector(utterance)
        result: NDArray[np.float64] = np.asarray(found, np.float32) @ self._weights[rows] + self._bias
        return result

    def ranking(self, utterance: Seen) -> list[tuple[str, float]]:
        """The intents with their probabilities, best first."""
        scores = self.scores(utterance) / self.temperature
        chances = np.exp(scores - scores.max())
        chances /= chances.sum()
        return sorted(zip(self.intents, map(float, chances), strict=True), key=lambda pair: (-pair[1], pair[0]))
