"""English text → the phonemes of Kokoro, by the program espeak-ng, whose IPA the model was trained on."""

from __future__ import annotations

import re
import shutil
import subprocess

from voices.errors import VoiceError
from voices.synthesis.espeak import REMEDY

PROGRAM = "espeak-ng"
TIMEOUT_S = 4.0
_CLAUSES = re.compile(r"([,.;:!?]+)")
_SOUNDS = str.maketrans({"ʲ": "j", "r": "ɹ", "x": "k", "ɬ": "l", "\u0361": None, "\u200d": None, "-": " "})
"""IPA of espeak-ng that Kokoro writes otherwise or not at all."""
_JOINED = {"tʃ": "ʧ", "dʒ": "ʤ", "eɪ": "A", "oʊ": "O", "aʊ": "W", "aɪ": "I", "ɔɪ": "Y", "ɚ": "əɹ", "ɐ": "ə"}
"""Pairs that Kokoro has one sign for."""


def installed() -> bool:
    """Whether the program is on this machine; the library, which other voices use, does not do."""
    return shutil.which(PROGRAM) is not None


def phonemes(text: str) -> str:
    """Phonemes with the pauses of the text. Raises VoiceError (`unavailable`, `timeout`)."""
    parts = _CLAUSES.split(text)
    said = ""
    for clause, pause in zip(parts[::2], [*parts[1::2], ""], strict=True):
        if words := " ".join(clause.split()):
            said += (" " if said else "") + _kokoro(_espeak(words))
        said += pause[:1]
    return said.strip()


def _espeak(clause: str) -> str:
    try:
        done = subprocess.run(
            [PROGRAM, "-q", "--ipa", "-v", "en-us", "--stdin"],
            input=clause,
            text=True,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=True,
        )
    except FileNotFoundError:
        raise VoiceError("unavailable", "espeak-ng is not installed; it gives English its sounds", REMEDY) from None
    except subprocess.TimeoutExpired:
        raise VoiceError("timeout", f"espeak-ng gave no sounds within {TIMEOUT_S:.0f} s") from None
    except subprocess.CalledProcessError as error:
        raise VoiceError("unavailable", f"espeak-ng failed: {error.stderr.strip()[:200]}", REMEDY) from error
    return " ".join(done.stdout.split())


def _kokoro(ipa: str) -> str:
    said = ipa.translate(_SOUNDS)
    for pair, sign in _JOINED.items():
        said = said.replace(pair, sign)
    return said
