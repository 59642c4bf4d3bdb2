"""What goes into the engine, as data that can be kept with a call and played again; private numbers are masked.

Digits of a private number become `*`. Where a whole number or a part of one was masked, a replay puts other digits in
their place, and says that it is not exact there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flows.actions import Action, CallOffice, Listen, Say, Transfer
from flows.errors import FlowError
from flows.events import (
    Back,
    CallerProfile,
    Event,
    Heard,
    Keyed,
    OfficeFailed,
    OfficeReplied,
    OfficeSlow,
    Silent,
    Started,
    Unclear,
)
from flows.numbers import PRIVATE, check_digit, spoken_digits
from flows.render import plain_data
from nlu.understand import SlotValue, Understanding

MASK = "*"
_LONG = 11
"""So many digits in one utterance are masked whatever was asked for: a phone number has as many."""
_GROUP = re.compile(r"\d{3,}X?")
"""A value that may be part of a private number: so many digits of one would tell who it is, with a few others."""
_BIRTHPLACE_AND_DAY = "11010119000101001"
STAND_IN = _BIRTHPLACE_AND_DAY + check_digit(_BIRTHPLACE_AND_DAY)
"""An identity number that nobody has: its digits, in order, stand for masked ones."""


class RecordError(FlowError):
    """What was kept of a call cannot be played again."""

    def __init__(self, message: str) -> None:
        super().__init__("record", message, remedy="Only calls that were answered by this version or later can be.")


def turn(event: Event, before: Sequence[Action], after: Sequence[Action], version: str = "") -> dict[str, Any]:
    """One step of the engine: the event, what was said to it and what then. `before` are the actions that led to it.

    `version` is that of the flows, with the first step of a call."""
    listen = next((action for action in before if isinstance(action, Listen)), Listen())
    private = bool(PRIVATE & set(listen.expect))
    said = [action.prompt for action in after if isinstance(action, Say)]
    last = after[-1] if after else None
    then = f"{last.to}:{last.reason}" if isinstance(last, Transfer) else type(last).__name__.lower() if last else ""
    data = {"event": _event(event, before, private=private), "said": said, "then": then}
    return {**data, "version": version} if version else data


def _event(event: Event, before: Sequence[Action], *, private: bool) -> dict[str, Any]:
    data: dict[str, Any] = {"at": event.at.isoformat()}
    match event:
        case Started(_, caller, back):
            if back is not None:
                data["back"] = {"flow": back.flow, "values": _kept(back.values), "again": back.again}
            kept = ("name", "person_id", "band", "language", "rate", "loudness", "by_key")
            facts = {name: getattr(caller, name) for name in kept}
            facts |= {"unheard": list(caller.unheard)} if caller.unheard else {}
            facts |= {"speaks": caller.speaks} if caller.speaks else {}
            data |= {"what": "started", "caller": {**facts, "number": caller.number is not None}}
        case Heard(_, understanding, barged_in, language, pieces):
            if pieces is not None:
                data["pieces_heard"] = pieces
            if language:
                data["language"] = language
            data |= {"what": "heard", "barged_in": barged_in, **_understanding(understanding, private=private)}
        case Keyed(_, digits):
            data |= {"what": "keyed", "digits": _masked(digits) if private else digits}
        case OfficeReplied(_, _, result):
            data |= {"what": "replied", "result": plain_data(result), **_asked(event.request, before)}
        case OfficeFailed(_, _, code, details):
            data |= {"what": "failed", "code": code, "details": plain_data(details), **_asked(event.request, before)}
        case OfficeSlow():
            data |= {"what": "slow"}
        case Silent():
            data |= {"what": "silent"}
        case Unclear():
            data |= {"what": "unclear"}
    return data


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _masked(str(value)) if name in PRIVATE else plain_data(value) for name, value in values.items()}


def _asked(request: int, before: Sequence[Action]) -> dict[str, Any]:
    ask = next((a for a in before if isinstance(a, CallOffice) and a.request == request), None)
    if ask is None:
        return {"office": "", "operation": "", "arguments": {}}
    arguments = {
        name: _masked(str(value)) if name in {*PRIVATE, "phone"} and value else plain_data(value)
        for name, value in ask.arguments.items()
    }
    return {"office": ask.office, "operation": ask.operation, "arguments": arguments}


def _understanding(one: Understanding, *, private: bool) -> dict[str, Any]:
    hidden = private or bool(PRIVATE & set(one.slots)) or len(spoken_digits(one.text)) >= _LONG
    return {
        "text": _masked_words(one.text) if hidden else one.text[:200],
        "intent": one.intent,
        "confidence": one.confidence,
        "accepted": one.accepted,
        "slots": {name: _slot(name, value, hidden=hidden) for name, value in one.slots.items()},
        "denied": {name: _slot(name, value, hidden=hidden) for name, value in one.denied.items()},
        "ranking": [list(pair) for pair in one.ranking],
        **({"wishes": [_understanding(wish, private=hidden) for wish in one.wishes]} if one.wishes else {}),
    }


def _slot(name: str, one: SlotValue, *, hidden: bool) -> list[Any]:
    private = name in PRIVATE

    def kept(value: Any) -> Any:
        group = not isinstance(value, bool) and _GROUP.fullmatch(str(value)) is not None
        return _masked(str(value)) if value is not None and (private or (hidden and group)) else value

    text = _masked_words(one.text) if hidden or private else one.text
    return [kept(one.value), text, one.start, one.end, one.confidence, [kept(other) for other in one.alternatives]]


def _masked(digits: str) -> str:
    return MASK * len(digits)


def _masked_words(text: str) -> str:
    return "".join(MASK if spoken_digits(char) else char for char in text[:200])


class Player:
    """Turns what was kept of one call back into events. `exact` is False once a masked number was filled in."""

    def __init__(self, number: str | None) -> None:
        self._number = number
        self._used = 0
        self.exact = True

    def event(self, data: Mapping[str, Any], request: int = 0) -> Event:
        """An event as it was, but for masked digits. Raises RecordError."""
        try:
            return self._event(data, datetime.fromisoformat(str(data["at"])), request)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RecordError(f"A turn of the call makes no sense: {error}.") from error

    def _event(self, data: Mapping[str, Any], at: datetime, request: int) -> Event:
        makers: dict[str, Callable[[], Event]] = {
            "started": lambda: Started(at, self._caller(dict(data["caller"])), self._back(data.get("back"))),
            "heard": lambda: Heard(
                at,
                self._understanding(data),
                bool(data["barged_in"]),
                str(data.get("language", "")),
                data.get("pieces_heard"),
            ),
            "keyed": lambda: Keyed(at, self._keys(str(data["digits"]))),
            "silent": lambda: Silent(at),
            "unclear": lambda: Unclear(at),
            "replied": lambda: OfficeReplied(at, request, dict(data["result"])),
            "failed": lambda: OfficeFailed(at, request, str(data["code"]), dict(data["details"])),
            "slow": lambda: OfficeSlow(at, request),
        }
        return makers[data["what"]]()

    def _back(self, told: Mapping[str, Any] | None) -> Back | None:
        if told is None:
            return None
        values = {name: _whole(value) for name, value in told["values"].items()}
        self.exact = self.exact and values == told["values"]
        return Back(str(told["flow"]), values, str(told["again"]))

    def _caller(self, facts: dict[str, Any]) -> CallerProfile:
        known = facts.pop("number", False)
        unheard = tuple(str(code) for code in facts.pop("unheard", ()))
        return CallerProfile(number=self._number if known else None, unheard=unheard, **facts)

    def _understanding(self, data: Mapping[str, Any]) -> Understanding:
        return Understanding(
            self._filled(str(data["text"])),
            str(data["intent"]),
            float(data["confidence"]),
            bool(data["accepted"]),
            {name: self._slot(one) for name, one in data["slots"].items()},
            {name: self._slot(one) for name, one in data["denied"].items()},
            tuple((str(intent), float(chance)) for intent, chance in data["ranking"]),
            tuple(self._understanding(wish) for wish in data.get("wishes", ())),
        )

    def _slot(self, one: Sequence[Any]) -> SlotValue:
        value, text, start, end, confidence, others = one
        filled = [_whole(value), *(_whole(other) for other in others)]
        self.exact = self.exact and filled == [value, *others]
        return SlotValue(filled[0], str(text), int(start), int(end), float(confidence), tuple(filled[1:]))

    def _keys(self, digits: str) -> str:
        """Masked keys filled in. A single * is the key of that name."""
        return self._filled(digits) if len(digits) > 1 and not digits.strip(MASK) else digits

    def _filled(self, text: str) -> str:
        """Masked digits, one after the other, as those of the number that stands in."""
        if MASK not in text:
            return text
        self.exact = False

        def digit(_: re.Match[str]) -> str:
            self._used += 1
            return STAND_IN[(self._used - 1) % len(STAND_IN)]

        return re.sub(re.escape(MASK), digit, text)


def _whole(value: Any) -> Any:
    if not isinstance(value, str) or not value or value.strip(MASK):
        return value
    return STAND_IN if len(value) == len(STAND_IN) else (STAND_IN * 2)[: len(value)]
