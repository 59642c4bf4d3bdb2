"""sherpa-onnx: streaming transducers and paraformers, and CTC families that hear whole utterances.

A model folder is one of those that its authors publish (https://k2-fsa.github.io/sherpa/onnx/pretrained_models), under
its published name: the files tell a streaming model from others, the name tells the family of the others. Where a file
is there twice, the int8 one is taken: it is the faster one on a processor."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voices.errors import VoiceError
from voices.recognition.engine import incremental, not_one
from voices.recognition.hearing import RATE_HZ
from voices.recognition.hypothesis import Expectation, Hypothesis, Word

UNRATED = 0.5
"""Confidence of words for which a model gives no probabilities."""
TAIL_S = 0.5
"""Silence after the last audio, so that a model with look-ahead says its last word."""
TOKEN_S = 0.24
"""At most: sherpa-onnx tells when a token begins, not when it ends."""
HOTWORDS_MAX = 100
SPACE = "▁"
"""Beginning of a word in sentence pieces."""


class SherpaEngine:
    """See `Engine`."""

    def __init__(self, folder: Path) -> None:
        import sherpa_onnx  # noqa: PLC0415 - loads a large library; only this worker needs it

        self._name = folder.name
        self._streaming = incremental("sherpa", folder)
        tokens = folder / "tokens.txt"
        if not tokens.exists():
            raise not_one("sherpa", folder, "tokens.txt")
        self._hotwords = False
        try:
            if self._streaming:
                self._recogniser = self._online(sherpa_onnx.OnlineRecognizer, folder, str(tokens))
            else:
                self._recogniser = _offline(sherpa_onnx.OfflineRecognizer, folder, str(tokens))
        except (RuntimeError, ValueError) as error:
            raise VoiceError("model_unusable", f"{folder} cannot be loaded: {error}", "Fetch it again.") from error

    def transcribe(self, pcm: bytes, language: str, expect: Expectation) -> Hypothesis:
        """See `Engine`."""
        if self._streaming:
            stream = self.open(language, expect)
            stream.feed(pcm)
            return stream.finish()
        began = time.perf_counter()
        stream = self._recogniser.create_stream()
        stream.accept_waveform(RATE_HZ, _samples(pcm))
        self._recogniser.decode_stream(stream)
        result = stream.result
        chances = list(getattr(result, "ys_log_probs", ()))
        duration_s = len(pcm) / RATE_HZ / 2
        return Hypothesis(
            text=tidy(result.text),
            confidence=_confidence(result.text, chances),
            duration_s=duration_s,
            work_s=time.perf_counter() - began,
            recogniser=self._name,
            words=words(result.tokens, result.timestamps, chances, duration_s),
        )

    def open(self, language: str, expect: Expectation) -> SherpaStream:  # noqa: ARG002 - the model knows its language
        """See `Engine`."""
        phrases = "/".join(expect.phrases[:HOTWORDS_MAX]) if self._hotwords else ""
        stream = self._recogniser.create_stream(phrases) if phrases else self._recogniser.create_stream()
        return SherpaStream(self._recogniser, stream, self._name)

    def _online(self, kind: Any, folder: Path, tokens: str) -> Any:
        encoder, decoder = _file(folder, "encoder"), _file(folder, "decoder")
        common = {"tokens": tokens, "encoder": encoder, "decoder": decoder, "num_threads": 1}
        if any(folder.glob("joiner*.onnx")):
            self._hotwords = True
            return kind.from_transducer(
                **common, joiner=_file(folder, "joiner"), decoding_method="modified_beam_search"
            )
        return kind.from_paraformer(**common)


class SherpaStream:
    """See `Stream`."""

    def __init__(self, recogniser: Any, stream: Any, name: str) -> None:
        self._recogniser, self._stream, self._name = recogniser, stream, name
        self._bytes = 0
        self._work_s = 0.0

    def feed(self, pcm: bytes) -> Hypothesis:
        """See `Stream`."""
        self._bytes += len(pcm)
        return self._hear(_samples(pcm), final=False)

    def finish(self) -> Hypothesis:
        """See `Stream`."""
        return self._hear(np.zeros(int(TAIL_S * RATE_HZ), dtype=np.float32), final=True)

    def _hear(self, samples: np.ndarray[Any, np.dtype[np.float32]], *, final: bool) -> Hypothesis:
        began = time.perf_counter()
        self._stream.accept_waveform(RATE_HZ, samples)
        if final:
            self._stream.set_option("is_final", "1")  # a paraformer takes a last chunk that is not full only then
            self._stream.input_finished()
        while self._recogniser.is_ready(self._stream):
            self._recogniser.decode_stream(self._stream)
        result = self._recogniser.get_result_all(self._stream)
        self._work_s += time.perf_counter() - began
        duration_s = self._bytes / RATE_HZ / 2
        chances = list(result.ys_probs)
        return Hypothesis(
            text=tidy(result.text),
            confidence=_confidence(result.text, chances),
            final=final,
            duration_s=duration_s,
            work_s=self._work_s,
            recogniser=self._name,
            words=words(result.tokens, result.timestamps, chances, duration_s),
        )


def _offline(kind: Any, folder: Path, tokens: str) -> Any:
    families: Mapping[str, Callable[..., Any]] = {
        "sense-voice": lambda model: kind.from_sense_voice(model=model, tokens=tokens, num_threads=1),
        "dolphin": lambda model: kind.from_dolphin_ctc(model=model, tokens=tokens, num_threads=1),
        "omnilingual": lambda model: kind.from_omnilingual_asr_ctc(model=model, tokens=tokens, num_threads=1),
        "paraformer": lambda model: kind.from_paraformer(paraformer=model, tokens=tokens, num_threads=1),
        "telespeech": lambda model: kind.from_telespeech_ctc(model=model, tokens=tokens, num_threads=1),
        "zipformer-ctc": lambda model: kind.from_zipformer_ctc(model=model, tokens=tokens, num_threads=1),
        "wenet": lambda model: kind.from_wenet_ctc(model=model, tokens=tokens, num_threads=1),
    }
    for family, make in families.items():
        if family in folder.name:
            return make(_file(folder, "model"))
    raise VoiceError(
        "model_unusable",
        f"the name of {folder} tells no family of models",
        f"Name the folder as its authors do; the name must contain one of: {', '.join(families)}.",
    )


def _file(folder: Path, part: str) -> str:
    files = sorted(folder.glob(f"{part}*.onnx"), key=lambda file: (".int8." not in file.name, file.name))
    if not files:
        raise VoiceError("model_unusable", f"{folder} has no {part}*.onnx", "Fetch the model again.")
    return str(files[0])


def _samples(pcm: bytes) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float32) / np.float32(32768.0)


def _confidence(text: str, chances: Sequence[float]) -> float:
    if not text.strip():
        return 0.0
    return min(1.0, math.exp(sum(chances) / len(chances))) if chances else UNRATED


def tidy(text: str) -> str:
    """Without the spaces between Chinese characters; those of other scripts stay."""
    out: list[str] = []
    pieces = text.split()
    for before, piece in zip(["", *pieces], pieces, strict=False):
        if before and not (_wide(before[-1]) and _wide(piece[0])):
            out.append(" ")
        out.append(piece)
    return "".join(out)


def _wide(char: str) -> bool:
    return "\u3000" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef"


def words(
    tokens: Sequence[str], starts: Sequence[float], chances: Sequence[float], duration_s: float
) -> tuple[Word, ...]:
    """Tokens with times as words; pieces of one word are joined. Empty when the model gives no times."""
    if len(starts) != len(tokens):
        return ()
    found: list[Word] = []
    for at, (token, start) in enumerate(zip(tokens, starts, strict=True)):
        text = token.replace(SPACE, " ")
        after = starts[at + 1] if at + 1 < len(starts) else duration_s
        end = max(start, min(after, start + TOKEN_S))
        chance = math.exp(chances[at]) if at < len(chances) else 0.0
        begins = text.startswith(" ") or not found or _wide(text.strip()[:1] or " ")
        if begins or _wide(found[-1].text[-1:]):
            found.append(Word(text.strip(), round(start, 3), round(end, 3), round(chance, 4)))
        else:
            last = found[-1]
            found[-1] = Word(last.text + text, last.start_s, round(end, 3), min(last.confidence, round(chance, 4)))
    return tuple(word for word in found if word.text)
