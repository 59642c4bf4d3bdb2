"""The languages that one version of the flows can be held in, and those for which there are only agents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.loader import FlowSet
from flows.schema import CallStep, Flow
from nlu.pinyin import find_in
from voices.languages.pack import Pack, named_in

SOUNDS_LIKE = 0.95
"""“脏语” is 藏语, which the recogniser does not know."""
_ASKING = re.compile(r"换|说|讲|用|会|懂|改|找|切|speak|talk|말|сөйле|ярь")

_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Languages:
    """What is known of languages when an engine is built."""

    packs: Mapping[str, Pack]
    carried: frozenset[str]
    """Languages in which at least one flow can be held."""
    openings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Language → “shall we speak …?” in that language, for those that can be spoken."""

    def others(self, language: str) -> tuple[tuple[str, str], ...]:
        """(name in `language`, code) of all other languages, in the order of their keys."""
        return tuple((pack.called(language), code) for code, pack in self.packs.items() if code != language)

    def own_name(self, language: str) -> tuple[str, ...]:
        """What the language calls itself, as pieces; nothing where it has no voice."""
        pack = self.packs.get(language)
        return (pack.name,) if pack is not None and pack.voice is not None else ()

    def wanted(self, text: str, *, asked: bool) -> str | None:
        """The language that the caller asks for; None when the words name none.

        `asked` is whether the understanding took the words for this wish; without it a name must be all that is
        said, or stand with a word of asking, for a language can be spoken about."""
        found = named_in(text, self.packs)
        if found is None and asked:
            heard = {name: code for code, pack in self.packs.items() for name in pack.names["zh"]}
            like = find_in(text, heard, SOUNDS_LIKE)
            found = heard[like.phrase] if like is not None else None
        if found is None or asked:
            return found
        short = "".join(text.split()).casefold().strip("，。！？,.!?")
        names = ["".join(name.split()).casefold() for some in self.packs[found].names.values() for name in some]
        longest = max(len(name) for name in names if name in short)
        room = 6 if _HAN.search(short) else 16
        return found if longest * 2 >= len(short) or (_ASKING.search(short) and len(short) <= longest + room) else None


def spoken_in(flows: FlowSet, language: str) -> FlowSet:
    """The flows that claim a language, without those that call a flow which does not."""
    kept = {name: loaded for name, loaded in flows.loaded.items() if language in loaded.flow.languages}
    while lame := [name for name, loaded in kept.items() if not _calls(loaded.flow) <= kept.keys()]:
        for name in lame:
            del kept[name]
    return FlowSet(kept, flows.version)


def _calls(flow: Flow) -> set[str]:
    return {step.call for step in flow.steps if isinstance(step, CallStep)}
