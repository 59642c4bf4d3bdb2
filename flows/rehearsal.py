"""Rehearsals: scripts beside each flow, played against it in text, without a phone, in milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flows.actions import End, Transfer
from flows.conversation import Conversation, Exchange
from flows.engine import Engine
from flows.errors import FlowError
from flows.events import CallerProfile
from flows.rehearsal_office import ScriptedOffices, Town
from flows.rehearsal_script import LoadedScript, Step, read_script
from flows.sets import REHEARSALS, FlowFiles, read_set
from flows.words import plain
from integrations.errors import DatabaseError
from nlu.understand import Understander
from voices.errors import VoiceError

TURN_S = 8
"""Seconds that pass with each thing that the caller does."""
Watch = Callable[[str, str], None]
"""(flow, step), called for each step that is gone through."""


@dataclass(slots=True)
class Played:
    """What came of one rehearsal."""

    name: str
    """FLOW/NAME."""
    failures: list[str] = field(default_factory=list)
    """Sentences with file and line; none when it passed."""
    lines: list[tuple[str, str]] = field(default_factory=list)
    """(caller or hotline, what), in order."""
    trail: list[tuple[str, str]] = field(default_factory=list)
    """(flow, step), in the order in which they were gone through."""
    conversation: Conversation | None = None
    seconds: float = 0.0


class Rehearser:
    """Plays the scripts of one set of flows."""

    def __init__(self, files: FlowFiles, understander: Understander, town: Town) -> None:
        """Raises FlowError when the flows cannot be loaded."""
        self._files, self._understander, self._town = files, understander, town
        self._flows = files.load()
        self._engines: dict[str, Engine] = {}
        self._trail: list[tuple[str, str]] = []

    def play_all(self, names: Collection[str] = ()) -> Iterator[Played]:
        """Play the scripts one after the other; one that cannot be read is one that failed. Raises FlowError."""
        for path, text in self._files.rehearsals(names).items():
            try:
                script = read_script(text, path)
            except FlowError as error:
                yield Played(path.removeprefix(f"{REHEARSALS}/").removesuffix(".yaml"), [str(error)])
            else:
                if set(script.script.needs) <= set(self._flows.flows):
                    yield self.play(script)

    def play(self, loaded: LoadedScript) -> Played:
        """Play one script to its end, or to the first step after the conversation is over."""
        played, began = Played(loaded.name), time.perf_counter()
        self._trail = played.trail
        try:
            engine = self.engine(self._language(loaded))
        except (FlowError, VoiceError) as error:
            played.failures.append(f"{loaded.file}: {error}")
            return played
        clock = _Clock(loaded.script.now)
        try:
            offices = ScriptedOffices(self._town, clock, loaded.script.offices)
        except DatabaseError as error:
            played.failures.append(f"{loaded.file}: {error} {error.remedy}")
            return played
        try:
            caller = self._caller(loaded, offices)
            played.conversation = Conversation(engine, self._understander, offices, clock, caller)
            played.failures += _Check(loaded, played, clock).run(played.conversation)
        finally:
            offices.close()
        played.seconds = time.perf_counter() - began
        return played

    def _language(self, loaded: LoadedScript) -> str:
        flow = self._flows.flows.get(loaded.flow)
        if flow is None:
            raise FlowError(
                "no_flow", f"There is no flow “{loaded.flow}”.", remedy="Name the folder of the script like its flow."
            )
        return loaded.script.language or flow.languages[0]

    def engine(self, language: str) -> Engine:
        """The engine that plays the scripts of a language. Raises FlowError or VoiceError."""
        if language not in self._engines:
            catalogue = self._files.catalogue(language)
            self._engines[language] = Engine(
                self._flows, catalogue, watch=lambda flow, step: self._trail.append((flow, step))
            )
        return self._engines[language]

    def _caller(self, loaded: LoadedScript, offices: ScriptedOffices) -> CallerProfile:
        who = loaded.script.caller
        known = offices.callers.by_number(who.number) if who.number else None
        return CallerProfile(
            who.number,
            who.name or (known.name if known else None),
            who.person_id if who.person_id is not None else known.person_id if known else None,
            who.band or (known.band if known else "elder"),
            self._language(loaded),
            by_key=who.by_key,
        )


class _Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class _Check:
    """Compares what happens with what the script wants."""

    def __init__(self, loaded: LoadedScript, played: Played, clock: _Clock) -> None:
        self._loaded, self._script, self._played, self._clock = loaded, loaded.script, played, clock
        self._failures: list[str] = []

    def run(self, talk: Conversation) -> list[str]:
        """All that is not as it must be."""
        opening = talk.begin()
        self._tell(opening)
        self._heard(opening, self._script.open_hear, [], "at the beginning", ("opening",))
        for n, step in enumerate(self._script.steps):
            self._clock.now += timedelta(seconds=TURN_S)
            self._played.lines.append(("caller", step.act))
            if talk.ending is not None:
                self._fail(("steps", n), f"the conversation is over before {step.act}: {_how(talk)}")
                break
            talk.slow = step.slow
            exchange = _do(talk, step)
            self._tell(exchange)
            self._step(exchange, step, n)
        self._ends(talk)
        return self._failures

    def _fail(self, place: tuple[str | int, ...], what: str) -> None:
        self._failures.append(f"{self._loaded.file}:{self._loaded.line(*place)}: {what}")

    def _tell(self, exchange: Exchange) -> None:
        self._played.lines += [("hotline", sentence) for sentence in exchange.sentences]

    def _step(self, exchange: Exchange, step: Step, n: int) -> None:
        self._heard(exchange, step.hear, step.never, f"after {step.act}", ("steps", n))
        asks = next((prompt for prompt in reversed(exchange.prompts) if not prompt.startswith("choice.")), "nothing")
        if step.asks is not None and step.asks != asks:
            self._fail(("steps", n, "asks"), f"after {step.act}: {step.asks} is not what is asked, but {asks}")
        for operation, wanted in step.do.items():
            calls = [one for one in exchange.asked if one.operation == operation]
            if not calls:
                asked = ", ".join(one.operation for one in exchange.asked) or "none"
                self._fail(("steps", n, "do"), f"after {step.act}: {operation} was not asked; asked: {asked}")
            elif not any(_holds(one.call.arguments, wanted) for one in calls):
                got = "; ".join(str(dict(one.call.arguments)) for one in calls)
                self._fail(("steps", n, "do"), f"after {step.act}: {operation} was asked with {got}, not with {wanted}")

    def _heard(
        self, exchange: Exchange, hear: list[str], never: list[str], when: str, place: tuple[str | int, ...]
    ) -> None:
        said = plain(exchange.said)
        for words in hear:
            if plain(words) not in said:
                self._fail((*place, "hear"), f"{when}: “{words}” was not said. Said: “{exchange.said}”")
        for words in never:
            if plain(words) in said:
                self._fail((*place, "never"), f"{when}: “{words}” was said: “{exchange.said}”")

    def _ends(self, talk: Conversation) -> None:
        ends, how = self._script.ends, _how(talk)
        if ends.how != how.split(":")[0]:
            self._fail(("ends",), f"it must end with “{ends.how}”, and ended with “{how}”")
        ending = talk.ending
        if isinstance(ending, Transfer):
            for name, wanted, got in (("reason", ends.reason, ending.reason), ("band", ends.band, ending.band)):
                if wanted is not None and wanted != got:
                    self._fail(("ends", name), f"the {name} is “{got}”, not “{wanted}”")
        record = _record(talk)
        if ends.done is not None and ends.done != record["done"]:
            self._fail(("ends", "done"), f"on record as done is {record['done']}, not {ends.done}")
        for flag in ends.flags or []:
            if flag not in record["flags"]:
                self._fail(("ends", "flags"), f"the flag “{flag}” is not on record; on record: {record['flags']}")
        if not _holds(record["slots"], ends.slots):
            self._fail(("ends", "slots"), f"on record is {record['slots']}, not {ends.slots}")


def _do(talk: Conversation, step: Step) -> Exchange:
    if step.say is not None:
        return talk.say(step.say)
    if step.press is not None:
        return talk.press(step.press)
    return talk.silent() if step.silent else talk.noise()


def _how(talk: Conversation) -> str:
    ending = talk.ending
    if ending is None:
        return "listening"
    if isinstance(ending, End):
        return ending.outcome
    return f"{'person' if ending.to == 'human' else ending.to}: {ending.reason}"


def _record(talk: Conversation) -> Mapping[str, Any]:
    """What a person would see of the conversation."""
    ending = talk.ending
    if ending is not None:
        return ending.summary
    frame = talk.state.frames[-1] if talk.state.frames else None
    return {"done": talk.state.done, "flags": talk.state.flags, "slots": frame.values if frame else {}}


def _holds(got: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(name in got and got[name] == value for name, value in wanted.items())


def rehearse_folder(folder: Path, understander: Understander) -> list[str]:
    """Play every rehearsal of the set in a folder: one sentence for each that failed. Raises FlowError."""
    with Town() as town:
        rehearser = Rehearser(read_set(folder), understander, town)
        return [failure for played in rehearser.play_all() for failure in played.failures]
