"""An understanding that is asked the same again and again, as rehearsals and simulated callers do."""

from __future__ import annotations

from typing import Any

from nlu.understand import ParseContext, Understander, Understanding


class Remembering(Understander):
    """The understanding, which reads the same words at the same question once: short answers come again and again."""

    def __init__(self, inner: Understander) -> None:
        self._inner = inner
        self._known: dict[tuple[Any, ...], Understanding] = {}

    def understand(self, text: str, context: ParseContext) -> Understanding:
        key = (text, context.now.date(), context.language, context.expect, tuple(context.phrases.items()))
        if key not in self._known:
            self._known[key] = self._inner.understand(text, context)
        return self._known[key]
