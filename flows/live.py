"""The conversations of all calls: each in the version of the flows with which it began."""

from __future__ import annotations

import logging
from threading import Lock

from flows.actions import Action
from flows.engine import Engine
from flows.errors import FlowError
from flows.events import Event, Started
from flows.sets import FlowFiles, shipped
from flows.state import State
from flows.versions import Publication, Versions
from voices.errors import VoiceError
from voices.prompts.catalogue import Catalogue

log = logging.getLogger(__name__)

KEEP = 8
"""Versions in memory; one that is wanted again is read again."""


class LiveFlows:
    """A dialogue engine over all versions at once: new calls get the newest, others what their state names.

    `refresh` may run in a thread of its own; the rest belongs to one thread."""

    def __init__(self, versions: Versions, language: str) -> None:
        """Raises FlowError or VoiceError when not even the library that ships can be used."""
        self._versions, self._language = versions, language
        self._engines: dict[str, Engine] = {}
        self._lock = Lock()
        self._seen = 0
        self.problem = ""
        """Why what is in force is not the newest publication; empty when it is."""
        self._current = self._engine(shipped())
        try:
            versions.keep(shipped())  # a call that begins with it must find it again after an update of the program
        except FlowError as error:
            log.warning("%s", error)
        self.publication = Publication(0, shipped().identity, "")
        self.refresh()

    @property
    def prompts(self) -> Catalogue:
        """What new calls are told."""
        return self._current.machine.prompts

    def refresh(self) -> bool:
        """Take up what was published since. True when new calls get other flows than before. Never raises."""
        with self._lock:
            try:
                newest = self._versions.newest()
                if newest == self._seen:
                    return False
                found = self._versions.current()
                engine = self._of(found.version)
            except (FlowError, VoiceError) as error:  # calls go on with what they have
                if str(error) != self.problem:
                    log.error("the flows stay as they are: %s", error)  # noqa: TRY400 - the sentence says it all
                self.problem = str(error)
                return False
            self._seen, self.publication = newest, found
            self.problem = "" if found.number == newest else f"Publication {newest} cannot be read: see the log."
            changed = engine is not self._current
            self._current = engine
            if changed:
                log.info("new calls get publication %d of the flows (%s)", found.number, found.version)
            return changed

    def start(self, event: Started) -> tuple[State, tuple[Action, ...]]:
        """A call begins, with what is in force now."""
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

    def _of(self, version: str) -> Engine:
        return self._engines.get(version) or self._engine(self._versions.files(version))

    def _engine(self, files: FlowFiles) -> Engine:
        engine = Engine(files.load(), files.catalogue(self._language))
        kept = {**self._engines, files.identity: engine}
        self._engines = dict(list(kept.items())[-KEEP:])  # a new table: the other thread may be reading the old one
        return engine
