"""Signing in and out, seats and states, the phone in the page, the live feed."""

from __future__ import annotations

import asyncio
import logging
import time

from aiohttp import WSMsgType, web

from integrations.database.people import RIGHTS, Right
from integrations.database.sessions import SignedIn
from ivr.desk.core import Desk
from ivr.desk.errors import Refusal
from ivr.desk.feed import Page, pump
from ivr.desk.seating import REASONS, as_facts
from ivr.desk.security import COOKIE, DESK, address_of, check_origin, phone_address, signed_in

log = logging.getLogger(__name__)

routes = web.RouteTableDef()
HASHING = web.AppKey("hashing", asyncio.Semaphore)
HEARTBEAT_S = 20.0
GOODBYE_S = 1.0
"""How long a page may take to answer a goodbye: one whose line is dead must not hold up a server that ends."""
STILL_OPEN_EVERY_S = 15.0


async def body(request: web.Request) -> dict[str, object]:
    """The JSON object of a request. Raises Refusal."""
    try:
        value = await request.json()
    except ValueError as error:
        raise Refusal(400, "bad_request", "请求的内容读不懂。 The request cannot be read.") from error
    if not isinstance(value, dict):
        raise Refusal(400, "bad_request", "请求的内容读不懂。 The request cannot be read.")
    return value


def text(value: object, name: str, longest: int = 200) -> str:
    """A field that must be text. Raises Refusal."""
    if not isinstance(value, str) or len(value) > longest:
        raise Refusal(
            400, "bad_request", f"{name}：要文字，最多 {longest} 字。 {name}: text of at most {longest} characters."
        )
    return value


@routes.post("/api/sign-in")
async def sign_in(request: web.Request) -> web.Response:
    """Password and second factor → a cookie."""
    desk, given = request.app[DESK], await body(request)
    check_origin(request)
    user, password = text(given.get("user"), "user", 40), text(given.get("password"), "password", 1000)
    code, address = text(given.get("code"), "code", 20), address_of(request)
    async with request.app[HASHING]:  # hashing is slow on purpose: many guesses must not take the whole machine
        person = await asyncio.to_thread(desk.people.check, user.strip().lower(), password, code, address)
    agent = request.headers.get("User-Agent", "")
    opened = await asyncio.to_thread(desk.sessions.open, person, address, agent)
    response = web.json_response({"csrf": opened.csrf})
    secure = not desk.settings.desk.loopback
    response.set_cookie(COOKIE, opened.token, httponly=True, samesite="Strict", secure=secure, path="/")
    return response


@routes.post("/api/sign-out")
async def sign_out(request: web.Request) -> web.Response:
    """End the session, and get up from the seat."""
    desk, who = request.app[DESK], await signed_in(request)
    _check_free(desk, who)
    await desk.seating.leave(who.person.staff_id)
    await asyncio.to_thread(desk.sessions.end, who.key, who.person.user)
    response = web.json_response({})
    response.del_cookie(COOKIE, path="/")
    return response


@routes.get("/api/me")
async def me(request: web.Request) -> web.Response:
    """Who is signed in, and what the pages need to know."""
    desk, who = request.app[DESK], await signed_in(request)
    person = who.person
    sitting = desk.seating.sitting.get(person.staff_id)
    return web.json_response(
        {
            "user": person.user,
            "name": person.name,
            "role": person.role.value,
            "rights": sorted(RIGHTS[person.role]),
            "languages": person.languages,
            "offered": desk.settings.languages,
            "csrf": who.csrf,
            "ends_at": who.ends_at.isoformat(timespec="seconds") + "Z",
            "seat": as_facts(sitting) if sitting else None,
            "reasons": REASONS,
            "service_number": desk.settings.sip.service_number,
            "now": time.time(),
        }
    )


@routes.get("/api/seats")
async def seats(request: web.Request) -> web.Response:
    """All seats and who sits there."""
    desk = request.app[DESK]
    await signed_in(request, Right.TAKE_CALLS)
    found = []
    for name in desk.seating.names:
        sitting = desk.seating.at(name)
        kind = "web" if name in desk.secrets.web_seats else "phone"
        found.append({"seat": name, "kind": kind, "taken_by": sitting.name if sitting else None})
    return web.json_response(found)


@routes.post("/api/seat")
async def take_seat(request: web.Request) -> web.Response:
    """Sit down."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.TAKE_CALLS)
    language = text(given.get("language", desk.settings.language), "language", 12)
    if language not in desk.settings.languages:  # no queue of it would ring this seat
        raise Refusal(400, "bad_request", "没有这种语言。 There is no such language.")
    seat, sitting = text(given.get("seat"), "seat", 40), desk.seating.sitting.get(who.person.staff_id)
    if sitting is not None and sitting.seat != seat:
        _check_free(desk, who)
    sitting = await desk.seating.take(who.person, seat, language)
    return web.json_response(as_facts(sitting))


@routes.post("/api/state")
async def change_state(request: web.Request) -> web.Response:
    """Ready, or paused with a reason."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.TAKE_CALLS)
    state, reason = text(given.get("state"), "state", 12), given.get("reason")
    if state not in {"ready", "paused"} or (state == "paused" and reason not in REASONS):
        raise Refusal(400, "bad_request", "小休要有原因。 A pause needs a reason.")
    sitting = await desk.seating.change(who.person.staff_id, state, str(reason) if state == "paused" else None)
    return web.json_response(as_facts(sitting))


