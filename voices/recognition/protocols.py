"""The two protocols by which recognition servers are spoken to: vosk-server's and FunASR's (2pass).

Sources: `websocket/asr_server.py` of github.com/alphacep/vosk-server; `runtime/docs/websocket_protocol.md` of
github.com/modelscope/FunASR."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from voices.recognition.hearing import RATE_HZ
from voices.recognition.hypothesis import Alternative, Expectation, Hypothesis, Word
from voices.recognition.remote import Conversation, RemoteRecogniser

VOSK_END = '{"eof" : 1}'
"""Letter for letter: the server compares the text of the message."""
UNKNOWN = "[unk]"
NO_SPACES = ("zh", "yue")
FUNASR_CHUNKS = [5, 10, 5]
"""Pieces of 60 ms: 600 ms at a time, with 300 ms before and after."""
HOTWORD_WEIGHT = 20
HOTWORDS_MAX = 100
SETTLE_S = 0.3
"""FunASR servers before 2026 do not say which message is the last: so long after the last one, it was."""
UNRATED = 0.5
"""Confidence of servers that give none."""


class VoskTalk(Conversation):
    """vosk-server: configuration, audio, end; each piece of audio is answered once, the end with the last result."""

    def __init__(self, name: str, language: str, expect: Expectation) -> None:
        self._name, self._expect = name, expect
        self._space = "" if language in NO_SPACES else " "
        self._words: list[Word] = []
        self._texts: list[str] = []
        self._partial = ""
        self._alternatives: tuple[Alternative, ...] = ()
        self._asked = self._answered = 0
        self._ended = False

    def greeting(self) -> list[str]:
        """The sample rate, word times, and the grammar for a closed question."""
        config: dict[str, Any] = {"sample_rate": RATE_HZ, "words": True}
        if self._expect.closed and self._expect.phrases:
            # One by one, Chinese characters are words that the model knows; longer words may be unknown to it.
            phrases = self._expect.phrases if self._space else [" ".join(phrase) for phrase in self._expect.phrases]
            config["phrase_list"] = [*phrases, UNKNOWN]
        return [json.dumps({"config": config}, ensure_ascii=False)]

    def ending(self) -> str:
        """`eof`: the server answers with what is left, and closes."""
        return VOSK_END

    def sent(self) -> None:
        """A piece of audio, or the end, was sent: the server owes one answer."""
        self._asked += 1

    def take(self, message: Mapping[str, Any]) -> None:
        """`partial`, or a result of a segment, with or without alternatives."""
        self._answered += 1
        if "partial" in message:
            self._partial = str(message["partial"])
            return
        self._partial = ""
        best: Mapping[str, Any] = message
        if "alternatives" in message:
            best, *others = message["alternatives"]
            self._alternatives = tuple(Alternative(self._join(str(one["text"])), 0.0) for one in others)
        text = str(best["text"])
        if text:
            self._texts.append(text)
        for one in best.get("result", ()):
            if one["word"] != UNKNOWN:
                word = Word(str(one["word"]), float(one["start"]), float(one["end"]), float(one.get("conf", 0.0)))
                self._words.append(word)

    def end(self) -> None:
        """Everything was sent."""
        self._ended = True

    def hypothesis(self) -> Hypothesis:
        """Segments so far, and the words of the one that is being said."""
        sure = [word.confidence for word in self._words]
        text = self._join(" ".join([*self._texts, self._partial]))
        rated = sum(sure) / len(sure) if any(sure) else UNRATED
        return Hypothesis(
            text=text,
            confidence=rated if text else 0.0,
            final=self._ended and self._answered >= self._asked,
            recogniser=self._name,
            words=tuple(self._words),
            alternatives=self._alternatives,
        )

    def _join(self, text: str) -> str:
        return self._space.join(word for word in text.split() if word != UNKNOWN)


class FunAsrTalk(Conversation):
    """FunASR, 2pass: words while the caller speaks (`2pass-online`), better ones for each segment (`2pass-offline`)."""

    def __init__(self, name: str, language: str, expect: Expectation) -> None:
        self._name, self._expect = name, expect
        self._space = "" if language in NO_SPACES else " "
        self._segments: list[str] = []
        self._online = ""
        self._ended = self._settled = self._after_end = False
        self._words: list[Word] = []

    def greeting(self) -> list[str]:
        """Mode, format, and the expected phrases as hotwords."""
        start: dict[str, Any] = {
            "mode": "2pass",
            "wav_name": "call",
            "wav_format": "pcm",
            "audio_fs": RATE_HZ,
            "is_speaking": True,
            "chunk_size": FUNASR_CHUNKS,
            "chunk_interval": 10,
            "itn": False,  # numbers are read by the understanding, in the words that were said
        }
        if self._expect.phrases:
            weights = dict.fromkeys(self._expect.phrases[:HOTWORDS_MAX], HOTWORD_WEIGHT)
            start["hotwords"] = json.dumps(weights, ensure_ascii=False)
        return [json.dumps(start, ensure_ascii=False)]

    def ending(self) -> str:
        """`is_end` asks newer servers to confirm; older ones pass over it."""
        return json.dumps({"is_speaking": False, "is_end": True})

    def sent(self) -> None:
        """Nothing is owed for a piece of audio."""

    def end(self) -> None:
        """Everything was sent."""
        self._ended = True

    def take(self, message: Mapping[str, Any]) -> None:
        """Words of the current segment, a segment, or the confirmation of the end."""
        if message.get("error"):
            raise ValueError(message["error"])
        if message.get("is_end"):
            self._settled = True
            return
        mode, text = str(message["mode"]), str(message["text"])
        if mode.endswith("online"):
            self._online += text
            return
        if not mode.endswith("offline"):
            raise ValueError(mode)
        self._online = ""
        if text:
            self._segments.append(text)
        self._words += _stamps(message)
        self._after_end = self._ended
        self._settled = self._ended and message.get("is_final") is True

    def quiet_ends(self) -> float | None:
        """A segment came after the end, and it may be the last."""
        return SETTLE_S if self._after_end else None

    def hypothesis(self) -> Hypothesis:
        """Segments so far, and the words of the one that is being said."""
        text = " ".join([*self._segments, self._online]).strip()
        if not self._space:
            text = text.replace(" ", "")
        return Hypothesis(
            text=text,
            confidence=UNRATED if text else 0.0,
            final=self._settled,
            recogniser=self._name,
            words=tuple(self._words),
        )


def _stamps(message: Mapping[str, Any]) -> list[Word]:
    """Words with times (ms in the message) from `stamp_sents`, where the model gives them."""
    found = []
    for sentence in message.get("stamp_sents") or ():
        times = sentence["ts_list"]
        for word, (start, end) in zip(str(sentence["text_seg"]).split(), times, strict=False):
            found.append(Word(word, float(start) / 1000, float(end) / 1000))
    return found


def vosk_server(url: str) -> RemoteRecogniser:
    """A server that speaks vosk-server's protocol, for example `ws://10.0.0.5:2700`."""
    name = "vosk-server"
    return RemoteRecogniser(url, lambda language, expect: VoskTalk(name, language, expect), name)


def funasr_server(url: str) -> RemoteRecogniser:
    """A FunASR server in 2pass mode, for example `ws://10.0.0.5:10095`."""
    name = "funasr"
    return RemoteRecogniser(url, lambda language, expect: FunAsrTalk(name, language, expect), name)
