"""Taught by example: phrases of a language that no model knows, told apart by how they sound.

A native speaker records each phrase a few times (`yinling examples record`); each confirmed call adds an example.
An utterance is compared with the examples of the phrases that the question can take, and taken for one only when it is
much more like that phrase than like anything else."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voices.errors import VoiceError
from voices.recognition.hypothesis import Hypothesis
from voices.recognition.likeness import Floats, likeness, pooled
from voices.recognition.taught_phrases import expected, phrases

log = logging.getLogger(__name__)

BEST_OF = 2
"""Examples of a phrase that count: their mean likeness, so that one odd recording decides nothing."""
COHORT = 8
"""The most alike examples of other phrases, by which it is known how alike an example is to everything."""
HUB_WEIGHT = 1.0
RIVALS = 3
"""The best other phrases, whose mean the phrase must stand out from."""
LIKENESS_WEIGHT = 0.5
"""How much the likeness itself counts beside the margin."""
STRANGE = "strange"
"""Speech that is no phrase."""
WRONG_MAX = 0.01
"""Share of strange utterances that may be taken for a phrase."""
MARGIN_DEFAULT = 0.12
"""Where too few examples are there to learn a threshold."""
SPEAKERS_MIN = 3
"""From so many speakers on the threshold is learnt from them."""
PROVEN_FROM = 99
"""From so many held-out comparisons on it is proven: the next strange utterance beats the best of N that came before
with probability 1 / (N + 1), so fewer cannot tell one in a hundred."""
STRANGE_MIN = 30
"""Recordings of speech that is no phrase among them: phrases alone tell little of what becomes of other speech. On
made vectors 5 to 8 % of other speech passed a threshold learnt with 6 of them, and 0.3 to 1 % with 30 or more."""


@dataclass(frozen=True, slots=True)
class Example:
    """One recording of one phrase by one speaker."""

    phrase: str
    speaker: str
    vectors: Floats


@dataclass(frozen=True, slots=True)
class Match:
    """The phrase that an utterance is most like."""

    phrase: str
    likeness: float
    margin: float
    """How much more than like other phrases: what is held against the threshold."""
    accepted: bool


class Taught:
    """The examples of one language, ready to be compared with. `strange` is speech that is no phrase at all."""

    def __init__(self, examples: Iterable[Example], strange: Iterable[Floats] = ()) -> None:
        """Raises VoiceError `no_examples`."""
        known = list(examples)
        others = list(strange)
        if not known:
            raise VoiceError("no_examples", "no phrase has been taught", "yinling examples record")
        everything = [example.vectors for example in known] + others
        self._mean = np.asarray(np.concatenate(everything).mean(axis=0), dtype=np.float32)
        self._bank = np.stack([pooled(vectors, self._mean) for vectors in everything])
        self._steps = np.array([len(vectors) for vectors in everything], dtype=np.float32)
        self._names = np.array([example.phrase for example in known] + [STRANGE] * len(others))
        self._who = np.array([example.speaker for example in known] + [STRANGE] * len(others))
        self._hub = self._hubness()
        self.threshold = MARGIN_DEFAULT
        self.proven = False
        """Whether the threshold was learnt from enough to keep what is wrong below `WRONG_MAX`."""

    @property
    def phrases(self) -> frozenset[str]:
        """What has been taught."""
        return frozenset(str(name) for name in self._names) - {STRANGE}

    @property
    def speakers(self) -> frozenset[str]:
        """Who taught it."""
        return frozenset(str(who) for who in self._who) - {STRANGE}

    def match(self, vectors: Floats, among: Collection[str] = (), *, hide: str = "") -> Match | None:
        """The best phrase of those in `among` (all when empty); None when none of them has been taught.

        `hide` is a phrase that counts as never taught: how measurements ask what becomes of a strange one."""
        scores = likeness(pooled(vectors, self._mean), self._bank, len(vectors), self._steps)
        return self._decide(scores, among, self._names != hide)

    def _hubness(self) -> Floats:
        """How alike each example is to other phrases by other speakers: some sound like everything."""
        scores = np.stack([self._row(n) for n in range(len(self._bank))])
        hub = np.zeros(len(self._bank), dtype=np.float32)
        for n in range(len(self._bank)):
            foreign = scores[:, n][(self._names != self._names[n]) & (self._who != self._who[n])]
            hub[n] = float(np.mean(np.sort(foreign)[-COHORT:])) if len(foreign) else 0.0
        self._scores = scores
        return hub

    def _row(self, n: int) -> Floats:
        return likeness(self._bank[n], self._bank, int(self._steps[n]), self._steps)

    def _decide(self, scores: Floats, among: Collection[str], usable: NDArray[np.bool_]) -> Match | None:
        fair = scores - HUB_WEIGHT * self._hub
        means = {}
        for name in sorted({str(one) for one in self._names[usable]}):
            some = np.sort(fair[usable & (self._names == name)])
            means[name] = float(some[-BEST_OF:].mean())
        strange = means.pop(STRANGE, -1.0)
        possible = [name for name in means if not among or name in among]
        if not possible:
            return None
        best = max(possible, key=lambda name: means[name])
        rivals = sorted([strange, *(mean for name, mean in means.items() if name != best)])
        cohort = float(np.mean(rivals[-RIVALS:])) if rivals else 0.0
        margin = means[best] - cohort + LIKENESS_WEIGHT * means[best]
        return Match(best, means[best], margin, margin >= self.threshold)

    def left_out(self) -> Iterator[tuple[str, Match | None]]:
        """(phrase, what it is taken for) of each example, compared with other speakers; `strange` ones with all."""
        for n, (name, who) in enumerate(zip(self._names, self._who, strict=True)):
            usable = self._who != who if name != STRANGE else np.arange(len(self._who)) != n
            taught = name == STRANGE or bool((self._names[usable] == name).any())
            yield str(name), self._decide(self._scores[n], (), usable) if taught else None

    def learn_threshold(self, wrong_max: float = WRONG_MAX) -> float:
        """Set the threshold from held-out speakers: at most `wrong_max` of what is no phrase may pass.

        Strange are the background speech, and each example of each phrase where its own phrase is not on the list.
        With fewer than three speakers the default stays."""
        if len(self.speakers) < SPEAKERS_MIN:
            return self.threshold
        margins = []
        for n, (name, who) in enumerate(zip(self._names, self._who, strict=True)):
            hidden = self._who != who if name == STRANGE else (self._names != name) & (self._who != who)
            found = self._decide(self._scores[n], (), hidden)
            margins += [found.margin] if found else []
        self.proven = len(margins) >= PROVEN_FROM and int((self._names == STRANGE).sum()) >= STRANGE_MIN
        self.threshold = float(np.quantile(margins, 1.0 - wrong_max, method="higher")) + 1e-6
        return self.threshold


def recognise(
    taught: Taught, vectors: Floats, expect: Sequence[str], duration_s: float, *, proven: bool = False
) -> Hypothesis:
    """The meaning of the phrase that was said, in Mandarin; empty when it is none of those expected.

    `proven`: nothing at all, unless the threshold is (`Taught.proven`)."""
    began = time.perf_counter()
    found = taught.match(vectors, expected(expect) if expect else ())
    sure = found is not None and found.accepted and (taught.proven or not proven)
    text = phrases()[found.phrase].meaning if found is not None and sure else ""
    confidence = 0.0 if found is None or not text else min(0.99, 0.6 + 0.4 * found.margin / (4 * taught.threshold))
    return Hypothesis(text, confidence, True, duration_s, time.perf_counter() - began, "examples")


class ExampleFolder:
    """Recordings on disk: `FOLDER/LANGUAGE/PHRASE/SPEAKER-N.wav`, beside each its vectors (`.npy`)."""

    def __init__(self, folder: Path, language: str) -> None:
        self.folder = folder / language

    def files(self) -> list[tuple[str, str, Path]]:
        """(phrase, speaker, file) of every recording; folders that are no phrase are named in the log."""
        found = []
        unknown: dict[Path, None] = {}
        for file in sorted(self.folder.glob("*/*.wav")):
            phrase = file.parent.name
            if phrase not in phrases() and phrase != STRANGE:
                unknown[file.parent] = None
                continue
            found.append((phrase, file.stem.rpartition("-")[0] or file.stem, file))
        for folder in unknown:
            log.warning(
                "%s is called like no phrase, so its recordings do not count. Rename it: "
                "voices/recognition/examples.yaml lists the phrases; `strange` is for speech that is none.",
                folder,
            )
        return found

    def next_file(self, phrase: str, speaker: str) -> Path:
        """Where the next recording goes."""
        folder = self.folder / phrase
        taken = {int(tail) for f in folder.glob(f"{speaker}-*.wav") if (tail := f.stem.rpartition("-")[2]).isdigit()}
        return folder / f"{speaker}-{max(taken, default=0) + 1}.wav"
