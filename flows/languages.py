"""The languages that one version of the flows can be held in, and those for which there are only agents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.loader import FlowSet
from flows.naming import named, people, spread
from flows.schema import CallStep, Flow
from nlu.pinyin import find_in
from voices.languages.pack import Pack

SOUNDS_LIKE = 0.95
"""“脏语” is 藏语, which the recogniser does not know."""
_ASKING = re.compile(r"换|说|讲|用|会|懂|改|找|切|speak|talk|말|сөйле|ярь")

_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Opening:
    """How it is asked in a language whether the call should go on in it."""

    question: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """Yes and no by key."""


@dataclass(frozen=True, slots=True)
class Languages:
    """What is known of languages when an engine is built."""

    packs: Mapping[str, Pack]
    carried: frozenset[str]
    """Languages in which at least one flow can be held."""
    openings: Mapping[str, Opening] = field(default_factory=dict)
    """For the languages that can be spoken."""

    def others(self, language: str) -> tuple[tuple[str, str], ...]:
        """(name in `language`, code) of all other languages, in the order of their keys."""
        return tuple((pack.called(language), code) for code, pack in self.packs.items() if code != language)

    def own_name(self, language: str) -> tuple[str, ...]:
        """What the language calls itself, as pieces; where it has no voice but recordings, the question whether it is
        to be spoken, which names it; else nothing."""
        pack, opening = self.packs.get(language), self.openings.get(language)
        if pack is not None and pack.voice is not None:
            return (pack.name,)
        return opening.question if opening is not None else ()

    def wanted(self, text: str, *, asked: bool, own: str = "") -> str | None:
        """The language that the caller asks for; None when the words name none, or only as one that is not spoken.

        `asked` is whether the understanding took the words for this wish; without it a name must be all that is
        said, or stand with a word of asking, for a language can be spoken about. `own` is that of the call."""
        found = named(text, self.packs)
        spoken = [one for one in found if not (one.denied or one.doubted)]
        if not found and asked:
            heard = {name: code for code, pack in self.packs.items() for name in pack.names["zh"]}
            like = find_in(text, heard, SOUNDS_LIKE)
            return heard[like.phrase] if like is not None else None
        if asked and not spoken and self.denied(text, own) and (theirs := people(text, self.packs)) != own:
            return theirs or None
        if not spoken:
            return None
        best = max(spoken, key=lambda one: (one.code != own, len(one.name)))
        return best.code if asked or _is_all(text, best.name) else None

    def doubtful(self, text: str, *, asked: bool, own: str) -> str | None:
        """The language that the caller may have asked for: somebody else speaks it, or its name means more."""
        for one in named(text, self.packs):
            if one.doubted and not one.denied and one.code != own and (asked or _is_all(text, one.name)):
                return one.code
        return None

    def denied(self, text: str, own: str) -> bool:
        """Whether the caller says that they do not speak the language of the call."""
        return any(one.denied and one.code == own for one in named(text, self.packs))

    def of_person(self, text: str, own: str) -> str:
        """The language that a person should speak, where another than that of the call is named: 找个会藏语的."""
        spoken = [one.code for one in named(text, self.packs) if not (one.denied or one.doubted) and one.code != own]
        theirs = people(text, self.packs)
        return spoken[-1] if spoken else theirs if theirs != own else ""


def _is_all(text: str, name: str) -> bool:
    """Whether the name is most of what was said, or stands with a word of asking in a short sentence."""
    short = "".join(spread(text).split()).strip("，。！？,.!?")
    longest = len("".join(name.split()))
    room = 6 if _HAN.search(short) else 16
    return longest * 2 >= len(short) or (_ASKING.search(short) is not None and len(short) <= longest + room)


def spoken_in(flows: FlowSet, language: str) -> FlowSet:
    """The flows that claim a language, without those that call a flow which does not."""
    kept = {name: loaded for name, loaded in flows.loaded.items() if language in loaded.flow.languages}
    while lame := [name for name, loaded in kept.items() if not _calls(loaded.flow) <= kept.keys()]:
        for name in lame:
            del kept[name]
    return FlowSet(kept, flows.version)


def _calls(flow: Flow) -> set[str]:
    return {step.call for step in flow.steps if isinstance(step, CallStep)}
