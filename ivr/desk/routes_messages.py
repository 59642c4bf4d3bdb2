"""Text messages to the caller of a call, and to nobody else; what became of each is in the call's event list."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlencode

import yaml
from aiohttp import web

from integrations.database.desk_calls import NewEvent
from integrations.database.people import Right
from integrations.errors import OfficeError
from integrations.http.kannel import TEXT_MAX, Kannel, delivery
from ivr.desk import story
from ivr.desk.core import Desk
from ivr.desk.errors import Refusal
from ivr.desk.routes_calls import own_call
from ivr.desk.routes_people import body, text
from ivr.desk.security import DESK, signed_in

routes = web.RouteTableDef()
BLANK = "＿＿"
_SENTENCES = {
    "not_mobile": (409, "这个号码不是手机，收不到短信。 This is no mobile number; it gets no text messages."),
    "too_long": (413, f"短信连签名最多 {TEXT_MAX} 个字，请改短。 At most {TEXT_MAX} characters; please shorten it."),
    "refused": (
        502,
        "短信平台拒绝了，请告诉管理员查账号。 The gateway refused; an administrator must check the account.",
    ),
}
_AWAY = (503, "短信平台不通，没有发出去。请稍后再试，或口头告诉老人。 Nothing was sent: the gateway does not answer.")


@cache
def templates() -> dict[str, dict[str, str]]:
    """Key → title and text. Read once."""
    found: dict[str, dict[str, str]] = yaml.safe_load(
        resources.files("ivr.desk").joinpath("messages.yaml").read_text(encoding="utf-8")
    )
    return found


def filled_in(template: str, values: Mapping[str, Any]) -> str:
    """The text with what is known; a blank for each thing that is not."""

    class Known(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return BLANK

    parts = {"am": "上午", "pm": "下午"}
    known = {n: parts.get(str(v), str(v)) for n, v in values.items() if v not in (None, "", "……")}
    return template.format_map(Known(known))


def _known(events: Iterable[NewEvent]) -> dict[str, Any]:
    """What is filled in, and over it what was booked last."""
    listed = list(events)
    found = story.filled(listed)
    for event in listed:
        told = event.data.get("event", {}) if event.kind == "turn" else event.data if event.kind == "booked" else {}
        result = told.get("result") if isinstance(told, Mapping) else None
        if isinstance(result, Mapping) and result.get("code"):
            found |= {name: value for name, value in result.items() if isinstance(value, str)}
    return found


def sent(events: Iterable[NewEvent]) -> list[dict[str, Any]]:
    """The messages of a call with their states, the oldest first."""
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.kind == "text_message":
            found[str(event.data["id"])] = {**event.data, "at": story.stamp(event.at)}
        elif event.kind == "text_message_state" and (known := found.get(str(event.data["id"]))) is not None:
            known["state"] = event.data["state"]
    return list(found.values())


@routes.get("/api/calls/{call_id}/messages")
async def list_messages(request: web.Request) -> web.Response:
    """Templates with what is known filled in, what was sent, and why nothing can be sent, if so."""
    desk, who = request.app[DESK], await signed_in(request, Right.TAKE_CALLS)
    call_id = request.match_info["call_id"]
    await own_call(desk, who.person, call_id)
    events = await asyncio.to_thread(desk.calls.of_call, call_id)
    known, settings = _known(events), desk.settings.messages
    return web.json_response(
        {
            "templates": [
                {"key": key, "title": one["title"], "text": filled_in(one["text"], known)}
                for key, one in templates().items()
            ],
            "sent": sent(events),
            "length": TEXT_MAX - len(settings.signature),
            "problem": "" if settings.url else "还没有接短信平台，请找管理员。 No SMS gateway is set up.",
        }
    )


@routes.post("/api/calls/{call_id}/messages")
async def send_message(request: web.Request) -> web.Response:
    """Send a text to the number that called."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.TAKE_CALLS)
    call_id, settings = request.match_info["call_id"], desk.settings.messages
    call = await own_call(desk, who.person, call_id)
    if not settings.url:
        raise Refusal(503, "no_gateway", "还没有接短信平台，请找管理员。 No SMS gateway is set up.")
    words = " ".join(text(given.get("text"), "text", 10_000).split())
    if not words or BLANK in words:
        raise Refusal(400, "blank", "短信里还有空没有填。 There are blanks in the text.")
    events = await asyncio.to_thread(desk.calls.of_call, call_id)
    if len(sent(events)) >= settings.a_call:
        raise Refusal(429, "too_many", f"一通电话最多发 {settings.a_call} 条。 At most {settings.a_call} in one call.")
    number = (call.number if call else None) or await asyncio.to_thread(_number, desk, call_id)
    if number is None:
        raise Refusal(409, "withheld", "号码没有显示，发不了短信。 The number is withheld.")
    message = secrets.token_hex(6)
    told = {"id": message, "to": number, "text": words, "template": str(given.get("template", ""))[:40]}
    await asyncio.to_thread(desk.audit.add, who.person.user, "message_sent", call_id, number=number, id=message)
    state, refusal = await asyncio.to_thread(_send, desk, call_id, message, number, settings.signature + words)
    await desk.record_done(call_id, "text_message", **told, by=who.person.user, state=state)
    if refusal is not None:
        raise refusal
    return web.json_response({"id": message, "state": state})


