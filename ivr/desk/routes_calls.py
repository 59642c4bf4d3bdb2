"""What an agent does with a call: read, write, hand on, wrap up; and the articles."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import asdict
from datetime import date

from aiohttp import web

from integrations.database.desk_calls import Wrapped
from integrations.database.knowledge import Article
from integrations.database.people import Person, Right
from ivr.asterisk.manager import ManagerError
from ivr.desk import conference, story
from ivr.desk.board import LiveCall
from ivr.desk.core import Desk
from ivr.desk.errors import Refusal, not_allowed
from ivr.desk.routes_people import body, text
from ivr.desk.security import DESK, signed_in
from ivr.settings_routing import Target

routes = web.RouteTableDef()
SUBJECTS = {
    "book_appointment": "预约挂号",
    "cancel_appointment": "退号",
    "change_appointment": "改约",
    "check_appointment": "查询预约",
    "query_pension": "查询养老金",
    "pension_certification": "养老资格认证",
    "report_fraud": "防诈骗",
    "emergency": "紧急求助",
    "complaint": "投诉建议",
    "health_code": "健康码",
    "home_service": "居家服务",
    "book_taxi": "叫车",
    "family_doctor": "家庭医生",
    "query_insurance": "医保查询",
    "ask_question": "咨询",
}
"""What a wrap-up is pre-filled with."""


async def own_call(desk: Desk, person: Person, call_id: str, *, now: bool = False) -> LiveCall | None:
    """The live call, or None when it has ended; refused when it is neither this agent's nor a supervisor's.

    `now`: it must be with this agent at this moment, as one that is to be moved must. Raises Refusal (503 while a
    server that was just started does not know yet who talks with whom: pages ask again), DatabaseError."""
    sitting = desk.seating.sitting.get(person.staff_id)
    call = desk.board.calls.get(call_id)
    seats = [] if now else desk.owners.get(call_id, [])
    mine = sitting is not None and sitting.seat in {*seats, call.seat if call else None}
    if mine or person.may(Right.SEE_WALL):
        return call
    if not desk.board.compared:
        raise Refusal(503, "starting", "页面服务刚重新启动，正在找回通话，几秒后再试。您写的内容还在页面上。 "
                      "The server has just started: try again in a few seconds. What you wrote is kept.")  # fmt: skip
    if now or not await asyncio.to_thread(desk.audit.has, person.user, "story_shown", call_id):
        raise not_allowed()
    return call  # rang at this agent's before the server started anew


@routes.get("/api/calls/{call_id}")
async def read_call(request: web.Request) -> web.Response:
    """The story of a call. Agents may read earlier calls too; each look is an entry in the audit log."""
    desk, who = request.app[DESK], await signed_in(request, Right.SEE_CALLS)
    call_id = request.match_info["call_id"]
    found = await asyncio.to_thread(desk.journal.story, call_id)
    if found is None and call_id not in desk.board.calls:
        raise Refusal(404, "no_call", "没有这通电话。 There is no such call.")
    number = found[0].number if found else desk.board.calls[call_id].number
    await asyncio.to_thread(desk.audit.add, who.person.user, "story_read", call_id, number=number)
    told = await asyncio.to_thread(story.build, desk.calls, desk.tickets, call_id, number)
    wrapped = await asyncio.to_thread(desk.calls.wrapped, call_id, who.person.staff_id)
    note = await asyncio.to_thread(desk.calls.note, call_id, who.person.staff_id)
    colleagues = await asyncio.to_thread(desk.calls.colleagues, call_id, who.person.staff_id)
    return web.json_response(
        {
            "story": told,
            "note": asdict(note),
            "colleagues": [story.colleague(one) for one in colleagues],
            "wrapped": _wrapped_facts(wrapped),
            "outcome": found[0].outcome if found else None,
        }
    )


def _wrapped_facts(wrapped: Wrapped | None) -> dict[str, object] | None:
    if wrapped is None:
        return None
    day = wrapped.follow_up_on
    return {**asdict(wrapped), "follow_up_on": day.isoformat() if day else None}


@routes.get("/api/calls/{call_id}/last-sentence")
async def last_sentence(request: web.Request) -> web.Response:
    """What the caller said last to the bot, as sound: while the call goes on, for the agent who has it."""
    desk, who = request.app[DESK], await signed_in(request, Right.TAKE_CALLS)
    call_id = request.match_info["call_id"]
    call = await own_call(desk, who.person, call_id, now=True)
    sound = await asyncio.to_thread(desk.sentences.read, call_id) if call is not None else None
    if sound is None:
        raise Refusal(404, "no_sentence", "没有可以重听的话。 There is nothing to hear again.")
    await asyncio.to_thread(desk.audit.add, who.person.user, "sentence_heard", call_id)
    return web.Response(body=sound, content_type="audio/wav")


@routes.put("/api/calls/{call_id}/note")
async def keep_note(request: web.Request) -> web.Response:
    """Save what was typed so far."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.TAKE_CALLS)
    call_id = request.match_info["call_id"]
    await own_call(desk, who.person, call_id)
    version = given.get("version")
    if not isinstance(version, int):
        raise Refusal(400, "bad_request", "version: a number.")
    written = text(given.get("text"), "text", 1_000_000)
    kept = await asyncio.to_thread(desk.calls.keep_note, call_id, who.person.staff_id, written, version)
    return web.json_response({"version": kept.version})


