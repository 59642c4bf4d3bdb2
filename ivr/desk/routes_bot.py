"""An agent sends the caller back to the bot: to a service, at a step, with what is filled in."""

from __future__ import annotations

import asyncio
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiohttp import web

from flows.errors import FlowError
from flows.events import Back
from flows.loader import FlowSet
from flows.numbers import PRIVATE
from flows.returning import known, questions
from flows.schema import Flow
from flows.versions import Versions
from integrations.database.people import Right
from ivr.asterisk.manager import ManagerError
from ivr.desk.core import Desk
from ivr.desk.errors import Refusal
from ivr.desk.routes_calls import send_caller
from ivr.desk.routes_conference import talking_call
from ivr.desk.routes_people import body, text
from ivr.desk.security import DESK, signed_in
from ivr.routing.back import start_variable
from ivr.routing.callbacks import talk_of

routes = web.RouteTableDef()


@lru_cache(maxsize=2)
def _loaded(folder: Path, version: str) -> FlowSet:
    """One set of flows; what is published has its content's hash for a version."""
    return Versions(folder).files(version).load()


async def services(desk: Desk) -> FlowSet:
    """The flows that new calls get. Raises Refusal."""
    versions = Versions(desk.settings.flows_dir)
    try:
        return await asyncio.to_thread(lambda: _loaded(desk.settings.flows_dir, versions.current().version))
    except FlowError as error:
        raise Refusal(
            503, "no_flows", "服务清单读不出来，请先自己为老人办。 The list of services cannot be read now."
        ) from error


def _for_callers(flows: FlowSet, language: str) -> list[Flow]:
    return [flow for flow in flows.flows.values() if flow.intents and language in flow.languages]


@routes.get("/api/services")
async def list_services(request: web.Request) -> web.Response:
    """The services to which a caller can be sent back, and what can be asked for again in each."""
    desk = request.app[DESK]
    await signed_in(request, Right.TAKE_CALLS)
    found = _for_callers(await services(desk), desk.settings.language)
    return web.json_response(
        [{"flow": f.flow, "title": f.title, "intents": f.intents, "questions": questions(f)} for f in found]
    )


@routes.post("/api/calls/{call_id}/to-bot")
async def to_bot(request: web.Request) -> web.Response:
    """Send the caller back. Where nobody can take them there, they are at the front of the queue."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.TAKE_CALLS)
    call_id = request.match_info["call_id"]
    call = await talking_call(desk, who.person, call_id)
    if talk_of(call_id) != call_id:
        raise Refusal(409, "not_possible", "回拨的电话不能交回给机器。 A call-back cannot be handed back to the bot.")
    name, again = text(given.get("flow"), "flow", 60), text(given.get("again", ""), "again", 60)
    flow = next((f for f in _for_callers(await services(desk), desk.settings.language) if f.flow == name), None)
    if flow is None or (again and again not in questions(flow)):
        raise Refusal(404, "no_service", "没有这项服务，或没有这一步。 There is no such service or step.")
    back = Back(name, _values(flow, given.get("values")), again)
    try:
        await desk.manager.set_variable(call.channel, "__HOTLINE_START", start_variable(back))
    except ManagerError as error:
        raise Refusal(
            503, "not_moved", "没送成，老人还在您这里。请再试一次。 That did not work; the caller is still with you."
        ) from error
    await send_caller(desk, call, "s", "desk-bot")
    await desk.record_done(call_id, "handed_on", to="bot", by=who.person.user, flow=name, again=again)
    return web.json_response({})


def _values(flow: Flow, given: Any) -> dict[str, Any]:
    """What goes along: what the flow knows, without numbers that are private. Raises Refusal."""
    plain = given if isinstance(given, dict) else {}
    if len(plain) > 40 or any(isinstance(v, str) and len(v) > 200 for v in plain.values()):
        raise Refusal(400, "bad_request", "带过去的内容太多。 Too much would go along.")
    found = {n: v for n, v in known(flow, plain).items() if (flow.slots[n].source or n) not in PRIVATE}
    for name, value in found.items():
        if (flow.slots[name].source or name) == "date":
            try:
                date.fromisoformat(str(value))
            except ValueError as error:
                raise Refusal(400, "bad_request", "日期写成 2026-03-12。 A date reads 2026-03-12.") from error
    return found
