"""A caller who speaks in sentences, some of which hold two wishes."""

from __future__ import annotations

from typing import Any

from flows import clauses, wishes
from flows.engine import Engine
from flows.events import CallerProfile, Heard
from nlu.understand import ParseContext
from tests.flows.talk_helpers import Office, Talk, session
from tests.remembering import Remembering

BOOKING = session(1) | {"code": "12345678", "cancellable": True}
PAID = {"status": "paid", "month": "2026-02", "amount_yuan": 3120.5, "paid_on": "2026-03-01", "name": "马建国"}
KNOWN = CallerProfile(number="13909710002", name="马建国", person_id=2)


class Caller(Talk):
    """Speaks in sentences, which are understood as in a call."""

    def __init__(self, understander: Remembering, one: Engine | None = None, **replies: Any) -> None:
        self.understander = understander
        found = {"find_bookings": {"bookings": [BOOKING]}, "last_payment": PAID}
        super().__init__(Office(**(found | replies)), KNOWN, one)

    def say(self, *texts: str) -> Caller:
        for text in texts:
            listen = self.listening
            context = ParseContext(self.now, "zh", listen.expect, listen.phrases)
            self.event(Heard(self.now, clauses.read(self.understander, text, context)))
        return self

    @property
    def waiting(self) -> list[str]:
        return list(wishes.told(self.state)["waiting"])