def _number(desk: Desk, call_id: str) -> str | None:
    found = desk.journal.story(call_id)
    return found[0].number if found else None


def _send(desk: Desk, call_id: str, message: str, number: str, words: str) -> tuple[str, Refusal | None]:
    settings = desk.settings.messages
    gateway = Kannel(settings.url, settings.user, settings.password.get_secret_value(), settings.sender)
    try:
        reply = gateway.send(number, words, _report_address(desk, call_id, message))
    except OfficeError as error:
        status, sentence = _SENTENCES.get(error.code, _AWAY)
        return "failed", Refusal(status, error.code, sentence)
    return str(reply["state"]), None


def _key(desk: Desk, call_id: str, message: str) -> str:
    """Only the gateway knows it: it was given the address."""
    return hmac.new(desk.secrets.desk.encode(), f"{call_id}/{message}".encode(), hashlib.sha256).hexdigest()[:32]


def _report_address(desk: Desk, call_id: str, message: str) -> str | None:
    settings = desk.settings
    base = settings.messages.report_url
    if not base and settings.desk.loopback:
        base = f"http://{settings.desk.host}:{settings.desk.port}"
    if not base:
        return None
    asked = urlencode({"call": call_id, "id": message, "key": _key(desk, call_id, message)})
    return f"{base}/api/message-report?{asked}&state=%d"


@routes.get("/api/message-report")
async def report(request: web.Request) -> web.Response:
    """The gateway tells what became of a message. Not signed in: the key in the address is for this message alone."""
    desk, asked = request.app[DESK], request.query
    call_id, message = asked.get("call", "")[:64], asked.get("id", "")[:32]
    if not hmac.compare_digest(asked.get("key", "").encode(), _key(desk, call_id, message).encode()):
        raise Refusal(403, "not_allowed", "不是短信平台发来的。 This does not come from the gateway.")
    state = delivery(asked.get("state", ""))
    if state is None:
        raise Refusal(400, "bad_request", "state: 1, 2, 4, 8 or 16.")
    await desk.record(call_id, "text_message_state", id=message, state=state)
    call = desk.board.calls.get(call_id)
    seats = {*desk.owners.get(call_id, []), call.seat if call else None}
    for one in list(desk.seating.sitting.values()):
        if one.seat in seats:
            desk.feed.publish(one.staff_id, "message_state", call_id=call_id, id=message, state=state)
    return web.json_response({})
