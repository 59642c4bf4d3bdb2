"""The window that Whisper's encoder sees, and the beam: what each costs in work and in understanding.

Part `window` of `make bench-speech`. Short answers of synthetic callers on the phone at 20 dB of babble, with the hint
and the phrases of the question, in this process, one after the other; seconds are CPU seconds of one thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
from numpy.typing import NDArray

from ivr.settings import Settings
from tests.bench.speech_recognition import DEFAULT, Row, winners
from tests.bench.speech_sets import Spoken, callers, lines
from voices.recognition.repair import repair
from voices.recognition.whisper import BEAM, WINDOW_FRAMES, Whisper

LINE = "phone, 20 dB babble"
FRAMES = (400, 600, WINDOW_FRAMES, 3000)
FULL_FRAMES = (400, 500, 600, 800, WINDOW_FRAMES, 1500, 3000)
BEAMS = (1, 2)
"""Beside the default, with the default window."""


class Timed(Whisper):
    """Whisper that tells its encoder's work from its decoder's."""

    def __init__(self, folder: Path, window_frames: int) -> None:
        super().__init__(folder, window_frames)
        self.encoding_s = self.decoding_s = 0.0

    def _encoded(self, audio: NDArray[np.float32]) -> ctranslate2.StorageView:
        began = time.process_time()
        found = super()._encoded(audio)
        self.encoding_s += time.process_time() - began
        return found

    def _window(self, encoded: ctranslate2.StorageView, language: str, hint: str, beam: int) -> list[tuple[str, float]]:
        began = time.process_time()
        found = super()._window(encoded, language, hint, beam)
        self.decoding_s += time.process_time() - began
        return found


@dataclass(frozen=True, slots=True)
class Setting:
    """What is compared."""

    frames: int
    beam: int

    @property
    def name(self) -> str:
        """With a mark at the default."""
        usual = (self.frames, self.beam) == (WINDOW_FRAMES, BEAM)
        return f"{self.frames} frames, beam {self.beam}{' (default)' if usual else ''}"


def settings_of(*, full: bool) -> list[Setting]:
    """Every window with the default beam, every beam with the default window."""
    windows = [Setting(frames, BEAM) for frames in (FULL_FRAMES if full else FRAMES)]
    return windows + [Setting(WINDOW_FRAMES, beam) for beam in BEAMS]


def measure(settings: Settings, say: Callable[[str], None], *, full: bool, every: int) -> dict[str, Any]:
    """One row for each setting. Raises VoiceError where the speech cannot be made."""
    speech = callers(settings, say, every_voice=full)
    change = lines(speech)[LINE]
    some = [Spoken(change(one.pcm, n), one.text, one.phrases, one.means, one.hint) for n, one in enumerate(speech)]
    rows = []
    for setting in settings_of(full=full):
        rows.append(_row(setting, settings.models_dir / "whisper-base", some[::every]))
        say(f"  {setting.name}: {rows[-1]['slots_repaired']} right")
    best = winners(rows)
    return {
        LINE: [
            {
                "setting": row["told"],
                "n": row["utterances"],
                "CER": row["cer_raw"],
                "repaired": row["cer_repaired"],
                "slots right": row["slots_repaired"],
                "encoding s": row["encoding_s"],
                "decoding s": row["decoding_s"],
                "": "*" if at in best else "",
            }
            for at, row in enumerate(rows)
        ]
    }


def _row(setting: Setting, model: Path, speech: Sequence[Spoken]) -> dict[str, Any]:
    whisper = Timed(model, setting.frames)
    row = Row(DEFAULT, "callers", LINE, setting.name)
    for one in speech:
        found = whisper.transcribe(one.pcm, "zh", one.hint, setting.beam)
        repaired = repair(found, one.phrases)
        row.add(one, found.text, repaired.text, repaired.phrases, found.work_s)
    count = max(1, len(speech))
    return {
        **row.figures(),
        "encoding_s": round(whisper.encoding_s / count, 3),
        "decoding_s": round(whisper.decoding_s / count, 3),
    }
