"""A recogniser process, `python -m voices.recognition.worker KIND MODEL_FOLDER`, spoken to by `voices.worker_process`.

Requests: `whole` (all audio, one answer) and `part` (the next audio of a stream; `last` ends it). A stream that is not
known any more is answered with `stream_lost`: whoever asks sends it again from its beginning."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from voices.errors import VoiceError
from voices.recognition.engine import Engine, Stream, load
from voices.recognition.hearing import RATE_HZ
from voices.recognition.hypothesis import ANYTHING, Expectation, Hypothesis, Priority
from voices.worker_process import Answer, refuse, serve

STREAMS_MAX = 64
"""Utterances under way in one process. The one that was fed longest ago is forgotten first: its call is over."""


class Desk:
    """Answers requests with one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._streams: OrderedDict[int, tuple[Stream, int]] = OrderedDict()

    def work(self, request: Mapping[str, Any], pcm: bytes) -> Answer:
        """One request. Raises VoiceError."""
        language = str(request["language"])
        expect = Expectation(
            str(request.get("hint", "")),
            tuple(request.get("phrases", ())),
            bool(request.get("closed", False)),
            identify=tuple(request.get("identify", ())),
        )
        if request.get("op", "whole") == "part":
            heard = self._part(request, pcm, language, expect)
        else:
            last = bool(request.get("last", True))
            wanted = expect if last else replace(expect, priority=Priority.PARTIAL)
            heard = self._engine.transcribe(pcm, language, wanted)
            heard = replace(heard, final=last)
        return asdict(heard), b""

    def _part(self, request: Mapping[str, Any], pcm: bytes, language: str, expect: Expectation) -> Hypothesis:
        number, at = int(request["stream"]), int(request["at"])
        stream, fed = self._streams.pop(number, (None, 0))
        if at == 0:
            stream = self._engine.open(language, expect)
        elif stream is None or fed != at:
            raise VoiceError("stream_lost", f"the utterance {number} is not known from byte {at}")
        heard = stream.feed(pcm)
        if request.get("last"):
            return stream.finish()
        self._streams[number] = (stream, at + len(pcm))
        if len(self._streams) > STREAMS_MAX:
            self._streams.popitem(last=False)
        return heard


def main() -> None:
    """Load the model, warm it up, and serve. A model that cannot be used is refused with the reason."""
    try:
        engine = load(sys.argv[1], Path(sys.argv[2]))
    except VoiceError as error:
        refuse(error)
        return
    engine.transcribe(bytes(RATE_HZ), "zh", ANYTHING)  # the first run allocates: no caller shall wait for that
    serve(Desk(engine).work)


if __name__ == "__main__":
    main()
