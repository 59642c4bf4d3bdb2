"""Vosk: an incremental engine with word times, and a grammar for questions with few answers.

A model folder holds `am/final.mdl`, `conf/` and `graph/` (https://alphacephei.com/vosk/models). Only models with
`graph/Gr.fst` and `graph/HCLr.fst` can take a grammar."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from voices.errors import VoiceError
from voices.recognition.engine import not_one
from voices.recognition.hearing import RATE_HZ
from voices.recognition.hypothesis import Expectation, Hypothesis, Word

UNKNOWN = "[unk]"
"""Vosk's word for what is not in the grammar."""
NO_SPACES = ("zh", "yue")
GRAMMAR_MAX = 400
"""Phrases: a larger grammar takes longer to build than a caller waits."""


class VoskEngine:
    """See `Engine`."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "am" / "final.mdl").exists() and not (folder / "final.mdl").exists():
            raise not_one("vosk", folder, "am/final.mdl")
        import vosk  # noqa: PLC0415 - loads a large library; only this worker needs it

        vosk.SetLogLevel(-1)  # errors only
        self._vosk, self._name = vosk, folder.name
        try:
            self._model = vosk.Model(str(folder))
        except Exception as error:
            raise VoiceError(
                "model_unusable", f"{folder} cannot be loaded by Vosk: {error}", "Fetch it again."
            ) from error
        self._grammars = (folder / "graph" / "Gr.fst").exists()

    def transcribe(self, pcm: bytes, language: str, expect: Expectation) -> Hypothesis:
        """See `Engine`."""
        stream = self.open(language, expect)
        stream.feed(pcm)
        return stream.finish()

    def open(self, language: str, expect: Expectation) -> VoskStream:
        """See `Engine`. The grammar is used for closed questions: it leaves no room for anything else."""
        phrases = self.spellable(expect.phrases) if expect.closed and self._grammars else []
        if phrases:
            grammar = json.dumps([*phrases, UNKNOWN], ensure_ascii=False)
            recogniser = self._vosk.KaldiRecognizer(self._model, RATE_HZ, grammar)
        else:
            recogniser = self._vosk.KaldiRecognizer(self._model, RATE_HZ)
        recogniser.SetWords(True)
        return VoskStream(recogniser, self._name, "" if language in NO_SPACES else " ")

    def spellable(self, phrases: Iterable[str]) -> list[str]:
        """The phrases in words that the model knows, with spaces between them; without those it cannot spell."""
        found = []
        for phrase in list(phrases)[:GRAMMAR_MAX]:
            words = [self._words(token) for token in re.findall(r"\w+", phrase.lower())]
            if words and all(words):
                found.append(" ".join(word for token in words for word in token))
        return list(dict.fromkeys(found))

    def _words(self, token: str) -> list[str]:
        """A token in words of the model, the longest first; empty when it cannot be spelt."""
        words: list[str] = []
        while token:
            end = next((n for n in range(len(token), 0, -1) if self._model.vosk_model_find_word(token[:n]) >= 0), 0)
            if not end:
                return []
            words.append(token[:end])
            token = token[end:]
        return words


class VoskStream:
    """See `Stream`. Vosk ends segments at pauses by itself: they are joined."""

    def __init__(self, recogniser: Any, name: str, space: str) -> None:
        self._recogniser, self._name, self._space = recogniser, name, space
        self._words: list[Word] = []
        self._bytes = 0
        self._work_s = 0.0

    def feed(self, pcm: bytes) -> Hypothesis:
        """See `Stream`."""
        began = time.perf_counter()
        self._bytes += len(pcm)
        newest: list[str] = []
        if self._recogniser.AcceptWaveform(pcm):
            self._take(self._recogniser.Result())
        else:
            newest = [
                word for word in json.loads(self._recogniser.PartialResult())["partial"].split() if word != UNKNOWN
            ]
        self._work_s += time.perf_counter() - began
        return self._hypothesis(newest, final=False)

    def finish(self) -> Hypothesis:
        """See `Stream`."""
        began = time.perf_counter()
        self._take(self._recogniser.FinalResult())
        self._work_s += time.perf_counter() - began
        return self._hypothesis([], final=True)

    def _take(self, result: str) -> None:
        self._words += [
            Word(one["word"], round(one["start"], 3), round(one["end"], 3), round(one["conf"], 4))
            for one in json.loads(result).get("result", [])
            if one["word"] != UNKNOWN
        ]

    def _hypothesis(self, newest: list[str], *, final: bool) -> Hypothesis:
        sure = [word.confidence for word in self._words]
        return Hypothesis(
            text=self._space.join([*(word.text for word in self._words), *newest]),
            confidence=sum(sure) / len(sure) if sure else 0.0,
            final=final,
            duration_s=self._bytes / RATE_HZ / 2,
            work_s=self._work_s,
            recogniser=self._name,
            words=tuple(self._words),
        )
