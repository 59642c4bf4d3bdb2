"""The tiny grammar of expressions in flow files. No programming language: nothing loops, calls out or changes anything.

    expression  = or
    or          = and { "or" and }
    and         = not { "and" not }
    not         = "not" not | comparison
    comparison  = value [ ("==" | "!=" | "<" | "<=" | ">" | ">=" | "in") value ]
    value       = number | 'text' | true | false | null | function "(" … ")" | name { "." name } | "(" expression ")"

A name that is not set is null; a comparison of things that cannot be compared is false.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

from flows.errors import FlowError

Scope: TypeAlias = Mapping[str, Any]
"""Name → value. `today` is an ISO date."""
Node: TypeAlias = Callable[[Scope], Any]

MAX_LENGTH = 300
MAX_DEPTH = 20
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|'([^']*)'|([A-Za-z_][A-Za-z0-9_]*)|(==|!=|<=|>=|[<>().,]))")
_KEYWORDS = frozenset({"and", "or", "not", "in", "true", "false", "null"})


def _count(_: Scope, items: Any) -> int:
    return len(items) if isinstance(items, list | tuple | dict | str) else 0


def _first(_: Scope, items: Any) -> Any:
    return items[0] if isinstance(items, list | tuple) and items else None


def _distinct(_: Scope, items: Any, name: Any) -> list[Any]:
    seen: dict[Any, Any] = {}
    for item in items if isinstance(items, list | tuple) else ():
        if isinstance(item, Mapping):
            seen.setdefault(str(item.get(name)), item)
    return list(seen.values())


def _only(_: Scope, items: Any, name: Any, value: Any) -> list[Any]:
    rows = items if isinstance(items, list | tuple) else ()
    return [item for item in rows if isinstance(item, Mapping) and item.get(name) == value]


def _pick(_: Scope, items: Any, name: Any) -> list[Any]:
    rows = items if isinstance(items, list | tuple) else ()
    return [item[name] for item in rows if isinstance(item, Mapping) and name in item]


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _days_until(scope: Scope, text: Any) -> int | None:
    day, today = _day(text), _day(scope.get("today"))
    return None if day is None or today is None else (day - today).days


def _days_ahead(scope: Scope, first: Any, last: Any) -> list[str]:
    today = _day(scope.get("today"))
    if today is None or not isinstance(first, int) or not isinstance(last, int):
        return []
    return [(today + timedelta(days=n)).isoformat() for n in range(first, min(last, first + 60) + 1)]


FUNCTIONS: Mapping[str, tuple[int, Callable[..., Any]]] = {
    "known": (1, lambda _, value: value is not None),
    "count": (1, _count),
    "first": (1, _first),
    "distinct": (2, _distinct),
    "only": (3, _only),
    "pick": (2, _pick),
    "days_until": (1, _days_until),
    "days_ahead": (2, _days_ahead),
}
"""Name → (number of arguments, function of the scope and the arguments)."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression."""

    source: str
    names: frozenset[str]
    """The first part of every name that it reads."""
    node: Node

    def evaluate(self, scope: Scope) -> Any:
        """The value in this scope. Never raises."""
        return self.node(scope)

    def true(self, scope: Scope) -> bool:
        return bool(self.node(scope))


