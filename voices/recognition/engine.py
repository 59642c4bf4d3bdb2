"""Recognition engines inside a worker process: which there are, and what each must do."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from voices.errors import VoiceError
from voices.models import catalogue
from voices.recognition.hypothesis import Expectation, Hypothesis

KINDS = ("whisper", "vosk", "sherpa")
STREAMING_FILES = ("encoder", "decoder")
"""Beginnings of the names of a streaming sherpa-onnx model's files; CTC models have one `model*.onnx`."""


class Stream(Protocol):
    """One utterance inside an incremental engine."""

    def feed(self, pcm: bytes) -> Hypothesis:
        """Hear on, 16 kHz s16le mono; returns what was said so far."""
        ...

    def finish(self) -> Hypothesis:
        """No more audio: the final hypothesis."""
        ...


class Engine(Protocol):
    """One copy of one model. Not safe for several threads at once."""

    def transcribe(self, pcm: bytes, language: str, expect: Expectation) -> Hypothesis:
        """Recognise a whole utterance, 16 kHz s16le mono."""
        ...

    def open(self, language: str, expect: Expectation) -> Stream:
        """Begin an utterance. Only for engines that are `incremental`."""
        ...


def incremental(kind: str, folder: Path) -> bool:
    """Whether the engine keeps what it heard, so that each piece of audio is worked on once.

    The others (Whisper, CTC families) hear the whole utterance anew for each partial hypothesis. Reads only names."""
    if kind == "sherpa":
        names = [file.name for file in folder.glob("*.onnx")] if folder.is_dir() else []
        return all(any(name.startswith(part) for name in names) for part in STREAMING_FILES)
    return kind == "vosk"


def not_one(kind: str, folder: Path, missing: str) -> VoiceError:
    """The error of a folder that holds no model of this kind, with what to do instead."""
    listed = catalogue().get(folder.name)
    if not folder.is_dir():
        message, missing = f"{folder} is not there", ""
    else:
        message = f"{folder} holds no model for {kind}: {missing} is not there"
    if listed is None:
        remedy = "Name the folder that holds the model, or use one of: yinling models list"
    elif listed.engine != kind:
        remedy = f"It is a model for {listed.engine}: name it without an engine, as {folder.name}."
    else:
        remedy = f"Fetch it with: yinling models fetch {folder.name}"
    return VoiceError("model_unusable", message, remedy)


def load(kind: str, folder: Path) -> Engine:
    """Load a model. Raises VoiceError `engine_unknown`, or `model_unusable` when the folder holds something else."""
    if kind == "whisper":
        from voices.recognition.whisper import WhisperEngine  # noqa: PLC0415 - each worker loads only its own engine

        return WhisperEngine(folder)
    if kind == "vosk":
        from voices.recognition.vosk import VoskEngine  # noqa: PLC0415 - as above

        return VoskEngine(folder)
    if kind == "sherpa":
        from voices.recognition.sherpa import SherpaEngine  # noqa: PLC0415 - as above

        return SherpaEngine(folder)
    raise VoiceError("engine_unknown", f"there is no recogniser {kind}", f"Known: {', '.join(KINDS)}.")
