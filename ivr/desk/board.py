"""The calls of this moment: from Asterisk's events, at once, and from the event list in the database.

Asterisk alone is enough to show who rings where: a desk works while the dialogue program is away."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from integrations.database.desk_calls import NewEvent
from ivr.asterisk.manager import ManagerEvent
from ivr.desk.conference import JOINED, RINGING, TALKING, Consult, followed
from ivr.desk.counties import said
from ivr.desk.tapes import Tape, told
from ivr.routing.callbacks import PREFIX, talk_of

_SEAT_LEG = re.compile(r"PJSIP/([\w.-]+)-[0-9a-f]{8}")
CALLERS = ("PJSIP/", "Local/s@callback-place-")
"""Beginnings of the names of legs that are a caller's, or stand for it in a call-back."""
CALLS_MAX = 2000
GONE_KEPT_S = 600.0
"""How long a call that ended is remembered, so that its last lines in the database do not bring it back."""


@dataclass(slots=True)
class LiveCall:
    """One call that goes on."""

    call_id: str
    state: str = "bot"
    """bot, waiting, ringing, talking, outside (with a number of the fixed table), closing (is asked whether
    it was good)."""
    since: float = 0.0
    """Wall-clock second at which it came into this state."""
    waiting_since: float | None = None
    number: str | None = None
    name: str | None = None
    band: str = "general"
    language: str = "zh"
    county: str | None = None
    """As the caller named it."""
    why: str | None = None
    seat: str | None = None
    channel: str = ""
    """The caller's leg."""
    seat_channel: str = ""
    at: str = ""
    """hold or room, where the dialplan of consultations has the caller; empty in an ordinary talk."""
    consult: Consult | None = None
    tape: Tape | None = None
    """What is kept of the talk just now; None while nothing is."""

    def facts(self) -> dict[str, Any]:
        """For pages."""
        known = {k: v for k, v in asdict(self).items() if not k.endswith("channel")}
        kept = known.pop("tape")
        return {
            **known, "consult": self.consult.facts() if self.consult else None, "taping": kept["what"] if kept else ""
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a call: `bot`, `waiting`, `ringing`, `talking`, `stopped` (ringing) and `seat_gone` (after

    talking), with the seat that it left; `consulted` (a colleague is asked, is in, is out); `unanswered` (the seat let
    it ring), `changed`, `ended`."""

    what: str
    call: LiveCall
    seat: str | None = None


class Board:
    """All calls of this moment. `on_change` is called in the event loop and must be quick."""

    def __init__(self, seats: frozenset[str], on_change: Callable[[Change], None]) -> None:
        self._seats, self._tell = seats, on_change
        self.calls: dict[str, LiveCall] = {}
        self.compared = False
        """Whether Asterisk has said which calls there are since this server started."""
        self._gone: dict[str, float] = {}

    def at_seat(self, seat: str) -> LiveCall | None:
        """The call that rings or talks there."""
        return next((c for c in self.calls.values() if c.seat == seat and c.state in {"ringing", "talking"}), None)

    def _call(self, call_id: str) -> LiveCall | None:
        if not call_id or time.time() - self._gone.get(call_id, 0.0) < GONE_KEPT_S:
            return None
        call = self.calls.get(call_id)
        if call is None and len(self.calls) < CALLS_MAX:
            call = self.calls[call_id] = LiveCall(call_id, since=time.time())
        return call

    def _enter(self, call: LiveCall, state: str, seat: str | None = None) -> None:
        if (call.state, call.seat) == (state, seat):
            return
        call.state, call.seat, call.since = state, seat, time.time()
        if state != "talking":
            call.at, call.consult = "", None
        if state not in {"talking", "outside"}:  # the caller's own leg may go on with somebody outside
            call.tape = None
        if state in {"waiting", "ringing"}:
            call.waiting_since = call.waiting_since or call.since
        else:
            call.waiting_since = None
        self._tell(Change(state, call, seat))

    # ---- what Asterisk says -------------------------------------------------------------------------------------

    def on_manager(self, event: ManagerEvent) -> None:
        """One event of the Manager Interface."""
        fields = event.fields
        match event.name:
            case "UserEvent":
                self._user_event(fields)
            case "QueueCallerJoin":
                self._waits(fields.get("Linkedid", ""), fields)
            case "DialBegin":
                self._rings(fields)
            case "DialEnd":
                self._rung(fields)
            case "AgentRingNoAnswer":
                self._let_ring(fields)
            case "Hangup":
                self._hung_up(fields)
            case _:
                return

    def _user_event(self, fields: Mapping[str, str]) -> None:
        call_id = fields.get("Call", "")
        if fields.get("UserEvent") == "MediaWanted" and (call := self._call(call_id)):
            call.number = call.number or fields.get("Number") or None
            call.channel = fields.get("Channel", "") or call.channel
            if call.state == "talking" and call.seat:  # sent back to the bot
                self._seat_gone(call, call.seat)
                self._enter(call, "bot")
            self._tell(Change("changed", call))
        elif fields.get("UserEvent") == "HumanWanted":
            if call_id.startswith(PREFIX):  # a call-back that is tried again has the same id
                self._gone.pop(call_id, None)
            self._waits(call_id, fields)
        elif fields.get("UserEvent") in {"DeskCaller", "DeskConsult"} and (known := self.calls.get(call_id)):
            if fields["UserEvent"] == "DeskCaller":
                known.at = fields.get("At", "")
            else:
                known.consult = followed(known.consult, fields)
            self._tell(Change("consulted", known))
        elif fields.get("UserEvent") == "DeskTape" and (taped := self.calls.get(call_id)):
            taped.tape = told(taped.tape, fields)
            self._tell(Change("changed", taped))
        elif fields.get("UserEvent") == "Closing" and (ending := self.calls.get(call_id)):
            if ending.state == "talking":  # the seat's leg may end a moment later
                self._seat_gone(ending, ending.seat or "")
            self._enter(ending, "closing")
        elif fields.get("UserEvent") == "TakenOver":
            self._taken_over(call_id, fields)

    def _taken_over(self, call_id: str, fields: Mapping[str, str]) -> None:
        """A supervisor has the caller now; the agent's leg ends a moment earlier or later."""
        call, seat = self.calls.get(call_id), fields.get("Seat", "")
        if call is None or seat not in self._seats:
            return
        if call.state == "talking" and call.seat != seat:
            self._seat_gone(call, call.seat or "")
        call.seat_channel = fields.get("Channel", "")
        self._enter(call, "talking", seat)

    def _waits(self, call_id: str, fields: Mapping[str, str]) -> None:
        call = self._call(call_id)
        if call is None:
            return
        call.channel = fields.get("Channel", "") or call.channel
        call.number = call.number or _plain(fields.get("CallerIDNum", ""))
        call.why, call.band = fields.get("Why") or call.why, fields.get("Band") or call.band
        if "UserEvent" in fields:  # else Language is that of Asterisk's own announcements
            call.language = fields.get("Language") or call.language
        if call.state == "talking" and call.seat:  # back to the front; the seat's own leg may end a moment later
            self._seat_gone(call, call.seat)
            self._tell(Change("waiting", call))
        elif call.state not in {"ringing", "waiting"}:
            self._enter(call, "waiting")

    def seat_of(self, channel: str) -> str | None:
        """The seat that a leg belongs to."""
        found = _SEAT_LEG.fullmatch(channel)
        return found.group(1) if found and found.group(1) in self._seats else None

    def _rings(self, fields: Mapping[str, str]) -> None:
        seat = self.seat_of(fields.get("DestChannel", ""))
        if seat is None:
            self._rings_outside(fields)
            return
        call = self._call(fields.get("Linkedid", ""))
        if call is None or talk_of(fields.get("Uniqueid", "")) != call.call_id:
            return
        call.channel = fields.get("Channel", "") or call.channel
        call.number = call.number or _plain(fields.get("CallerIDNum", ""))
        if call.state == "talking" and call.seat not in {None, seat}:
            self._seat_gone(call, call.seat or "")  # handed on: the new seat may ring before the old one's leg ends
        call.seat_channel = fields["DestChannel"]
        self._enter(call, "ringing", seat)

    def _rings_outside(self, fields: Mapping[str, str]) -> None:
        """Handed on to a number of the fixed table: the caller waits in no queue of ours meanwhile."""
        call = self.calls.get(talk_of(fields.get("Uniqueid", "")))  # not who is called back: the other half rings them
        if call is not None and fields.get("DestChannel", "").startswith("PJSIP/trunk-"):
            if call.state == "talking":
                self._seat_gone(call, call.seat or "")  # the seat's leg may end a moment later
            self._enter(call, "outside")

    def _rung(self, fields: Mapping[str, str]) -> None:
        seat = self.seat_of(fields.get("DestChannel", ""))
        call = self.calls.get(fields.get("DestLinkedid", "") or fields.get("Linkedid", ""))
        if call is None or seat is None or call.seat != seat:
            return
        if fields.get("DialStatus") == "ANSWER":
            self._enter(call, "talking", seat)
        elif call.state == "ringing":
            self._seat_gone(call, seat)

    def _let_ring(self, fields: Mapping[str, str]) -> None:
        """The queue gave a seat its time, and nobody answered."""
        seat, call = fields.get("Interface", "").removeprefix("PJSIP/"), self.calls.get(fields.get("Linkedid", ""))
        if call is not None and seat in self._seats:
            self._tell(Change("unanswered", call, seat))

    def _hung_up(self, fields: Mapping[str, str]) -> None:
        if (ended := fields.get("Uniqueid", "")) in self.calls:
            self._end(ended)
            return
        channel = fields.get("Channel")
        for call in self.calls.values():
            if call.consult is not None and call.consult.leg and call.consult.leg == channel:
                call.consult = None
                self._tell(Change("consulted", call))
                return
            if call.seat_channel and call.seat_channel == channel:
                self._agent_gone(call)
                return

    def _agent_gone(self, call: LiveCall) -> None:
        """The agent's leg ended; a colleague who has answered keeps the caller."""
        consult = call.consult
        self._seat_gone(call, call.seat or "")
        if consult is None or not consult.leg:
            return
        if consult.target in self._seats:
            call.seat_channel, call.at = consult.leg, "room"
            self._enter(call, "talking", consult.target)
        else:
            self._enter(call, "outside")

    def _seat_gone(self, call: LiveCall, seat: str) -> None:
        """The seat's leg ended. Whether the call goes on is told by what comes next."""
        talked = call.state == "talking"
        call.seat_channel, call.at, call.consult = "", "", None
        if call.tape is not None and call.tape.leg != call.channel:  # it has ended with that leg
            call.tape = None
        call.state, call.seat, call.since = "waiting", None, time.time()
        call.waiting_since = call.waiting_since or call.since
        self._tell(Change("seat_gone" if talked else "stopped", call, seat))

    def _end(self, call_id: str) -> None:
        call = self.calls.pop(call_id)
        now = time.time()
        self._gone[call_id] = now
        for old in [c for c, at in self._gone.items() if now - at > GONE_KEPT_S]:
            del self._gone[old]
        self._tell(Change("ended", call, call.seat))

    def sync(self, channels: list[Mapping[str, str]]) -> None:
        """All channels, as Asterisk lists them: after a start, or when the connection was lost."""
        alive = {c.get("Uniqueid", "") for c in channels}
        for call_id in [c for c in self.calls if c not in alive]:
            self._end(call_id)
        for leg in channels:
            if talk_of(leg.get("Uniqueid", "")) == leg.get("Linkedid") and leg.get("Context") != "from-seat":
                self._sync_caller(leg)
        names = {leg.get("Channel", "") for leg in channels}
        reached = _called_back(channels)
        others = [leg for leg in channels if leg.get("Channel") not in reached]
        for leg in sorted(others, key=_age):  # the agent's leg is older than that of a colleague who is asked
            self._sync_seat(leg, names)
        for call in self.calls.values():  # its end may have been told while the connection was lost
            asked = call.consult
            if asked is not None and (asked.leg not in names if asked.leg else call.at != "hold"):
                call.consult = None
                self._tell(Change("consulted", call))
        self.compared = True

    def _sync_caller(self, leg: Mapping[str, str]) -> None:
        if self.seat_of(leg.get("Channel", "")) or not leg.get("Channel", "").startswith(CALLERS):
            return
        call = self._call(talk_of(leg["Uniqueid"]))
        if call is None:
            return
        call.channel, call.number = leg["Channel"], call.number or _plain(leg.get("CallerIDNum", ""))
        call.at = {"desk-hold": "hold", "desk-room": "room"}.get(leg.get("Context", ""), "")
        if leg.get("Application") == "Queue" and call.state == "bot":
            self._enter(call, "waiting")

    def _sync_seat(self, leg: Mapping[str, str], names: set[str]) -> None:
        channel = leg.get("Channel", "")
        seat, call = self.seat_of(channel), self.calls.get(leg.get("Linkedid", ""))
        if (
            call is None
            or leg.get("Channel") == call.channel
            or leg.get("Uniqueid") == call.call_id
            or (seat is None and not call.seat)
        ):
            return
        answered = leg.get("ChannelStateDesc") == "Up"
        if call.seat_channel and call.seat_channel != channel and call.seat_channel in names:
            if call.at and call.consult is None and channel.startswith("PJSIP/"):
                stage = RINGING if not answered else TALKING if call.at == "hold" else JOINED
                call.consult = Consult(seat or "", stage, channel if answered else "")
                self._tell(Change("consulted", call))
            return
        if seat is not None:
            call.seat_channel = channel
            self._enter(call, "talking" if answered else "ringing", seat)

    # ---- what the event list says -------------------------------------------------------------------------------

    def on_event(self, event: NewEvent) -> None:
        """One event of a call. It colours what Asterisk told, and never brings back a call that is gone."""
        call = self.calls.get(event.call_id)
        if call is None:
            return
        data = event.data
        before = (call.number, call.name, call.band, call.language)
        if event.kind == "call_started":
            call.number, call.name = data.get("number") or call.number, data.get("name") or call.name
            call.band, call.language = data.get("band") or call.band, data.get("language") or call.language
        elif event.kind == "understood":
            call.county = said(data) or call.county
        elif event.kind in {"transfer", "human_wanted", "language"}:
            call.band, call.language = data.get("band") or call.band, data.get("language") or call.language
        if before != (call.number, call.name, call.band, call.language):
            self._tell(Change("changed", call))


def _called_back(channels: list[Mapping[str, str]]) -> set[str]:
    """Legs of callers who were called back, and the halves that dialled them: a place holder stands for both."""
    halves = [leg for leg in channels if leg.get("Uniqueid") and not talk_of(leg["Uniqueid"])]
    bridges = {leg["BridgeId"] for leg in halves if leg.get("BridgeId")}
    found = {leg.get("Channel", "") for leg in channels if leg.get("BridgeId") in bridges}
    return found | {leg.get("Channel", "") for leg in halves}


def _plain(number: str) -> str | None:
    return number if number and number not in {"<unknown>", "anonymous"} else None


def _age(leg: Mapping[str, str]) -> tuple[float, int]:
    """Of a leg's Uniqueid, `second.number`."""
    second, _, number = leg.get("Uniqueid", "").partition(".")
    return (float(second), int(number)) if second.isdigit() and number.isdigit() else (0.0, 0)
