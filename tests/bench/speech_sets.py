"""Speech for measuring recognition: recordings of people beside the project, synthetic callers, and bad lines."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from ivr.settings import PROJECT_DIR, Settings
from nlu.embedded import EmbeddedUnderstander, load_understander
from voices.audio import RATE_HZ, Samples, from_pcm, phone_line, to_pcm
from voices.audio_files import read_audio
from voices.errors import VoiceError
from voices.models import fetch
from voices.recognition.hints import hint
from voices.synthesis.kokoro import Kokoro

SPEECH = PROJECT_DIR.parent / "shared" / "speech"
SENTENCES = Path(__file__).with_name("caller_sentences.yaml")
SPEEDS = (0.95, 0.75, 1.15)
"""Usual, slow and fast, in turn."""
FRAME_BYTES = RATE_HZ // 50 * 2
CLIP_GAIN = 8.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """One utterance whose words are known."""

    pcm: bytes
    """16 kHz, as it was spoken."""
    text: str
    phrases: tuple[str, ...]
    """What the question can take."""
    means: tuple[str, ...] = ()
    """Those that were said; empty when only the words are compared."""
    hint: str = ""
    speaker: str = ""
    speed: float = 1.0
    """Of the voice's own."""


def understander(settings: Settings) -> EmbeddedUnderstander:
    """The default engine, learnt once."""
    kept = settings.parts_dir / "bench" / "intents"
    kept.mkdir(parents=True, exist_ok=True)
    return load_understander(kept)


def recorded(folder: Path = SPEECH) -> list[Spoken]:
    """Sentences read by people. Every sentence is expected, as one of all of them."""
    if not (folder / "manifest.json").exists():
        return []
    items = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    phrases = tuple(item["text"] for item in items)
    return [
        Spoken(read_audio(folder / item["wav"]).pcm, item["text"], phrases, (item["text"],), speaker=item["speaker"])
        for item in items
    ]


def callers(settings: Settings, say: Callable[[str], None], *, every_voice: bool = False) -> list[Spoken]:
    """The project's own sentences by synthetic callers, each by the next voice and speed, or each by all voices.
    Rendered once, then kept.

    Raises VoiceError when there is no voice."""
    base = fetch("kokoro", settings.models_dir, say, settings.speech.mirror_dir)
    voices = _voices(settings, base, say)
    kept = settings.parts_dir / "bench"
    kept.mkdir(parents=True, exist_ok=True)
    plans = [
        _Plan(item["say"], tuple(item["means"]), tuple(question["phrases"]), hint("zh", question["hint"]))
        for question in yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))
        for item in question["said"]
    ]
    names = sorted(voices)
    orders = [
        (plan, names[(n + turn) % len(names)], SPEEDS[(n + turn) % len(SPEEDS)])
        for turn in range(len(names) if every_voice else 1)
        for n, plan in enumerate(plans)
    ]
    with tempfile.TemporaryDirectory() as work:
        render = _Renderer(base, voices, Path(work), kept)
        for plan, voice, speed in sorted(orders, key=lambda order: order[1]):
            render.make(plan.text, voice, speed)
    return [
        Spoken(render.pcm(plan.text, voice, speed), plan.text, plan.phrases, plan.means, plan.hint, voice, speed)
        for plan, voice, speed in orders
    ]


@dataclass(frozen=True, slots=True)
class _Plan:
    text: str
    means: tuple[str, ...]
    phrases: tuple[str, ...]
    hint: str


def _voices(settings: Settings, base: Path, say: Callable[[str], None]) -> Mapping[str, Path]:
    """Voices other than the hotline's own."""
    folders = [base]
    try:
        folders.append(fetch("kokoro-callers", settings.models_dir, say, settings.speech.mirror_dir))
    except VoiceError as error:
        say(f"fewer voices: {error}")
    files = [file for folder in folders for file in sorted(folder.glob("z[fm]_*.bin"))]
    return {file.stem: file for file in files if file.stem != settings.speech.voice}


