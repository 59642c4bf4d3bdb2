"""A supervisor in a call: listens, whispers, joins, takes over. Off unless the policy says that it is announced.

| mode | the supervisor hears | hears the supervisor |
|---|---|---|
| listen | agent and caller | nobody |
| whisper | agent and caller | the agent |
| join | agent and caller | agent and caller |
| take | the caller | the caller; the agent's leg ends |

The supervisor's own phone rings once; from then on the mode is changed without another ring."""

from __future__ import annotations

import asyncio
import secrets

from aiohttp import web

from integrations.database.people import Right
from integrations.database.sessions import SignedIn
from ivr.asterisk.manager import ManagerError
from ivr.desk.board import LiveCall
from ivr.desk.core import Desk
from ivr.desk.errors import Refusal
from ivr.desk.routes_people import body, text
from ivr.desk.security import DESK, signed_in

routes = web.RouteTableDef()
MODES = {"listen": "listened", "whisper": "whispered", "join": "joined", "take": "taken_over"}
"""Mode → what the audit log says."""
RING_MAX_MS = 30_000


@routes.post("/api/calls/{call_id}/listen")
async def listen(request: web.Request) -> web.Response:
    """Begin, or go over to another mode. The audit log has each before it happens, and the agent is told."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.LISTEN)
    mode = text(given.get("mode"), "mode", 10)
    if mode not in MODES:
        raise Refusal(400, "bad_request", f"mode：{'、'.join(MODES)}。 A mode is one of these.")
    call, seat = _allowed(desk, who, request.match_info["call_id"])
    agent_seat = call.seat
    await asyncio.to_thread(desk.audit.add, who.person.user, MODES[mode], call.call_id, seat=agent_seat)
    try:
        await _connect(desk, call, seat, mode)
    except ManagerError as error:
        raise Refusal(503, "not_moved", "没有接通，请再试。 The call could not be joined; please try again.") from error
    await desk.record_done(call.call_id, "listened", by=who.person.user, mode=mode)
    told = desk.seating.at(agent_seat or "")
    if told is not None:
        desk.feed.publish(told.staff_id, "listened", call_id=call.call_id, by=who.person.name, mode=mode)
    return web.json_response({})


def _allowed(desk: Desk, who: SignedIn, call_id: str) -> tuple[LiveCall, str]:
    """The call, and the seat of whoever asks. Raises Refusal."""
    if desk.settings.desk.listening == "off":
        raise Refusal(403, "listening_off", "没有开通旁听：要先告知双方。 Listening in is switched off: "
                      "callers and agents must be told first.")  # fmt: skip
    call = desk.board.calls.get(call_id)
    sitting = desk.seating.sitting.get(who.person.staff_id)
    if call is None or not call.seat_channel or call.state != "talking":
        raise Refusal(409, "no_call", "这通电话没有人在接。 Nobody talks in this call.")
    if sitting is None:
        raise Refusal(409, "no_seat", "请先选座席，电话会打到您的座席。 Please choose a seat first: it rings there.")
    if sitting.seat == call.seat:
        raise Refusal(409, "own_call", "这通电话就在您这里。 This call is your own.")
    return call, sitting.seat


async def _connect(desk: Desk, call: LiveCall, seat: str, mode: str) -> None:
    """Move the supervisor's leg that listens to this call already, else ring their phone. Raises ManagerError."""
    known = desk.listening.get(seat)
    if known is not None and known.call_id == call.call_id:
        legs = [leg["Channel"] for leg in await desk.manager.channels() if leg.get("Uniqueid") == known.leg]
        if legs:
            await desk.manager.redirect(legs[0], "desk-listen", mode)
            return
    leg = f"listen-{secrets.token_hex(6)}"
    await desk.manager.action(
        "Originate",
        Channel=f"PJSIP/{seat}",
        ChannelId=leg,
        Context="desk-listen",
        Exten=mode,
        Priority="1",
        Timeout=str(RING_MAX_MS),
        CallerID=f"旁听 <{call.seat}>",
        Variable=f"LISTEN_TO={call.seat_channel},LISTEN_CALLER={call.channel}",
        Async="true",
    )
    desk.keep_listening(seat, call.call_id, leg)
