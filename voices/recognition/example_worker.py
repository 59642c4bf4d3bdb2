"""Phrases taught by example, in their process: `python -m voices.recognition.example_worker MODEL EXAMPLES CODE`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from voices.errors import VoiceError
from voices.recognition.encoder import RATE_HZ, Encoder
from voices.recognition.examples import recognise
from voices.recognition.hypothesis import Hypothesis
from voices.recognition.teaching import load_taught
from voices.worker_process import Answer, refuse, serve


def main() -> None:
    """Load what has been taught, and serve: PCM and what is expected in, a hypothesis out."""
    model, examples, language = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    try:
        taught = load_taught(examples, language, model)
    except VoiceError as error:
        refuse(error)
        return
    encoder = Encoder(model)

    def work(request: Mapping[str, Any], pcm: bytes) -> Answer:
        duration_s = len(pcm) / 2 / RATE_HZ
        try:
            vectors = encoder.vectors(pcm)
        except VoiceError:  # a cough: nothing was said
            return asdict(Hypothesis("", 0.0, True, duration_s, 0.0, "examples")), b""
        proven = bool(request.get("proven"))
        heard = recognise(taught, vectors, list(request["expect"]), duration_s, proven=proven)
        return {**asdict(heard), "proven": taught.proven}, b""

    serve(work)


if __name__ == "__main__":
    main()
