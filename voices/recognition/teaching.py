"""Examples on disk: recordings taken in, turned into vectors once, and tried against each other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from voices.audio import RATE_HZ, from_pcm, read_wav_pcm, wav_bytes
from voices.errors import VoiceError
from voices.recognition.encoder import Encoder, spoken_part
from voices.recognition.examples import STRANGE, Example, ExampleFolder, Taught, phrases
from voices.recognition.likeness import Floats

LONGEST_S = 4.0
_SPEAKER = re.compile(r"[\w.]{1,40}")


def add(folder: Path, language: str, phrase: str, speaker: str, file: Path) -> Path:
    """Keep a recording as an example. Raises VoiceError for a phrase, a name or a recording that is no use."""
    if phrase != STRANGE and phrase not in phrases():
        raise VoiceError(
            "phrase_unknown", f"There is no phrase “{phrase}”.", f"Known: {', '.join(phrases())}, {STRANGE}."
        )
    if not _SPEAKER.fullmatch(speaker):
        raise VoiceError("speaker", f"“{speaker}” is no name for a speaker.", "Use letters and digits, without “-”.")
    return keep(folder, language, phrase, speaker, read_wav_pcm(file))


def keep(folder: Path, language: str, phrase: str, speaker: str, pcm: bytes) -> Path:
    """Keep 16 kHz PCM as an example, whole or not at all. Raises VoiceError `no_speech`, `too_long`."""
    spoken = spoken_part(from_pcm(pcm))
    if phrase != STRANGE and len(from_pcm(pcm)) > 3 * LONGEST_S * RATE_HZ:
        raise VoiceError("too_long", "The recording is longer than 12 s.", "Say the phrase once, in one breath.")
    if phrase != STRANGE and len(spoken) >= LONGEST_S * RATE_HZ:
        raise VoiceError("too_long", "The phrase is longer than 4 s.", "Say the phrase once, in one breath.")
    target = ExampleFolder(folder, language).next_file(phrase, speaker)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".part")
    fresh.write_bytes(wav_bytes(pcm))
    fresh.replace(target)
    return target


def load_taught(folder: Path, language: str, model: Path) -> Taught:
    """All examples of a language, with the threshold learnt from them. Raises VoiceError (`no_examples` …)."""
    if not (model / "model.bin").exists():
        raise VoiceError("model_missing", "The model whisper-base is not here.", "make setup")
    found = ExampleFolder(folder, language).files()
    if not found:
        raise VoiceError("no_examples", f"Nothing has been taught in “{language}”.", "yinling voices teach record")
    encoder: Encoder | None = None
    known: list[Example] = []
    strange: list[Floats] = []
    for phrase, speaker, file in found:
        vectors = _kept(file)
        if vectors is None:
            encoder = encoder or Encoder(model)
            vectors = encoder.vectors(read_wav_pcm(file))
            np.save(file.with_suffix(".npy"), vectors.astype(np.float16))
        if phrase == STRANGE:
            strange.append(vectors)
        else:
            known.append(Example(phrase, speaker, vectors))
    taught = Taught(known, strange)
    taught.learn_threshold()
    return taught


def _kept(file: Path) -> Floats | None:
    """Vectors that were made of this recording before; None when they must be made again."""
    made = file.with_suffix(".npy")
    try:
        if made.stat().st_mtime_ns < file.stat().st_mtime_ns:
            return None
        return np.asarray(np.load(made), dtype=np.float32)
    except (OSError, ValueError):
        return None


@dataclass(slots=True)
class Trial:
    """How a set of examples fares when nobody is compared with themselves."""

    tried: int = 0
    right: int = 0
    accepted_right: int = 0
    accepted_wrong: int = 0
    strange_tried: int = 0
    strange_accepted: int = 0
    confused: dict[str, int] = field(default_factory=dict)
    """“said → taken for” → how often."""

    def as_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "tried": self.tried,
            "right": self.right,
            "accepted_right": self.accepted_right,
            "accepted_wrong": self.accepted_wrong,
            "strange_tried": self.strange_tried,
            "strange_accepted": self.strange_accepted,
            "confused": self.confused,
        }

    def lines(self) -> Iterable[str]:
        """For the terminal."""
        if self.tried:
            yield f"{self.right} of {self.tried} are most like their own phrase ({self.right / self.tried:.0%})"
            yield f"{self.accepted_right} are accepted as it, {self.accepted_wrong} as another; the rest is asked again"
        if self.strange_tried:
            yield f"{self.strange_accepted} of {self.strange_tried} strange utterances are taken for a phrase"
        for pair, count in sorted(self.confused.items(), key=lambda one: -one[1])[:10]:
            yield f"{count:4}  {pair}"
        if not self.tried:
            yield "Nothing can be tried: at least two speakers must have recorded the same phrase."


def tried(taught: Taught) -> Trial:
    """Every example against those of all other speakers; strange ones against all phrases."""
    trial = Trial()
    for phrase, found in taught.left_out():
        if found is None:
            continue
        if phrase == STRANGE:
            trial.strange_tried += 1
            trial.strange_accepted += found.accepted
            continue
        trial.tried += 1
        trial.right += found.phrase == phrase
        trial.accepted_right += found.accepted and found.phrase == phrase
        trial.accepted_wrong += found.accepted and found.phrase != phrase
        if found.phrase != phrase:
            pair = f"{phrase} → {found.phrase}"
            trial.confused[pair] = trial.confused.get(pair, 0) + 1
    return trial
