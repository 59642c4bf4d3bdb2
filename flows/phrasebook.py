"""Understanding for languages without training data: the phrases of the pack, read as their Mandarin meaning.

A caller who says “yes”, “tomorrow” or “eye doctor” is understood by the same engine that understands 对, 明天 and 眼科.
It is no translation: what is not in the phrase book is not understood, and the caller goes on by key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from nlu.understand import ParseContext, Understander, Understanding
from voices.languages.pack import Pack

_BETWEEN = re.compile(r"[\s\u0f0b\u0f0d,.!?;:،؟。，！？、'’-]+")
_SPACED = re.compile(r"[a-zа-яёәіңғүұқөһ\u0600-\u06ff\u0f00-\u0fff]", re.IGNORECASE)
_HAN = re.compile(r"[\u4e00-\u9fff]")
UNKNOWN = "out_of_scope"


class Phrasebook(Understander):
    """Stands before an engine that knows Mandarin; sentences in languages that it knows itself go through untouched."""

    def __init__(self, engine: Understander, packs: Mapping[str, Pack]) -> None:
        self._engine, self._packs = engine, packs

    def understand(self, text: str, context: ParseContext) -> Understanding:
        """Read one utterance."""
        known = self._known(text, context)
        return _nothing(text) if known is None else self._engine.understand(*known)

    async def understand_async(self, text: str, context: ParseContext) -> Understanding:
        """Read one utterance on an event loop."""
        known = self._known(text, context)
        return _nothing(text) if known is None else await self._engine.understand_async(*known)

    def _known(self, text: str, context: ParseContext) -> tuple[str, ParseContext] | None:
        """What the engine is to read; None when the phrase book has nothing of it."""
        pack = self._packs.get(context.language)
        if pack is None or pack.understands:
            return text, context
        if _HAN.search(text):  # a phrase taught by example comes as its meaning in Mandarin
            return text, replace(context, language="zh")
        meaning = _label(text, context) or "，".join(in_mandarin(text, pack))
        return (meaning, replace(context, language="zh")) if meaning else None


def _nothing(text: str) -> Understanding:
    return Understanding(text, UNKNOWN, 0.0, accepted=False)


def _label(text: str, context: ParseContext) -> str:
    """An offered choice that is named as it was read out."""
    said = _plain(text)
    found = [label for some in context.phrases.values() for label in some if _plain(label) and _holds(said, label)]
    return max(found, key=len) if found else ""


def in_mandarin(text: str, pack: Pack) -> list[str]:
    """The meanings of the phrases in the text, in the order in which they were said; longer phrases count first."""
    said = _plain(text)
    found: list[tuple[int, str]] = []
    for phrase, meaning in _phrases(pack.language, tuple((m, tuple(w)) for m, w in pack.phrases.items())):
        at = _find(said, phrase)
        if at >= 0:
            found.append((at, meaning))
            said = said[:at] + "\0" * len(phrase) + said[at + len(phrase) :]
    return [meaning for _, meaning in sorted(found)]


@cache
def _phrases(_: str, table: tuple[tuple[str, tuple[str, ...]], ...]) -> list[tuple[str, str]]:
    """(phrase, meaning), longest first."""
    pairs = [(_plain(word), meaning) for meaning, words in table for word in words]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def _plain(text: str) -> str:
    return " ".join(part for part in _BETWEEN.split(text.casefold()[:400]) if part)


def _holds(said: str, label: str) -> bool:
    return _find(said, _plain(label)) >= 0


def _find(said: str, phrase: str) -> int:
    """Where the phrase stands; as whole words where the script has words."""
    if not phrase:
        return -1
    if not _SPACED.search(phrase):  # Korean puts endings at its words: 오전에 is 오전
        return said.find(phrase)
    found = re.search(rf"(?:^|(?<=[ \0])){re.escape(phrase)}(?=$|[ \0])", said)
    return found.start() if found else -1
