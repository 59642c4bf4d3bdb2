"""Examples on disk: recordings taken in, turned into vectors once, and tried against each other."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from voices.audio import RATE_HZ, from_pcm, wav_bytes
from voices.audio_files import read_audio
from voices.errors import VoiceError
from voices.recognition.encoder import Encoder, spoken_part
from voices.recognition.examples import (
    PROVEN_FROM,
    SPEAKERS_MIN,
    STRANGE,
    STRANGE_MIN,
    Example,
    ExampleFolder,
    Taught,
)
from voices.recognition.likeness import Floats
from voices.recognition.taught_phrases import phrases
from voices.whole import write_whole

log = logging.getLogger(__name__)

LONGEST_S = 4.0
FROM_CALL = "caller."
"""Beginning of the names of speakers who taught by calling: what they said is deleted after a time."""
_SPEAKER = re.compile(r"[\w.]{1,40}")


def add(folder: Path, language: str, phrase: str, speaker: str, file: Path) -> Path:
    """Keep a recording as an example. Raises VoiceError for a phrase, a name or a recording that is no use."""
    if phrase != STRANGE and phrase not in phrases():
        raise VoiceError(
            "phrase_unknown", f"There is no phrase “{phrase}”.", f"Known: {', '.join(phrases())}, {STRANGE}."
        )
    check_speaker(speaker)
    return keep(folder, language, phrase, speaker, read_whole(file))


def check_speaker(speaker: str) -> None:
    """Raises VoiceError for what is no name of a speaker who teaches."""
    if not _SPEAKER.fullmatch(speaker) or speaker.startswith(FROM_CALL):
        raise VoiceError("speaker", f"“{speaker}” is no name for a speaker.", "Use letters and digits, without “-”.")


def read_whole(file: Path) -> bytes:
    """A recording of any common format as 16 kHz PCM. Raises VoiceError, also when its end is missing (`cut_off`)."""
    recording = read_audio(file)
    if recording.cut_off:
        missing = f"{recording.missing_s:.1f} s are missing." if recording.missing_s else "its end is missing."
        raise VoiceError(
            "cut_off",
            f"{file} is cut off: {missing}",
            "Copy it again, or record the phrase once more.",
        )
    return recording.pcm


def keep(folder: Path, language: str, phrase: str, speaker: str, pcm: bytes) -> Path:
    """Keep 16 kHz PCM as an example, whole or not at all. Raises VoiceError `no_speech`, `too_long`."""
    spoken = spoken_part(from_pcm(pcm))
    if phrase != STRANGE and len(from_pcm(pcm)) > 3 * LONGEST_S * RATE_HZ:
        raise VoiceError("too_long", "The recording is longer than 12 s.", "Say the phrase once, in one breath.")
    if phrase != STRANGE and len(spoken) >= LONGEST_S * RATE_HZ:
        raise VoiceError("too_long", "The phrase is longer than 4 s.", "Say the phrase once, in one breath.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # voices of people: nobody else on this machine reads them
    target = ExampleFolder(folder, language).next_file(phrase, speaker)
    write_whole(target, wav_bytes(pcm))
    return target


def keep_from_call(
    folder: Path, language: str, phrase: str, caller: str, pcm: bytes, *, per_phrase: int, per_caller: int
) -> Path | None:
    """Keep what a caller said as an example, unless there are enough of this phrase, or of it by this caller.

    `caller` is no name and no number. Raises VoiceError `no_speech`, `too_long`, and OSError."""
    speaker = f"{FROM_CALL}{caller}"
    there = [who for name, who, _ in ExampleFolder(folder, language).files() if name == phrase]
    if sum(who.startswith(FROM_CALL) for who in there) >= per_phrase or there.count(speaker) >= per_caller:
        return None
    return keep(folder, language, phrase, speaker, pcm)


def forget_calls(folder: Path, language: str = "*", caller: str = "*", before: datetime | None = None) -> int:
    """Delete examples that came from calls: of one language, of one caller, older than `before`; returns how many."""
    gone = 0
    for file in folder.glob(f"{language}/*/{FROM_CALL}{caller}-*.wav"):
        if before is None or datetime.fromtimestamp(file.stat().st_mtime, UTC) < before:
            _delete(file)
            gone += 1
    return gone


def forget_speaker(folder: Path, speaker: str, language: str = "*") -> int:
    """Delete all recordings of a speaker, those of speech that is no phrase among them; returns how many.

    Raises VoiceError for what is no name."""
    if not _SPEAKER.fullmatch(speaker):
        raise VoiceError("speaker", f"“{speaker}” is no name for a speaker.", "`yinling examples list` tells them.")
    files = [file for file in folder.glob(f"{language}/*/{speaker}-*.wav") if file.stem.rpartition("-")[0] == speaker]
    for file in files:
        _delete(file)
    for left in folder.glob(f"{language}/*/{speaker}-*.npy"):  # vectors whose recording somebody deleted by hand
        left.unlink(missing_ok=True)
    return len(files)


def _delete(file: Path) -> None:
    """A recording and the vectors that were made of it, which tell as much of a voice."""
    file.with_suffix(".npy").unlink(missing_ok=True)
    file.unlink(missing_ok=True)


def load_taught(folder: Path, language: str, model: Path) -> Taught:
    """All examples of a language, with the threshold learnt from them. A recording that cannot be used is named in the
    log with what to do, and passed over. Raises VoiceError (`model_missing`, `no_examples`)."""
    if not (model / "model.bin").exists():
        raise VoiceError("model_missing", "The model whisper-base is not here.", "make setup")
    found = ExampleFolder(folder, language).files()
    if not found:
        raise VoiceError("no_examples", f"Nothing has been taught in “{language}”.", "yinling examples record")
    encoder: Encoder | None = None
    known: list[Example] = []
    strange: list[Floats] = []
    for phrase, speaker, file in found:
        vectors = _kept(file)
        if vectors is None:
            encoder = encoder or Encoder(model)
            try:
                vectors = encoder.vectors(read_whole(file))
            except VoiceError as error:
                log.warning("%s is passed over: %s %s", file, error, error.remedy or "Record it again.")
                continue
            _keep_vectors(file, vectors)
        if phrase == STRANGE:
            strange.append(vectors)
        else:
            known.append(Example(phrase, speaker, vectors))
    if not known:
        raise VoiceError(
            "no_examples", f"None of the recordings in “{language}” can be used.", f"yinling examples test {language}"
        )
    taught = Taught(known, strange)
    taught.learn_threshold()
    return taught


def _keep_vectors(file: Path, vectors: Floats) -> None:
    """Beside the recording. Where that cannot be, they are made again at the next start."""
    try:
        np.save(file.with_suffix(".npy"), vectors.astype(np.float16))
    except OSError as error:
        log.warning("the vectors of %s could not be kept: %s", file, error)


def _kept(file: Path) -> Floats | None:
    """Vectors that were made of this recording before; None when they must be made again."""
    made = file.with_suffix(".npy")
    try:
        if made.stat().st_mtime_ns < file.stat().st_mtime_ns:
            return None
        return np.asarray(np.load(made), dtype=np.float32)
    except (OSError, EOFError, ValueError):  # EOFError: of an empty file
        return None


@dataclass(slots=True)
class Trial:
    """How a set of examples fares when nobody is compared with themselves."""

    tried: int = 0
    right: int = 0
    accepted_right: int = 0
    accepted_wrong: int = 0
    proven: bool = False
    """Whether enough was recorded to ask the examples beside another recogniser."""
    strange_tried: int = 0
    strange_accepted: int = 0
    confused: dict[str, int] = field(default_factory=dict)
    """“said → taken for” → how often."""

    def as_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "tried": self.tried,
            "proven": self.proven,
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
        if not self.proven:
            yield (
                f"Not asked beside another recogniser: that needs {SPEAKERS_MIN} speakers, {PROVEN_FROM} recordings, "
                f"and {STRANGE_MIN} of them `{STRANGE}`."
            )
        if not self.tried:
            yield "Nothing can be tried: at least two speakers must have recorded the same phrase."


def tried(taught: Taught) -> Trial:
    """Every example against those of all other speakers; strange ones against all phrases."""
    trial = Trial(proven=taught.proven)
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
