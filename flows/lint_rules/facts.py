"""What a condition tells about names once it is known to be true or false."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flows.expressions import Expression

_PATH = r"[A-Za-z_]\w*(?:\.\w+)*"
_KNOWN = re.compile(rf"(not )?known\(({_PATH})\)")
_COUNT = re.compile(rf"count\((?:distinct\()?({_PATH})[^()]*\)?\) (>|>=|==) (\d+)")
_EQUAL = re.compile(rf"({_PATH}) == (?!null)\S+.*")
_ORDER = re.compile(rf"(?:days_until\()?({_PATH})\)? (?:<|<=|>|>=) -?\d+")


@dataclass(frozen=True, slots=True)
class Facts:
    """Names that certainly have a value, and names that certainly have none."""

    known: frozenset[str] = frozenset()
    unset: frozenset[str] = frozenset()

    def also(self, other: Facts) -> Facts:
        """Both hold."""
        return Facts(self.known | other.known, self.unset | other.unset)

    def contradicts(self, other: Facts) -> bool:
        """They cannot hold at once."""
        return bool(self.known & other.unset or self.unset & other.known)

    def then(self, other: Facts) -> Facts:
        """What holds when `other` came about afterwards."""
        return Facts((self.known - other.unset) | other.known, (self.unset - other.known) | other.unset)


NOTHING = Facts()


def facts(expression: Expression | None, *, true: bool) -> Facts:
    """What follows from an expression being true (or false). Nothing where its form is not understood."""
    if expression is None:
        return NOTHING
    source = " ".join(expression.source.split())
    # “a and b” is true when both are, “a or b” false when neither is: the other two tell nothing about a part.
    joined, split = (" or ", " and ") if true else (" and ", " or ")
    if joined in source:
        return NOTHING
    found = NOTHING
    for part in source.split(split):
        found = found.also(_part(part.strip(), true=true))
    return found


def _part(text: str, *, true: bool) -> Facts:
    if match := _KNOWN.fullmatch(text):
        known = (match[1] is None) == true
        path = match[2]
        if known:
            return Facts(known=_first(path))
        return Facts(unset=_first(path)) if "." not in path else NOTHING
    if not true:
        return NOTHING
    if match := _COUNT.fullmatch(text):
        least = int(match[3]) + (match[2] == ">")
        return Facts(known=_first(match[1])) if least > 0 else NOTHING
    if match := _EQUAL.fullmatch(text) or _ORDER.fullmatch(text):
        return Facts(known=_first(match[1]))
    return NOTHING


def _first(path: str) -> frozenset[str]:
    return frozenset({path.split(".", 1)[0]})
