"""What the caller is likely to say next, as text for the recogniser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import yaml

HINT_MAX = 90
"""Characters. A longer text before costs time and pulls the recogniser away from what was said."""
PHRASES_MAX = 8


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    table: dict[str, dict[str, str]] = yaml.safe_load(_text("hints.yaml"))
    return table


@cache
def _answers() -> Mapping[str, Mapping[str, Sequence[str]]]:
    table: dict[str, dict[str, list[str]]] = yaml.safe_load(_text("phrases.yaml"))
    return table


def _text(name: str) -> str:
    return resources.files("voices.recognition").joinpath(name).read_text(encoding="utf-8")


def answers(language: str, expect: Sequence[str]) -> tuple[str, ...]:
    """Short answers that these expected slots take, whatever was offered (none expected is the open question); empty
    for a language without any."""
    table = _answers().get(language, {})
    return tuple(dict.fromkeys(phrase for name in expect or ("open",) for phrase in table.get(name, ())))


def hint(language: str, expect: Sequence[str], phrases: Mapping[str, Sequence[str]] | None = None) -> str:
    """Words for these expected slots and offered phrases; empty for a language without any."""
    table = _table().get(language)
    if table is None:
        return ""
    offered = [phrase for some in (phrases or {}).values() for phrase in some][:PHRASES_MAX]
    own = [name for name in expect if name != "choice"]
    # The question's own words first: callers say 后天, not the dates that could be read out to them, and eight of those
    # leave no room for anything else.
    parts = [table[name] for name in own if name in table]
    if offered:
        parts.append("，".join(offered) + "。")
    elif "choice" in expect:
        parts.append(table["choice"])
    if not expect:
        parts.append(table["open"])
    parts.append(table["always"])
    text = ""
    for part in parts:
        if len(text) + len(part) <= HINT_MAX:
            text += part
    return text
