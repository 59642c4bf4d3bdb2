"""Phrases taught by example: how many are recognised, and how much that is none is taken for one, across speakers.

`python -m tests.bench.examples [LANGUAGE …]`. Every speaker is tried against the examples of all others, over a phone
line, clean and with noise 15 dB below the speech. Wrong acceptance is counted on what is hardest: short phrases that
nobody taught, and taught phrases whose own phrase is not on the list."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.settings import load as load_settings
from tests.bench.example_speech import PHRASES, SPEAKERS, STRANGE, load, over_the_line, render
from voices.errors import VoiceError
from voices.models import fetch
from voices.recognition.encoder import Encoder
from voices.recognition.examples import Example, Taught

CONDITIONS: Mapping[str, float | None] = {"clean": None, "noise 15 dB": 15.0}
TAUGHT_STRANGE = 5
"""Strange phrases that are recorded as background; the others are only tried."""
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "all 20 phrases": (),
    "yes or no (4 phrases)": ("yes", "no", "person", "again"),
    "which day (4 phrases)": ("today", "tomorrow", "person", "again"),
    "morning or afternoon (4 phrases)": ("am", "pm", "person", "again"),
    "which service (4 phrases)": ("doctor", "pension", "person", "again"),
    "a digit (12 phrases)": (
        *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
        *("person", "again"),
    ),
}
Vectors = Mapping[tuple[str, str, str], NDArray[np.float32]]
"""(speaker, phrase, condition) → vectors."""


@dataclass(slots=True)
class Score:
    """One question in one condition."""

    right: int = 0
    tried: int = 0
    true_margins: list[float] | None = None
    strange_margins: list[float] | None = None

    def kept(self, wrong: float) -> float:
        """Share of the true phrases that are right and accepted when `wrong` of the strange ones may pass."""
        threshold = float(np.quantile(self.strange_margins or [0.0], 1.0 - wrong, method="higher"))
        return sum(margin > threshold for margin in self.true_margins or []) / max(1, self.tried)


def vectors_of(folder: Path, language: str, model: Path) -> Vectors:
    """Encode everything; kept beside the speech, for encoding is what takes the time."""
    file = folder / f"{language}.npz"
    made: dict[str, NDArray[np.float32]] = dict(np.load(file)) if file.exists() else {}
    encoder = Encoder(model)
    known = set(made)
    for (speaker, phrase), pcm in load(folder, language).items():
        for condition, snr_db in CONDITIONS.items():
            key = f"{speaker}|{phrase}|{condition}"
            if key not in made:
                made[key] = encoder.vectors(over_the_line(pcm, snr_db, key))
    if made.keys() != known:
        np.savez(file, **made)  # type: ignore[arg-type]  # its signature takes any arrays by name
    parts = {tuple(key.split("|")): vectors for key, vectors in made.items()}
    return {(key[0], key[1], key[2]): vectors for key, vectors in parts.items()}


def speakers_of(vectors: Vectors, language: str) -> list[str]:
    """Those who said everything."""
    wanted = len(PHRASES[language]) + len(STRANGE[language])
    return [s for s in SPEAKERS[language] if sum(k[0] == s and k[2] == "clean" for k in vectors) >= wanted]


def measure(vectors: Vectors, language: str, every: int = 1) -> Iterator[tuple[str, str, Score]]:
    """(question, condition, score); of every so many-th speaker."""
    speakers = [who for who in speakers_of(vectors, language) if who in SPEAKERS[language][::every]]
    names = list(PHRASES[language])
    taught = {who: _taught(vectors, [s for s in speakers if s != who], names) for who in speakers}
    for question, among in QUESTIONS.items():
        for condition in CONDITIONS:
            score = Score(true_margins=[], strange_margins=[])
            for who in speakers:
                _try(
                    taught[who], {k[1]: v for k, v in vectors.items() if (k[0], k[2]) == (who, condition)}, among, score
                )
            yield question, condition, score


def _taught(vectors: Vectors, teachers: list[str], names: list[str]) -> Taught:
    examples = [Example(name, who, vectors[who, name, "clean"]) for who in teachers for name in names]
    strange = [vectors[who, f"strange{n}", "clean"] for who in teachers for n in range(TAUGHT_STRANGE)]
    return Taught(examples, strange)


def _try(taught: Taught, said: Mapping[str, NDArray[np.float32]], among: tuple[str, ...], score: Score) -> None:
    """What one speaker said, in one condition, against the examples of the others."""
    assert score.true_margins is not None
    assert score.strange_margins is not None
    for name, vectors in said.items():
        if name.startswith("strange"):
            if int(name.removeprefix("strange")) >= TAUGHT_STRANGE:
                score.strange_margins += [found.margin for found in [taught.match(vectors, among)] if found]
            continue
        others = tuple(one for one in (among or taught.phrases) if one != name)
        hidden = taught.match(vectors, others, hide=name)
        score.strange_margins += [hidden.margin] if hidden else []
        if among and name not in among:
            continue
        found = taught.match(vectors, among)
        assert found is not None
        score.tried += 1
        score.right += found.phrase == name
        score.true_margins += [found.margin] if found.phrase == name else []


def main(languages: list[str], tell: Callable[[str], None] = print, every: int = 1) -> None:
    """Render, encode, measure and print a table for docs/BENCHMARKS.md; of every so many-th speaker.

    Raises VoiceError."""
    settings = load_settings()
    folder = settings.parts_dir / "example-speech"
    folder.mkdir(parents=True, exist_ok=True)
    for language in languages:
        for model in ("kokoro", "kokoro-callers", "whisper-base"):
            fetch(model, settings.models_dir, tell, settings.speech.mirror_dir)
        render(folder, settings.models_dir, language, tell, every)
        vectors = vectors_of(folder, language, settings.models_dir / "whisper-base")
        scores = list(measure(vectors, language, every))
        speakers = [who for who in speakers_of(vectors, language) if who in SPEAKERS[language][::every]]
        tell(f"\n{language}: {len(speakers)} speakers, each tried against the others\n")
        tell("| the question takes | line | right | kept at 5 % wrong | kept at 1 % wrong | tried | strange |")
        tell("|---|---|---|---|---|---|---|")
        for question, condition, score in scores:
            share = score.right / max(1, score.tried)
            tell(
                f"| {question} | {condition} | {share:.0%} | {score.kept(0.05):.0%} | {score.kept(0.01):.0%} "
                f"| {score.tried} | {len(score.strange_margins or [])} |"
            )


if __name__ == "__main__":
    try:
        main(sys.argv[1:] or list(PHRASES))
    except VoiceError as error:
        sys.exit(f"{error} {error.remedy}")
