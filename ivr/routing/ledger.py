"""What Asterisk wrote of each call, read back: the truth also about calls that happened while the program was away.

Asterisk writes the file (templates/cel_custom.conf) line by line; the dialplan adds what matters to a caller."""

from __future__ import annotations

import csv
import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ivr.call.events import CallEvent, Kind, Outcome

log = logging.getLogger(__name__)

COLUMNS = 8
KINDS = {
    "CALL": Kind.CALL_STARTED,
    "HUMAN_WANTED": Kind.HUMAN_WANTED,
    "AGENT_ANSWERED": Kind.AGENT_ANSWERED,
    "SEAT_LOST": Kind.SEAT_LOST,
    "CALLBACK": Kind.CALLBACK_OWED,
    "MESSAGE": Kind.MESSAGE_LEFT,
    "CALLBACK_TRIED": Kind.CALLBACK_TRIED,
    "TRANSFERRED": Kind.TRANSFERRED,
    "TRANSFER_FAILED": Kind.TRANSFER_FAILED,
    "INTERPRETER": Kind.INTERPRETER,
    "CLOSED": Kind.CLOSED,
    "DUTY_CALLED": Kind.DUTY_CALLED,
    "WAIT_TOLD": Kind.WAIT_TOLD,
    "RATING_ASKED": Kind.RATING_ASKED,
    "RATED": Kind.RATED,
    "ENDED": Kind.CALL_ENDED,
}
OF_ANOTHER = frozenset({Kind.CALLBACK_TRIED, Kind.INTERPRETER})
"""What happens on legs of their own: the first value names the call that it belongs to."""
FIELDS = {
    Kind.CALL_STARTED: ("number",),
    Kind.HUMAN_WANTED: ("why", "band", "language"),
    Kind.AGENT_ANSWERED: ("seat", "waited_s", "interpreter"),
    Kind.SEAT_LOST: ("cause",),
    Kind.CALLBACK_OWED: ("number", "since", "language", "band"),
    Kind.MESSAGE_LEFT: ("file",),
    Kind.CALLBACK_TRIED: ("status", "seat"),
    Kind.TRANSFERRED: ("target", "number"),
    Kind.TRANSFER_FAILED: ("target", "status"),
    Kind.INTERPRETER: ("number",),
    Kind.CLOSED: ("why", "band"),
    Kind.DUTY_CALLED: ("number",),
    Kind.WAIT_TOLD: ("minutes",),
    Kind.RATING_ASKED: (),
    Kind.RATED: ("score", "by"),
    Kind.CALL_ENDED: ("outcome",),
}


@dataclass(slots=True)
class LedgerCall:
    """One call as Asterisk saw it."""

    call_id: str
    events: list[CallEvent] = field(default_factory=list)

    @property
    def number(self) -> str:
        """The caller's number, or nothing when it was withheld."""
        return next((str(e.data["number"]) for e in self.events if e.kind is Kind.CALL_STARTED), "")

    @property
    def outcome(self) -> Outcome | None:
        """How it ended for the caller; None while it goes on."""
        ends = [e for e in self.events if e.kind is Kind.CALL_ENDED]
        return Outcome(ends[0].data["outcome"]) if ends else None


def read(file: Path, offset: int = 0) -> tuple[list[CallEvent], int]:
    """Events from `offset` (bytes) on, and the offset after the last whole line.

    A line that makes no sense is logged and skipped; a file that became shorter is read from its start."""
    if not file.exists():
        return [], 0
    if file.stat().st_size < offset:
        offset = 0
    with file.open("rb") as source:
        source.seek(offset)
        data = source.read()
    whole = data[: data.rfind(b"\n") + 1]
    events = []
    for line in csv.reader(whole.decode("utf-8", errors="replace").splitlines()):
        event = _event(line)
        if event is not None:
            events.append(event)
    return events, offset + len(whole)


def _event(line: list[str]) -> CallEvent | None:
    if len(line) != COLUMNS or line[0] not in KINDS:
        if len(line) != COLUMNS:
            log.warning("a line of the ledger has %d columns instead of %d: skipped", len(line), COLUMNS)
        return None
    kind = KINDS[line[0]]
    try:
        at = datetime.fromtimestamp(float(line[1]), UTC)
        values = str(json.loads(line[7] or "{}").get("extra", "")).split("|")
    except (ValueError, AttributeError) as error:
        log.warning("a line of the ledger cannot be read: %s: skipped", error)
        return None
    call_id = values.pop(0) if kind in OF_ANOTHER and values[0] else line[2]
    return CallEvent(call_id, at, kind, dict(zip(FIELDS[kind], values, strict=False)))


def calls(events: list[CallEvent]) -> list[LedgerCall]:
    """Group events by call, in the order in which the calls began."""
    found: dict[str, LedgerCall] = {}
    for event in events:
        found.setdefault(event.call_id, LedgerCall(event.call_id)).events.append(event)
    return list(found.values())