@routes.get("/api/calls/{call_id}/wrap-up")
async def suggest_wrap_up(request: web.Request) -> web.Response:
    """The wrap-up as it stands, or pre-filled from what the call was about."""
    desk, who = request.app[DESK], await signed_in(request, Right.TAKE_CALLS)
    call_id = request.match_info["call_id"]
    await own_call(desk, who.person, call_id)
    if (wrapped := await asyncio.to_thread(desk.calls.wrapped, call_id, who.person.staff_id)) is not None:
        return web.json_response(_wrapped_facts(wrapped))
    events = await asyncio.to_thread(desk.calls.of_call, call_id)
    note = await asyncio.to_thread(desk.calls.note, call_id, who.person.staff_id)
    subject = SUBJECTS.get(story.wanted(events) or "", "")
    fraud = any(flag["flag"] in {"fraud", "emergency"} for flag in story.flags(events))
    return web.json_response(
        {"result": "solved", "subject": subject, "note": note.text, "ticket": fraud, "follow_up_on": None}
    )


@routes.post("/api/calls/{call_id}/wrap-up")
async def wrap_up(request: web.Request) -> web.Response:
    """Keep the wrap-up. Then the seat that was in wrap-up of this call is ready, paused, or stays as it is."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.TAKE_CALLS)
    call_id, person = request.match_info["call_id"], who.person
    await own_call(desk, person, call_id)
    then = text(given.get("then", "ready"), "then", 10)
    if then not in {"ready", "paused", "stay"}:
        raise Refusal(400, "bad_request", "then：ready、paused 或 stay。 then: ready, paused or stay.")
    await asyncio.to_thread(desk.calls.wrap_up, call_id, person.staff_id, person.user, _wrapped(given))
    await desk.tell_colleagues(call_id, person.staff_id)
    desk.feed.publish(person.staff_id, "wrapped_up", call_id=call_id)
    sitting = desk.seating.sitting.get(person.staff_id)
    if then != "stay" and sitting is not None and not desk.in_call(sitting.seat):  # nothing rings during a talk
        await desk.seating.wrapped_up(person.staff_id, call_id, then)
    return web.json_response({})


def _wrapped(given: dict[str, object]) -> Wrapped:
    """The form. Raises Refusal."""
    day: date | None = None
    if given.get("follow_up_on"):
        try:
            day = date.fromisoformat(text(given["follow_up_on"], "follow_up_on", 10))
        except ValueError as error:
            raise Refusal(
                400, "bad_request", "回访日期写成 2026-03-12。 The follow-up date reads 2026-03-12."
            ) from error
    return Wrapped(
        text(given.get("result"), "result", 16),
        text(given.get("subject", ""), "subject", 1000).strip(),
        text(given.get("note", ""), "note", 1_000_000),
        bool(given.get("ticket")),
        day,
    )


@routes.get("/api/targets")
async def targets(request: web.Request) -> web.Response:
    """Where a call can be handed on: the fixed table, and nothing else."""
    desk, who = request.app[DESK], await signed_in(request, Right.TAKE_CALLS)
    seats = [
        {"target": sitting.seat, "name": f"{sitting.name}（{sitting.seat}）"}
        for sitting in desk.seating.sitting.values()
        if sitting.staff_id != who.person.staff_id and sitting.seat in desk.secrets.web_seats
    ]
    outside = [{"target": d, "name": f"{t.name}（{t.number}）"} for d, t in _outside(desk).items()]
    return web.json_response([{"target": "queue", "name": "排队最前面 front of the queue"}, *seats, *outside])


def _outside(desk: Desk) -> dict[str, Target]:
    """The fixed numbers, while there is a trunk over which they can be reached."""
    return desk.settings.routing.targets if desk.settings.sip.trunk_out else {}


@routes.post("/api/calls/{call_id}/hand-on")
async def hand_on(request: web.Request) -> web.Response:
    """Hand the caller on, with the story: to a seat, or to a number of the fixed table.

    Whoever does not answer there, the caller is at the front of the queue."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.TAKE_CALLS)
    call_id, target = request.match_info["call_id"], text(given.get("target"), "target", 40)
    call = await own_call(desk, who.person, call_id, now=True)
    seats = {s.seat for s in desk.seating.sitting.values()} & set(desk.secrets.web_seats)
    outside = target in _outside(desk)
    if target != "queue" and target not in seats and not outside:
        raise Refusal(404, "no_target", "只能转到表里的地方。 A call goes only to what is in the table.")
    await send_caller(desk, call, target, "targets" if outside else "desk-transfer")
    await desk.record_done(call_id, "handed_on", to=target, by=who.person.user)
    return web.json_response({})


