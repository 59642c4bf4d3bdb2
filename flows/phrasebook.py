"""Understanding for languages with little or no training data: the phrases of the pack, read as their Mandarin meaning.

A caller who says “yes”, “tomorrow” or “eye doctor” is understood by the same engine that understands 对, 明天 and 眼科.
It is no translation: where there is no training data, what is not in the phrase book is not understood, and the caller
goes on by key. Where there is (`understands` in the pack), the sentence as a whole gives the wish.

Elsewhere the whole sentence is read as well, but little of that is believed: danger above all, for whoever is in it
finds words that are in no book."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from flows import dangers
from nlu.understand import ParseContext, Understander, Understanding
from voices.languages.pack import Pack

_BETWEEN = re.compile(r"[\s\u0f0b\u0f0d,.!?;:،؟。，！？、'’-]+")
_SPACED = re.compile(r"[a-zа-яёәіңғүұқөһ\u0600-\u06ff\u0f00-\u0fff]", re.IGNORECASE)
_HAN = re.compile(r"[\u4e00-\u9fff]")
UNKNOWN = "out_of_scope"
MOST = 0.6
"""From this share of a sentence on, its phrases say what it means."""
WHOLE = 0.9
"""From this share on they are all that was said, and no danger either."""
SOME = 0.3
"""From this share on they do so where the sentence as a whole was not understood."""
AT_ONCE = frozenset({"human_agent", "goodbye", "change_language"})
"""Not for a word somewhere in a sentence that was not understood."""
CRY = "救命"
"""Meaning of a cry for help. With a service beside it “help me” asks for that, unless it is most of what was said."""
ASKS = frozenset({"我要挂号", "查号", "退号", "查养老金"})
"""Meanings that ask for a service."""
ALONE = frozenset({"找人工", "退回去", "再见"})
"""Meanings that must be most of what was said, where whole sentences are not understood: “my back hurts”."""
BELIEVED = frozenset({"emergency", "human_agent", "goodbye"})
"""What is believed of whole sentences of a language in which they are not understood well enough."""
SURELY = 0.8
"""From this confidence on, it is believed where phrases in the sentence say something else."""


class Phrasebook(Understander):
    """Stands before an engine that knows Mandarin, and whole sentences of the languages that it has learnt."""

    def __init__(self, engine: Understander, packs: Mapping[str, Pack]) -> None:
        self._engine, self._packs = engine, packs

    def understand(self, text: str, context: ParseContext) -> Understanding:
        """Read one utterance."""
        ways = self._ways(text, context)
        read = None if ways.whole is None else self._engine.understand(*ways.whole)
        known = None if ways.book is None else self._engine.understand(ways.book.meaning, ways.book.context)
        return _together(text, read, known, ways)

    async def understand_async(self, text: str, context: ParseContext) -> Understanding:
        """Read one utterance on an event loop."""
        ways = self._ways(text, context)
        read = None if ways.whole is None else await self._engine.understand_async(*ways.whole)
        known = None
        if ways.book is not None:
            known = await self._engine.understand_async(ways.book.meaning, ways.book.context)
        return _together(text, read, known, ways)

    def _ways(self, text: str, context: ParseContext) -> _Ways:
        """The sentence as a whole, for the engine, and what the phrase book has of it."""
        pack = self._packs.get(context.language)
        if pack is None or (pack.understands and not pack.phrases):
            return _Ways((text, context))
        mandarin = replace(context, language="zh")
        if _HAN.search(text):  # a phrase taught by example comes as its meaning in Mandarin
            return _Ways((text, mandarin))
        whole = (text, context) if pack.phrases else None
        if label := _label(text, context):
            return _Ways(whole, _Book(label, 1.0, mandarin), pack.understands)
        found = _meant(in_mandarin(text, pack), text, pack)
        if not found:
            return _Ways(whole, None, pack.understands)
        book = _Book("，".join(meaning for _, meaning in found), _share(found, text), mandarin)
        return _Ways(whole, book, pack.understands)


@dataclass(frozen=True, slots=True)
class _Book:
    """What the phrase book makes of a sentence."""

    meaning: str
    """In Mandarin, or an offered choice as it was read out."""
    share: float
    """Of what was said: how much of it these phrases are."""
    context: ParseContext


@dataclass(frozen=True, slots=True)
class _Ways:
    """In which ways a sentence is read."""

    whole: tuple[str, ParseContext] | None
    """By the engine, in its own language."""
    book: _Book | None = None
    """By its phrases."""
    understands: bool = True
    """Whether the engine has learnt enough of the language to be believed whatever it reads."""


def _together(text: str, read: Understanding | None, known: Understanding | None, ways: _Ways) -> Understanding:
    """The sentence as a whole gives the wish, phrases the values; where phrases are most of it, they give both.

    A phrase in a longer sentence may mean something else there: “the sick person” asks for nobody. And danger is heard
    in what was said, not in what a phrase of it means."""
    if dangers.happening(text):
        return Understanding(text, "emergency", 1.0, accepted=True)
    if not ways.understands:
        read = read if _believed(read, ways.book) else None
        known = known if _fits(known, ways) else None
    if known is None or ways.book is None:
        return read or _nothing(text)
    if read is None:
        return known
    slots, denied = {**known.slots, **read.slots}, {**known.denied, **read.denied}
    danger = read.accepted and read.intent == "emergency" and ways.book.share < WHOLE
    sure = not danger and (ways.book.share >= MOST or known.intent == "emergency")
    if sure or (known.accepted and not read.accepted and ways.book.share >= SOME and known.intent not in AT_ONCE):
        return replace(known, slots=slots, denied=denied)
    return replace(read, slots=slots, denied=denied)


def _believed(read: Understanding | None, book: _Book | None) -> bool:
    """Whether a reading counts where the engine has learnt little of the language: danger, a person or a goodbye, of
    which phrases need not tell, and which a few of them do not take back."""
    share = book.share if book is not None else 0.0
    if read is None or not read.accepted or read.intent not in BELIEVED:
        return False
    return share < SOME or (share < MOST and read.confidence >= SURELY)


def _fits(known: Understanding | None, ways: _Ways) -> bool:
    """Whether the phrases are enough of the sentence to stand for it: some of it, a cry, or what was asked for."""
    if known is None or ways.book is None:
        return False
    asked = any(name in known.slots for name in ways.book.context.expect if name != "affirm")
    return ways.book.share >= SOME or asked or CRY in ways.book.meaning


def _share(found: list[tuple[str, str]], text: str) -> float:
    """How much of what was said these phrases are."""
    said = len(_plain(text).replace(" ", ""))
    return sum(len(phrase.replace(" ", "")) for phrase, _ in found) / max(1, said)


def _meant(found: list[tuple[str, str]], text: str, pack: Pack) -> list[tuple[str, str]]:
    """The phrases that mean in this sentence what they mean alone. Where whole sentences are understood, those tell."""
    if pack.understands:
        return found

    def most(meaning: str) -> bool:
        return _share([one for one in found if one[1] == meaning], text) >= MOST

    asks = any(meaning in ASKS for _, meaning in found)
    weak = {meaning for meaning in (*ALONE, *([CRY] if asks else [])) if not most(meaning)}
    return [one for one in found if one[1] not in weak]


def _nothing(text: str) -> Understanding:
    return Understanding(text, UNKNOWN, 0.0, accepted=False)


def _label(text: str, context: ParseContext) -> str:
    """An offered choice that is named as it was read out."""
    said = _plain(text)
    found = [label for some in context.phrases.values() for label in some if _plain(label) and _holds(said, label)]
    return max(found, key=len) if found else ""


def in_mandarin(text: str, pack: Pack) -> list[tuple[str, str]]:
    """(phrase, meaning) of the phrases in the text, in the order in which they were said; longer ones count first."""
    said = _plain(text)
    found: list[tuple[int, str, str]] = []
    for phrase, meaning in _phrases(pack.language, tuple((m, tuple(w)) for m, w in pack.phrases.items())):
        at = _find(said, phrase)
        if at >= 0:
            found.append((at, phrase, meaning))
            said = said[:at] + "\0" * len(phrase) + said[at + len(phrase) :]
    return [(phrase, meaning) for _, phrase, meaning in sorted(found)]


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
