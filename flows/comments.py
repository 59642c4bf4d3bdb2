"""The comments of a YAML text, told from the # that stands within words."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+(#.*)")


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment."""

    line: int
    """0-based."""
    column: int
    text: str
    """From its # on, without blanks at the end."""
    alone: bool
    """Nothing else stands on its line."""
    gap: bool
    """The line above it is blank."""


def comments_of(text: str) -> list[Comment]:
    """Every comment, in order. Raises yaml.YAMLError when the text is not YAML."""
    rows = text.split("\n")
    found: list[Comment] = []
    end = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        found += _between(text, rows, end, token.start_mark.index)
        if isinstance(token, yaml.ScalarToken) and token.style in {"|", ">"}:
            header = _HEADER.match(text[token.start_mark.index : token.end_mark.index].split("\n", 1)[0])
            if header:
                line, column = token.start_mark.line, token.start_mark.column + header.start(1)
                found.append(Comment(line, column, header[1].rstrip(), alone=False, gap=False))
        end = max(end, token.end_mark.index)
    return found + _between(text, rows, end, len(text))


def _between(text: str, rows: list[str], start: int, end: int) -> list[Comment]:
    """Comments in what lies between two tokens: nothing else can stand there."""
    found = []
    part = text[start:end]
    line = text.count("\n", 0, start)
    column = start - (text.rfind("\n", 0, start) + 1)
    for n, row in enumerate(part.split("\n")):
        at = row.find("#")
        if at >= 0:
            here, place = line + n, at + (column if n == 0 else 0)
            alone = not rows[here][:place].strip()
            gap = alone and here > 0 and not rows[here - 1].strip()
            found.append(Comment(here, place, row[at:].rstrip(), alone, gap))
    return found
