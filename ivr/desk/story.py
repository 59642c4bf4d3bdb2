"""What an agent sees of a caller before the answer: from the call's event list, and from what is on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from integrations.database.desk_calls import Colleague, DeskCalls, NewEvent
from integrations.database.tickets import Tickets
from ivr.call.words import UNRECORDED

TOLD = frozenset(
    {
        "call_started", "prompt_started", "utterance", "key", "silence", "understood", "office_answered", "transfer",
        "human_wanted", "agent_answered", "seat_lost", "talk", "recording_paused", "recording_resumed", "handed_on",
        "text_message", "flagged", "wishes", "call_ended", "callback_owed", "message_left", "error",
    }
)  # fmt: skip
"""Kinds of event that say something to a person."""
UNCERTAIN_BELOW = 0.6
BESIDE_MAX = 3
FLAGS = {"emergency": "emergency", "report_fraud": "fraud"}
SIGNS = {"emergency": "emergency", "scam": "fraud"}
"""Sign of an event `flagged` → flag."""
PRIVATE = frozenset({"identity_number"})


def entry(event: NewEvent) -> dict[str, Any] | None:
    """One line of the story for the page; None when it tells a person nothing."""
    if event.kind not in TOLD:
        return None
    data = dict(event.data)
    line: dict[str, Any] = {"id": event.number, "at": stamp(event.at), "kind": event.kind, "data": data}
    if event.kind in {"utterance", "talk"}:
        line["words"] = _words(data)
        if other := _beside(data):
            line["beside"] = other
    if event.kind == "understood":
        data["slots"] = _slots(data)
    return line


def _words(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The words with their doubts: word by word where the recogniser tells, else the utterance as a whole."""
    words = data.get("words")
    if isinstance(words, list) and words:
        return [
            {"text": str(word.get("text", "")), "sure": float(word.get("confidence", 1)) >= UNCERTAIN_BELOW}
            for word in words
            if isinstance(word, dict)
        ]
    sure = _number(data.get("confidence"), 1.0) >= UNCERTAIN_BELOW
    return [{"text": str(data.get("text", "")), "sure": sure}]


def _beside(data: Mapping[str, Any]) -> list[str]:
    """What another recogniser heard instead (ivr/call/second.py): other words only, and none that are not recorded."""
    found: list[str] = []
    other = data.get("beside")
    for one in other if isinstance(other, list) else ():
        text = str(one.get("text", "")).strip() if isinstance(one, dict) else ""
        if _bare(text) not in {"", _bare(UNRECORDED), _bare(str(data.get("text", ""))), *map(_bare, found)}:
            found.append(text)
    return found[:BESIDE_MAX]


def _bare(text: str) -> str:
    """Its letters: punctuation and spaces make no other words."""
    return "".join(one for one in text if one.isalnum())


def _slots(data: Mapping[str, Any]) -> dict[str, Any]:
    slots = data.get("slots")
    if not isinstance(slots, dict):
        return {}
    return {name: "……" if name in PRIVATE else value for name, value in slots.items()}


def colleague(one: Colleague) -> dict[str, Any]:
    """What another agent of the call wrote, for the page."""
    wrapped = one.wrapped
    return {
        "name": one.name,
        "note": one.note,
        "result": wrapped.result if wrapped else None,
        "subject": wrapped.subject if wrapped else "",
        "ticket": wrapped.ticket if wrapped else False,
        "follow_up_on": wrapped.follow_up_on.isoformat() if wrapped and wrapped.follow_up_on else None,
    }


def build(calls: DeskCalls, tickets: Tickets, call_id: str, number: str | None, staff_id: int = 0) -> dict[str, Any]:
    """The whole story of one call, as the agent `staff_id` sees it. A call-back's begins with those of the calls that
    it answers: their lines are marked `before`. Raises DatabaseError."""
    own = calls.of_call(call_id)
    answered = [event for one in calls.answered_by(call_id) for event in calls.of_call(one)]
    events = [*answered, *own]
    number = number or next((str(e.data["number"]) for e in events if e.data.get("number")), None)
    known = calls.person(number)
    earlier = calls.earlier(number, call_id)
    lines = [line | {"before": True} for line in map(entry, answered) if line is not None]
    lines += [line for line in map(entry, own) if line is not None]
    return {
        "lines": lines,
        "name": known[0] if known else next((e.data["name"] for e in events if e.data.get("name")), None),
        "number": number,
        "slots": filled(events),
        "intent": wanted(events),
        "wishes": waiting(events),
        "flags": flags(events),
        "colleagues": [colleague(one) for one in calls.colleagues(call_id, staff_id)],
        "earlier": [
            {
                "call_id": c.call_id,
                "started_at": stamp(c.started_at),
                "outcome": c.outcome,
                "subject": c.subject,
                "ticket": c.ticket,
            }
            for c in earlier
        ],
        "tickets": [
            {
                "number": t.id,
                "kind": t.kind,
                "opened_at": stamp(t.created_at),
                "text": t.note or t.transcript or "",
                "follow_up_on": t.follow_up_on.isoformat() if t.follow_up_on else None,
            }
            for t in tickets.open_of(number)
        ],
    }


def filled(events: Iterable[NewEvent]) -> dict[str, Any]:
    """What has been filled in so far, the latest value of each slot."""
    found: dict[str, Any] = {}
    for event in events:
        if event.kind == "understood":
            found |= _slots(event.data)
    return found


def wanted(events: Iterable[NewEvent]) -> str | None:
    """The last intent that was taken as such, or that was begun when the one before it had ended."""
    intents = [_intent(event) for event in events]
    return next((str(i) for i in reversed(intents) if i not in {None, "human_agent", "inform", "affirm", "deny"}), None)


def _intent(event: NewEvent) -> object:
    if event.kind == "wishes":
        return event.data.get("begun")
    return event.data.get("intent") if event.kind == "understood" and event.data.get("accepted") else None


def waiting(events: Iterable[NewEvent]) -> list[str]:
    """What else was wanted in the same breath, and has not been begun."""
    kept = [event.data.get("waiting") for event in events if event.kind == "wishes"]
    return [str(intent) for intent in kept[-1]] if kept and isinstance(kept[-1], list) else []


def flags(events: Iterable[NewEvent]) -> list[dict[str, str]]:
    """Warnings, each with what made it."""
    found: dict[str, str] = {}
    heard = ""
    for event in events:
        if event.kind == "utterance":
            heard = str(event.data.get("text", ""))
        elif event.kind == "understood" and (flag := FLAGS.get(str(event.data.get("intent")))):
            found.setdefault(flag, heard)
        elif event.kind == "flagged" and (flag := SIGNS.get(str(event.data.get("sign")))):
            found.setdefault(flag, "，".join(map(str, event.data.get("in_words") or ())) or heard)
        elif event.kind == "transfer" and event.data.get("band") == "emergency":
            found.setdefault("emergency", str(event.data.get("reason") or heard))
    return [{"flag": flag, "reason": reason} for flag, reason in found.items()]


def stamp(at: datetime) -> str:
    """UTC as browsers read it."""
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise
