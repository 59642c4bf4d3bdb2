"""Expected-phrase repair: what was recognised is matched by sound to what the question can take.

Both are kept: the recogniser's words, and what they probably were. The figures are in docs/BENCHMARKS.md."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from voices.recognition.hypothesis import Hypothesis
from voices.recognition.sound import Syllable, best_place, changes_meaning, distance, negations, syllables

BY_SOUND = ("zh",)
WHOLE_LEAST = 0.62
"""Likeness from which the whole utterance is taken for a phrase …"""
WHOLE_MARGIN = 0.08
"""… when the second best is less like it by so much."""
PIECE_LEAST = 0.75
"""Likeness from which a stretch of the utterance is taken for a phrase."""
LONGER_LEAST = 0.65
"""As `PIECE_LEAST`, for a phrase that contains another: 民药外科 is 泌尿外科, though 外科 is in it to the letter."""
LETTERS_LEAST = 0.75
"""As `WHOLE_LEAST`, for languages that are compared by their letters."""
OTHER_SHARE = 1 / 4
"""Of another reading's syllables so many must belong to expected phrases. Who says more than a choice tells more than
it: 我想挂号天上午的骨科 holds the choice 挂号, and has lost the day of 我想挂后天上午的骨科."""


FASTEST = 9.0
"""Syllables a second. More were not all said: Whisper goes on with the words that it was told to expect."""
FADING_S = 0.1
"""Soft sounds at both ends of an utterance that `Hypothesis.sound_s` leaves out."""
_CLAUSE = re.compile(r"[，。、！？；﹑,.!?;…]+")


@dataclass(frozen=True, slots=True)
class Repaired:
    """An utterance after repair."""

    text: str
    """With the expected words in place of those that sound like them. The recogniser's own text where nothing fits."""
    raw: str
    """What the recogniser wrote."""
    phrases: tuple[str, ...] = ()
    """The expected phrases that were found, in the order in which they were said."""
    score: float = 0.0
    """Of the least certain of them: 1 when it was heard to the letter or sounds the same, tones apart."""

    @property
    def changed(self) -> bool:
        """Whether words were put in place of others."""
        return self.text != self.raw


def repair(
    heard: Hypothesis, phrases: Sequence[str], language: str = "zh", offered: Sequence[str] | None = None
) -> Repaired:
    """The words that were heard, repaired. Where nothing that is expected is found in them, the likeliest other reading
    in which something is; but none that says no where the first says yes.

    `offered`: those of the phrases for which another reading may stand in place of the first; None for all. Words that
    every question takes are in many readings: 我想挂号，上午的骨科 is none of 我想挂后天上午的骨科."""
    said = _said_in_time(heard, phrases) if language in BY_SOUND and heard.sound_s > 0 else heard.text
    first = replace(repair_text(said, phrases, language), raw=heard.text)
    if first.phrases:
        return first
    denied = negations(heard.text) if language in BY_SOUND else 0
    for other in heard.alternatives:
        found = repair_text(other.text, phrases if offered is None else offered, language)
        if found.phrases and (language not in BY_SOUND or (negations(found.text) == denied and _mostly_phrases(found))):
            return Repaired(found.text, heard.text, found.phrases, found.score)
    return first


def _mostly_phrases(found: Repaired) -> bool:
    """Whether enough of a reading is what was expected for it to stand in place of the first."""
    expected = sum(len(syllables(phrase)) for phrase in found.phrases)
    return expected >= OTHER_SHARE * len(syllables(found.text))


def _said_in_time(heard: Hypothesis, phrases: Sequence[str]) -> str:
    """The words without the clauses at the end for which there was no time, where an expected phrase stands before
    them and they are one as well: 明天，三月八号 in the time of 明天."""
    most = FASTEST * (heard.sound_s + FADING_S)
    text = heard.text
    while len(syllables(text)) > most and (cuts := [m for m in _CLAUSE.finditer(text) if text[m.end() :].strip()]):
        before, after = text[: cuts[-1].start()], text[cuts[-1].end() :]
        if not (_pieces(before, phrases) and _pieces(after, phrases)):
            break
        text = before
    return text


def repair_text(text: str, phrases: Sequence[str], language: str = "zh") -> Repaired:
    """One reading. Nothing is changed where nothing fits, and never a negation or a number into another."""
    unrepaired = Repaired(text, text)
    if not text or not phrases:
        return unrepaired
    if language not in BY_SOUND:
        return _by_letters(text, phrases) or unrepaired
    whole, pieces = _whole(text, phrases), _pieces(text, phrases)
    if whole is not None and pieces is not None and whole.score < pieces.score and len(pieces.phrases) > 1:
        return pieces  # 明天，三月八号 is two days, not one that sounds a little like both
    return whole or pieces or unrepaired


