"""Figures for the supervisor: of this moment, of the hour and the day, and of the month.

GB/T 33358 asks that 95 % of those who want a person are answered within 15 s; 30 s is shown beside it."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from integrations.database.desk_models import WrapUp
from integrations.database.models import Call, CallEventRow
from integrations.database.owed import Owed
from integrations.database.store import Database
from ivr.desk.board import Board
from ivr.desk.seating import Seating

GOAL = 0.95
FIGURES_EVERY_S = 5.0
OVERDUE_AFTER = timedelta(hours=2)
"""A call-back that is owed for longer is shown as overdue."""
_WANTED, _ANSWERED = "human_wanted", "agent_answered"


@dataclass(frozen=True, slots=True)
class Service:
    """How soon people were answered."""

    wanted: int
    answered: int
    within_15_s: int
    within_30_s: int
    longest_s: float

    def facts(self) -> dict[str, Any]:
        """For pages; shares are None when nobody wanted a person."""

        def share(part: int) -> float | None:
            return round(part / self.wanted, 4) if self.wanted else None

        return {
            "wanted": self.wanted,
            "answered": self.answered,
            "share_15": share(self.within_15_s),
            "share_30": share(self.within_30_s),
            "longest_s": self.longest_s,
            "goal": GOAL,
        }


class Wall:
    """Figures. Methods that ask the database raise DatabaseError."""

    def __init__(self, database: Database, board: Board, seating: Seating, timezone: str) -> None:
        self._database, self._board, self._seating, self._zone = database, board, seating, ZoneInfo(timezone)
        self._owed = Owed(database)
        self._figures: dict[str, Any] = {}
        self._figures_at = 0.0

    async def now(self) -> dict[str, Any]:
        """Everything that the wall shows."""
        if time.monotonic() - self._figures_at > FIGURES_EVERY_S:
            self._figures = await asyncio.to_thread(self._read_figures)
            self._figures_at = time.monotonic()
        calls = list(self._board.calls.values())
        waits = [time.time() - c.waiting_since for c in calls if c.waiting_since]
        talking = {c.seat for c in calls if c.state == "talking"}
        ringing = {c.seat for c in calls if c.state == "ringing"}
        agents = [
            {**a, "state": "talking" if a["seat"] in talking else "ringing" if a["seat"] in ringing else a["state"]}
            for a in self._seating.facts()
        ]
        return {
            "by_state": dict(Counter(c.state for c in calls)),
            "by_language": dict(Counter(c.language for c in calls)),
            "waiting": len(waits),
            "longest_wait_s": round(max(waits, default=0.0)),
            "agents": agents,
            "calls": [c.facts() | {"number": masked(c.number)} for c in calls[:100]],
            **self._figures,
        }

    def _read_figures(self) -> dict[str, Any]:
        now = datetime.now(UTC).replace(tzinfo=None)
        midnight = self._utc(datetime.now(self._zone).date())
        owed = self._owed.all()
        return {
            "hour": self.service(now - timedelta(hours=1), now).facts(),
            "day": self.service(midnight, now).facts(),
            "owed": len(owed),
            "overdue": sum(now - one.wanted_at > OVERDUE_AFTER for one in owed),
            "by_hour": self.by_hour(datetime.now(self._zone).date()),
        }

    def _utc(self, day: date) -> datetime:
        """Local midnight as UTC without a zone."""
        return datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC).replace(tzinfo=None)

    def service(self, first: datetime, last: datetime) -> Service:
        """Of the calls that asked for a person in this time (UTC)."""
        return _service(self._waits(first, last))

    def _waits(self, first: datetime, last: datetime) -> list[tuple[datetime, float | None]]:
        """(when a person was wanted, seconds until one answered or None), the first time of each call."""
        wanted = select(CallEventRow.call_id, CallEventRow.kind, CallEventRow.at).where(
            CallEventRow.kind.in_((_WANTED, _ANSWERED)),
            CallEventRow.at >= first,
            CallEventRow.at < last + timedelta(hours=1),
        )
        asked: dict[str, datetime] = {}
        waits: dict[str, float] = {}
        with self._database.session() as session:
            for call_id, kind, at in session.execute(wanted.order_by(CallEventRow.at)):
                if kind == _WANTED and at < last:
                    asked.setdefault(call_id, at)
                elif kind == _ANSWERED and call_id in asked:
                    waits.setdefault(call_id, (at - asked[call_id]).total_seconds())
        return [(at, waits.get(call_id)) for call_id, at in asked.items()]

    def by_hour(self, day: date) -> list[dict[str, Any]]:
        """Calls and service of each hour of a local day."""
        first = self._utc(day)
        last = self._utc(day + timedelta(days=1))
        with self._database.session() as session:
            begun = list(
                session.scalars(select(Call.started_at).where(Call.started_at >= first, Call.started_at < last))
            )
        waits = self._waits(first, last)
        hours = []
        for hour in range(round((last - first).total_seconds() / 3600)):
            start, end = first + timedelta(hours=hour), first + timedelta(hours=hour + 1)
            of_hour = [(at, s) for at, s in waits if start <= at < end]
            hours.append({"hour": hour, "calls": sum(start <= at < end for at in begun), **_service(of_hour).facts()})
        return hours

    # ---- to take away ---------------------------------------------------------------------------------------------

    def calls_csv(self, first: date, last: date) -> str:
        """The calls of these local days, one a line. Numbers are masked: whoever needs one opens the call."""
        rows = select(Call, WrapUp).outerjoin(WrapUp, WrapUp.call_id == Call.id)
        rows = rows.where(Call.started_at >= self._utc(first), Call.started_at < self._utc(last + timedelta(days=1)))
        head = ("开始", "结束", "号码", "人群", "语言", "等待秒数", "结果", "处理", "主题", "工单", "回访日期")
        with self._database.session() as session:
            return _csv(
                head, (self._line(call, wrap) for call, wrap in session.execute(rows.order_by(Call.started_at)))
            )

    def _line(self, call: Call, wrap: WrapUp | None) -> tuple[object, ...]:
        info = call.info or {}
        return (
            self._local(call.started_at),
            self._local(call.ended_at) if call.ended_at else "",
            masked(call.number),
            info.get("band", ""),
            info.get("language", ""),
            info.get("waited_s", ""),
            call.outcome or "",
            *((wrap.result, wrap.subject, "是" if wrap.ticket else "", wrap.follow_up_on or "") if wrap else ("",) * 4),
        )

    def ledger_csv(self, year: int, month: int) -> str:
        """The monthly work ledger (工作台账): one line a day, and the sum."""
        first = date(year, month, 1)
        after = date(year + month // 12, month % 12 + 1, 1)
        rows, sums = [], Counter[str]()
        outcomes = ("done", "person", "callback_owed", "message_left", "abandoned")
        for offset in range((after - first).days):
            day = first + timedelta(days=offset)
            start, end = self._utc(day), self._utc(day + timedelta(days=1))
            with self._database.session() as session:
                counted = select(Call.outcome, func.count()).where(Call.started_at >= start, Call.started_at < end)
                counts = {str(o): int(n) for o, n in session.execute(counted.group_by(Call.outcome))}
                wraps = select(func.count(), func.count(WrapUp.follow_up_on)).where(
                    WrapUp.done_at >= start, WrapUp.done_at < end, WrapUp.ticket
                )
                tickets, follow_ups = session.execute(wraps).one()
            service = self.service(start, end)
            numbers = {"calls": sum(counts.values()), **{o: counts.get(o, 0) for o in outcomes}}
            numbers |= {"wanted": service.wanted, "in_15": service.within_15_s, "in_30": service.within_30_s}
            numbers |= {"tickets": int(tickets), "follow_ups": int(follow_ups)}
            sums.update(numbers)
            rows.append(_ledger_line(day.isoformat(), numbers))
        rows.append(_ledger_line("合计", sums))
        head = (
            *("日期", "来电", "自助办结", "人工接听", "待回拨", "留言", "未接通", "要求人工"),
            *("15秒内接通", "15秒接通率", "30秒内接通", "30秒接通率", "工单", "回访"),
        )
        return _csv(head, rows)

    def _local(self, at: datetime) -> str:
        return at.replace(tzinfo=UTC).astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")


def masked(number: str | None) -> str:
    """A number for places where many look: 139****0001."""
    if not number:
        return ""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 9 else "****"


def _service(waits: list[tuple[datetime, float | None]]) -> Service:
    answered = [seconds for _, seconds in waits if seconds is not None]
    return Service(
        len(waits), len(answered), sum(s <= 15 for s in answered), sum(s <= 30 for s in answered),
        round(max(answered, default=0.0), 1),
    )  # fmt: skip


def _ledger_line(name: str, n: dict[str, int]) -> tuple[object, ...]:
    def share(part: int) -> str:
        return f"{100 * part / n['wanted']:.1f}%" if n["wanted"] else ""

    return (
        name, n["calls"], n["done"], n["person"], n["callback_owed"], n["message_left"], n["abandoned"], n["wanted"],
        n["in_15"], share(n["in_15"]), n["in_30"], share(n["in_30"]), n["tickets"], n["follow_ups"],
    )  # fmt: skip


def _csv(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """With a byte-order mark, or Excel takes it for another encoding; with CRLF (RFC 4180)."""

    def safe(values: Iterable[object]) -> Iterator[object]:
        for value in values:  # a cell that begins like a formula would be run by a spreadsheet
            yield f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(list(safe(row)) for row in rows)
    return "\ufeff" + out.getvalue()
