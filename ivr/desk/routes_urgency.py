"""A person says that a call is an emergency, or a fraud that goes on."""

from __future__ import annotations

from aiohttp import web

from integrations.database.bands import RAISES
from integrations.database.people import Right
from ivr.asterisk.manager import ManagerError
from ivr.desk.errors import Refusal
from ivr.desk.routes_calls import own_call
from ivr.desk.routes_people import body, text
from ivr.desk.security import DESK, signed_in

routes = web.RouteTableDef()


@routes.post("/api/calls/{call_id}/urgent")
async def urgent(request: web.Request) -> web.Response:
    """Raise the band of a live call: whoever has it, or a supervisor. It is on record with who said so."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.SEE_CALLS)
    sign = text(given.get("sign"), "sign", 20)
    if sign not in RAISES:
        raise Refusal(400, "bad_request", "sign：emergency 或 scam。 sign: emergency or scam.")
    call = await own_call(desk, who.person, request.match_info["call_id"])
    if call is None:
        raise Refusal(409, "no_call", "电话已经结束。 The call has ended.")
    failed: ManagerError | None = None
    try:
        await desk.raise_band(call, sign)  # before all else: a database that is away keeps nobody in distress waiting
    except ManagerError as error:
        failed = error
    await desk.record_done(
        call.call_id, "flagged", sign=sign, reasons=["by_person"], in_words=[f"{who.person.name}标记"], words="",
        by=who.person.user,
    )  # fmt: skip
    if failed is not None:
        raise Refusal(
            503,
            "not_moved",
            "没能提前排队，请再试一次。 The caller could not be moved up; please try again.",
        ) from failed
    return web.json_response({"band": call.band})
