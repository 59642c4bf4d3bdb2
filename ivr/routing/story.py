"""What the next person must know of a call, in one JSON-able mapping, from the call's events.

While the dialogue goes on, a short form of it is kept in the variable HOTLINE_STORY of the caller's leg, so that it
goes with the call (SIP header X-Yinling-Story) even when the program dies before the person answers."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from integrations.database.calls import CallJournal
from integrations.database.stories import StoredStories
from ivr.asterisk.manager import Manager, ManagerError, ManagerEvent
from ivr.call.events import CallEvent, Kind

log = logging.getLogger(__name__)

WORDS_KEPT = 3
HEADER_BYTES = 600
"""Of base64: a SIP message over UDP must stay below about 1300 bytes."""
CALLS_MAX = 2000
FLAGS = {"emergency": "emergency", "report_fraud": "fraud"}
"""Intent → warning for the person who answers."""
_NO_WISH = frozenset({"human_agent", "inform", "affirm", "deny", "", None})
_TOLD_AT = frozenset({Kind.UNDERSTOOD, Kind.WISHES, Kind.TRANSFER})
_BEGINS = frozenset({Kind.CALL_STARTED, Kind.RETURNED, Kind.MEDIA_OPENED, Kind.HUMAN_WANTED})


class Story:
    """One call's story, built event by event. The same events in the same order give the same story."""

    def __init__(self, call_id: str) -> None:
        self._facts: dict[str, Any] = {
            "call_id": call_id,
            "number": None,
            "name": None,
            "band": None,
            "language": None,
            "why": None,
            "intent": None,
            "wishes": [],
            "slots": {},
            "last_words": [],
            "flags": [],
            "offices": [],
            "earlier_seats": [],
        }

    def add(self, kind: str, data: Mapping[str, Any]) -> None:
        """One event more."""
        facts = self._facts
        match kind:
            case Kind.CALL_STARTED | Kind.HUMAN_WANTED | Kind.TRANSFER:
                told = {"why": data.get("why") or data.get("reason")} if kind != Kind.CALL_STARTED else {}
                told |= {name: data.get(name) for name in ("number", "name", "band", "language")}
                facts |= {name: value for name, value in told.items() if value}
                facts["slots"] |= _plain(data.get("summary", {}).get("slots") if kind == Kind.TRANSFER else None)
                if kind == Kind.TRANSFER and data.get("band") == "emergency":
                    self._flag("emergency", data.get("reason"))
            case Kind.UTTERANCE if data.get("text") and not data.get("ignored"):  # else it was the room, or a 嗯
                words = {"text": data["text"], "confidence": data.get("confidence")}
                facts["last_words"] = [*facts["last_words"], words][-WORDS_KEPT:]
            case Kind.UNDERSTOOD:
                facts["slots"] |= _plain(data.get("slots"))
                intent = data.get("intent")
                if data.get("accepted") and intent not in _NO_WISH:
                    facts["intent"] = intent
                if intent in FLAGS:
                    self._flag(FLAGS[intent], facts["last_words"][-1]["text"] if facts["last_words"] else None)
            case Kind.WISHES:
                facts["wishes"] = list(data.get("waiting", ()))
                facts["intent"] = data.get("begun") or facts["intent"]
            case Kind.OFFICE_ANSWERED:
                facts["offices"].append({name: data.get(name) for name in ("office", "operation", "code")})
            case Kind.AGENT_ANSWERED:
                facts["earlier_seats"].append(data.get("seat"))
            case _:
                pass  # the rest tells a person nothing

    def _flag(self, flag: str, reason: object) -> None:
        if all(one["flag"] != flag for one in self._facts["flags"]):
            self._facts["flags"].append({"flag": flag, "reason": reason})

    def tell(self) -> dict[str, Any]:
        """The story as it stands: what JSON knows, and nobody else's to change."""
        told: dict[str, Any] = json.loads(json.dumps(self._facts, ensure_ascii=False, default=str))
        return told

    def header(self) -> str:
        """The short form: base64 of JSON, at most HEADER_BYTES."""
        facts = self._facts
        words = facts["last_words"][-1]["text"] if facts["last_words"] else ""
        short = {
            "intent": facts["intent"],
            **({"wishes": facts["wishes"]} if facts["wishes"] else {}),
            "slots": {name: value for name, value in facts["slots"].items() if value is not None},
            "said": words,
            "flags": [one["flag"] for one in facts["flags"]],
        }
        shorter_forms: tuple[dict[str, Any], ...] = ({}, {"said": words[:40]}, {"slots": {}, "said": words[:40]})
        for shorter in shorter_forms:
            text = json.dumps(short | shorter, ensure_ascii=False, separators=(",", ":"), default=str)
            made = base64.b64encode(text.encode("utf-8", errors="replace")).decode("ascii")
            if len(made) <= HEADER_BYTES:
                return made
        return ""


