"""A typed conversation for tests: hand-made understandings in, what was said and asked out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flows import clauses
from flows.actions import Action, CallOffice, End, Listen, Say, Transfer
from flows.engine import Engine
from flows.events import (
    CallerProfile,
    Event,
    Heard,
    Keyed,
    OfficeFailed,
    OfficeReplied,
    Silent,
    Started,
    Unclear,
)
from flows.loader import load_folder
from flows.state import State
from integrations.errors import OfficeError
from nlu.understand import ParseContext, SlotScalar, SlotValue, Understander, Understanding
from voices.prompts.catalogue import Catalogue

NOW = datetime(2026, 3, 10, 9, 30)  # noqa: DTZ001  the engine is given local time without a zone
TOMORROW, AFTER_TOMORROW = "2026-03-11", "2026-03-12"


@cache
def engine() -> Engine:
    """The engine over the flows and prompts that ship."""
    return Engine(load_folder(), Catalogue.load("zh"))


def slot(
    value: SlotScalar, confidence: float = 0.95, text: str = "", alternatives: tuple[SlotScalar, ...] = ()
) -> SlotValue:
    return SlotValue(value, text or str(value), 0, 1, confidence, alternatives)


def understood(
    text: str,
    intent: str = "inform",
    slots: Mapping[str, SlotScalar | SlotValue] | None = None,
    denied: Mapping[str, SlotScalar] | None = None,
    confidence: float = 0.95,
    accepted: bool = True,
) -> Understanding:
    values = {k: v if isinstance(v, SlotValue) else slot(v) for k, v in (slots or {}).items()}
    back = {k: slot(v) for k, v in (denied or {}).items()}
    return Understanding(text, intent, confidence, accepted, values, back)


def session(
    number: int, hospital: str = "省人民医院", day: str = AFTER_TOMORROW, part: str = "am", department: str = "骨科"
) -> dict[str, Any]:
    return {
        "session_id": number,
        "hospital": hospital,
        "department": department,
        "doctor": "王建国",
        "date": day,
        "part_of_day": part,
        "fee_yuan": 12.0,
        "remaining": 3,
    }


class Office:
    """Replies by operation; an OfficeError is raised instead of returned. Records what was asked."""

    def __init__(self, **replies: Any) -> None:
        self.replies: dict[str, Any] = {
            "list_departments": {"departments": ["内科", "外科", "骨科", "眼科", "口腔科", "耳鼻喉科"]},
            "find_sessions": {"sessions": [session(1)], "nearest": []},
            "book": {
                "code": "12345678",
                **{k: v for k, v in session(1).items() if k != "session_id"},
                "patient_name": None,
            },
            "find_bookings": {"bookings": []},
            "cancel": {"code": "12345678"},
            **replies,
        }
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def reply(self, action: CallOffice) -> Any:
        self.asked.append((action.operation, action.arguments))
        answer = self.replies[action.operation]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        return answer(action.arguments) if callable(answer) else answer

    def last(self, operation: str) -> Mapping[str, Any]:
        return next(arguments for name, arguments in reversed(self.asked) if name == operation)


class Talk:
    """One conversation. Each method is one thing that the caller does; `said` is the answer to it."""

    def __init__(
        self, office: Office | None = None, caller: CallerProfile | None = None, one: Engine | None = None
    ) -> None:
        self.engine = one or engine()
        self.office = office or Office()
        self.now = NOW
        self.actions: tuple[Action, ...] = ()
        self.state: State
        self.state, actions = self.engine.start(Started(self.now, caller or CallerProfile(number="13909710001")))
        self._settle(actions)

    def _settle(self, actions: tuple[Action, ...]) -> None:
        everything = list(actions)
        while actions and isinstance(ask := actions[-1], CallOffice):
            answer = self.office.reply(ask)
            event: Event
            if isinstance(answer, OfficeError):
                event = OfficeFailed(self.now, ask.request, answer.code, answer.details)
            else:
                event = OfficeReplied(self.now, ask.request, answer)
            self.state, actions = self.engine.step(self.state, event)
            everything += actions
        self.actions = tuple(everything)

    def event(self, event: Event) -> Talk:
        self.state, actions = self.engine.step(self.state, event)
        self._settle(actions)
        self.now += timedelta(seconds=8)
        return self

    def hear(self, text: str, intent: str = "inform", /, **slots: SlotScalar | SlotValue) -> Talk:
        return self.event(Heard(self.now, understood(text, intent, slots)))

    def correct(self, text: str, denied: Mapping[str, SlotScalar], **slots: SlotScalar | SlotValue) -> Talk:
        return self.event(Heard(self.now, understood(text, "inform", slots, denied)))

    def mumble(self, text: str = "呜噜呜噜") -> Talk:
        return self.event(Heard(self.now, understood(text, "out_of_scope", confidence=0.1, accepted=False)))

    def press(self, digits: str) -> Talk:
        return self.event(Keyed(self.now, digits))

    def silent(self) -> Talk:
        return self.event(Silent(self.now))

    def unclear(self) -> Talk:
        return self.event(Unclear(self.now))

    @property
    def said(self) -> str:
        return "".join(piece for action in self.actions if isinstance(action, Say) for piece in action.pieces)

    @property
    def prompts(self) -> list[str]:
        return [action.prompt for action in self.actions if isinstance(action, Say)]

    @property
    def last(self) -> Action:
        return self.actions[-1]

    @property
    def listening(self) -> Listen:
        assert isinstance(self.last, Listen), self.actions
        return self.last

    @property
    def transferred(self) -> Transfer:
        assert isinstance(self.last, Transfer), self.actions
        return self.last

    @property
    def over(self) -> End:
        assert isinstance(self.last, End), self.actions
        return self.last


def really(talk: Talk, text: str, understander: Understander) -> Talk:
    """Say it, as the understanding that calls use reads it at the question that stands."""
    asked = talk.listening
    context = ParseContext(talk.now, "zh", asked.expect, asked.phrases)
    return talk.event(Heard(talk.now, clauses.read(understander, text, context)))
