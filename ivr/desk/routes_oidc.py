"""Signing in with the town's identity provider: out to it, and back.

The browser that comes back must be the one that went: `state` is in a cookie of its own (SameSite=Lax, because the
provider's page sends it back to us). Whatever goes wrong, the browser lands on the sign-in page with a sentence."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass, field

from aiohttp import web

from integrations.database.audit import AuditLog
from integrations.database.links import Links
from integrations.database.people import PeopleError, Person
from integrations.errors import DatabaseError
from ivr.desk.core import Desk
from ivr.desk.errors import Refusal
from ivr.desk.oidc import Begun, Identity, OidcError, Provider
from ivr.desk.pending import KEPT_S, Pending
from ivr.desk.routes_people import HASHING, body, text
from ivr.desk.security import COOKIE, DESK, address_of, check_origin
from ivr.settings_oidc import Oidc

log = logging.getLogger(__name__)

routes = web.RouteTableDef()
WAY_COOKIE, SECOND_COOKIE = "yinling-oidc", "yinling-second"
PATH = "/api/oidc"
SECOND_TRIES = 5


@dataclass
class Second:
    """Somebody whom the provider knows, and whose second factor we ask for ourselves."""

    person: Person
    tries: int = 0


@dataclass
class SignOn:
    """The provider, and who is on the way."""

    settings: Oidc
    provider: Provider
    begun: Pending[Begun] = field(default_factory=Pending)
    seconds: Pending[Second] = field(default_factory=Pending)


OIDC = web.AppKey("oidc", SignOn)


def sign_on(desk: Desk) -> SignOn:
    """From the settings."""
    settings = desk.settings.desk.oidc
    return SignOn(settings, Provider(settings))


@routes.get("/api/sign-in")
async def ways(request: web.Request) -> web.Response:
    """How one can sign in here."""
    return web.json_response({"oidc": request.app[OIDC].settings.enabled})


@routes.get(f"{PATH}/start")
async def start(request: web.Request) -> web.StreamResponse:
    """Send the browser to the provider."""
    on = request.app[OIDC]
    if not on.settings.enabled:
        raise Refusal(404, "http", "没有开通统一登录。 Signing in with a provider is not set up.")
    try:
        # The host is one of ours: `guard` has checked it.
        where, begun = await on.provider.begin(f"{request.scheme}://{request.host}{PATH}/return")
    except OidcError as error:
        return _back(error)
    on.begun.keep(begun.state, begun, address_of(request))
    response = web.Response(status=302, headers={"Location": where})
    _keep(request, response, WAY_COOKIE, begun.state, "Lax")
    return response


@routes.get(f"{PATH}/return")
async def come_back(request: web.Request) -> web.StreamResponse:
    """The provider has sent the browser back: with a code, or with what was wrong."""
    desk, on = request.app[DESK], request.app[OIDC]
    try:
        identity = await _identity(request, on)
        person = await asyncio.to_thread(_come, desk, on.settings, identity)
        response = await _let_in(request, person, second_factor=identity.second_factor)
    except (OidcError, DatabaseError) as error:
        failure = error if isinstance(error, OidcError) else OidcError("database", str(error))
        await _failed(desk, request, failure)
        response = _back(failure)
    response.del_cookie(WAY_COOKIE, path=PATH)
    return response


async def _identity(request: web.Request, on: SignOn) -> Identity:
    begun = _begun(request, on)
    if "error" in request.query:
        raise OidcError("refused", f"the provider says {request.query['error'][:100]!r}")
    return await on.provider.finish(begun, request.query.get("code", "")[:4000])


async def _let_in(request: web.Request, person: Person, *, second_factor: bool) -> web.Response:
    """A session, or first our own second factor where the provider has not asked for one. Raises DatabaseError."""
    on = request.app[OIDC]
    if second_factor:
        response = web.Response(status=303, headers={"Location": "/"})
        await _open(request, response, person, "provider")
        return response
    key = secrets.token_urlsafe(24)
    on.seconds.keep(key, Second(person), address_of(request))
    response = web.Response(status=303, headers={"Location": "/?sign-in=second"})
    _keep(request, response, SECOND_COOKIE, key, "Strict")
    return response


@routes.post(f"{PATH}/second")
async def second(request: web.Request) -> web.Response:
    """Our own second factor, of somebody whom the provider has vouched for."""
    desk, on, given = request.app[DESK], request.app[OIDC], await body(request)
    check_origin(request)
    code = text(given.get("code"), "code", 20)
    key = request.cookies.get(SECOND_COOKIE, "")
    pending = on.seconds.get(key)
    if pending is None or pending.tries >= SECOND_TRIES:
        on.seconds.pop(key)
        raise Refusal(
            401, "oidc_state", "这次登录已过期，请再点一次“统一登录”。 This sign-in is too old; please begin again."
        )
    pending.tries += 1
    async with request.app[HASHING]:
        person = await asyncio.to_thread(desk.people.check_code, pending.person.user, code, address_of(request))
    on.seconds.pop(key)
    response = web.json_response({})
    await _open(request, response, person, "ours")
    response.del_cookie(SECOND_COOKIE, path=PATH)
    return response


def _begun(request: web.Request, on: SignOn) -> Begun:
    """The sign-in that this browser began; each is good once. Raises OidcError `state`."""
    state = request.query.get("state", "")
    mine = secrets.compare_digest(state.encode(), request.cookies.get(WAY_COOKIE, "").encode())
    begun = on.begun.pop(state) if mine else None
    if begun is None:
        raise OidcError("state", "this browser has begun no such sign-in")
    return begun


def _come(desk: Desk, settings: Oidc, who: Identity) -> Person:
    """Raises OidcError `closed` or `no_person`, DatabaseError."""
    try:
        return Links(desk.database).come(
            settings.issuer, who.subject, who.user, who.name, who.role, add=settings.add_people
        )
    except PeopleError as error:
        raise OidcError("closed" if error.code == "closed" else "no_person", str(error)) from error


async def _open(request: web.Request, response: web.Response, person: Person, factor: str) -> None:
    """A session like any other. Raises DatabaseError."""
    desk, address = request.app[DESK], address_of(request)
    opened = await asyncio.to_thread(desk.sessions.open, person, address, request.headers.get("User-Agent", ""))
    await asyncio.to_thread(desk.audit.add, person.user, "signed_in", person.user, address=address, by="oidc",
                            second_factor=factor)  # fmt: skip
    _keep(request, response, COOKIE, opened.token, "Strict", path="/")


async def _failed(desk: Desk, request: web.Request, error: OidcError) -> None:
    log.warning("a sign-in with the provider failed (%s): %s", error.code, error)
    try:
        await asyncio.to_thread(
            AuditLog(desk.database).add, "oidc", "sign_in_failed", error.code, address=address_of(request)
        )
    except DatabaseError as problem:
        log.warning("the failed sign-in is not in the audit log: %s", problem)


def _back(error: OidcError) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/?sign-in={error.code}"})


def _keep(
    request: web.Request, response: web.Response, name: str, value: str, same_site: str, path: str = PATH
) -> None:
    secure = not request.app[DESK].settings.desk.loopback
    age = None if name == COOKIE else round(KEPT_S)
    response.set_cookie(name, value, httponly=True, samesite=same_site, secure=secure, path=path, max_age=age)
