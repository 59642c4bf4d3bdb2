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
    text = resources.files("voices.recognition").joinpath("hints.yaml").read_text(encoding="utf-8")
    table: dict[str, dict[str, str]] = yaml.safe_load(text)
    return table


def hint(language: str, expect: Sequence[str], phrases: Mapping[str, Sequence[str]] | None = None) -> str:
    """Words for these expected slots and offered phrases; empty for a language without any."""
    table = _table().get(language)
    if table is None:
        return ""
    offered = [phrase for some in (phrases or {}).values() for phrase in some][:PHRASES_MAX]
    parts = ["，".join(offered) + "。"] if offered else []
    parts += [table[name] for name in expect if name in table and not (offered and name == "choice")]
    if not expect:
        parts.append(table["open"])
    parts.append(table["always"])
    text = ""
    for part in parts:
        if len(text) + len(part) <= HINT_MAX:
            text += part
    return text
