"""Hospitals: by official name, by what people call them, and by sound."""

from __future__ import annotations

import re
from functools import lru_cache

from nlu.entities.lexicon import Entry, Hit, Lexicon, load, others
from nlu.entities.readings import Reading, by_sound, overlaps
from nlu.pinyin import Found, SoundIndex
from nlu.understand import ParseContext

_COMMON = ("人民医院", "中医医院", "医院", "院")
_LEAST = 0.75
_OTHER = (
    "我你您他她它咱俺谁去到在挂看找要想是不没有的了这那哪啥什么个家所几别换说能吗吧从跟给"
    "附近随便任何帮忙取消下定点县乡镇区村"
)
"""What stands in no hospital's name; nor 县, for 我们县医院 is one that only the caller can tell."""
_NO_NAME = "综合|专科|私[人立]|公[家立]|民营|人民医|中心医|中医"
_NAMED = re.compile(rf"(?:^|[去到在挂看找上想要，,。 ])((?!{_NO_NAME})(?:(?![{_OTHER}])[\u4e00-\u9fff]){{2,10}}?医院)")


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """All phrases that name a hospital."""
    phrases: dict[str, Entry] = {}
    for one in load("hospitals"):
        for alias in one.get("aliases", ()):
            phrases.setdefault(alias, Entry(one["name"]))
    for one in load("hospitals"):
        phrases[one["name"]] = Entry(one["name"])
    return Lexicon(phrases)


@lru_cache(maxsize=1)
def _by_ear() -> SoundIndex:
    """Phrases long enough to be known by their sound."""
    return SoundIndex(phrase for phrase in lexicon().phrases if len(phrase) > 2)


def _own(phrase: str) -> int:
    """How many syllables tell the phrase from other hospitals."""
    for common in _COMMON:
        if phrase.endswith(common) and len(phrase) > len(common):
            return len(phrase) - len(common)
    return len(phrase)


def _score(found: Found) -> float:
    """The score with the cost put on what tells this hospital from others."""
    return 1.0 - (1.0 - found.score) * len(found.phrase) / _own(found.phrase)


def _is_hospital(text: str, found: Found) -> bool:
    """False for the bare word 医院, or where the phrase has a name that was not heard."""
    heard = text[found.start : found.end]
    return heard not in {"医院", "的医院", "去医院", "个医院", "大医院"} and not heard.startswith(
        ("去", "到", "在", "的", "个")
    )


def _sounds(text: str, taken: list[Reading]) -> list[Reading]:
    known = lexicon().phrases
    scored = [(one, _score(one)) for one in _by_ear().find_all(text, _LEAST) if _is_hospital(text, one)]
    scored = [(one, score) for one, score in scored if score >= (0.9 if _own(one.phrase) == 1 else _LEAST)]
    scored.sort(key=lambda pair: (-pair[1], -len(pair[0].phrase)))
    readings: list[Reading] = []
    for one, score in scored:
        if overlaps(one.start, one.end, [*readings, *taken]):
            continue
        near = [other for other, points in scored if points >= score - 0.15]
        rivals = (known[other.phrase].value for other in near if other.start < one.end and one.start < other.end)
        value = known[one.phrase].value
        found = Reading("hospital", value, one.start, one.end, by_sound(score, _LEAST), others(rivals, value))
        readings.append(found)
    return readings


def _holds(sound: Reading, hits: list[Hit]) -> bool:
    """A longer name that sounds right around an exact one: 皇中医院 is 湟中医院, no 中医院."""
    return any(sound.start < hit.start and hit.end <= sound.end for hit in hits)


def find(text: str, context: ParseContext, taken: list[Reading] | None = None) -> list[Reading]:
    """Hospitals in a normalised text."""
    del context
    taken = taken or []
    hits = [hit for hit in lexicon().exact(text) if not overlaps(hit.start, hit.end, taken)]
    if hits:
        longer = [one for one in _sounds(text, taken) if one.confidence >= 0.8 and _holds(one, hits)]
        if longer:
            return longer
        return [Reading("hospital", hit.entry.value, hit.start, hit.end) for hit in hits]
    found = _sounds(text, taken) if "院" in text or "医" in text or "源" in text or "员" in text else []
    return found or _unknown(text, taken)


def _unknown(text: str, taken: list[Reading]) -> list[Reading]:
    """Something called X医院 that is none that we know: without a value, so that it can be said."""
    for match in _NAMED.finditer(text):
        if not overlaps(match.start(1), match.end(), taken):
            return [Reading("hospital", None, match.start(1), match.end(), 0.6)]
    return []
