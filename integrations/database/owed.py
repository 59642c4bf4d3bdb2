"""The calls that we owe: from every call that ended so, until they are made."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from integrations.database.bands import EMERGENCY, raised
from integrations.database.models import CALLBACK_PREFIX, Call, CallEventRow
from integrations.database.owed_calls import told
from integrations.database.routing_models import CallbackRow
from integrations.database.store import Database

OWED, PLACED, REACHED, UNREACHED, VOID = "owed", "placed", "reached", "unreached", "void"
OWED_ALREADY = "owed_already"
"""Status of one that is void because its caller waits for one already: what is new in it went to that."""
LOOK_BACK = timedelta(days=7)
"""Calls that began before are not looked at again."""
RECENT = timedelta(hours=3)
ALL_EVERY = timedelta(minutes=10)
"""A look goes back for RECENT; the first one and one in so many minutes go back for LOOK_BACK."""
NO_SPEAKER, NO_DUTY, LEFT = "NOAGENT", "NODUTY", "LEFT"
NOT_TRIED = frozenset({NO_SPEAKER, NO_DUTY, "GAVEUP", "LOST"})
"""Nobody dialled the caller: no try is counted. A seat that is lost in the talk (LEFT) is one, else a seat that fails
again and again would ring them for ever."""
AGAIN_S = 300
URGENT_AGAIN_S, URGENT_SPACING_S = 10, (60, 300)
"""The same in danger: after a try that broke off, and before the second and the third after nobody answered."""
DUTY_AGAIN_S, DUTY_SOON = 60, timedelta(minutes=30)
"""Who is in danger at night, and the person on duty is speaking or did not hear it: only they can help."""
URGENT_MAX = 5
"""Callers in danger who are called back at once: a row of wrong alarms must not take all lines."""
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

        Abandoned calls count where the number is known. A number that waits for one already gets no second: what is
        new in the later call (it is urgent, in another language) goes to the one that is owed."""
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
                    ~Call.id.startswith(CALLBACK_PREFIX),
                    Call.started_at > since,
                    CallbackRow.call_id.is_(None),
                )
                .order_by(Call.started_at)
            )
            new = 0
            calls = session.scalars(missing).all()
            self._forgive(session, _plain(now))  # before anything joins what is owed no more
            for call in calls:
                row = self._owed_by(session, call, _plain(now))
                if row is not None:
                    session.add(row)
                    session.flush()
                    new += 1
                    self._forgive(session, _plain(now))
            return new

    def _owed_by(self, session: Session, call: Call, now: datetime) -> CallbackRow | None:
        """The call-back that this call owes; None while it cannot be told yet."""
        what = told(session, call.id)
        owed = CallbackRow(
            call_id=call.id,
            number=call.number or "",
            language=what.language or self._language,
            band=what.band or "elder",
            wanted_at=_plain(datetime.fromtimestamp(int(what.since), UTC)) if what.since.isdigit() else call.started_at,
            state=OWED,
            tries=0,
            next_at=now,
        )
        if not dialable(owed.number):
            owed.state, owed.status = VOID, "not_dialable"
            return owed
        earlier = session.scalars(
            select(CallbackRow).where(CallbackRow.number == owed.number).order_by(CallbackRow.wanted_at)
        ).all()
        if any(_answered_since(session, row, call) for row in earlier):
            owed.state, owed.status = VOID, "called_back"
            return owed
        waits = next((row for row in earlier if row.state == OWED), None)
        if waits is not None:
            _joined(waits, owed, what.asked_in)
            owed.state, owed.status = VOID, OWED_ALREADY
            return owed
        # Whether the one that is being made reaches them is known soon; but who is in danger waits for nothing, even if
        # they are called twice.
        placed = [row for row in earlier if row.state == PLACED]
        twice = owed.band == EMERGENCY and all(row.band != EMERGENCY for row in placed)
        return None if placed and not twice else owed

    @staticmethod
    def _forgive(session: Session, now: datetime) -> None:
        """Who called again and got what they came for is owed nothing any more."""
        for row in session.scalars(select(CallbackRow).where(CallbackRow.state == OWED)):
            if _served_since(session, row):
                row.state, row.status, row.next_at = VOID, "called_again", now

    def due(self, now: datetime, at_once: int) -> list[Callback]:
        """Those whose time has come, in the order of their places, so that no more than `at_once` in each language are
        being made: those that wait for the only speaker of Tibetan stop nobody else. Who is in danger comes before all
        others, whether there is room or not (never more than URGENT_MAX)."""
        ripe = select(CallbackRow).where(CallbackRow.state == OWED, CallbackRow.next_at <= _plain(now))
        ripe = ripe.order_by(CallbackRow.wanted_at)
        with self._database.session() as session:
            made = session.scalars(select(CallbackRow).where(CallbackRow.state == PLACED)).all()
            room = max(0, URGENT_MAX - sum(row.band == EMERGENCY for row in made))
            urgent = session.scalars(ripe.where(CallbackRow.band == EMERGENCY).limit(room)).all()
            others = ripe.where(CallbackRow.band != EMERGENCY)
            going_on = Counter(row.language for row in (*made, *urgent))
            chosen: list[CallbackRow] = []
            for language in session.scalars(
                others.with_only_columns(CallbackRow.language, maintain_column_froms=True).order_by(None).distinct()
            ).all():
                left = max(0, at_once - going_on[language])
                chosen += session.scalars(others.where(CallbackRow.language == language).limit(left)).all()
            chosen.sort(key=lambda row: row.wanted_at)
            return [_callback(row) for row in (*urgent, *chosen)]

    def served(self, call_id: str) -> bool:
        """Whether the caller of one that is being made has called again meanwhile and got what they came for."""
        with self._database.session() as session:
            row = session.get(CallbackRow, call_id)
            return row is not None and row.state == PLACED and _served_since(session, row)

    def withdraw(self, call_id: str, now: datetime) -> bool:
        """Take back one that nobody has taken up yet, because its caller has called again and got what they came for.
        False where that is not so: it goes on."""
        with self._database.session() as session:
            row = session.get(CallbackRow, call_id, with_for_update=True)
            if row is None or row.state != PLACED or not _served_since(session, row):
                return False
            row.state, row.status, row.next_at = VOID, "called_again", _plain(now)
            return True

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
            if status == LEFT:
                row.band = raised(row.band, told(session, CALLBACK_PREFIX + call_id).band)
            if status == "ANSWER":
                row.state, row.tries = REACHED, row.tries + 1
            elif status == "INVALID":
                row.state = VOID
            elif status in NOT_TRIED:
                row.state, row.next_at = (
                    OWED,
                    _plain(now) + timedelta(seconds=_pause_s(row, status, spacing_s, _plain(now))),
                )
            else:
                row.tries += 1
                row.next_at = _plain(now) + timedelta(seconds=_pause_s(row, status, spacing_s, _plain(now)))
                row.state = OWED if row.tries < tries else UNREACHED
            return row.state


