"""The announcements that Asterisk plays by itself, rendered ahead as 8 kHz WAV files."""

from __future__ import annotations

import hashlib
import json
import threading
import wave
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voices.announced import texts
from voices.audio import RATE_HZ as STORE_RATE_HZ
from voices.audio import pcm_to_rate
from voices.models import fetch
from voices.synthesis.store import tidy
from voices.whole import write_whole

RATE_HZ = 8000
VERSION = 2
"""Of the sound: raise it when the same text would sound otherwise."""
BEEP_HZ = 700
BEEP_S = 0.4


def _beep(file: Path) -> None:
    """The tone after which a message is recorded: low enough for a high-frequency hearing loss."""
    t = np.arange(round(RATE_HZ * BEEP_S)) / RATE_HZ
    _write(file, (8000 * np.sin(2 * np.pi * BEEP_HZ * t)).astype(np.int16))


def _write(file: Path, samples: NDArray[np.int16]) -> None:
    fresh = file.with_suffix(".part")
    with wave.open(str(fresh), "wb") as out:
        out.setparams((1, 2, RATE_HZ, 0, "NONE", "not compressed"))
        out.writeframes(samples.tobytes())
    fresh.replace(file)


def render_announcements(
    folder: Path, models: Path, say: Callable[[str], None], mirror: Path | None = None, workers: int = 1
) -> int:
    """Render what is absent or whose text has changed; returns how many. Raises VoiceError when no voice can be had."""
    wanted = texts()
    (folder / "digits").mkdir(parents=True, exist_ok=True)
    _beep(folder / "beep.wav")
    index = folder / "index.json"
    rendered: dict[str, str] = json.loads(index.read_text(encoding="utf-8")) if index.exists() else {}
    marks = {name: hashlib.sha256(f"{VERSION}|{sentence}".encode()).hexdigest() for name, sentence in wanted.items()}
    missing = [n for n in wanted if rendered.get(n) != marks[n] or not (folder / f"{n}.wav").exists()]
    if not missing:
        return 0
    weights = fetch("kokoro", models, say, mirror)
    done = threading.Lock()

    def render(names: Sequence[str]) -> None:
        from voices.synthesis.kokoro import Kokoro  # noqa: PLC0415 - seconds, and mostly nothing is missing

        voice = Kokoro(weights)
        for name in names:
            # The model's own silence at both ends would make three recordings out of the one of a place in the queue.
            audio = tidy(voice.render(wanted[name], STORE_RATE_HZ).tobytes())
            _write(folder / f"{name}.wav", np.frombuffer(pcm_to_rate(audio, STORE_RATE_HZ, RATE_HZ), dtype=np.int16))
            with done:  # what was rendered before an interruption is not rendered again
                rendered[name] = marks[name]
                write_whole(index, json.dumps(rendered).encode())

    with ThreadPoolExecutor(max_workers=workers) as pool:
        for result in [pool.submit(render, missing[start::workers]) for start in range(min(workers, len(missing)))]:
            result.result()
    return len(missing)
