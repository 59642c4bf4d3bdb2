"""Stored calls against edited flows: what each caller would have heard, beside what they heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flows import record
from flows.actions import Action, CallOffice, Say, Transfer
from flows.conversation import Dialogue
from flows.events import Event, OfficeFailed, OfficeReplied, Started

TURN = "turn"
"""Kind of the call's events that are played again."""
TAKEN_BACK = "turn_taken_back"
"""Kind of event that undoes the turn before it: the caller had not finished."""


@dataclass(slots=True)
class Heard:
    """One thing that the caller did, and what was said to it."""

    what: str
    said: list[str]
    """Sentences."""
    prompts: list[str]
    then: str
    """How it went on, as in the record: listen, end, human:asked …"""


@dataclass(slots=True)
class Replay:
    """One call, played again."""

    call_id: str
    turns: list[Heard] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Where, and why, it is not exact."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the caller did, to which the edited flows answer otherwise."""

    place: int
    """Which thing, counted from 1; 1 is the answering of the call."""
    what: str
    before: str
    after: str


@dataclass(slots=True)
class _Stored:
    """What is kept of a call, apart: what the caller did, and what offices answered."""

    caller: list[Mapping[str, Any]] = field(default_factory=list)
    recorded: list[tuple[list[str], str]] = field(default_factory=list)
    """(prompts, then) for each thing that the caller did, offices' answers included."""
    offices: list[dict[str, Any]] = field(default_factory=list)


def turns_of(events: Sequence[tuple[datetime, str, Mapping[str, Any]]]) -> list[Mapping[str, Any]]:
    """The turns among a call's stored events. Raises RecordError when there are none."""
    turns: list[Mapping[str, Any]] = []
    for _, kind, data in events:
        if kind == TURN:
            turns.append(data)
        elif kind == TAKEN_BACK and len(turns) > 1:
            turns.pop()
    if not turns or turns[0].get("event", {}).get("what") != "started":
        raise record.RecordError("Nothing that can be played again was kept of this call.")
    return turns


def _stored(turns: Sequence[Mapping[str, Any]]) -> _Stored:
    stored = _Stored()
    for data in turns:
        event, said, then = data.get("event", {}), list(data.get("said", [])), str(data.get("then", ""))
        if event.get("what") in {"replied", "failed"}:
            stored.offices.append(dict(event))
            if stored.recorded:
                prompts, _ = stored.recorded[-1]
                stored.recorded[-1] = (prompts + said, then)
        else:
            stored.caller.append(event)
            stored.recorded.append((said, then))
    return stored


def replay(call_id: str, number: str | None, turns: Sequence[Mapping[str, Any]], dialogue: Dialogue) -> Replay:
    """Play a call against these flows. Raises RecordError when what was kept makes no sense."""
    stored = _stored(turns)
    player, offices, done = record.Player(number), list(stored.offices), Replay(call_id)
    state: Any = None
    for n, data in enumerate(stored.caller, start=1):
        before = player.exact
        event = player.event(data)
        if before and not player.exact:
            done.notes.append(f"turn {n}: a private number is not on record; another stands in from here on")
        if isinstance(event, Started):
            state, actions = dialogue.start(event)
        else:
            state, actions = dialogue.step(state, event)
        everything = list(actions)
        while actions and isinstance(ask := actions[-1], CallOffice):
            answer = _office(ask, offices, player, event, done, n)
            state, actions = dialogue.step(state, answer)
            everything += actions
        done.turns.append(_heard(data, everything))
        if state.final is not None:
            if n < len(stored.caller):
                done.notes.append(f"turn {n}: it is over here; the caller did {len(stored.caller) - n} more things")
            break
    return done


def _office(
    ask: CallOffice, offices: list[dict[str, Any]], player: record.Player, event: Event, done: Replay, n: int
) -> OfficeReplied | OfficeFailed:
    """What the office answered in the call: to the same question, else to the same operation, else nothing."""
    same = [one for one in offices if (one["office"], one["operation"]) == (ask.office, ask.operation)]
    wanted = record.turn(OfficeReplied(event.at, ask.request, {}), [ask], ())["event"]["arguments"]
    exact = [one for one in same if one["arguments"] == wanted]
    if not same:
        done.notes.append(f"turn {n}: {ask.office}.{ask.operation} was never asked in the call; it counts as away")
        return OfficeFailed(event.at, ask.request, "unavailable")
    if not exact:
        done.notes.append(f"turn {n}: {ask.office}.{ask.operation} was asked otherwise in the call; its answer is used")
    found = (exact or same)[0]
    if len(same) > 1:
        offices.remove(found)
    answer = player.event(found, ask.request)
    assert isinstance(answer, OfficeReplied | OfficeFailed), "only answers of offices are among them"
    return answer


def _heard(data: Mapping[str, Any], actions: Sequence[Action]) -> Heard:
    says = [action for action in actions if isinstance(action, Say)]
    last = actions[-1] if actions else None
    then = f"{last.to}:{last.reason}" if isinstance(last, Transfer) else type(last).__name__.lower() if last else ""
    return Heard(_what(data), ["".join(say.pieces) for say in says], [say.prompt for say in says], then)


def _what(data: Mapping[str, Any]) -> str:
    match data.get("what"):
        case "heard":
            return f"“{data.get('text', '')}”"
        case "keyed":
            return f"key {data.get('digits', '')}"
        case what:
            return str(what)


def strays(turns: Sequence[Mapping[str, Any]], played: Replay) -> list[str]:
    """Where a replay against the flows of the call itself differs from the record: then it cannot be trusted there."""
    found = []
    for n, ((prompts, then), turn) in enumerate(zip(_stored(turns).recorded, played.turns, strict=False), start=1):
        if (prompts, then) != (turn.prompts, turn.then):
            found.append(f"turn {n}: on record {_short(prompts, then)}; played again {_short(turn.prompts, turn.then)}")
    return found


def _short(prompts: Sequence[str], then: str) -> str:
    return f"{', '.join(prompts) or 'nothing'} → {then or 'nothing'}"


def differences(before: Replay, after: Replay) -> list[Difference]:
    """What the edited flows answer otherwise, thing by thing."""
    found = []
    for n in range(max(len(before.turns), len(after.turns))):
        old = before.turns[n] if n < len(before.turns) else None
        new = after.turns[n] if n < len(after.turns) else None
        if old and new and (old.said, old.then) == (new.said, new.then):
            continue
        one = old or new
        assert one is not None, "one of them is as long"
        found.append(Difference(n + 1, one.what, _words(old), _words(new)))
    return found


def _words(turn: Heard | None) -> str:
    if turn is None:
        return "(over before)"
    tail = "" if turn.then == "listen" else f" [{turn.then}]"
    return "".join(turn.said) + tail
