"""A voice in its own process: `python -m voices.synthesis.worker ENGINE VOICE LANGUAGE MODEL_FOLDER`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from voices.errors import VoiceError
from voices.synthesis.espeak import Espeak
from voices.worker_process import Answer, serve

WARM_UP = {"zh": "您好", "en": "Hello"}
"""The dictionary of a text front end takes a second to load: no caller shall wait for that."""


class Synthesiser(Protocol):
    """One voice of one engine."""

    def render(self, text: str, rate_hz: int = 16_000, speed: float = 1.0) -> NDArray[np.int16]:
        """Mono samples of one sentence. Raises VoiceError."""
        ...


def synthesiser(engine: str, voice: str, language: str, model: Path) -> Synthesiser:
    """A voice of one of our engines. Raises VoiceError."""
    if engine == "espeak":
        return Espeak(voice)
    if engine == "kokoro":
        from voices.synthesis.kokoro import Kokoro  # noqa: PLC0415 - espeak has no use for its libraries

        return Kokoro(model, voice, language)
    raise VoiceError("engine_unknown", f"there is no voice engine “{engine}”", "Known: espeak, kokoro.")


def main() -> None:
    """Load the voice and serve: text and speed in, 16 kHz s16le out."""
    engine, name, language, model = sys.argv[1:5]
    voice = synthesiser(engine, name, language, Path(model))
    if engine == "kokoro":
        voice.render(WARM_UP[language])

    def work(request: Mapping[str, Any], _: bytes) -> Answer:
        return {}, voice.render(str(request["text"]), speed=float(request["speed"])).tobytes()

    serve(work)


if __name__ == "__main__":
    main()
