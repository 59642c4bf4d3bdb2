"""Whisper on a short window: the encoder sees at most 10 s instead of the 30 s to which it is usually padded."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray
from tokenizers import Tokenizer

from voices.errors import VoiceError
from voices.recognition.engine import Stream, not_one
from voices.recognition.hypothesis import Alternative, Expectation, Hypothesis, Priority

RATE_HZ = 16_000
WINDOW_FRAMES = 1000
"""10 ms each. Against 3000 frames: 5.5 times as fast for about 2 points of CER; 600 frames lose 7."""
WINDOW_S = WINDOW_FRAMES / 100
CUT_SEARCH_S = 3.0
"""A longer utterance is cut at its quietest place in the last seconds of the window."""
CUT_STEP_S = 0.1
PROMPTS = {"zh": "以下是普通话的句子。"}
"""Said to come before the words: it makes the output simplified Chinese."""
NO_SPEECH_ABOVE = 0.8
FRAME, SOUND_DB = 320, 16.0
"""Frames of 20 ms count as sound down to so much below the loudest: babble 20 dB below the speech does not."""
SURELY, IDENTIFY_S = 0.97, 1.5
"""A language is told from this probability on, and from so much audio on (docs/BENCHMARKS.md, “Which language”)."""
BEAM, ALTERNATIVES = 4, 3
"""For final hypotheses: about 4 points of CER fewer for 14 % more work than beam 1, and other readings for repair."""


class Whisper:
    """One copy of the model on one thread. Not safe for several threads at once."""

    def __init__(self, folder: Path, window_frames: int = WINDOW_FRAMES) -> None:
        """`window_frames` is what the encoder sees, 10 ms each, 3000 at most; another than the usual to compare."""
        self._window_frames = window_frames
        self._model = ctranslate2.models.Whisper(str(folder), compute_type="int8", intra_threads=1, inter_threads=1)
        self._tokens = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._features = FeatureExtractor()
        self._name = folder.name

    def transcribe(
        self, pcm: bytes, language: str, hint: str = "", beam: int = BEAM, identify: Sequence[str] = ()
    ) -> Hypothesis:
        """Recognise 16 kHz s16le mono PCM. `hint` is text in the style of what is expected; `identify` are languages
        that it may turn out to be instead.

        With a beam wider than 1, other readings are given for utterances of one window. Raises VoiceError
        `language_unknown`."""
        if self._tokens.token_to_id(f"<|{language}|>") is None:
            raise VoiceError("language_unknown", f"{self._name} does not know the language “{language}”")
        began = time.perf_counter()
        audio = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float32) / 32768.0
        pieces = windows(audio, self._window_frames / 100)
        encoded = [self._encoded(piece) for piece in pieces]
        readings = [self._window(one, language, hint, beam) for one in encoded]
        best = [reading[0] for reading in readings if reading and reading[0][0]]
        return Hypothesis(
            text="".join(text for text, _ in best),
            confidence=math.exp(sum(score for _, score in best) / len(best)) if best else 0.0,
            duration_s=len(audio) / RATE_HZ,
            sound_s=sound_s(audio),
            work_s=time.perf_counter() - began,
            recogniser=self._name,
            alternatives=others(readings[0]) if len(readings) == 1 else (),
            language=self._told(encoded[0], language, identify, len(audio) / RATE_HZ) if best and identify else "",
        )

    def _encoded(self, audio: NDArray[np.float32]) -> ctranslate2.StorageView:
        """What the encoder makes of up to one window of audio."""
        padded = np.pad(audio, (0, max(0, self._window_frames * 160 - len(audio))))
        mel = self._features(padded, padding=0)[:, : self._window_frames]
        return self._model.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(mel[None])))

    def languages(self, pcm: bytes) -> list[tuple[str, float]]:
        """(code, probability) of the languages in which the first window of 16 kHz PCM may be, the likeliest first."""
        audio = np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float32) / 32768.0
        return self._ranking(self._encoded(audio[: self._window_frames * 160]))

    def _ranking(self, encoded: ctranslate2.StorageView) -> list[tuple[str, float]]:
        return [(token[2:-2], float(chance)) for token, chance in self._model.detect_language(encoded)[0]]

    def _told(self, encoded: ctranslate2.StorageView, asked: str, among: Sequence[str], speech_s: float) -> str:
        return other_language(self._ranking(encoded), asked, among, speech_s)

    def _window(self, encoded: ctranslate2.StorageView, language: str, hint: str, beam: int) -> list[tuple[str, float]]:
        """Text and mean log probability of the readings of one window, the likeliest first."""
        start = ["<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>"]
        said = hint or PROMPTS.get(language, "")
        before = ["<|startofprev|>", *self._tokens.encode(said, add_special_tokens=False).tokens] if said else []
        result = self._model.generate(
            encoded,
            [[*before, *start]],
            beam_size=beam,
            num_hypotheses=min(beam, 1 + ALTERNATIVES),
            max_length=100 + len(before),
            no_repeat_ngram_size=4,  # with the limit on length, it ends the loops that Whisper falls into
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        if result.no_speech_prob > NO_SPEECH_ABOVE and result.scores[0] < -1.0:
            return []
        texts = [str(self._tokens.decode(ids, skip_special_tokens=True)) for ids in result.sequences_ids]
        # A character can be cut off where the text ends.
        plain = [text.replace("\ufffd", "").strip() for text in texts]
        return [(text, float(score)) for text, score in zip(plain, result.scores, strict=True)]


def sound_s(audio: NDArray[np.float32]) -> float:
    """Seconds from the first sound to the last that is not much softer than the loudest."""
    frames = audio[: len(audio) // FRAME * FRAME].reshape(-1, FRAME)
    if not len(frames):
        return 0.0
    power = np.mean(frames**2, axis=1)
    loud = np.flatnonzero(power > power.max() * 10 ** (-SOUND_DB / 10))
    return float(loud[-1] - loud[0] + 1) * FRAME / RATE_HZ if power.max() > 0 else 0.0


def other_language(ranking: Sequence[tuple[str, float]], asked: str, among: Sequence[str], speech_s: float) -> str:
    """The language that was surely spoken instead of the one asked for; empty when that is not sure.

    `ranking`: (code, probability), the likeliest first."""
    if speech_s < IDENTIFY_S or not ranking:
        return ""
    code, chance = ranking[0]
    return code if chance >= SURELY and code != asked and code in among else ""


def others(readings: Sequence[tuple[str, float]]) -> tuple[Alternative, ...]:
    """The readings after the first that differ from those before them in more than punctuation."""
    found: dict[str, Alternative] = {}
    for text, score in readings:
        letters = "".join(char for char in text if char.isalnum())
        found.setdefault(letters, Alternative(text, math.exp(score)))
    found.pop("", None)
    return tuple(found.values())[1:]


class WhisperEngine:
    """Whisper as an `Engine`: it is not incremental."""

    def __init__(self, folder: Path) -> None:
        for name in ("model.bin", "config.json", "tokenizer.json"):
            if not (folder / name).exists():
                raise not_one("whisper", folder, name)
        try:
            self._whisper = Whisper(folder)
        except Exception as error:
            raise VoiceError(
                "model_unusable",
                f"{folder} is no Whisper model that can be loaded: {error}",
                f"Check it with: yinling models verify {folder.name}",
            ) from error

    def transcribe(self, pcm: bytes, language: str, expect: Expectation) -> Hypothesis:
        """See `Engine`."""
        # While the caller speaks, other readings are not worth their time.
        beam = 1 if expect.priority is Priority.PARTIAL else BEAM
        return self._whisper.transcribe(pcm, language, expect.hint, beam, expect.identify)

    def open(self, language: str, expect: Expectation) -> Stream:
        """See `Engine`."""
        raise NotImplementedError


def windows(audio: NDArray[np.float32], window_s: float = WINDOW_S) -> list[NDArray[np.float32]]:
    """The audio in pieces of at most one window, cut where it is quietest."""
    size = int(window_s * RATE_HZ)
    step = int(CUT_STEP_S * RATE_HZ)
    parts = []
    while len(audio) > size:
        first = size - int(CUT_SEARCH_S * RATE_HZ)
        energy = [float(np.mean(audio[at : at + step] ** 2)) for at in range(first, size - step, step)]
        cut = first + int(np.argmin(energy)) * step + step // 2
        parts.append(audio[:cut])
        audio = audio[cut:]
    parts.append(audio)
    return parts
