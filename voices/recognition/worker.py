"""One recogniser process: `python -m voices.recognition.worker MODEL_FOLDER`, spoken to by `voices.worker_process`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from voices.recognition.whisper import RATE_HZ, Whisper
from voices.worker_process import Answer, serve


def main() -> None:
    """Load the model, warm it up, and serve."""
    model = Whisper(Path(sys.argv[1]))
    model.transcribe(bytes(RATE_HZ), "zh")  # the first run allocates: no caller shall wait for that

    def work(request: Mapping[str, Any], pcm: bytes) -> Answer:
        return asdict(model.transcribe(pcm, str(request["language"]), str(request.get("hint", "")))), b""

    serve(work)


if __name__ == "__main__":
    main()