def _pause_s(row: CallbackRow, status: str, spacing_s: Sequence[int], now: datetime) -> int:
    """Until the next try. In danger nobody waits as long as others do."""
    if status == NO_DUTY:
        return DUTY_AGAIN_S if now - row.wanted_at < DUTY_SOON else AGAIN_S
    broken_off = status in {LEFT, "LOST", "GAVEUP"}
    if row.band == EMERGENCY and status != NO_SPEAKER:
        return URGENT_AGAIN_S if broken_off else URGENT_SPACING_S[min(row.tries, len(URGENT_SPACING_S)) - 1]
    if broken_off or status == NO_SPEAKER:
        return AGAIN_S
    return spacing_s[min(row.tries, len(spacing_s)) - 1]


def _served_since(session: Session, row: CallbackRow) -> bool:
    """Whether the caller has got what they came for, in another call."""
    since = _broken_off(session, row) or row.wanted_at
    # A call-back on record began with its first try.
    after = or_(Call.started_at > since, and_(Call.id.startswith(CALLBACK_PREFIX), Call.ended_at > since))
    later = select(Call.id).where(Call.number == row.number, after, Call.outcome.in_(("person", "done")))
    return session.scalar(later.where(Call.id != row.call_id).limit(1)) is not None


def _broken_off(session: Session, row: CallbackRow) -> datetime | None:
    """When the last talk of this call-back broke off: no help that they had before settles what is owed since then. Row
    and status change with each further try; the event stays."""
    tried = select(CallEventRow).where(CallEventRow.call_id == row.call_id, CallEventRow.kind == "callback_tried")
    events = session.scalars(tried.order_by(CallEventRow.at.desc()))
    return next((event.at for event in events if event.data.get("status") == LEFT), None)


def _joined(waits: CallbackRow, later: CallbackRow, language: str) -> None:
    """Who called again while a call-back waits is at the telephone now, may be in danger now, and is tried anew.
    The language changes only for one in which a person was asked for: who hung up before spoke none."""
    waits.band = raised(waits.band, later.band)
    waits.language = language or waits.language
    waits.next_at, waits.tries = min(waits.next_at, later.next_at), 0


def _answered_since(session: Session, row: CallbackRow, call: Call) -> bool:
    """Whether this call-back was a talk that ended after that call began: it has had its answer."""
    if row.state != REACHED:
        return False
    tried = select(CallEventRow).where(
        CallEventRow.call_id == row.call_id,
        CallEventRow.kind == "callback_tried",
        CallEventRow.at > (call.ended_at or call.started_at),
    )
    return any(event.data.get("status") == "ANSWER" for event in session.scalars(tried))


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
