"""Words by their sound: toneless pinyin, and how far apart two sounds are to ears and recognisers in Qinghai."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import lazy_pinyin

from nlu.text import is_word

SKIP = 0.9
"""Cost of a syllable that one side lacks, where a wholly different one costs 1."""
NEAR = 0.15
"""Cost of an initial or final that Qinghai speech confuses with the other."""
HALF = 0.6
"""Cost of an initial or final that is simply another."""
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_BLUR_INITIAL = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "f": "h", "r": "l"}
_BLUR_FINAL = {"ing": "in", "eng": "en", "ang": "an", "iang": "ian", "uang": "uan", "ong": "un", "iong": "vn"}


@dataclass(frozen=True, slots=True)
class Found:
    """Where a phrase sounds in a text."""

    phrase: str
    start: int
    """Index of the first character in the text."""
    end: int
    """Index after the last character."""
    score: float
    """1.0 when the sounds are the same, tones apart."""


@lru_cache(maxsize=16384)
def syllables(text: str) -> tuple[str, ...]:
    """The toneless pinyin of each character; other characters stand for themselves."""
    return tuple(lazy_pinyin(text, errors=list))  # type: ignore[arg-type]  # one by one, which its types leave out


def parts(text: str) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Index and sound of every spoken character, without punctuation."""
    sounds = syllables(text)
    if len(sounds) != len(text):  # a character that pypinyin drops or splits: read one by one
        sounds = tuple("".join(syllables(char)) for char in text)
    places = tuple(i for i, char in enumerate(text) if is_word(char))
    return places, tuple(sounds[i] for i in places)


@lru_cache(maxsize=4096)
def _split(syllable: str) -> tuple[str, str]:
    for initial in _INITIALS:
        if syllable.startswith(initial):
            return initial, syllable[len(initial) :]
    return "", syllable


@lru_cache(maxsize=4096)
def blur(syllable: str) -> str:
    """One key for all syllables that are easily taken for one another."""
    initial, final = _split(syllable)
    final = _BLUR_FINAL.get(final, final)
    if initial in "fh" and len(final) > 1 and final.startswith("u"):  # 慌 is 方, 会 is 费
        final = {"ui": "ei", "un": "en"}.get(final, final[1:])
    return _BLUR_INITIAL.get(initial, initial) + final


@lru_cache(maxsize=65536)
def syllable_distance(one: str, other: str) -> float:
    """0 for the same sound, little for one that is easily confused, 1 for another."""
    if one == other:
        return 0.0
    (a, x), (b, y) = _split(one), _split(other)
    if blur(one) == blur(other):
        huang_fang = {a, b} == {"f", "h"}  # their finals differ by the u that belongs to the h
        return NEAR * (2 if a != b and x != y and not huang_fang else 1)
    if not x or not y:
        return 1.0
    initial = 0.0 if a == b else NEAR if _BLUR_INITIAL.get(a, a) == _BLUR_INITIAL.get(b, b) else HALF
    final = 0.0 if x == y else NEAR if _BLUR_FINAL.get(x, x) == _BLUR_FINAL.get(y, y) else HALF
    return min(1.0, initial + final)


def distance(one: Sequence[str], other: Sequence[str]) -> float:
    """Weighted edit distance of two sequences of syllables."""
    row = [SKIP * j for j in range(len(other) + 1)]
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], SKIP * i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(last + syllable_distance(a, b), row[j] + SKIP, row[j - 1] + SKIP)
    return row[-1]


def similarity(one: str, other: str) -> float:
    """1.0 when two texts sound the same, tones and punctuation apart; 0.0 when nothing is alike."""
    a, b = parts(one)[1], parts(other)[1]
    return max(0.0, 1.0 - distance(a, b) / max(len(a), len(b))) if a and b else 0.0


def closest(text: str, phrases: Iterable[str]) -> list[tuple[str, float]]:
    """The phrases with how much the whole text sounds like each, best first."""
    scored = [(phrase, similarity(text, phrase)) for phrase in phrases]
    return sorted(scored, key=lambda pair: -pair[1])


@lru_cache(maxsize=8192)
def _phrase(phrase: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    sounds = parts(phrase)[1]
    return sounds, tuple(map(blur, sounds))


def _window(heard: Sequence[str], wanted: Sequence[str], most: float) -> tuple[float, int, int] | None:
    """Cost, first and last position of the stretch of `heard` that is nearest to `wanted`; None beyond a cost."""
    row = [(0.0, j) for j in range(len(heard) + 1)]
    for i, b in enumerate(wanted, 1):
        last, row[0] = row[0], (SKIP * i, 0)
        for j, a in enumerate(heard, 1):
            best = (last[0] + syllable_distance(a, b), last[1])
            above = (row[j][0] + SKIP, row[j][1])
            before = (row[j - 1][0] + SKIP, row[j - 1][1])
            last, row[j] = row[j], min(best, above, before)
        if min(row)[0] > most:
            return None
    cost, end = min((cell[0], j) for j, cell in enumerate(row))
    return cost, row[end][1], end


class SoundIndex:
    """Phrases by their sound, for finding many in a text at once."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = [(phrase, _phrase(phrase)[0]) for phrase in dict.fromkeys(phrases)]
        self._holding: dict[str, list[tuple[int, int]]] = {}
        for at, (phrase, _) in enumerate(self._phrases):
            for sound, times in Counter(_phrase(phrase)[1]).items():
                self._holding.setdefault(sound, []).append((at, times))

    def find_all(self, text: str, least: float = 0.6) -> list[Found]:
        """The best stretch of the text for every phrase that scores at least `least`, best first, then longest."""
        places, heard = parts(text)
        shared: Counter[int] = Counter()
        for sound in set(map(blur, heard)):
            for at, times in self._holding.get(sound, ()):
                shared[at] += times
        found = []
        for at, count in shared.items():
            phrase, wanted = self._phrases[at]
            if (len(wanted) - count) * HALF > (1.0 - least) * len(wanted):  # a sound that is not there costs HALF
                continue
            nearest = _window(heard, wanted, (1.0 - least) * len(wanted) + 1e-9)
            if nearest is None:
                continue
            cost, first, after = nearest
            score = 1.0 - cost / len(wanted)
            if score >= least and after > first:
                found.append(Found(phrase, places[first], places[after - 1] + 1, score))
        return sorted(found, key=lambda one: (-one.score, -len(one.phrase), one.start, one.phrase))


def find_all(text: str, phrases: Iterable[str], least: float = 0.6) -> list[Found]:
    """The best stretch of the text for every phrase that scores at least `least`, best first, then longest."""
    return SoundIndex(phrases).find_all(text, least)


def find_in(text: str, phrases: Iterable[str], least: float = 0.6) -> Found | None:
    """The phrase that sounds best somewhere in the text, and where; None when none scores `least`."""
    return next(iter(find_all(text, phrases, least)), None)
