"""Who hears which language: what the language packs name, in their order, as far as it is on this machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from voices.errors import VoiceError
from voices.languages.pack import Hearing, Pack
from voices.models import catalogue, complete
from voices.recognition.assembly import ALIASES, SERVERS
from voices.recognition.chain import ANY_LANGUAGE

EXAMPLES = "examples"
"""Name of the recogniser of phrases that were taught."""


@dataclass(frozen=True, slots=True)
class Hearers:
    """The recognisers of every language."""

    order: Mapping[str, Sequence[str]]
    """Language → names of its recognisers, the best first; empty for one that nothing hears."""
    codes: Mapping[tuple[str, str], str]
    """(recogniser, language) → what the recogniser calls the language, where that is another word than ours."""
    absent: Sequence[VoiceError]
    """One for each recogniser that a pack names and that is not here, with the languages which it would hear."""


def hearers(
    packs: Mapping[str, Pack], chosen: Mapping[str, Sequence[str]], models_dir: Path, taught: Collection[str] = ()
) -> Hearers:
    """What hears each language of the packs.

    `chosen` (settings) takes the place of what a pack names; its `*` comes before what the packs of all languages that
    it does not name say. `taught` are the languages in which phrases have been taught."""
    order: dict[str, list[str]] = {code: list(names) for code, names in chosen.items() if code != ANY_LANGUAGE}
    codes: dict[tuple[str, str], str] = {}
    why: dict[tuple[str, str], list[str]] = {}
    for code, pack in packs.items():
        names = list(order.get(code, chosen.get(ANY_LANGUAGE, ())))
        for one in pack.hear if code not in order else ():
            if one.engine == EXAMPLES:
                continue
            if lack := _lack(one, models_dir):
                why.setdefault(lack, []).append(code)
            elif not one.wide_band_only:  # a phone line is none
                names.append(one.model)
            if one.code:
                codes[one.model, code] = one.code
        if code in taught:
            names.append(EXAMPLES)
        order[code] = list(dict.fromkeys(ALIASES.get(name, name) for name in names))
    return Hearers(order, codes, [_absent(*lack, some) for lack, some in why.items()])


def _lack(one: Hearing, models_dir: Path) -> tuple[str, str] | None:
    """(what is wrong, what to do) with a recogniser that a pack names; None when it can be used."""
    if one.engine == "remote":
        protocol, _, address = one.model.partition(":")
        if protocol in SERVERS and address.startswith(("ws://", "wss://")):
            return None
        return f"“{one.model}” is no server", f"Write PROTOCOL:ws://HOST:PORT; protocols: {', '.join(SERVERS)}."
    listed = catalogue().get(one.model)
    if listed is None:
        return f"there is no model “{one.model}”", "Names: yinling models list."
    if listed.engine != one.engine:
        return f"{one.model} is a model for {listed.engine}, not for {one.engine}", "Correct `hear` in the pack."
    if not complete(one.model, models_dir):
        return f"the model {one.model} is not here", f"Fetch it: yinling models fetch {one.model}"
    return None


def _absent(wrong: str, remedy: str, languages: Sequence[str]) -> VoiceError:
    then = "what comes next in the pack hears these languages; where nothing does, callers go on by key"
    return VoiceError("recogniser_absent", f"{wrong} ({', '.join(languages)}): {then}.", remedy)
