"""All calls that this program holds: takes the media leg that Asterisk offers, and runs one session for each."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flows.events import CallerProfile
from ivr.asterisk.manager import Manager, ManagerError, ManagerEvent
from ivr.asterisk.media import MediaError, MediaLeg
from ivr.call.endpoint import Patience
from ivr.call.events import CallEvent, Kind
from ivr.call.listener import Detector, Listener
from ivr.call.session import CallSession, Ending, Parts
from ivr.call.speaker import Speaker, Voice
from ivr.routing.numbers import caller_number
from ivr.settings import Settings
from voices.recognition.hearing import would_wait_s
from voices.recognition.hypothesis import Recogniser

log = logging.getLogger(__name__)

CALLER_LOOKUP_S = 0.4
"""The caller hears nothing while we look: a slow database must not cost more than this."""


PATIENCES_MAX = 2000
"""Numbers whose pauses are remembered, until the program ends."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What hears and speaks, and who knows the callers."""

    voice: Voice
    recogniser: Recogniser | None
    detector: Callable[[], Detector]
    profile: Callable[[str], Awaitable[CallerProfile]]
    """Number → what is known of the caller. May be slow or fail: the call goes on without."""


class Switchboard:
    """Holds the sessions. `wanted()` is called for every manager event."""

    def __init__(self, settings: Settings, parts: Parts, equipment: Equipment, manager: Manager) -> None:
        self._settings, self._parts, self._equipment, self._manager = settings, parts, equipment, manager
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._patiences: OrderedDict[str, Patience] = OrderedDict()

    @property
    def count(self) -> int:
        """Calls under way."""
        return len(self._tasks)

    def wanted(self, event: ManagerEvent) -> None:
        """A manager event; those by which the dialplan offers a call are acted on."""
        fields = event.fields
        if fields.get("UserEvent") != "MediaWanted":
            return
        call, connection, channel = fields.get("Call", ""), fields.get("ConnId", ""), fields.get("Channel", "")
        if not (call and connection and channel) or call in self._tasks:
            log.warning("an offer of a call is not complete: %s", dict(fields))
            return
        if self.count >= self._settings.calls_max:
            log.warning("call %s goes to a person: %d calls are under way", call, self.count)
            return
        wait_s = would_wait_s(self._equipment.recogniser)
        if wait_s > self._settings.speech.recogniser_wait_max_s:
            log.warning("call %s goes to a person: a recogniser would be free in %.1f s", call, wait_s)
            return
        task = asyncio.create_task(self._hold(call, connection, channel, fields.get("Number", "")), name=f"call {call}")
        self._tasks[call] = task
        task.add_done_callback(lambda _: self._tasks.pop(call, None))

    async def close(self) -> None:
        """Let go of all calls: the dialplan takes each to a person."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _hold(self, call: str, connection: str, channel: str, given: str) -> None:
        number = caller_number(given)
        try:
            leg = await MediaLeg.open(self._settings.asterisk.http_port, connection)
        except MediaError as error:
            self._record(call, Kind.ERROR, code=error.code, message=str(error))
            return
        # From here on the leg must be closed whatever happens, for the dialplan waits for its end.
        try:
            caller = await self._known(call, number)
            self._record(call, Kind.CALL_STARTED, number=number, band=caller.band, language=caller.language)
            spoken = caller.speaks or caller.language
            if spoken != self._settings.language:  # before a word is said: key 0 may come at any moment
                await self._set(call, channel, "HOTLINE_LANG", spoken)
            await self._session(call, leg, caller).run(
                lambda ending: self._hand_over(call, channel, ending),
                lambda: self._achieved(call, channel),
                lambda language: self._set(call, channel, "HOTLINE_LANG", language),
            )
        except Exception:
            log.exception("call %s broke before it began; it goes to a person", call)
        finally:
            await leg.close()

    def _session(self, call: str, leg: MediaLeg, caller: CallerProfile) -> CallSession:
        settings, equipment = self._settings, self._equipment
        listener = Listener(
            equipment.detector(),
            equipment.recogniser,
            settings.listening,
            settings.speech,
            caller.language,
            patience=self._patience(caller.number),
        )
        speaker = Speaker(leg, equipment.voice)
        return CallSession(call, leg, self._parts, listener=listener, speaker=speaker, caller=caller)

    def _patience(self, number: str | None) -> Patience:
        """How this number pauses, as far as it was heard before."""
        patience = Patience(self._settings.listening.pause_s)
        if number is None:
            return patience
        patience = self._patiences.setdefault(number, patience)
        self._patiences.move_to_end(number)
        if len(self._patiences) > PATIENCES_MAX:
            self._patiences.popitem(last=False)
        return patience

    async def _known(self, call: str, number: str | None) -> CallerProfile:
        by_key = self._equipment.recogniser is None
        if number is not None:
            try:
                async with asyncio.timeout(CALLER_LOOKUP_S):
                    profile = await self._equipment.profile(number)
            except Exception as error:  # noqa: BLE001 - an unknown caller is served like a known one; it is on record
                self._record(call, Kind.ERROR, code="caller_unknown", message=f"{type(error).__name__}: {error}"[:200])
            else:
                return replace(profile, number=number, by_key=profile.by_key or by_key)
        return CallerProfile(number, language=self._settings.language, by_key=by_key)

    async def _hand_over(self, call: str, channel: str, ending: Ending) -> None:
        """Tell the dialplan what comes next. When it cannot be told, it takes the caller to a person: its default."""
        if ending.next != "human":
            await self._set(call, channel, "HOTLINE_NEXT", ending.next)
        else:
            await self._set(call, channel, "HOTLINE_WHY", ending.reason)
        if ending.outcome:
            await self._set(call, channel, "HOTLINE_OUTCOME", ending.outcome)
        if ending.band:
            await self._set(call, channel, "HOTLINE_BAND", ending.band)
        if ending.language:
            await self._set(call, channel, "HOTLINE_LANG", ending.language)

    async def _achieved(self, call: str, channel: str) -> None:
        await self._set(call, channel, "HOTLINE_OUTCOME", "done")

    async def _set(self, call: str, channel: str, name: str, value: str) -> None:
        try:
            await self._manager.set_variable(channel, name, value)
        except ManagerError as error:
            log.warning("call %s: %s could not be set: %s", call, name, error)
            self._record(call, Kind.ERROR, code=error.code, message=f"{name}: {error}")

    def _record(self, call: str, kind: Kind, **data: object) -> None:
        self._parts.record(CallEvent(call, datetime.now(UTC), kind, data))
