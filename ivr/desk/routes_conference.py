"""An agent asks a colleague while the caller waits, brings them in, goes back, or leaves them the caller."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from integrations.database.people import Person, Right
from integrations.database.seats import Sitting
from ivr.asterisk.manager import ManagerError
from ivr.desk import conference
from ivr.desk.board import LiveCall
from ivr.desk.conference import JOINED, TALKING
from ivr.desk.core import Desk
from ivr.desk.errors import Refusal
from ivr.desk.routes_calls import own_call
from ivr.desk.routes_people import body, text
from ivr.desk.security import DESK, signed_in

routes = web.RouteTableDef()
INTERPRETER = "interpreter"
_PATIENT = {"ready": 0, "paused": 1, "wrap_up": 1}


async def talking_call(desk: Desk, person: Person, call_id: str) -> LiveCall:
    """The call that this agent talks in. Raises Refusal."""
    call = await own_call(desk, person, call_id, now=True)
    sitting = desk.seating.sitting.get(person.staff_id)
    if call is None or call.state != "talking" or sitting is None or call.seat != sitting.seat or not call.seat_channel:
        raise Refusal(409, "no_call", "这通电话不在您这里通话。 You do not talk in this call.")
    return call


def _seats(desk: Desk, call: LiveCall) -> list[Sitting]:
    """Who can be asked by seat: whoever sits there and has no call, those who are ready first."""
    known = {*desk.secrets.web_seats, *desk.settings.phones}
    busy = {c.seat for c in desk.board.calls.values()} | {
        c.consult.target for c in desk.board.calls.values() if c.consult
    }
    free = [s for s in desk.seating.sitting.values() if s.seat in known and s.seat not in busy and s.seat != call.seat]
    return sorted(free, key=lambda s: (_PATIENT.get(s.state, 2), s.since))


def colleagues(desk: Desk, call: LiveCall) -> list[dict[str, object]]:
    """Whom one can ask. An interpreter is somebody who speaks the caller's language."""
    seats: list[dict[str, object]] = [
        {"target": s.seat, "name": s.name, "kind": "seat", "state": s.state, "language": s.language}
        for s in _seats(desk, call)
    ]
    if not desk.settings.sip.trunk_out:
        return seats
    numbers = desk.settings.routing.interpreters.get(call.language, [])
    seats += [{"target": n, "name": n, "kind": INTERPRETER, "language": call.language} for n in numbers]
    table = desk.settings.routing.targets.items()
    seats += [{"target": d, "name": f"{t.name}（{t.number}）", "kind": "outside", "language": ""} for d, t in table]
    return seats


def interpreters(desk: Desk, call: LiveCall) -> list[str]:
    """Who interprets: free seats of the caller's language, then the numbers of the settings, in the order in which they
    are rung. Raises Refusal where there is nobody."""
    found = [
        str(one["target"])
        for one in colleagues(desk, call)
        if one["language"] == call.language and one["kind"] in {"seat", INTERPRETER} and one.get("state") != "paused"
    ]
    if found:
        return found
    raise Refusal(
        409,
        "no_interpreter",
        "现在没有会这种话的人。请记下号码，让会说的人回拨。 Nobody who speaks this language is free: note a call-back.",
    )


@routes.get("/api/calls/{call_id}/colleagues")
async def list_colleagues(request: web.Request) -> web.Response:
    """Whom the agent can ask in this call."""
    desk, who = request.app[DESK], await signed_in(request, Right.TAKE_CALLS)
    return web.json_response(colleagues(desk, await talking_call(desk, who.person, request.match_info["call_id"])))


@routes.post("/api/calls/{call_id}/consult")
async def consult(request: web.Request) -> web.Response:
    """Ask somebody of the list while the caller waits. `interpreter` is whoever speaks the caller's language, and is

    brought in at once."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.TAKE_CALLS)
    call_id, target = request.match_info["call_id"], text(given.get("target"), "target", 40)
    call = await talking_call(desk, who.person, call_id)
    if call.consult is not None:
        raise Refusal(409, "asking", "已经在和同事说了。 You are asking somebody already.")
    join, others = target == INTERPRETER, list[str]()
    if join:
        target, *others = interpreters(desk, call)
    elif target not in {one["target"] for one in colleagues(desk, call)}:
        raise Refusal(404, "no_target", "只能找名单里的人，对方可能刚接了电话。 Only those on the list can be asked; "
                      "that one may have taken a call just now.")  # fmt: skip
    await _moved(
        conference.ask(desk.manager, call_id, call.channel, call.seat_channel, target, join=join, others=others)
    )
    await desk.record_done(call_id, "consulted", to=target, by=who.person.user, join=join)
    return web.json_response({"target": target})


@routes.post("/api/calls/{call_id}/consult/{what}")
async def go_on(request: web.Request) -> web.Response:
    """`join`: all three talk. `back`: the colleague leaves. `leave`: the colleague keeps the caller."""
    desk = request.app[DESK]
    await body(request)
    who = await signed_in(request, Right.TAKE_CALLS)
    call_id, what = request.match_info["call_id"], request.match_info["what"]
    call = await talking_call(desk, who.person, call_id)
    asked = call.consult
    if asked is None:
        raise Refusal(409, "not_asking", "同事已经不在线上了。 The colleague is not on the line any more.")
    answered = asked.stage in {TALKING, JOINED}
    if what in {"join", "leave"} and not answered:
        raise Refusal(409, "not_answered", "同事还没有接。 The colleague has not answered yet.")
    match what:
        case "join":
            await _moved(conference.join(desk.manager, call.seat_channel))
        case "back":
            await _moved(conference.back(desk.manager, call.seat_channel, asked))
        case "leave":  # the agent's leg ends; the dialplan takes the caller to the colleague
            await _moved(conference.hang_up(desk.manager, call.seat_channel))
            await desk.record_done(call_id, "handed_on", to=asked.target, by=who.person.user, why="consulted")
        case _:
            raise Refusal(404, "http", "没有这个操作。 There is no such action.")
    return web.json_response({})


async def _moved(work: Any) -> None:
    try:
        await work
    except ManagerError as error:
        raise Refusal(
            503,
            "not_moved",
            "没有接上，老人还在线上。请再试一次。 That did not work, and the caller is still there. Please try again.",
        ) from error
