"""Languages beside Mandarin, part `languages` of `make bench-speech`: what is understood, which language is told from
the first words, and what rates and levels cost that are made at run time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ivr.settings import Settings
from tests.bench.speech_sets import Spoken, callers, recorded, understander
from tests.bench.speech_tables import percentile
from tests.bench.speech_understanding import measure as understanding
from voices.audio import RATE_HZ, from_pcm, phone_line
from voices.errors import VoiceError
from voices.languages.pack import load_packs
from voices.models import fetch
from voices.recognition.whisper import SURELY, Whisper
from voices.synthesis.espeak import Espeak
from voices.synthesis.kokoro import Kokoro
from voices.synthesis.phone import for_phone
from voices.synthesis.store import stretch
from voices.synthesis.tempo import stretched

SHORT_S = 1.5
"""The shortest speech of which a language is told."""
ENGLISH = (
    "I would like to see a doctor tomorrow morning, please.",
    "Can you tell me when my pension will be paid?",
    "I need to speak to a person, I cannot hear you well.",
)
ENGLISH_VOICES = ("af_bella", "am_michael", "bf_emma", "bm_george")
OTHERS: Mapping[str, tuple[str, str, str]] = {
    "ko": ("내일 오전에 병원 예약을 하고 싶어요.", "연금이 언제 나오는지 알고 싶습니다.", "상담원과 통화하고 싶어요."),
    "kk": ("Ертең таңертең дәрігерге жазылғым келеді.", "Зейнетақым қашан түседі?", "Маған адаммен сөйлесу керек."),
    "ug": ("ئەتە ئەتىگەندە دوختۇرغا كۆرۈنمەكچىمەن.", "پېنسىيەم قاچان چۈشىدۇ؟", "ماڭا ئادەم بىلەن سۆزلىشىش كېرەك."),
}
"""Not checked by native speakers; said by espeak-ng, whose voices hardly stand for people."""
PIECES = 200
RATES = ("slow", "slower")


@dataclass(frozen=True, slots=True)
class Told:
    """What was made of one piece."""

    spoken: str
    best: str
    chance: float


def summary(what: str, told: Sequence[Told]) -> dict[str, Any]:
    """One row: taken for what it is or for another language, at the best guess and from the threshold on."""
    others = [one for one in told if one.best != one.spoken]
    return {
        "speech": what,
        "pieces": len(told),
        "best guess is right": len(told) - len(others),
        f"right from {SURELY} on": sum(one.best == one.spoken and one.chance >= SURELY for one in told),
        "another": len(others),
        f"another from {SURELY} on": sum(one.chance >= SURELY for one in others),
        "surest of another": max((round(one.chance, 2) for one in others), default=None),
        "languages of another": sorted({one.best for one in others}),
    }


def cut_short(pcm: bytes) -> bytes:
    """The first part of it that is long enough to tell a language by, from its first sound on."""
    loud = np.flatnonzero(np.abs(from_pcm(pcm)) > 0.02)
    start = int(loud[0]) * 2 if len(loud) else 0
    return pcm[start : start + int(SHORT_S * RATE_HZ) * 2]


def measure(settings: Settings, say: Callable[[str], None], *, speech: Path, full: bool, every: int) -> dict[str, Any]:
    """All of it. Raises VoiceError."""
    engine = understander(settings)
    mandarin = engine.classifier("zh")
    assert mandarin is not None
    found: dict[str, Any] = {"understanding": understanding(load_packs(), mandarin)}
    say("  understanding: done")
    people, own = recorded(speech)[::every], callers(settings, say, every_voice=full)[::every]
    found["which language"] = _which(settings, say, people, own)
    say("  which language: done")
    found["rates and levels, CPU ms of a piece"] = _rates(settings, every)
    return found


def _which(
    settings: Settings, say: Callable[[str], None], people: Sequence[Spoken], own: Sequence[Spoken]
) -> list[dict[str, Any]]:
    whisper = Whisper(settings.models_dir / "whisper-base")

    def tell(language: str, pieces: Iterable[bytes]) -> list[Told]:
        return [Told(language, *whisper.languages(phone_line(pcm))[0]) for pcm in pieces]

    rows = [
        summary("Mandarin, read by people", tell("zh", (one.pcm for one in people))),
        summary(f"the same, cut to {SHORT_S} s", tell("zh", (cut_short(one.pcm) for one in people))),
        summary("Mandarin, synthetic callers", tell("zh", (one.pcm for one in own))),
    ]
    try:
        rows.append(summary("English, four synthetic voices", tell("en", _english(settings, say))))
    except VoiceError as error:
        say(f"English is left out: {error} {error.remedy}")
    for language, sentences in OTHERS.items():
        voice = load_packs()[language].voice
        try:
            assert voice is not None
            made = [Espeak(voice.voice).render(text).tobytes() for text in sentences]
        except VoiceError as error:
            say(f"{language} is left out: {error} {error.remedy}")
            continue
        rows.append(summary(f"{language}, espeak-ng", tell(language, made)))
    return rows


def _english(settings: Settings, say: Callable[[str], None]) -> list[bytes]:
    """Every sentence by every voice, rendered once. Raises VoiceError."""
    folder = fetch("kokoro-callers", settings.models_dir, say, settings.speech.mirror_dir)
    kept = settings.parts_dir / "bench" / "english"
    kept.mkdir(parents=True, exist_ok=True)
    found = []
    for voice in ENGLISH_VOICES:
        files = [kept / f"{voice}-{number}.pcm" for number in range(len(ENGLISH))]
        if not all(file.exists() for file in files):
            speaker = Kokoro(settings.models_dir / "kokoro", str(folder / voice), "en")
            for file, text in zip(files, ENGLISH, strict=True):
                fresh = file.with_suffix(".part")
                fresh.write_bytes(speaker.render(text, RATE_HZ, 0.9).tobytes())
                fresh.replace(file)
        found += [file.read_bytes() for file in files]
    return found


def _rates(settings: Settings, every: int) -> list[dict[str, Any]]:
    """CPU time of what is made of a rendered piece when it is first wanted so."""
    files = sorted(settings.prompts_dir.rglob("*.pcm"))[:PIECES:every]
    audio = [file.read_bytes() for file in files]
    rows = []
    work: list[tuple[str, Callable[[bytes], bytes]]] = [
        *((f"{rate}, stretched", lambda pcm, rate=rate: stretched(pcm, stretch(rate))) for rate in RATES),
        ("equalised for a phone", for_phone),
        ("the same, loud", lambda pcm: for_phone(pcm, "loud")),
    ]
    for name, make in work:
        took = []
        for pcm in audio:
            began = time.process_time()
            make(pcm)
            took.append((time.process_time() - began) * 1000)
        rows.append({"what": name, "pieces": len(took), "p50": percentile(took, 0.5), "p95": percentile(took, 0.95)})
    length = percentile([len(pcm) / 2 / RATE_HZ for pcm in audio], 0.5)
    return [*rows, {"what": "a piece lasts, s", "pieces": len(audio), "p50": length}]
