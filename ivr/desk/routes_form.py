"""An agent finishes what the bot had begun, through the same offices: appointments."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from integrations.database.callers import Callers
from integrations.database.people import Right
from integrations.errors import DatabaseError, OfficeError
from ivr.desk import story
from ivr.desk.core import Desk
from ivr.desk.errors import Refusal
from ivr.desk.routes_calls import own_call
from ivr.desk.routes_people import body, text
from ivr.desk.security import DESK, signed_in

routes = web.RouteTableDef()
OFFICE_TIMEOUT_S = 8.0
"""Less than a page waits for an answer."""
_SENTENCES = {
    "unknown_department": "没有这个科室。 There is no such department.",
    "too_early": "最早能挂明天的号。 Tomorrow is the first day that can be booked.",
    "too_late": "这一天还没有放号。 That day cannot be booked yet.",
    "already_booked": "这位老人那天已经挂了这个科室的号。 This person has a booking there on that day already.",
    "session_full": "这个号刚被挂走了，请再查一次。 That place was taken just now; please look again.",
    "not_found": "这个号没有了，请再查一次。 That place is gone; please look again.",
}
_AWAY = "预约系统没有回音。请先看看有没有挂上，再试一次。 The office does not answer: see whether it is booked first."


@routes.get("/api/calls/{call_id}/form")
async def read_form(request: web.Request) -> web.Response:
    """What is filled in so far, what can be chosen, and what is booked for this number."""
    desk, who = request.app[DESK], await signed_in(request, Right.TAKE_CALLS)
    call_id = request.match_info["call_id"]
    call = await own_call(desk, who.person, call_id)
    events = await asyncio.to_thread(desk.calls.of_call, call_id)
    departments = await _ask(desk, "list_departments", hospital=None)
    hospitals = await _ask(desk, "list_hospitals")
    number = call.number if call else None
    booked = await _ask(desk, "find_bookings", phone=number, code=None)
    return web.json_response({"values": story.filled(events), **departments, **hospitals, **booked})


@routes.post("/api/calls/{call_id}/form/places")
async def find_places(request: web.Request) -> web.Response:
    """Places at that time, or the nearest ones."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.TAKE_CALLS)
    await own_call(desk, who.person, request.match_info["call_id"])
    wanted = {name: text(given.get(name), name, 40) for name in ("department", "date", "part_of_day")}
    hospital = text(given.get("hospital", ""), "hospital", 80) or None
    return web.json_response(await _ask(desk, "find_sessions", **wanted, hospital=hospital, doctor=None))


@routes.post("/api/calls/{call_id}/form/book")
async def book(request: web.Request) -> web.Response:
    """Book one of them for the caller, or for somebody whom the caller names."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.TAKE_CALLS)
    call_id, place = request.match_info["call_id"], given.get("session_id")
    call = await own_call(desk, who.person, call_id)
    patient, name = text(given.get("patient"), "patient", 8), text(given.get("patient_name", ""), "patient_name", 40)
    if isinstance(place, bool) or not isinstance(place, int) or patient not in {"self", "other"}:
        raise Refusal(400, "bad_request", "请选一个号和看病的人。 Please choose a place and a patient.")
    if patient == "other" and not name.strip():
        raise Refusal(400, "no_name", "请填看病的人的姓名。 Please write the patient's name.")
    if call is None:
        raise Refusal(409, "no_call", "电话已经结束。 The call has ended.")
    known = await asyncio.to_thread(Callers(desk.database).by_number, call.number) if call.number else None
    result = await _ask(
        desk,
        "book",
        session_id=place,
        patient=patient,
        patient_name=name.strip() or None,
        phone=call.number,
        person_id=known.person_id if known else None,
    )
    by, asked = who.person.user, {"office": "appointments", "operation": "book", "code": "ok"}
    await desk.record_done(call_id, "office_answered", **asked, by=by)
    await desk.record_done(call_id, "booked", result=dict(result), by=by)
    with contextlib.suppress(DatabaseError):  # it is booked, and the code must reach the caller
        await asyncio.to_thread(desk.audit.add, by, "booked", call_id, code=result["code"])
    return web.json_response(result)


async def _ask(desk: Desk, operation: str, **arguments: Any) -> Mapping[str, Any]:
    """Ask the appointments office. Raises Refusal with a sentence."""
    try:
        async with asyncio.timeout(OFFICE_TIMEOUT_S):
            return await desk.offices.call("appointments", operation, arguments)
    except (OfficeError, TimeoutError) as error:
        code = getattr(error, "code", "unavailable")
        raise Refusal(409 if code in _SENTENCES else 503, code, _SENTENCES.get(code, _AWAY)) from error
