"""The desk: what happens in Asterisk and in the event list goes to the pages that it concerns."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.database.audit import AuditLog
from integrations.database.calls import CallJournal
from integrations.database.desk_calls import DeskCalls, NewEvent
from integrations.database.knowledge import Knowledge
from integrations.database.people import People
from integrations.database.recordings import RecordingList
from integrations.database.seats import Seats
from integrations.database.sessions import Sessions
from integrations.database.store import Database
from integrations.database.tickets import Tickets
from integrations.dispatch import Offices
from integrations.embedded.appointments import Appointments
from integrations.errors import DatabaseError
from ivr.asterisk.config import Secrets, web_seat_names
from ivr.asterisk.manager import Manager, ManagerError, ManagerEvent
from ivr.call.last_sentence import LastSentences
from ivr.desk import conference, story, tapes
from ivr.desk.board import Board, Change, LiveCall
from ivr.desk.exports import Exports
from ivr.desk.feed import WALL, Feed
from ivr.desk.helpers import Helpers
from ivr.desk.listens import Listens
from ivr.desk.pauses import Pauses, left_open
from ivr.desk.phones import Phones
from ivr.desk.seating import Seating
from ivr.desk.urgency import Urgency
from ivr.desk.wall import Wall
from ivr.routing.seats import SeatQueues
from ivr.settings import Settings

log = logging.getLogger(__name__)

EVENTS_EVERY_S = 0.1
WALL_EVERY_S = 1.0
PHONES_EVERY_S = 1.0
SYNC_EVERY_S = 20.0
RETRY_S = 2.0
JOBS_MAX = 1000
OWNERS_MAX = 5000
"""A shift of calls may still be wrapped up; older ones are written by a supervisor."""


@dataclass(frozen=True, slots=True)
class Listening:
    """A supervisor's leg in somebody's call."""

    call_id: str
    leg: str
    """Its Uniqueid."""


class Desk:
    """Everything that the pages' server needs. `run()` follows the calls until cancelled."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self.settings, self.secrets = settings, secrets
        self.database = Database(settings.database_address)
        self.people, self.audit = People(self.database), AuditLog(self.database)
        self.sessions = Sessions(self.database, settings.desk.idle_s, settings.desk.longest_s)
        self.calls, self.journal = DeskCalls(self.database), CallJournal(self.database)
        self.knowledge, self.tickets = Knowledge(self.database), Tickets(self.database, settings.language)
        self.feed = Feed()
        names = (*web_seat_names(settings), *settings.phones)
        self.manager = Manager(settings.asterisk.manager_port, "desk", secrets.desk, self._on_manager)
        self.board = Board(frozenset(names), self._on_change)
        queues = SeatQueues(settings, self.manager)
        self.seating = Seating(Seats(self.database), queues, self.feed, names, settings.language)
        self.helpers = Helpers(self)
        self.phones = Phones(frozenset(web_seat_names(settings)))
        self.wall = Wall(self.database, self.board, self.seating, settings.timezone)
        appointments = Appointments(
            self.database,
            lambda: datetime.now(ZoneInfo(settings.timezone)).replace(tzinfo=None),
            settings.appointments.last_day_ahead,
            settings.appointments.cancel_until_hour,
        )
        self.offices = Offices({"appointments": appointments})
        self.sentences = LastSentences(settings.sentences_dir)
        self.urgency = Urgency(queues, self.manager)
        self.exports = Exports(self.database, settings.timezone)
        self.listening: dict[str, Listening] = {}
        """Seat of a supervisor → the call that its phone was last brought into."""
        self.pauses = Pauses(self.manager, self.board, self.record, self._paused)
        self.recordings, self.listens = RecordingList(self.database), Listens()
        self.owners: dict[str, list[str]] = {}
        """Call → the seats that had it, the last one last: who may write its note and wrap-up."""
        self.talked: dict[str, set[int]] = {}
        """Call → who talked in it (staff_id), whoever sits at that seat now: who may hear its recording."""
        self._jobs: set[asyncio.Task[None]] = set()
        self._last_event = 0

    # ---- tasks ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Follow Asterisk, the event list and the wall."""
        tasks = [
            asyncio.create_task(self.manager.run(), name="manager"),
            asyncio.create_task(self._follow_asterisk(), name="asterisk"),
            asyncio.create_task(self._follow_events(), name="events"),
            asyncio.create_task(self._follow_wall(), name="wall"),
            asyncio.create_task(self._follow_phones(), name="phones"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # none of them ends by itself
        finally:
            for task in [*tasks, *self._jobs]:
                task.cancel()
            await asyncio.gather(*tasks, *self._jobs, return_exceptions=True)
            await self.pauses.close()
            self.feed.close()
            self.offices.close()
            self.database.close()

    def job(self, work: Coroutine[Any, Any, None]) -> None:
        """Something that Asterisk's event sets off and nobody waits for. Owned here, and ended with the desk."""
        if len(self._jobs) >= JOBS_MAX:
            log.warning("%d jobs are under way; one more is left out", JOBS_MAX)
            work.close()
            return
        task = asyncio.create_task(_logged(work))
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _follow_asterisk(self) -> None:
        """After each connection, and from time to time, compare with what Asterisk has."""
        adopted = False
        while True:
            await self.manager.connected.wait()
            try:
                await self.seating.load()
                await self.seating.resync()
                while self.manager.connected.is_set():
                    self.board.sync(await self.manager.channels())
                    await self._compare_tapes()
                    await asyncio.to_thread(self.sentences.forget_others, frozenset(self.board.calls))
                    if not adopted:
                        await self._adopt_pauses()
                        adopted = True
                    await asyncio.sleep(SYNC_EVERY_S)
            except (ManagerError, DatabaseError) as error:
                log.warning("the calls of this moment could not be compared with Asterisk's: %s", error)
            await asyncio.sleep(RETRY_S)

    async def _adopt_pauses(self) -> None:
        """Recordings that were paused when the server before us ended must go on some time. Raises DatabaseError."""
        for call in [c for c in self.board.calls.values() if c.tape is not None]:
            events = await asyncio.to_thread(self.calls.of_call, call.call_id)
            if call.tape is not None and left_open(events, call.tape.since):
                self.pauses.adopt(call)

    async def _compare_tapes(self) -> None:
        """Whether talks are kept, as their legs say: an event may have been missed. Raises ManagerError."""
        for call in [c for c in self.board.calls.values() if c.state == "talking"]:
            before = (call.tape, call.channel, call.seat_channel)
            found = await tapes.asked(self.manager, (call.channel, call.seat_channel))
            known = call.tape and (call.tape.what, call.tape.leg)
            same = (found and (found.what, found.leg)) == known
            if not same and before == (call.tape, call.channel, call.seat_channel):
                call.tape = found
                self._on_change(Change("changed", call))

    async def _follow_events(self) -> None:
        """What is new in the event list. A database that is away is asked again; nothing is skipped."""
        started = False
        while True:
            try:
                if not started:
                    self._last_event = await asyncio.to_thread(self.calls.newest)
                    started = True
                for event in await asyncio.to_thread(self.calls.after, self._last_event):
                    self._last_event = event.number
                    self._on_event(event)
            except DatabaseError as error:
                log.warning("the event list cannot be read just now: %s %s", error, error.remedy)
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(EVENTS_EVERY_S)

    async def _follow_wall(self) -> None:
        while True:
            if self.feed.watched(WALL):
                try:
                    self.feed.show(WALL, "wall", wall=await self.wall.now())
                except DatabaseError as error:
                    self.feed.show(WALL, "wall_problem", message=f"{error} {error.remedy}")
            await asyncio.sleep(WALL_EVERY_S)

    async def _follow_phones(self) -> None:
        """A caller whose agent's page is gone goes to the front of the queue instead of listening to silence."""
        while True:
            for seat in self.phones.gone():
                call = self.board.at_seat(seat)
                if call is None or call.state != "talking" or not call.channel:
                    continue
                log.warning("call %s: the page at %s is gone; the caller goes on without it", call.call_id, seat)
                try:
                    if await conference.left(self.manager, call):
                        continue  # with the colleague who was asked
                    await self.record(call.call_id, "handed_on", to="queue", by="yinling", why="page_gone")
                except (ManagerError, DatabaseError) as error:
                    log.warning("call %s could not be taken from %s: %s", call.call_id, seat, error)
            await asyncio.sleep(PHONES_EVERY_S)

    # ---- what happens ---------------------------------------------------------------------------------------------

    def _on_manager(self, event: ManagerEvent) -> None:
        if event.name == "ContactStatus":
            self.phones.on_contact(event.fields)
        elif event.name == "DTMFBegin":
            if self.settings.recording.kept:
                self.pauses.key(event.fields)
        elif event.name in {"Hold", "Unhold"}:
            self._on_hold(event.fields.get("Channel", ""), holds=event.name == "Hold")
        else:
            self.board.on_manager(event)

    def _on_hold(self, leg: str, *, holds: bool) -> None:
        """A phone holds, or does no more. Where a colleague is in the talk, the caller is not alone."""
        call = next((c for c in self.board.calls.values() if leg and c.seat_channel == leg), None)
        if call is not None and (call.consult is None or not holds):
            self.job(self.pauses.on_hold(call) if holds else self.pauses.off_hold(call))

    def _on_event(self, event: NewEvent) -> None:
        self.board.on_event(event)
        self._hear_out(event)
        line = story.entry(event)
        call = self.board.calls.get(event.call_id)
        if event.kind == "flagged" and call is not None:
            self.job(self._raise_band(call, str(event.data.get("sign"))))
        owners = self.owners.get(event.call_id)
        seat = call.seat if call and call.seat else owners[-1] if owners else None
        if line is None or seat is None or (who := self.seating.at(seat)) is None:
            return
        self.feed.publish(who.staff_id, "line", call_id=event.call_id, line=line)

    async def raise_band(self, call: LiveCall, sign: str) -> None:
        """A sign of danger raises the band of a call that goes on. Raises ManagerError."""
        if await self.urgency.raise_band(call, sign):
            self._on_change(Change("changed", call))

    async def _raise_band(self, call: LiveCall, sign: str) -> None:
        try:
            await self.raise_band(call, sign)
        except ManagerError as error:
            log.warning("call %s waits as before although it was flagged (%s): %s", call.call_id, sign, error)

    def _hear_out(self, event: NewEvent) -> None:
        """Somebody has asked for an identity number or a code: what follows is not recorded."""
        call = self.board.calls.get(event.call_id)
        asks = event.kind == "talk" and event.data.get("asks") == "private" and self.settings.recording.kept
        if asks and call is not None and call.state == "talking":
            self.job(self.pauses.on_words(call))

    def _paused(self, call: LiveCall) -> None:
        if (who := self.seating.at(call.seat or "")) is not None:
            self.feed.publish(who.staff_id, "recording", call_id=call.call_id, until=self.pauses.until(call.call_id))

    def _on_change(self, change: Change) -> None:
        call, seat = change.call, change.seat
        self.pauses.follow(call)
        who = self.seating.at(seat or call.seat or "")
        if change.what == "ended":
            self.pauses.ended(call.call_id)
            self.sentences.forget(call.call_id)
        if change.what == "ringing" and who is not None:
            self._owns(call.call_id, who.seat)
            self.job(self._show(call, who.staff_id, who.user))
        elif change.what == "talking" and seat is not None:
            taken_over = seat not in self.owners.get(call.call_id, [])
            self._owns(call.call_id, seat)
            if who is not None:
                self.talked.setdefault(call.call_id, set()).add(who.staff_id)
            self.job(self.seating.call_began(seat))
            if taken_over and who is not None:
                self.job(self._show(call, who.staff_id, who.user))
        elif change.what in {"unanswered", "seat_gone"} and seat is not None:
            self.job(self.seating.call_ended(seat, call.call_id, change.what == "unanswered"))
        elif change.what == "ended" and seat is not None:
            # A caller who hangs up while it rings has not been let ring by the agent: no pause for that.
            self.job(self._after_call(seat, call.call_id, talked=call.state == "talking"))
        if who is not None:
            self.feed.publish(who.staff_id, "call", what=change.what, call=self.helpers.named(call))
        self.helpers.told(change)

    async def _after_call(self, seat: str, call_id: str, *, talked: bool) -> None:
        if talked:
            await self.seating.call_ended(seat, call_id, unanswered=False)

    def in_call(self, seat: str) -> bool:
        """Whether a call rings or goes on at that seat, its own or that of a colleague who asks."""
        return self.board.at_seat(seat) is not None or self.helpers.at(seat) is not None

    def keep_listening(self, seat: str, call_id: str, leg: str) -> None:
        """The phone at that seat rings to hear this call: one call a seat, so there are never more than seats."""
        self.listening[seat] = Listening(call_id, leg)

    def _owns(self, call_id: str, seat: str) -> None:
        known = self.owners.setdefault(call_id, [])
        if not known or known[-1] != seat:
            known.append(seat)
        while len(self.owners) > OWNERS_MAX:
            self.talked.pop(oldest := next(iter(self.owners)), None)
            del self.owners[oldest]

    async def _show(self, call: LiveCall, staff_id: int, user: str) -> None:
        """The story on the screen while it rings. Each look at a caller's record is an entry in the audit log."""
        told = await self.story_for(call, user)
        seat, current = call.seat, self.board.calls.get(call.call_id)
        if current is not None and seat is not None and (who := self.seating.at(seat)) and who.staff_id == staff_id:
            self.feed.publish(staff_id, "story", call=self.helpers.named(call), story=told)

    async def story_for(self, call: LiveCall, user: str, *, asked: bool = False) -> dict[str, Any]:
        """The story of a live call; while the database is away, what Asterisk told: the call is taken all the same.

        `asked`: shown to a colleague who is asked about it. The entry tells the two apart: who had the call may write
        its note, also after the server started anew."""
        try:
            who, what = self._id_of(user), "story_shown_asked" if asked else "story_shown"
            told = await asyncio.to_thread(story.build, self.calls, self.tickets, call.call_id, call.number, who)
            await asyncio.to_thread(self.audit.add, user, what, call.call_id, number=call.number)
        except DatabaseError as error:
            log.warning("call %s: its story cannot be read: %s", call.call_id, error)
            return {
                "lines": [], "name": call.name, "number": call.number, "slots": {}, "intent": None, "flags": [],
                "earlier": [], "tickets": [], "colleagues": [],
                "problem": "资料暂时读不出来，请直接问老人。 The record cannot be read now: please ask.",
            }  # fmt: skip
        return told

    def _id_of(self, user: str) -> int:
        return next((one.staff_id for one in self.seating.sitting.values() if one.user == user), 0)

    async def tell_colleagues(self, call_id: str, staff_id: int) -> None:
        """What this agent has just written about a call is shown to the one who has it now. Raises DatabaseError."""
        call = self.board.calls.get(call_id)
        who = self.seating.at(call.seat) if call is not None and call.seat else None
        if who is None or who.staff_id == staff_id:
            return
        found = await asyncio.to_thread(self.calls.colleagues, call_id, who.staff_id)
        told = [story.colleague(one) for one in found]
        self.feed.publish(who.staff_id, "colleagues", call_id=call_id, colleagues=told)

    async def record(self, call_id: str, kind: str, **data: object) -> None:
        """Write what was done at the desk into the call's event list. Raises DatabaseError."""
        await asyncio.to_thread(self.journal.add, call_id, datetime.now(UTC), kind, data)

    async def record_done(self, call_id: str, kind: str, **data: object) -> None:
        """As `record`, of what is done already: an agent who is told that it failed would do it again."""
        try:
            await self.record(call_id, kind, **data)
        except DatabaseError as error:
            log.warning("call %s: “%s” was done and is not on record: %s", call_id, kind, error)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("a job of the desk failed; the desk goes on")
