"""A typed conversation with the same engine, understanding and offices as a call, without a phone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flows.actions import Transfer
from flows.conversation import Conversation, Exchange
from flows.events import CallerProfile, Heard, Keyed
from flows.live import LiveFlows
from flows.phrasebook import Phrasebook
from flows.versions import Versions
from integrations.database.callers import Callers
from integrations.database.store import Database
from integrations.dispatch import Offices
from integrations.embedded.appointments import Appointments
from integrations.embedded.pension import Pension
from ivr.settings import Settings
from ivr.understanding import load_engine
from voices.languages.pack import load_packs


class TypedCall:
    """One typed call. Raises DatabaseError when the database cannot be opened."""

    def __init__(self, settings: Settings, number: str | None) -> None:
        self._zone = ZoneInfo(settings.timezone)
        database = Database(settings.database_address)
        database.migrate()
        rules = settings.appointments
        appointments = Appointments(database, self._now, rules.last_day_ahead, rules.cancel_until_hour)
        self._offices = Offices({"appointments": appointments, "pension": Pension(database)})
        packs = load_packs()
        found = Callers(database).by_number(number) if number else None
        caller = (
            CallerProfile(number) if found is None else CallerProfile(number, found.name, found.person_id, found.band)
        )
        self.conversation = Conversation(
            LiveFlows(Versions(settings.flows_dir), settings.language, packs),
            Phrasebook(load_engine(settings), packs),
            self._ask,
            self._now,
            caller,
        )

    @property
    def over(self) -> bool:
        """The conversation has ended."""
        return self.conversation.ending is not None

    def _now(self) -> datetime:
        return datetime.now(self._zone).replace(tzinfo=None)

    def begin(self) -> str:
        """What the caller hears first."""
        return _heard(self.conversation.begin())

    def answer(self, line: str) -> str:
        """What the caller hears after typing a line: a sentence, digits as keys, or nothing as silence."""
        if not line:
            return _heard(self.conversation.silent())
        if line.strip("0123456789*#") == "":
            return _heard(self.conversation.press(line))
        return _heard(self.conversation.say(line))

    def _ask(self, office: str, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        return asyncio.run(self._offices.call(office, operation, arguments))


def _heard(exchange: Exchange) -> str:
    rows = list(exchange.sentences)
    last = exchange.last
    if isinstance(last, Transfer):
        rows.append(f"[转{last.to}：{last.reason}{last.language and '，' + last.language}]")
    elif (outcome := getattr(last, "outcome", None)) is not None:
        rows.append(f"[结束：{outcome}]")
    return "\n".join(rows)


def view(talk: Conversation) -> str:
    """What the engine makes of the last thing that the caller did, and where it stands now."""
    exchange, state = talk.exchanges[-1], talk.state
    rows: list[tuple[str, object]] = []
    match exchange.event:
        case Heard(_, one):
            doubt = "" if one.accepted else ", not accepted"
            rows.append(("intent", f"{one.intent} {one.confidence:.2f}{doubt}"))
            rows.append(("wishes", [f"{wish.intent} {wish.confidence:.2f}" for wish in one.wishes]))
            rows.append(("heard", {name: f"{slot.value} ({slot.confidence:.2f})" for name, slot in one.slots.items()}))
            rows.append(("taken back", {name: slot.value for name, slot in one.denied.items()}))
        case Keyed(_, digits):
            rows.append(("keys", digits))
        case other:
            rows.append(("event", type(other).__name__.lower()))
    rows += [("office", f"{one.operation} → {one.code}") for one in exchange.asked]
    frame, question = (state.frames[-1] if state.frames else None), state.question
    if frame is not None:
        rows.append(("step", f"{frame.flow} / {question.step if question and question.step else frame.at}"))
        rows.append(("values", {name: value for name, value in frame.values.items() if not isinstance(value, dict)}))
        rows.append(("doubtful", frame.checks))
    rows.append(("asks", f"{question.kind}: {question.prompt}" if question else ""))
    rows.append(("failures", state.failures))
    rows.append(("flags", state.flags))
    rows.append(("kept", [wish["intent"] for wish in state.wishes if not wish["begun"]]))
    rows.append(("done", state.done))
    rows.append(("said", exchange.prompts))
    shown = [(name, value) for name, value in rows if value not in ("", {}, [], None)]
    return "\n".join(f"    · {name}: {_plain(value)}" for name, value in shown)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