class _Renderer:
    """Kokoro with voices of several folders; one is loaded at a time, and only when something is missing."""

    def __init__(self, base: Path, voices: Mapping[str, Path], work: Path, kept: Path) -> None:
        self._voices, self._work, self._kept = voices, work, kept
        self._loaded: tuple[str, Kokoro] | None = None
        for name in ("model.onnx", "vocab.json"):
            (work / name).symlink_to(base / name)

    def make(self, text: str, voice: str, speed: float) -> None:
        """Render what is not there yet."""
        file = self._file(text, voice, speed)
        if file.exists():
            return
        if self._loaded is None or self._loaded[0] != voice:
            (self._work / f"{voice}.bin").symlink_to(self._voices[voice])
            self._loaded = (voice, Kokoro(self._work, voice))
        fresh = file.with_suffix(".part")
        fresh.write_bytes(self._loaded[1].render(text, RATE_HZ, speed).astype("<i2").tobytes())
        fresh.replace(file)

    def pcm(self, text: str, voice: str, speed: float) -> bytes:
        """16 kHz PCM with a little silence around, as a turn has it."""
        quiet = bytes(int(0.3 * RATE_HZ) * 2)
        return quiet + self._file(text, voice, speed).read_bytes() + quiet

    def _file(self, text: str, voice: str, speed: float) -> Path:
        return self._kept / f"{hashlib.sha256(f'{text}|{voice}|{speed}'.encode()).hexdigest()[:24]}.pcm"


def lines(speech: list[Spoken]) -> dict[str, Callable[[bytes, int], bytes]]:
    """Lines by name: what becomes of the PCM of the utterance with this number. All but the first are 8 kHz A-law."""
    babble = _babble(speech)

    def noisy(snr_db: float) -> Callable[[bytes, int], bytes]:
        return lambda pcm, number: phone_line(to_pcm(_mix(from_pcm(pcm), babble, snr_db, number)))

    def lossy(share: float) -> Callable[[bytes, int], bytes]:
        return lambda pcm, number: _lose(phone_line(pcm), share, number)

    return {
        "16 kHz": lambda pcm, _: pcm,
        "phone": lambda pcm, _: phone_line(pcm),
        "phone, 20 dB babble": noisy(20),
        "phone, 10 dB babble": noisy(10),
        "phone, 5 dB babble": noisy(5),
        "phone, 2 % loss": lossy(0.02),
        "phone, 5 % loss": lossy(0.05),
        "phone, clipped": lambda pcm, _: phone_line(to_pcm(_clip(from_pcm(pcm)))),
    }


def _babble(speech: list[Spoken]) -> Samples:
    """A room of people: utterances over one another."""
    length = 12 * RATE_HZ
    total = np.zeros(length, dtype=np.float32)
    generator = np.random.default_rng(5)
    for one in speech[:24]:
        voice = from_pcm(one.pcm)[: length // 2]
        start = int(generator.integers(0, length - len(voice)))
        total[start : start + len(voice)] += voice
    return total + generator.normal(0, 0.002, length).astype(np.float32)


def _mix(samples: Samples, babble: Samples, snr_db: float, number: int) -> Samples:
    start = (number * 7_919) % max(1, len(babble) - len(samples)) if len(samples) < len(babble) else 0
    noise = np.resize(babble[start:], len(samples))
    loud = samples[np.abs(samples) > 0.01]
    ratio = float(np.sqrt(np.mean(loud**2)) / (np.sqrt(np.mean(noise**2)) + 1e-9)) if len(loud) else 0.0
    return samples + noise * np.float32(ratio / 10 ** (snr_db / 20))


def _clip(samples: Samples) -> Samples:
    """A microphone that is too close: 18 dB too loud, cut off, and turned down on its way."""
    return np.clip(samples * np.float32(CLIP_GAIN), -0.9, 0.9).astype(np.float32) * np.float32(0.5)


def _lose(pcm: bytes, share: float, number: int) -> bytes:
    """Packets of 20 ms that did not arrive: silence, as Asterisk leaves it."""
    generator = np.random.default_rng(number)
    return b"".join(bytes(len(frame)) if generator.random() < share else frame for frame in _frames(pcm))


def _frames(pcm: bytes) -> Iterator[bytes]:
    for at in range(0, len(pcm), FRAME_BYTES):
        yield pcm[at : at + FRAME_BYTES]
