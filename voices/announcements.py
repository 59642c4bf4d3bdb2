"""The announcements that Asterisk plays by itself, rendered ahead as 8 kHz WAV files."""

from __future__ import annotations

import hashlib
import json
import wave
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from voices.audio import RATE_HZ as STORE_RATE_HZ
from voices.audio import pcm_to_rate
from voices.models import fetch
from voices.synthesis.kokoro import Kokoro
from voices.synthesis.store import tidy

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


def numbers() -> dict[str, str]:
    """`digits/N` → the word: from these Asterisk puts together 1 to 99, as Chinese does."""
    digits = "一二三四五六七八九"
    small = {n: digits[n - 1] for n in range(1, 10)} | {10: "十"} | {10 + n: f"十{digits[n - 1]}" for n in range(1, 10)}
    tens = {10 * n: f"{digits[n - 1]}十" for n in range(2, 10)}
    return {f"digits/{n}": word for n, word in (small | tens).items()}


def render_announcements(folder: Path, models: Path, say: Callable[[str], None], mirror: Path | None = None) -> int:
    """Render what is absent or whose text has changed; returns how many. Raises VoiceError when no voice can be had."""
    text = resources.files("voices.prompts").joinpath("rescue.yaml").read_text(encoding="utf-8")
    wanted: dict[str, str] = yaml.safe_load(text) | numbers()
    (folder / "digits").mkdir(parents=True, exist_ok=True)
    _beep(folder / "beep.wav")
    index = folder / "index.json"
    rendered: dict[str, str] = json.loads(index.read_text(encoding="utf-8")) if index.exists() else {}
    marks = {name: hashlib.sha256(f"{VERSION}|{sentence}".encode()).hexdigest() for name, sentence in wanted.items()}
    missing = [n for n in wanted if rendered.get(n) != marks[n] or not (folder / f"{n}.wav").exists()]
    if not missing:
        return 0
    voice = Kokoro(fetch("kokoro", models, say, mirror))
    for name in missing:
        # The model's own silence at both ends would make three recordings of a place in the queue out of one sentence.
        audio = tidy(voice.render(wanted[name], STORE_RATE_HZ).tobytes())
        _write(folder / f"{name}.wav", np.frombuffer(pcm_to_rate(audio, STORE_RATE_HZ, RATE_HZ), dtype=np.int16))
        rendered[name] = marks[name]
    index.write_text(json.dumps(rendered), encoding="utf-8")
    return len(missing)
