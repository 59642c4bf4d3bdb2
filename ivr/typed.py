"""A typed conversation with the same engine, understanding and offices as a call, without a phone."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flows.actions import Action, CallOffice, End, Listen, Say, Transfer
from flows.events import CallerProfile, Event, Heard, Keyed, OfficeFailed, OfficeReplied, Silent, Started
from flows.live import LiveFlows
from flows.versions import Versions
from integrations.database.store import Database
from integrations.dispatch import Offices
from integrations.embedded.appointments import Appointments
from integrations.embedded.pension import Pension
from integrations.errors import OfficeError
from ivr.settings import Settings
from ivr.understanding import load_engine
from nlu.understand import ParseContext


class TypedCall:
    """One typed call. Raises DatabaseError when the database cannot be opened."""

    def __init__(self, settings: Settings, number: str | None) -> None:
        self._zone = ZoneInfo(settings.timezone)
        database = Database(settings.database_address)
        database.migrate()
        rules = settings.appointments
        appointments = Appointments(database, self._now, rules.last_day_ahead, rules.cancel_until_hour)
        self._offices = Offices({"appointments": appointments, "pension": Pension(database)})
        self._engine = LiveFlows(Versions(settings.flows_dir), settings.language)
        self._understander = load_engine(settings)
        self._caller = CallerProfile(number)
        self._state: Any = None
        self._listen = Listen()
        self.over = False

    def _now(self) -> datetime:
        return datetime.now(self._zone).replace(tzinfo=None)

    def begin(self) -> str:
        """What the caller hears first."""
        self._state, actions = self._engine.start(Started(self._now(), self._caller))
        return self._perform(actions)

    def answer(self, line: str) -> str:
        """What the caller hears after typing a line."""
        return self._perform(self._step(self._event(line)))

    def _event(self, line: str) -> Event:
        if not line:
            return Silent(self._now())
        if line.strip("0123456789*#") == "":
            return Keyed(self._now(), line)
        context = ParseContext(self._now(), expect=self._listen.expect, phrases=self._listen.phrases)
        return Heard(self._now(), self._understander.understand(line, context))

    def _step(self, event: Event) -> tuple[Action, ...]:
        self._state, actions = self._engine.step(self._state, event)
        return actions

    def _perform(self, actions: tuple[Action, ...]) -> str:
        said: list[str] = []
        while True:
            said += ["".join(a.pieces) for a in actions if isinstance(a, Say)]
            last = actions[-1] if actions else Listen()
            if isinstance(last, CallOffice):
                actions = self._step(self._ask(last))
                continue
            if isinstance(last, Listen):
                self._listen = last
            elif isinstance(last, Transfer):
                said.append(f"[转{last.to}：{last.reason}]")
            elif isinstance(last, End):
                said.append(f"[结束：{last.outcome}]")
            self.over = not isinstance(last, Listen)
            return "\n".join(said)

    def _ask(self, ask: CallOffice) -> Event:
        try:
            result = asyncio.run(self._offices.call(ask.office, ask.operation, ask.arguments))
        except OfficeError as error:
            return OfficeFailed(self._now(), ask.request, error.code, error.details)
        return OfficeReplied(self._now(), ask.request, result)