def parse(source: object) -> Expression:
    """Parse an expression. Raises FlowError (`expression`)."""
    text = (
        {True: "true", False: "false", None: "null"}[source]
        if source is None or isinstance(source, bool)
        else str(source)
    )
    if len(text) > MAX_LENGTH:
        raise FlowError(
            "expression", f"The expression is longer than {MAX_LENGTH} characters.", remedy="Split it over steps."
        )
    return _Parser(text).parse()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = list(self._scan(source))
        self.at = 0
        self.depth = 0
        self.names: set[str] = set()

    def _scan(self, source: str) -> Sequence[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        at = 0
        while source[at:].strip():
            found = _TOKEN.match(source, at)
            if not found:
                raise self.error(f"cannot read it from “{source[at:].strip()[:20]}” on")
            at = found.end()
            number, text, name, sign = found.groups()
            if number is not None:
                tokens.append(("number", number))
            elif text is not None:
                tokens.append(("text", text))
            elif name is not None:
                tokens.append(("word" if name in _KEYWORDS else "name", name))
            else:
                tokens.append(("sign", sign))
        return tokens

    def error(self, why: str) -> FlowError:
        return FlowError(
            "expression",
            f"The expression “{self.source}” does not parse: {why}.",
            remedy="Use names, numbers, 'text', ==, !=, <, <=, >, >=, in, and, or, not, and "
            + ", ".join(sorted(FUNCTIONS))
            + ".",
        )

    def peek(self, value: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at] in {("sign", value), ("word", value)}

    def take(self, value: str) -> bool:
        if self.peek(value):
            self.at += 1
            return True
        return False

    def need(self, value: str) -> None:
        if not self.take(value):
            raise self.error(f"“{value}” is missing")

    def parse(self) -> Expression:
        node = self.any_of()
        if self.at < len(self.tokens):
            raise self.error(f"“{self.tokens[self.at][1]}” is not expected there")
        return Expression(self.source, frozenset(self.names), node)

    def any_of(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error("it is nested too deeply")
        left = self.all_of()
        while self.take("or"):
            left = _either(left, self.all_of())
        self.depth -= 1
        return left

    def all_of(self) -> Node:
        left = self.negated()
        while self.take("and"):
            left = _both(left, self.negated())
        return left

    def negated(self) -> Node:
        turns = 0
        while self.take("not"):
            turns += 1
        inner = self.comparison()
        return _negation(inner) if turns % 2 else inner

    def comparison(self) -> Node:
        left = self.value()
        for sign in ("==", "!=", "<=", ">=", "<", ">", "in"):
            if self.take(sign):
                return _comparison(sign, left, self.value())
        return left

    def value(self) -> Node:
        if self.take("("):
            node = self.any_of()
            self.need(")")
            return node
        for word, constant in (("true", True), ("false", False), ("null", None)):
            if self.take(word):
                return _constant(constant)
        if self.at >= len(self.tokens):
            raise self.error("it ends too early")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return _constant(float(text) if "." in text else int(text))
        if kind == "text":
            return _constant(text)
        if kind != "name":
            raise self.error(f"“{text}” is not expected there")
        return self.call(text) if self.take("(") else self.path(text)

    def call(self, name: str) -> Node:
        if name not in FUNCTIONS:
            raise self.error(f"there is no function “{name}”")
        arguments: list[Node] = []
        while not self.take(")"):
            if arguments:
                self.need(",")
            arguments.append(self.any_of())
        wanted, function = FUNCTIONS[name]
        if len(arguments) != wanted:
            raise self.error(f"“{name}” takes {wanted} value(s), not {len(arguments)}")
        return lambda scope: function(scope, *(node(scope) for node in arguments))

    def path(self, name: str) -> Node:
        self.names.add(name)
        parts: list[str] = []
        while self.take("."):
            if self.at >= len(self.tokens) or self.tokens[self.at][0] != "name":
                raise self.error("a name is missing after “.”")
            parts.append(self.tokens[self.at][1])
            self.at += 1
        if not parts:
            return lambda scope: scope.get(name)
        return lambda scope: lookup(scope.get(name), parts)


def lookup(value: Any, parts: Sequence[str]) -> Any:
    """Follow names into nested mappings; None where one is missing."""
    for part in parts:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _constant(value: Any) -> Node:
    return lambda _: value


def _negation(inner: Node) -> Node:
    return lambda scope: not inner(scope)


def _either(left: Node, right: Node) -> Node:
    return lambda scope: left(scope) or right(scope)


def _both(left: Node, right: Node) -> Node:
    return lambda scope: left(scope) and right(scope)


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
}


def _comparison(sign: str, left: Node, right: Node) -> Node:
    compare = _COMPARE[sign]

    def node(scope: Scope) -> bool:
        try:
            return bool(compare(left(scope), right(scope)))
        except TypeError:
            return False  # null < 3: nothing to compare, so the branch is not taken

    return node