@routes.post("/api/calls/{call_id}/recover")
async def recover(request: web.Request) -> web.Response:
    """The page was loaded anew while its agent talks: ring the same seat again, and the caller is not lost."""
    desk, who = request.app[DESK], await signed_in(request, Right.TAKE_CALLS)
    call_id = request.match_info["call_id"]
    call = await own_call(desk, who.person, call_id)
    sitting = desk.seating.sitting.get(who.person.staff_id)
    if sitting is None or call is None or call.seat != sitting.seat:
        raise Refusal(409, "no_call", "这通电话已经不在您这里了。 This call is no longer with you.")
    await desk.seating.change(who.person.staff_id, "ready")
    await send_caller(desk, call, sitting.seat)
    await desk.record_done(call_id, "handed_on", to=sitting.seat, by=who.person.user, why="page_reloaded")
    return web.json_response({})


async def send_caller(desk: Desk, call: LiveCall | None, target: str, context: str = "desk-transfer") -> None:
    """Move the caller's leg in the dialplan. Raises Refusal when there is no call, or Asterisk cannot do it."""
    if call is None or not call.channel:
        raise Refusal(409, "no_call", "电话已经结束。 The call has ended.")
    try:
        await conference.send(desk.manager, call, target, context)
    except ManagerError as error:
        raise Refusal(
            503,
            "not_moved",
            "没能转走，老人还在您这里。请再试一次。 The call could not be moved and is still with you.",
        ) from error


@routes.get("/api/knowledge")
async def find_articles(request: web.Request) -> web.Response:
    """Articles that fit the words, or what the caller wants."""
    desk = request.app[DESK]
    await signed_in(request)
    words, intent = request.query.get("q", "")[:200], request.query.get("intent", "")[:60]
    found = await asyncio.to_thread(desk.knowledge.find, words, intent)
    return web.json_response([{"slug": a.slug, "title": a.title, "body": a.body} for a in found])


@routes.put("/api/knowledge/{slug}")
async def keep_article(request: web.Request) -> web.Response:
    """Add or change an article."""
    desk, given = request.app[DESK], await body(request)
    who = await signed_in(request, Right.EDIT_KNOWLEDGE)
    intents: tuple[str, ...] = ()
    with contextlib.suppress(KeyError):
        intents = tuple(text(given["intents"], "intents", 200).replace(" ", "").split(","))
    article = Article(
        request.match_info["slug"],
        text(given.get("title"), "title"),
        text(given.get("body"), "body", 1_000_000),
        intents,
    )
    await asyncio.to_thread(desk.knowledge.keep, who.person.user, article)
    return web.json_response({})
