"""Departments: by name, by what older people call them, by complaint, and by sound."""

from __future__ import annotations

import re
from functools import lru_cache

from nlu.entities.corrections import NEGATION
from nlu.entities.lexicon import Entry, Hit, Lexicon, load, others
from nlu.entities.readings import EXACT, Reading, by_sound, overlaps
from nlu.pinyin import Found, SoundIndex, closest
from nlu.understand import ParseContext

COMPLAINT = 0.7
"""Confidence of a department that only a complaint suggests."""
_KINDS = ("name", "generic", "complaint")
_KE = "科课颗可"
_SOMETHING = re.compile(rf"([\u4e00-\u9fff]{{1,5}})[{_KE}](?![学目技院大])")
_VERB = re.compile(r"(?:挂|看|约|瞧|去|换成|换到|改成|要|到)(?:一?个|下|那?个?)?")
_NOT_A_NAME = re.compile(
    r"^(?:.*(?:我|你|他|想|要|是|的|个|这|那|哪|什么|啥|几|去|给|帮|不|就|医院|大夫|错|说|找|下|了|吧|点|号|天|午|嗯|啊|看|挂|约|改成|换成|瞧))"
)
_ASKS = re.compile(r"[挂看约瞧号]")
_QUESTION = re.compile(r"几|哪|什么|啥")
_FORBIDDEN_AFTER = ("院", "医院")


def _ways(alias: str) -> tuple[str, ...]:
    """看眼睛 as 瞧个眼睛 and 看一下眼睛 too."""
    if alias[0] not in "看瞧" or len(alias) < 3:
        return (alias,)
    return (alias, *(verb + what + alias[1:] for verb in "看瞧" for what in ("", "个", "下", "一下")))


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """All phrases that name or suggest a department."""
    phrases: dict[str, Entry] = {}
    for one in load("departments"):
        for complaint in one.get("complaints", ()):
            phrases.setdefault(complaint, Entry(one["name"], "complaint"))
    for one in load("departments"):
        kind = "generic" if one.get("generic") else "name"
        for alias in (one["name"], *one.get("aliases", ())):
            for said in _ways(alias):
                phrases[said] = Entry(one["name"], kind)
    return Lexicon(phrases)


@lru_cache(maxsize=1)
def _by_ear() -> SoundIndex:
    """The phrases that are long enough to be known by their sound."""
    return SoundIndex(phrase for phrase in lexicon().phrases if len(phrase) > 1)


def _place(kind: str) -> int:
    return _KINDS.index(kind)


def _exact(text: str, taken: list[Reading]) -> list[Hit]:
    hits = lexicon().exact(text)
    free = [hit for hit in hits if not overlaps(hit.start, hit.end, taken)]
    return [hit for hit in free if not text.startswith(_FORBIDDEN_AFTER, hit.end)]


def _least(phrase: str, text: str, found: Found, *, expected: bool) -> float:
    """What a sound-alike must score: short phrases sound like much."""
    heard = text[found.start : found.end]
    asked = expected or _ASKS.search(text) is not None
    named = phrase.endswith("科") and (heard[-1] == "科" or (heard[-1] in _KE and asked))
    if len(phrase) <= 2:
        return 0.85 if named else 1.01 if not expected else 0.97
    least = {3: 0.85, 4: 0.8}.get(len(phrase), 0.75)
    return least - (0.05 if named else 0.0) + (0.0 if expected or named else 0.08)


def _sounding(text: str, taken: list[Reading], *, expected: bool) -> list[Found]:
    found = _by_ear().find_all(text, 0.7)
    return [
        one
        for one in found
        if one.score >= _least(one.phrase, text, one, expected=expected)
        and not overlaps(one.start, one.end, taken)
        and (_QUESTION.search(text[one.start : one.end]) is None or _QUESTION.search(one.phrase) is not None)
        and not text.startswith(_FORBIDDEN_AFTER, one.end)
    ]


def _sounds(text: str, taken: list[Reading], *, expected: bool) -> list[Reading]:
    """Sound-alikes that do not overlap, names before complaints, the best of each place."""
    known, readings = lexicon().phrases, list[Reading]()
    found = _sounding(text, taken, expected=expected)
    found.sort(key=lambda one: (_place(known[one.phrase].kind), -one.score, -len(one.phrase)))
    for one in found:
        if overlaps(one.start, one.end, readings):
            continue
        entry = known[one.phrase]
        least = _least(one.phrase, text, one, expected=expected)
        confidence = by_sound(one.score, min(least, 0.85))
        if entry.kind == "complaint":
            confidence = min(confidence, 0.62)
        near = [other for other in found if other.score >= one.score - 0.15]
        here = [other for other in near if other.start < one.end and one.start < other.end]
        rivals = others((known[other.phrase].value for other in here), entry.value)
        readings.append(Reading("department", entry.value, one.start, one.end, confidence, rivals))
    return readings


def _unknown(text: str, taken: list[Reading], *, expected: bool) -> list[Reading]:
    """Something called X科 that is no department that we know: said so, with the names that sound nearest."""
    for match in _SOMETHING.finditer(text):
        said = match[1]
        lead = max((verb.end() for verb in _VERB.finditer(said)), default=0)
        more = _NOT_A_NAME.match(said)
        start = match.start() + max(lead, more.end() if more else 0)
        if match.end() - start < 2 or overlaps(start, match.end(), taken) or _QUESTION.search(match[0]):
            continue
        if not expected and not re.search(r"[挂看约瞧]", text[: start + 1]):
            continue
        names = [phrase for phrase in lexicon().of_kind("name", "generic") if phrase.endswith("科")]
        near = [lexicon().phrases[name].value for name, _ in closest(text[start : match.end()], names)[:12]]
        return [Reading("department", None, start, match.end(), 0.6, others(near, ""))]
    return []


def find(text: str, context: ParseContext, taken: list[Reading]) -> list[Reading]:
    """Departments in a normalised text: surest first, each place in the text once."""
    expected = "department" in context.expect
    hits = _exact(text, taken)
    names, generic, complaints = ([hit for hit in hits if hit.entry.kind == kind] for kind in _KINDS)
    if names:
        readings = [Reading("department", hit.entry.value, hit.start, hit.end) for hit in names]
        if NEGATION.search(text):  # 不是骨科，是累科
            used = [Reading("department", hit.entry.value, hit.start, hit.end) for hit in hits]
            more = _sounds(text, [*taken, *used], expected=expected)
            readings += [one for one in more if text[one.end - 1] in _KE]
        return readings + [Reading("department", hit.entry.value, hit.start, hit.end, 0.9) for hit in generic]
    sounds = _sounds(text, taken, expected=expected)
    longer = [one for one in sounds if _beats(one, generic)]
    if longer:
        return longer
    if generic:
        return [Reading("department", hit.entry.value, hit.start, hit.end, EXACT) for hit in generic]
    if complaints:
        values = [hit.entry.value for hit in complaints]
        first = complaints[0]
        return [Reading("department", first.entry.value, first.start, first.end, COMPLAINT, others(values, values[0]))]
    return sounds or _unknown(text, taken, expected=expected)


def _beats(sound: Reading, generic: list[Hit]) -> bool:
    """A longer name that sounds right and holds a generic one: 心雪管内科 is no 内科."""
    return any(
        sound.start <= hit.start and hit.end <= sound.end and sound.end - sound.start > hit.end - hit.start
        for hit in generic
        if sound.confidence >= 0.7
    )