def _plain(slots: object) -> dict[str, Any]:
    return {str(name): value for name, value in slots.items()} if isinstance(slots, Mapping) else {}


def tell(call_id: str, events: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """The story of events (kind, data) in order."""
    story = Story(call_id)
    for kind, data in events:
        story.add(kind, data)
    return story.tell()


def story(journal: CallJournal, call_id: str) -> dict[str, Any] | None:
    """The story of a call on record; None when there is no such call. Raises DatabaseError."""
    found = journal.story(call_id)
    if found is None:
        return None
    call, events = found
    told = tell(call_id, ((kind, data) for _, kind, data in events))
    told["number"] = told["number"] or call.number
    return told


def _make_room(kept: dict[str, Any]) -> None:
    """A call whose end nobody told must not keep out those that come."""
    while len(kept) >= CALLS_MAX:
        kept.pop(next(iter(kept)))


class StoryKeeper:
    """The stories of the calls that go on. `event` and `offered` are quick and never raise."""

    def __init__(self, manager: Manager, stored: StoredStories, do: Callable[[Callable[[], None]], None]) -> None:
        self._manager, self._stored, self._do = manager, stored, do
        self._stories: dict[str, Story] = {}
        self._legs: dict[str, str] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def known(self) -> list[str]:
        """The calls that have a story, the oldest first."""
        return list(self._stories)

    def offered(self, event: ManagerEvent) -> None:
        """A manager event; the offer of a call tells which leg is the caller's."""
        if event.fields.get("UserEvent") == "MediaWanted":
            _make_room(self._legs)
            self._legs[event.fields.get("Call", "")] = event.fields.get("Channel", "")

    def event(self, event: CallEvent) -> None:
        """Something happened in a call. What is told of one that has ended (how its call-back went, words that came
        late) begins no new story."""
        if event.kind is Kind.CALL_ENDED:
            self._stories.pop(event.call_id, None)
            self._legs.pop(event.call_id, None)
            return
        if event.call_id not in self._stories:
            if event.kind not in _BEGINS:
                return
            _make_room(self._stories)
            self._stories[event.call_id] = Story(event.call_id)
        known = self._stories[event.call_id]
        known.add(event.kind, event.data)
        if event.kind is Kind.HUMAN_WANTED:
            told = known.tell()
            self._do(lambda: self._stored.keep(event.call_id, event.at, told))
        if event.kind in _TOLD_AT and event.call_id in self._legs and event.call_id not in self._tasks:
            task = asyncio.create_task(self._tell_leg(event.call_id), name=f"story {event.call_id}")
            self._tasks[event.call_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(event.call_id, None))

    async def _tell_leg(self, call_id: str) -> None:
        """Until the leg has the newest; each within the bound that every manager action has."""
        told = ""
        try:
            while (known := self._stories.get(call_id)) is not None and (leg := self._legs.get(call_id)) is not None:
                if (header := known.header()) == told:
                    return
                await self._manager.set_variable(leg, "HOTLINE_STORY", header)
                told = header
        except ManagerError as error:
            log.warning("call %s: its story does not go with it: %s", call_id, error)

    async def close(self) -> None:
        """Let go of what is under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