@routes.post("/api/leave")
async def leave(request: web.Request) -> web.Response:
    """Get up."""
    desk, who = request.app[DESK], await signed_in(request)
    _check_free(desk, who)
    await desk.seating.leave(who.person.staff_id)
    return web.json_response({})


def _check_free(desk: Desk, who: SignedIn) -> None:
    """Nobody gets up from a call: nothing would be left to end it with. Raises Refusal.

    While Asterisk is away nobody is kept by what it said last."""
    sitting = desk.seating.sitting.get(who.person.staff_id)
    if sitting is not None and desk.manager.connected.is_set() and desk.in_call(sitting.seat):
        raise Refusal(409, "in_call", "您的座席上还有电话，请先挂断，或转给同事，再离席或退出。 "
                      "There is still a call at your seat: hang up or hand it on before you leave.")  # fmt: skip


@routes.get("/api/phone")
async def phone(request: web.Request) -> web.Response:
    """What the phone in the page registers with: only for whoever sits at that seat."""
    desk, who = request.app[DESK], await signed_in(request, Right.TAKE_CALLS)
    sitting = desk.seating.sitting.get(who.person.staff_id)
    if sitting is None:
        raise Refusal(409, "no_seat", "请先选座席。 Please choose a seat first.")
    password = desk.secrets.web_seats.get(sitting.seat)
    if password is None:
        return web.json_response({"kind": "phone", "connected": await desk.seating.phone_connected(sitting.seat)})
    return web.json_response(
        {
            "kind": "web",
            "socket": phone_address(desk),
            "address": f"sip:{sitting.seat}@{desk.settings.sip.host}",
            "user": sitting.seat,
            "password": password,
        }
    )


@routes.get("/api/live")
async def live(request: web.Request) -> web.StreamResponse:
    """The live feed of one page. `since` and `epoch` are what the page saw last."""
    desk, who = request.app[DESK], await signed_in(request)
    check_origin(request)
    if request.headers.get("Origin") is None:  # browsers always name the page that opens a WebSocket
        raise Refusal(403, "csrf", "请求不是从这个页面来的。 The request did not come from this page.")
    staff_id = who.person.staff_id
    if not desk.feed.room(staff_id):
        raise Refusal(429, "too_many_pages", "打开的窗口太多，请关掉几个。 Too many pages are open; please close some.")
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=4096, timeout=GOODBYE_S)
    await socket.prepare(request)
    page = Page(staff_id, who.person.may(Right.SEE_WALL))
    since = request.query.get("since", "")
    if not desk.feed.enter(page, request.query.get("epoch", ""), int(since) if since.isdecimal() else -1):
        await _whole_state(desk, page, who)
    tasks = [
        asyncio.create_task(pump(page, socket, request), name=f"page of {staff_id}"),
        asyncio.create_task(_until_signed_out(desk, page, who.key)),
    ]
    try:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            if message.data == "ping":
                desk.feed.state(page, "pong")
    finally:
        desk.feed.leave(page)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return socket


async def _whole_state(desk: Desk, page: Page, who: SignedIn) -> None:
    sitting = desk.seating.sitting.get(who.person.staff_id)
    desk.feed.state(page, "seat", seat=as_facts(sitting) if sitting else None)
    call = desk.board.at_seat(sitting.seat) if sitting else None
    told = await desk.story_for(call, who.person.user) if call else {}
    if call is not None and sitting is not None and desk.board.at_seat(sitting.seat) is call:
        desk.feed.state(page, "story", call=desk.helpers.named(call), story=told)
    elif sitting is not None and (asked := desk.helpers.at(sitting.seat)) is not None:
        told = await desk.story_for(asked, who.person.user, asked=True)
        desk.feed.state(page, "story", call=desk.helpers.facts(asked), story=told)
    else:  # there is none, or it ended while its story was read
        desk.feed.state(page, "no_call")


async def _until_signed_out(desk: Desk, page: Page, key: str) -> None:
    """A page that stays open over the weekend does not stay signed in."""
    while await asyncio.to_thread(desk.sessions.still_open, key):  # noqa: ASYNC110 - another process may end it
        await asyncio.sleep(STILL_OPEN_EVERY_S)
    desk.feed.state(page, "signed_out")
    await asyncio.sleep(1)
    page.dropped.set()
