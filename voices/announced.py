"""Which announcements there are: what Asterisk says by itself. Light, for every start of the hotline reads it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import yaml

LANGUAGE = "zh"
EMERGENCIES = ("emergency-120", "emergency-119", "emergency-110")
"""What somebody in danger is told while a seat rings."""


def numbers() -> dict[str, str]:
    """`digits/N` → the word: from these Asterisk puts together 1 to 99, as Chinese does."""
    digits = "一二三四五六七八九"
    small = {n: digits[n - 1] for n in range(1, 10)} | {10: "十"} | {10 + n: f"十{digits[n - 1]}" for n in range(1, 10)}
    tens = {10 * n: f"{digits[n - 1]}十" for n in range(2, 10)}
    return {f"digits/{n}": word for n, word in (small | tens).items()}


def announced(folder: Path) -> str:
    """The language in which somebody in danger is told what to do by Asterisk; empty where that was not rendered."""
    return LANGUAGE if all((folder / f"{name}.wav").exists() for name in EMERGENCIES) else ""


def lacking(folder: Path) -> list[str]:
    """Names of the announcements that are not there."""
    return [name for name in texts() if not (folder / f"{name}.wav").exists()]


def texts() -> dict[str, str]:
    """Name → what is said."""
    written: dict[str, str] = yaml.safe_load(
        resources.files("voices.prompts").joinpath("rescue.yaml").read_text(encoding="utf-8")
    )
    return written | numbers()
