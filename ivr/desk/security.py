"""What every request goes through: who asks, from where, and what the browser is told not to do."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from integrations.database.desk_calls import DeskError
from integrations.database.knowledge import KnowledgeError
from integrations.database.people import PeopleError, Right
from integrations.database.sessions import SessionError, SignedIn
from integrations.errors import DatabaseError
from ivr.desk.core import Desk
from ivr.desk.errors import Refusal, not_allowed

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
DESK = web.AppKey("desk", Desk)
COOKIE = "yinling"
CSRF_HEADER = "X-Yinling-CSRF"
_STATUS = {"locked": 429, "wrong": 403, "seat_taken": 409, "no_user": 404, "changed_elsewhere": 409, "too_long": 413}


def headers(desk: Desk) -> dict[str, str]:
    """Of every answer: nothing from elsewhere runs, frames or reads these pages."""
    phone = urlsplit(phone_address(desk))
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"font-src 'self'; media-src 'self' blob:; connect-src 'self' {phone.scheme}://{phone.netloc}; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
        **({} if desk.settings.desk.loopback else {"Strict-Transport-Security": "max-age=31536000"}),
    }


def phone_address(desk: Desk) -> str:
    """Where the phone in the page registers: Asterisk itself, so that calls outlive this process."""
    settings = desk.settings
    if settings.desk.loopback:
        return f"ws://127.0.0.1:{settings.asterisk.http_port}/ws"
    return f"wss://{settings.desk.host}:{settings.desk.phone_port}/ws"


def address_of(request: web.Request) -> str:
    """The address that the connection comes from. No header is believed: anybody can write one."""
    return request.remote or "?"


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Headers, hosts, errors as sentences."""
    desk = request.app[DESK]
    try:
        _check_host(request, desk)
        response = await handler(request)
    except (Refusal, PeopleError, SessionError, DeskError, KnowledgeError, DatabaseError) as error:
        response = _refused(error)
    except web.HTTPRequestEntityTooLarge:
        response = _json_error(413, "too_long", "内容太长，请缩短后再保存。 This is too long; please shorten it.")
    except web.HTTPException as error:
        response = _json_error(error.status, "http", error.reason)
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        response = _json_error(500, "internal", "系统出错了，请再试一次。 Something went wrong; please try again.")
    if not response.prepared:
        response.headers.update(headers(desk))
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _check_host(request: web.Request, desk: Desk) -> None:
    """A page elsewhere whose name was made to point here must not reach us (DNS rebinding)."""
    name = urlsplit(f"//{request.host}").hostname or ""
    known = {desk.settings.desk.host, *desk.settings.desk.names}
    if desk.settings.desk.loopback:
        known |= {"127.0.0.1", "localhost", "::1"}
    if name not in known:
        raise Refusal(421, "wrong_host", f"这个地址不提供服务：{name[:80]}。 Nothing is served under this name; "
                      "the setting desk.names lists more.")  # fmt: skip


def _refused(error: Exception) -> web.Response:
    code = str(getattr(error, "code", "refused"))
    details = dict(getattr(error, "details", {}))
    if isinstance(error, PeopleError) and error.wait_s:
        details["wait_s"] = error.wait_s
    if isinstance(error, Refusal):
        status = error.status
    elif isinstance(error, SessionError):
        status = 401
    elif isinstance(error, DatabaseError):
        log.warning("%s %s", error, error.remedy)
        return _json_error(503, code, "数据库暂时不能用，您写的内容还在页面上，请稍后再试。 "
                           "The database cannot be used just now; what you wrote is kept in the page.")  # fmt: skip
    else:
        status = _STATUS.get(code, 400)
    return _json_error(status, code, str(error), **details)


def _json_error(status: int, code: str, message: str, **details: object) -> web.Response:
    return web.json_response({"code": code, "message": message, **details}, status=status)


async def signed_in(request: web.Request, right: Right | None = None) -> SignedIn:
    """Who asks. Raises SessionError, Refusal. Anything that changes something must come from our own page."""
    desk = request.app[DESK]
    token = request.cookies.get(COOKIE, "")
    who = await asyncio.to_thread(desk.sessions.look, token, address_of(request), request.headers.get("User-Agent", ""))
    if request.method not in {"GET", "HEAD"}:
        check_origin(request)
        if not secrets.compare_digest(request.headers.get(CSRF_HEADER, "").encode(), who.csrf.encode()):
            raise Refusal(
                403, "csrf", "请求不是从这个页面来的，请刷新后再试。 The request did not come from this page."
            )
    if right is not None and not who.person.may(right):
        raise not_allowed()
    return who


def check_origin(request: web.Request) -> None:
    """Browsers name the page that asks; another site's page is refused."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Refusal(403, "csrf", "请求来自别的网站，已拒绝。 The request came from another site.")
