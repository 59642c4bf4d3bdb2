"""The voice in its own process: `python -m voices.synthesis.worker MODEL_FOLDER VOICE`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voices.synthesis.kokoro import Kokoro
from voices.worker_process import Answer, serve


def main() -> None:
    """Load the voice and serve: text and speed in, 16 kHz s16le out."""
    voice = Kokoro(Path(sys.argv[1]), sys.argv[2])
    voice.render("您好")  # the dictionary of the text front end takes a second to load

    def work(request: Mapping[str, Any], _: bytes) -> Answer:
        return {}, voice.render(str(request["text"]), speed=float(request["speed"])).tobytes()

    serve(work)


if __name__ == "__main__":
    main()
