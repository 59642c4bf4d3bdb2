"""The calls that we owe: from every call that ended so, until they are made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.database.models import Call, CallEventRow
from integrations.database.routing_models import CallbackRow
from integrations.database.store import Database

OWED, PLACED, REACHED, UNREACHED, VOID = "owed", "placed", "reached", "unreached", "void"
LOOK_BACK = timedelta(days=7)
"""Calls that began before are not looked at again."""
RECENT = timedelta(hours=3)
ALL_EVERY = timedelta(minutes=10)
"""A look goes back for RECENT; the first one and one in so many minutes go back for LOOK_BACK."""
NOT_TRIED = frozenset({"NOAGENT", "GAVEUP", "LOST"})
"""Nobody dialled the caller: no try is counted."""
AGAIN_S = 300
_DIALABLE = re.compile(r"1[3-9]\d{9}|0\d{9,11}|[2-8]\d{6,7}")


def dialable(number: str) -> bool:
    """Whether a number in national form may be dialled back: a mobile, a landline with or without its area code.

    Short numbers (110, 95xxx), foreign ones and those of the premium services are not."""
    return _DIALABLE.fullmatch(number) is not None


@dataclass(frozen=True, slots=True)
class Callback:
    """One call that we owe or owed. Times are UTC."""

    call_id: str
    number: str
    language: str
    band: str
    wanted_at: datetime
    state: str
    tries: int
    next_at: datetime
    placed_at: datetime | None
    status: str | None
    seat: str | None


class Owed:
    """Call-backs. Every method raises DatabaseError."""

    def __init__(self, database: Database, language: str = "zh") -> None:
        self._database, self._language = database, language
        self._looked_back = datetime.min  # noqa: DTZ901 - as the database keeps times: UTC without a zone

    def collect(self, now: datetime) -> int:
        """Note a call-back for every call that ended owing one; returns how many are new.

        Abandoned calls count where the number is known. A number that waits for one already gets no second."""
        since = _plain(now) - RECENT
        if _plain(now) - self._looked_back > ALL_EVERY:
            since, self._looked_back = _plain(now) - LOOK_BACK, _plain(now)
        with self._database.session() as session:
            missing = (
                select(Call)
                .outerjoin(CallbackRow, CallbackRow.call_id == Call.id)
                .where(
                    Call.outcome.in_(("callback_owed", "abandoned")),
                    Call.number.is_not(None),
                    Call.started_at > since,
                    CallbackRow.call_id.is_(None),
                )
                .order_by(Call.started_at)
            )
            calls = session.scalars(missing).all()
            for call in calls:
                session.add(self._owed_by(session, call, _plain(now)))
                session.flush()
            self._forgive(session, _plain(now))
            return len(calls)

    def _owed_by(self, session: Session, call: Call, now: datetime) -> CallbackRow:
        told: dict[str, str] = {}
        for row in session.scalars(
            select(CallEventRow).where(CallEventRow.call_id == call.id).order_by(CallEventRow.at)
        ):
            if row.kind in {"call_started", "human_wanted", "callback_owed"}:
                told |= {name: str(value) for name, value in row.data.items() if value}
        since = told.get("since", "")
        number = call.number or ""
        void = None if dialable(number) else "not_dialable"
        waits = select(CallbackRow.call_id).where(CallbackRow.number == number, CallbackRow.state.in_((OWED, PLACED)))
        if void is None and session.scalar(waits.limit(1)) is not None:
            void = "owed_already"
        return CallbackRow(
            call_id=call.id,
            number=number,
            language=told.get("language", self._language),
            band=told.get("band", "elder"),
            wanted_at=_plain(datetime.fromtimestamp(int(since), UTC)) if since.isdigit() else call.started_at,
            state=VOID if void else OWED,
            tries=0,
            next_at=now,
            status=void,
        )

    @staticmethod
    def _forgive(session: Session, now: datetime) -> None:
        """Who called again and got what they came for is owed nothing any more."""
        for row in session.scalars(select(CallbackRow).where(CallbackRow.state == OWED)):
            later = select(Call.id).where(
                Call.number == row.number, Call.started_at > row.wanted_at, Call.outcome.in_(("person", "done"))
            )
            if session.scalar(later.limit(1)) not in {None, row.call_id}:
                row.state, row.status, row.next_at = VOID, "called_again", now

    def due(self, now: datetime, limit: int) -> list[Callback]:
        """Those whose time has come, in the order of their places."""
        with self._database.session() as session:
            rows = session.scalars(
                select(CallbackRow)
                .where(CallbackRow.state == OWED, CallbackRow.next_at <= _plain(now))
                .order_by(CallbackRow.wanted_at)
                .limit(limit)
            )
            return [_callback(row) for row in rows]

    def placed(self) -> list[Callback]:
        """Those in the queue or being dialled."""
        return self.all((PLACED,))

    def all(self, states: Sequence[str] = (OWED, PLACED)) -> list[Callback]:
        """Call-backs in these states, the longest owed first."""
        with self._database.session() as session:
            rows = session.scalars(
                select(CallbackRow).where(CallbackRow.state.in_(states)).order_by(CallbackRow.wanted_at)
            )
            return [_callback(row) for row in rows]

    def place(self, call_id: str, now: datetime) -> bool:
        """Take it up. False when another program has."""
        with self._database.session() as session:
            row = session.get(CallbackRow, call_id, with_for_update=True)
            if row is None or row.state != OWED:
                return False
            row.state, row.placed_at, row.status = PLACED, _plain(now), None
            return True

    def result(self, call_id: str) -> tuple[str, str] | None:
        """(status, seat) that Asterisk's ledger told since it was placed; None while it goes on."""
        with self._database.session() as session:
            row = session.get(CallbackRow, call_id)
            if row is None or row.placed_at is None:
                return None
            event = session.scalar(
                select(CallEventRow)
                .where(
                    CallEventRow.call_id == call_id,
                    CallEventRow.kind == "callback_tried",
                    CallEventRow.at >= row.placed_at,
                )
                .order_by(CallEventRow.at)
                .limit(1)
            )
            return (str(event.data.get("status")), str(event.data.get("seat", ""))) if event else None

    def tried(self, call_id: str, now: datetime, status: str, seat: str, tries: int, spacing_s: Sequence[int]) -> str:
        """What became of a try. Returns the state: reached, owed (to be tried again) or unreached (after `tries`)."""
        with self._database.session() as session:
            row = session.get(CallbackRow, call_id)
            if row is None or row.state != PLACED:
                return row.state if row else VOID
            row.status, row.seat = status[:20], seat or None
            if status == "ANSWER":
                row.state, row.tries = REACHED, row.tries + 1
            elif status == "INVALID":
                row.state = VOID
            elif status in NOT_TRIED:
                row.state, row.next_at = OWED, _plain(now) + timedelta(seconds=AGAIN_S)
            else:
                row.tries += 1
                pause = spacing_s[min(row.tries, len(spacing_s)) - 1]
                row.next_at = _plain(now) + timedelta(seconds=pause)
                row.state = OWED if row.tries < tries else UNREACHED
            return row.state


def _callback(row: CallbackRow) -> Callback:
    return Callback(
        row.call_id,
        row.number,
        row.language,
        row.band,
        row.wanted_at,
        row.state,
        row.tries,
        row.next_at,
        row.placed_at,
        row.status,
        row.seat,
    )


def _plain(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
