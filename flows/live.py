"""The conversations of all calls: each in the version of the flows with which it began."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from threading import Lock
from typing import TypeAlias

from flows.actions import Action
from flows.engine import Engine
from flows.errors import FlowError
from flows.events import Event, Started
from flows.languages import Languages, Opening, spoken_in
from flows.lint_rules.speech import ENGINE, uses
from flows.loader import FlowSet
from flows.sets import FlowFiles, shipped
from flows.state import State
from flows.versions import Publication, Versions
from voices.errors import VoiceError
from voices.languages.pack import Pack
from voices.prompts.catalogue import Catalogue

log = logging.getLogger(__name__)

KEEP = 8
"""Versions in memory; one that is wanted again is read again."""
Speakable: TypeAlias = Callable[[Catalogue, Collection[str]], bool]
"""Whether all of these prompts have a recording or a voice."""


class Conversations:
    """One version of the flows: an engine for each language in which calls can be held, and the way between them."""

    def __init__(self, files: FlowFiles, language: str, packs: Mapping[str, Pack], speakable: Speakable) -> None:
        """Raises FlowError or VoiceError when the hotline's own language cannot be used."""
        flows = files.load()
        self.language = language
        catalogues = {language: files.catalogue(language)}
        held = {language: spoken_in(flows, language)}
        for code in packs:
            if code == language or not any(code in flow.languages for flow in flows.flows.values()):
                continue
            try:
                catalogue = files.catalogue(code)
            except FlowError as error:
                log.warning("calls cannot be held in “%s”: %s", code, error)
                continue
            some = _carried(spoken_in(flows, code), catalogue, speakable)
            if some.flows:
                catalogues[code], held[code] = catalogue, some
        openings = {
            code: Opening(
                catalogue.template("main.language_sure", "own").fixed or (),
                catalogue.template("choice.yes_no").fixed or (),
            )
            for code, catalogue in catalogues.items()
            if code != language and catalogue.has("main.language_sure")
        }
        languages = Languages(packs, frozenset(held), openings)
        self.engines = {code: Engine(held[code], catalogues[code], languages=languages) for code in held}

    def of(self, language: str) -> Engine:
        """The engine of a language, or of the hotline's own where the flows cannot be held in it (any more)."""
        return self.engines.get(language) or self.engines[self.language]

    def start(self, event: Started) -> tuple[State, tuple[Action, ...]]:
        """A call begins, in the language that its number asked for last."""
        return self.of(event.caller.language).start(event)

    def step(self, state: State, event: Event) -> tuple[State, tuple[Action, ...]]:
        """Go on, in another language where one was chosen."""
        if isinstance(event, Started):
            return self.start(event)
        engine = self.of(_language(state))
        after, actions = engine.step(state, event)
        other = self.of(_language(after))
        if after.final is None and other is not engine:
            after, more = other.resume(after, event)
            return after, (*actions, *more)
        return after, actions


def _carried(flows: FlowSet, catalogue: Catalogue, speakable: Speakable) -> FlowSet:
    """The flows all of whose sentences can be spoken; none when the engine's own cannot."""
    if not _can_say(catalogue, ENGINE, speakable):
        return FlowSet({}, flows.version)
    said = {name: {use.prompt for use in uses(loaded)} for name, loaded in flows.loaded.items()}
    kept = {name: loaded for name, loaded in flows.loaded.items() if _can_say(catalogue, said[name], speakable)}
    return spoken_in(FlowSet(kept, flows.version), catalogue.language)


def _can_say(catalogue: Catalogue, prompts: Collection[str], speakable: Speakable) -> bool:
    return all(catalogue.has(name) for name in prompts) and speakable(catalogue, prompts)


class LiveFlows:
    """A dialogue engine over all versions at once: new calls get the newest, others what their state names.

    `refresh` may run in a thread of its own; the rest belongs to one thread."""

    def __init__(
        self,
        versions: Versions,
        language: str,
        packs: Mapping[str, Pack] | None = None,
        speakable: Speakable = lambda _catalogue, _prompts: True,
    ) -> None:
        """`packs` are the languages that callers may ask for.

        Raises FlowError or VoiceError when not even the library that ships can be used."""
        self._versions, self._language = versions, language
        self._packs, self._speakable = packs or {}, speakable
        self._kept: dict[str, Conversations] = {}
        self._lock = Lock()
        self._seen = 0
        self.problem = ""
        """Why what is in force is not the newest publication; empty when it is."""
        self._current = self._version(shipped())
        try:
            versions.keep(shipped())  # a call that begins with it must find it again after an update of the program
        except FlowError as error:
            log.warning("%s", error)
        self.publication = Publication(0, shipped().identity, "")
        self.refresh()

    @property
    def prompts(self) -> Catalogue:
        """What new calls are told."""
        return self._current.of(self._language).machine.prompts

    @property
    def catalogues(self) -> Mapping[str, Catalogue]:
        """Language → what is said in it, for all languages in which new calls can be held."""
        return {code: engine.machine.prompts for code, engine in self._current.engines.items()}

    def refresh(self) -> bool:
        """Take up what was published since. True when new calls get other flows than before. Never raises."""
        with self._lock:
            try:
                newest = self._versions.newest()
                if newest == self._seen:
                    return False
                found = self._versions.current()
                version = self._of(found.version)
            except (FlowError, VoiceError) as error:  # calls go on with what they have
                if str(error) != self.problem:
                    log.error("the flows stay as they are: %s", error)  # noqa: TRY400 - the sentence says it all
                self.problem = str(error)
                return False
            self._seen, self.publication = newest, found
            self.problem = "" if found.number == newest else f"Publication {newest} cannot be read: see the log."
            changed = version is not self._current
            self._current = version
            if changed:
                log.info("new calls get publication %d of the flows (%s)", found.number, found.version)
            return changed

    def start(self, event: Started) -> tuple[State, tuple[Action, ...]]:
        """A call begins, with what is in force now, in the language that its number asked for last."""
        return self._current.start(event)

    def step(self, state: State, event: Event) -> tuple[State, tuple[Action, ...]]:
        """Go on with the version that the call began with. Raises FlowError when it is not kept any more."""
        if isinstance(event, Started):
            return self.start(event)
        return self._of(state.version).step(state, event)

    @staticmethod
    def achieved(state: State) -> bool:
        """Whether the caller has got something done."""
        return Engine.achieved(state)

    def _of(self, version: str) -> Conversations:
        return self._kept.get(version) or self._version(self._versions.files(version))

    def _version(self, files: FlowFiles) -> Conversations:
        version = Conversations(files, self._language, self._packs, self._speakable)
        kept = {**self._kept, files.identity: version}
        self._kept = dict(list(kept.items())[-KEEP:])  # a new table: the other thread may be reading the old one
        return version


def _language(state: State) -> str:
    return str(state.caller.get("language", ""))
