"""The utterances that the engines learn from: the Rasa project's YAML, entity marks taken off."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "rasa_project" / "data"
_MARK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
_ITEM = re.compile(r"^\s*-\s?(.*)$")


@dataclass(frozen=True, slots=True)
class Example:
    """One utterance and its intent."""

    text: str
    intent: str


def plain(utterance: str) -> str:
    """An utterance without the marks of its entities: [明天](date) is 明天."""
    return _MARK.sub(r"\1", utterance).strip()


def _utterances(block: Any) -> Iterator[str]:
    """Rasa takes one text with a dash before each utterance, or a list."""
    lines = block.splitlines() if isinstance(block, str) else block if isinstance(block, list) else []
    for line in lines:
        words = line.get("text", "") if isinstance(line, dict) else str(line)
        found = _ITEM.match(words)
        utterance = plain(found[1] if found else words)
        if utterance:
            yield utterance


def in_content(content: Any) -> Iterator[Example]:
    """The utterances of one file's content, in their order; whatever is not Rasa's training data has none."""
    entries = content.get("nlu") if isinstance(content, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and "intent" in entry:
            intent = str(entry["intent"]).split("/")[0]
            yield from (Example(text, intent) for text in _utterances(entry.get("examples")))


def _in_file(path: Path) -> Iterator[Example]:
    return in_content(yaml.safe_load(path.read_text(encoding="utf-8")))


def examples(language: str = "zh", data: Path = DATA) -> list[Example]:
    """All utterances of a language, in the order of the files, each once."""
    files = sorted((data / language).glob("*.yml"))
    return list(dict.fromkeys(one for path in files for one in _in_file(path)))


def languages(data: Path = DATA) -> list[str]:
    """The languages that have utterances."""
    return sorted(folder.name for folder in data.iterdir() if any(folder.glob("*.yml")))


def fingerprint(training: list[Example]) -> str:
    """A hash that changes with any utterance."""
    joined = "\n".join(f"{one.intent}\t{one.text}" for one in training)
    return hashlib.sha256(joined.encode()).hexdigest()