def _whole(text: str, phrases: Sequence[str]) -> Repaired | None:
    """The utterance as one phrase."""
    heard = syllables(text)
    scored: list[tuple[float, bool, str]] = []
    for phrase in dict.fromkeys(phrases):
        wanted = syllables(phrase)
        longest = max(len(heard), len(wanted))
        if heard and wanted and 2 * min(len(heard), len(wanted)) > longest:
            scored.append((1.0 - distance(heard, wanted) / longest, phrase in text, phrase))
    scored.sort(reverse=True)  # of two that sound the same (晌午 and 上午) the one that was written
    if not scored or scored[0][0] < _least(len(heard)):
        return None
    score, _, phrase = scored[0]
    second = scored[1][0] if len(scored) > 1 else 0.0
    if score < 1.0 and score - second < WHOLE_MARGIN:
        return None
    return Repaired(phrase, text, (phrase,), score)


def _least(count: int) -> float:
    """Short words are easily taken for one another: one syllable must sound the same, of two both may be confused."""
    return {1: 1.0, 2: 0.84, 3: 0.75}.get(count, WHOLE_LEAST)


@dataclass(frozen=True, slots=True)
class _Piece:
    phrase: str
    start: int
    end: int
    """Characters of the text."""
    score: float
    written: bool
    """To the letter."""


def _pieces(text: str, phrases: Sequence[str]) -> Repaired | None:
    """Phrases inside the utterance, the surest and longest first; the rest stays as it was heard."""
    heard = syllables(text)
    sounds = {_blur(one) for one in heard}
    pieces: list[_Piece] = []
    for phrase in dict.fromkeys(phrases):
        wanted = syllables(phrase)
        known = sum(_blur(one) in sounds for one in wanted)
        if not wanted or 2 * known < len(wanted):
            continue
        place = best_place(heard, wanted)
        score = 1.0 - place.cost / len(wanted)
        least = LONGER_LEAST if any(one != phrase and one in phrase for one in phrases) else PIECE_LEAST
        if place.after == place.first or score < max(least, 0.0 if least < PIECE_LEAST else _least(len(wanted))):
            continue
        before = heard[place.first - 1] if place.first else None
        after = heard[place.after] if place.after < len(heard) else None
        if not changes_meaning(before, heard[place.first], heard[place.after - 1], after):
            start, end = heard[place.first].start, heard[place.after - 1].end
            pieces.append(_Piece(phrase, start, end, score, text[start:end] == phrase))
    taken = _choose([piece for piece in pieces if piece.score >= PIECE_LEAST or _holds_another(piece, pieces)])
    if not taken:
        return None
    out, at = [], 0
    for piece in taken:
        out += [text[at : piece.start], piece.phrase]
        at = piece.end
    return Repaired(
        "".join([*out, text[at:]]), text, tuple(one.phrase for one in taken), min(one.score for one in taken)
    )


def _holds_another(piece: _Piece, pieces: Sequence[_Piece]) -> bool:
    """Whether a shorter phrase that this one contains was heard in its place."""
    return any(
        one.score >= PIECE_LEAST and one.phrase != piece.phrase and one.phrase in piece.phrase and _overlap(one, piece)
        for one in pieces
    )


def _choose(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Pieces that do not overlap, the surest and longest first; none where two fit almost equally well."""
    order = sorted(pieces, key=lambda one: (-one.score * (one.end - one.start), not one.written, one.start))
    seen: list[_Piece] = []
    taken: list[_Piece] = []
    for at, piece in enumerate(order):
        if any(_overlap(piece, one) for one in seen):
            continue
        seen.append(piece)
        rivals = [
            one for one in order[at + 1 :] if _overlap(piece, one) and one.end - one.start >= piece.end - piece.start
        ]
        if piece.score >= 1.0 or all(piece.score - one.score >= WHOLE_MARGIN for one in rivals):
            taken.append(piece)
    return sorted(taken, key=lambda one: one.start)


def _overlap(one: _Piece, other: _Piece) -> bool:
    return one.start < other.end and other.start < one.end


@lru_cache(maxsize=4096)
def _blur(one: Syllable) -> str:
    """One key for sounds that are confused, to leave out phrases that cannot be meant."""
    initial = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "r": "l", "f": "h"}.get(one.initial, one.initial)
    return initial + one.final.removesuffix("g").removeprefix("u")


def _by_letters(text: str, phrases: Sequence[str]) -> Repaired | None:
    """For writing by sounds (Hangul is taken apart): the phrase whose letters are most like the whole utterance."""
    heard = _letters(text)
    scored = sorted(
        ((Levenshtein.normalized_similarity(heard, _letters(phrase)), phrase) for phrase in dict.fromkeys(phrases)),
        reverse=True,
    )
    score, phrase = scored[0]
    if score < LETTERS_LEAST or (score < 1.0 and len(scored) > 1 and score - scored[1][0] < WHOLE_MARGIN):
        return None
    return Repaired(phrase, text, (phrase,), score)


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if char.isalnum())
