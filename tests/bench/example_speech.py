"""The speech by which phrases taught by example are tried: every phrase by every speaker, at a speed of their own.

Mandarin by the Mandarin voices of Kokoro; and, as a language that no recogniser here knows, Kazakh: its phonemes come
from espeak-ng and are spoken by voices of other languages. No package has recordings of real people for either."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from voices.audio import RATE_HZ, from_pcm, phone_line, to_pcm
from voices.synthesis.kokoro import Kokoro

SPEAKERS: Mapping[str, tuple[str, ...]] = {
    "zh": (
        *("zf_xiaoni", "zf_xiaoxiao", "zf_xiaoyi", "zm_yunjian", "zm_yunxia", "zm_yunyang"),
        *("zf_xiaobei", "zm_yunxi"),
    ),
    "kk": ("af_bella", "am_michael", "bf_emma", "bm_george", "if_sara", "im_nicola", "ff_siwis", "jf_alpha"),
}
SPEEDS = (0.75, 0.85, 0.95, 1.05)
PHRASES: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "yes": "对",
        "no": "不是",
        "one": "一",
        "two": "二",
        "three": "三",
        "four": "四",
        "five": "五",
        "six": "六",
        "seven": "七",
        "eight": "八",
        "nine": "九",
        "zero": "零",
        "today": "今天",
        "tomorrow": "明天",
        "am": "上午",
        "pm": "下午",
        "doctor": "我要挂号",
        "pension": "查养老金",
        "person": "找人工",
        "again": "再说一遍",
    },
    "kk": {
        "yes": "иә",
        "no": "жоқ",
        "one": "бір",
        "two": "екі",
        "three": "үш",
        "four": "төрт",
        "five": "бес",
        "six": "алты",
        "seven": "жеті",
        "eight": "сегіз",
        "nine": "тоғыз",
        "zero": "нөл",
        "today": "бүгін",
        "tomorrow": "ертең",
        "am": "түстен бұрын",
        "pm": "түстен кейін",
        "doctor": "дәрігерге жазылу",
        "pension": "зейнетақы",
        "person": "адам керек",
        "again": "қайта айтыңыз",
    },
}
"""The same twenty meanings in each language."""
STRANGE: Mapping[str, tuple[str, ...]] = {
    "zh": ("我老伴", "吃饭了吗", "等一下", "什么", "孩子在家", "天气好", "喂你好", "桌子", "去北京", "多少钱"),
    "kk": (
        "менің балам",
        "тамақ іштің бе",
        "күте тұр",
        "не дейді",
        "үйде",
        "ауа райы",
        "сәлем",
        "үстел",
        "қалаға",
        "қанша",
    ),
}
"""Short phrases that nobody taught."""
KOKORO_SOUNDS = str.maketrans({"r": "ɾ", "\u0361": None, "\u032f": None, "-": None, "χ": "x", "ʁ": "ɡ", "ʉ": "u"})


def by_espeak(voice: str) -> Callable[[str], str]:
    """Text → phonemes by espeak-ng in any of its languages, as far as Kokoro has signs for them."""

    def phonemes(text: str) -> str:
        command = ["espeak-ng", "-q", "--ipa", "-v", voice, "--stdin"]
        done = subprocess.run(command, input=text, text=True, capture_output=True, timeout=5, check=True)
        return " ".join(done.stdout.split()).translate(KOKORO_SOUNDS)

    return phonemes


def render(folder: Path, models: Path, language: str, tell: Callable[[str], None], every: int = 1) -> None:
    """Render what is missing by every so many-th speaker: FOLDER/LANGUAGE/SPEAKER/PHRASE.pcm, 16 kHz s16le."""
    wanted = {**PHRASES[language], **{f"strange{n}": text for n, text in enumerate(STRANGE[language])}}
    for number, speaker in enumerate(SPEAKERS[language]):
        here = folder / language / speaker
        missing = {name: text for name, text in wanted.items() if not (here / f"{name}.pcm").exists()}
        if not missing or number % every:
            continue
        tell(f"{language}: {speaker} speaks {len(missing)} phrases …")
        here.mkdir(parents=True, exist_ok=True)
        own = models / "kokoro" / f"{speaker}.bin"
        style = own if own.exists() else models / "kokoro-callers" / f"{speaker}.bin"
        voice = Kokoro(models / "kokoro", str(style.with_suffix("").resolve()))
        if language != "zh":
            voice.speak_phonemes(by_espeak(language))
        for at, (name, text) in enumerate(missing.items()):
            samples = voice.render(text, RATE_HZ, SPEEDS[(number + at) % len(SPEEDS)])
            fresh = here / f"{name}.part"
            fresh.write_bytes(samples.astype("<i2").tobytes())
            fresh.replace(here / f"{name}.pcm")


def load(folder: Path, language: str) -> dict[tuple[str, str], bytes]:
    """(speaker, phrase) → PCM."""
    return {
        (speaker, file.stem): file.read_bytes()
        for speaker in SPEAKERS[language]
        for file in sorted((folder / language / speaker).glob("*.pcm"))
    }


def over_the_line(pcm: bytes, snr_db: float | None, seed: str) -> bytes:
    """Through a phone line, with pink-ish noise at `snr_db` below the speech, and a little silence on either side."""
    samples = from_pcm(bytes(6400) + pcm + bytes(6400))
    if snr_db is not None:
        digest = hashlib.sha256(seed.encode()).digest()
        chance = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        noise = np.cumsum(chance.standard_normal(len(samples)))
        noise = np.convolve(noise - np.convolve(noise, np.ones(160) / 160, mode="same"), [0.5, 0.5], mode="same")
        level = float(np.sqrt(np.mean(samples**2))) * 10 ** (-snr_db / 20)
        samples = samples + (noise * level / float(np.sqrt(np.mean(noise**2)))).astype(np.float32)
    return phone_line(to_pcm(samples.astype(np.float32)))
