"""For supervisors, administrators and auditors: figures, exports, people, the audit log."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from integrations.database.people import Right
from ivr.desk.core import Desk
from ivr.desk.errors import Refusal
from ivr.desk.routes_people import body, text
from ivr.desk.security import DESK, signed_in

routes = web.RouteTableDef()
DAYS_MAX = 92


def _day(request: web.Request, name: str, desk: Desk) -> date:
    given = request.query.get(name)
    if given is None:
        return datetime.now(ZoneInfo(desk.settings.timezone)).date()
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise Refusal(400, "bad_request", f"{name}：日期写成 2026-03-12。 A date reads 2026-03-12.") from error


@routes.get("/api/wall")
async def wall(request: web.Request) -> web.Response:
    """Everything that the wall shows."""
    desk = request.app[DESK]
    await signed_in(request, Right.SEE_WALL)
    return web.json_response(await desk.wall.now())


@routes.get("/api/wall/hours")
async def hours(request: web.Request) -> web.Response:
    """Calls and service by hour of a day."""
    desk = request.app[DESK]
    await signed_in(request, Right.SEE_WALL)
    return web.json_response(await asyncio.to_thread(desk.wall.by_hour, _day(request, "day", desk)))


@routes.get("/api/wall/days")
async def days(request: web.Request) -> web.Response:
    """Calls and service by day, or (`by=week`) by week, up to a day."""
    desk = request.app[DESK]
    await signed_in(request, Right.SEE_WALL)
    by, last = request.query.get("by", "day"), _day(request, "to", desk)
    if by not in {"day", "week"}:
        raise Refusal(400, "bad_request", "by：day 或 week。 by: day or week.")
    found = desk.wall.by_day if by == "day" else desk.wall.by_week
    return web.json_response(await asyncio.to_thread(found, last))


@routes.get("/api/export/calls.csv")
async def export_calls(request: web.Request) -> web.Response:
    """The calls of some days."""
    desk = request.app[DESK]
    who = await signed_in(request, Right.SEE_WALL)
    first, last = _day(request, "from", desk), _day(request, "to", desk)
    if not 0 <= (last - first).days <= DAYS_MAX:
        raise Refusal(400, "bad_request", f"最多导出 {DAYS_MAX} 天。 At most {DAYS_MAX} days at once.")
    await asyncio.to_thread(desk.audit.add, who.person.user, "exported", "calls", first=first, last=last)
    return _file(await asyncio.to_thread(desk.exports.calls_csv, first, last), f"calls-{first}-{last}.csv")


@routes.get("/api/export/ledger.csv")
async def export_ledger(request: web.Request) -> web.Response:
    """The monthly work ledger (工作台账)."""
    desk = request.app[DESK]
    who = await signed_in(request, Right.SEE_WALL)
    today = datetime.now(ZoneInfo(desk.settings.timezone)).date()
    month = request.query.get("month", f"{today:%Y-%m}")
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise Refusal(400, "bad_request", "月份写成 2026-03。 A month reads 2026-03.") from error
    await asyncio.to_thread(desk.audit.add, who.person.user, "exported", "ledger", month=month)
    return _file(await asyncio.to_thread(desk.exports.ledger_csv, first.year, first.month), f"ledger-{month}.csv")


def _file(content: str, name: str) -> web.Response:
    disposition = f'attachment; filename="{name}"'
    return web.Response(text=content, content_type="text/csv", headers={"Content-Disposition": disposition})


@routes.get("/api/staff")
async def staff(request: web.Request) -> web.Response:
    """All people."""
    desk = request.app[DESK]
    await signed_in(request, Right.MANAGE_STAFF)
    people = await asyncio.to_thread(desk.people.list)
    return web.json_response(
        [{"user": p.user, "name": p.name, "role": p.role.value, "active": p.active} for p in people]
    )


@routes.post("/api/staff/{user}/{what}")
async def change_staff(request: web.Request) -> web.Response:
    """Add, renew, close or open a person. New secrets are shown once, to the one who asked."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.MANAGE_STAFF)
    user, by, people = request.match_info["user"], who.person.user, desk.people
    match request.match_info["what"]:
        case "add":
            name, role = text(given.get("name", ""), "name", 60), text(given.get("role"), "role", 16)
            made = await asyncio.to_thread(people.add, by, user, name, role)
        case "renew":
            made = await asyncio.to_thread(people.renew, by, user)
        case "close" | "open" as what:
            if user == by:
                raise Refusal(409, "yourself", "不能停用自己。 You cannot close your own account.")
            await asyncio.to_thread(people.set_active, by, user, what == "open")
            return web.json_response({})
        case _:
            raise Refusal(404, "http", "没有这个操作。 There is no such action.")
    return web.json_response({"user": user, "password": made.password, "totp_secret": made.totp_secret})


@routes.get("/api/audit")
async def audit(request: web.Request) -> web.Response:
    """The newest entries of the audit log, and whether it is whole. Reading it is an entry, too."""
    desk = request.app[DESK]
    who = await signed_in(request, Right.READ_AUDIT)
    await asyncio.to_thread(desk.audit.add, who.person.user, "audit_read", "")
    verdict = await asyncio.to_thread(desk.audit.verify)
    entries = await asyncio.to_thread(desk.audit.entries, 200)
    return web.json_response(
        {
            "entries": [
                {"number": e.number, "at": e.at.isoformat() + "Z", "who": e.who, "what": e.what, "target": e.target,
                 "data": dict(e.data)} for e in entries
            ],
            "count": verdict.entries,
            "broken_at": verdict.broken_at,
            "head": verdict.head,
        }
    )  # fmt: skip
