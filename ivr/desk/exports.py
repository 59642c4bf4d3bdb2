"""What supervisors take away: the calls as CSV, and the monthly work ledger (工作台账)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from integrations.database.desk_calls import last_wrap_up
from integrations.database.desk_models import WrapUp
from integrations.database.figures import SCORES, Figures
from integrations.database.models import Call
from integrations.database.store import Database
from ivr.desk.counties import UNKNOWN, county_of
from ivr.desk.wall import days_end, local_midnight, masked, service_of

OUTCOMES = ("done", "nothing", "person", "callback_owed", "message_left", "abandoned")
SCORE_WORDS = {"satisfied": "满意", "fair": "一般", "unsatisfied": "不满意"}


class Exports:
    """Every method raises DatabaseError."""

    def __init__(self, database: Database, timezone: str) -> None:
        self._database, self._figures, self._zone = database, Figures(database), ZoneInfo(timezone)

    def calls_csv(self, first: date, last: date) -> str:
        """The calls of these local days, one a line. Numbers are masked: whoever needs one opens the call."""
        rows = select(Call, WrapUp).outerjoin(WrapUp, last_wrap_up(WrapUp.call_id == Call.id))
        rows = rows.where(
            Call.started_at >= local_midnight(first, self._zone), Call.started_at < days_end(last, self._zone)
        )
        head = (
            "开始",
            "结束",
            "号码",
            "县区",
            "人群",
            "语言",
            "等待秒数",
            "结果",
            "满意度",
            "处理",
            "主题",
            "工单",
            "回访日期",
        )
        with self._database.session() as session:
            found = [(call, wrap) for call, wrap in session.execute(rows.order_by(Call.started_at))]
            counties = self._figures.counties({call.number for call, _ in found if call.number})
            return _csv(head, (self._line(call, wrap, counties) for call, wrap in found))

    def _line(self, call: Call, wrap: WrapUp | None, counties: dict[str, str]) -> tuple[object, ...]:
        info = call.info or {}
        county = county_of(info.get("county"), counties.get(call.number or ""), call.number)
        return (
            self._local(call.started_at),
            self._local(call.ended_at) if call.ended_at else "",
            masked(call.number),
            "" if county == UNKNOWN else county,
            info.get("band", ""),
            info.get("language", ""),
            info.get("waited_s", ""),
            call.outcome or "",
            SCORE_WORDS.get(str(info.get("score")), ""),
            *((wrap.result, wrap.subject, "是" if wrap.ticket else "", wrap.follow_up_on or "") if wrap else ("",) * 4),
        )

    def ledger_csv(self, year: int, month: int) -> str:
        """The monthly work ledger (工作台账): one line a day, and the sum."""
        first = date(year, month, 1)
        after = date(year + month // 12, month % 12 + 1, 1)
        rows, sums = [], Counter[str]()
        for offset in range((after - first).days):
            day = first + timedelta(days=offset)
            numbers = self._of_day(day)
            sums.update(numbers)
            rows.append(_ledger_line(day.isoformat(), numbers))
        rows.append(_ledger_line("合计", sums))
        head = (
            *("日期", "来电", "自助办结", "未办理", "人工接听", "待回拨", "留言", "未接通", "要求人工"),
            *("15秒内接通", "15秒接通率", "30秒内接通", "30秒接通率", "工单", "回访"),
            *("请评价", "满意", "一般", "不满意", "满意率"),
        )
        return _csv(head, rows)

    def _of_day(self, day: date) -> dict[str, int]:
        start, end = local_midnight(day, self._zone), days_end(day, self._zone)
        outcomes = self._figures.by_outcome(start, end)
        with self._database.session() as session:
            wraps = select(func.count(), func.count(WrapUp.follow_up_on)).where(
                WrapUp.done_at >= start, WrapUp.done_at < end, WrapUp.ticket
            )
            tickets, follow_ups = session.execute(wraps).one()
        service = service_of(self._figures.waits(start, end))
        return {
            "calls": sum(outcomes.values()),
            **{name: outcomes.get(name, 0) for name in OUTCOMES},
            "wanted": service.wanted,
            "in_15": service.within_15_s,
            "in_30": service.within_30_s,
            "tickets": int(tickets),
            "follow_ups": int(follow_ups),
            **self._figures.ratings(start, end),
        }

    def _local(self, at: datetime) -> str:
        return at.replace(tzinfo=UTC).astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")


def _ledger_line(name: str, n: dict[str, int]) -> tuple[object, ...]:
    def share(part: int, whole: int) -> str:
        return f"{100 * part / whole:.1f}%" if whole else ""

    rated = sum(n[score] for score in SCORES)
    return (
        name, *(n[name] for name in ("calls", *OUTCOMES, "wanted")),
        n["in_15"], share(n["in_15"], n["wanted"]), n["in_30"], share(n["in_30"], n["wanted"]), n["tickets"],
        n["follow_ups"], n["asked"], n["satisfied"], n["fair"], n["unsatisfied"], share(n["satisfied"], rated),
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
