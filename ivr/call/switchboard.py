"""All calls that this program holds: takes the media leg that Asterisk offers, and runs one session for each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flows.events import Back, CallerProfile
from ivr.asterisk.manager import Manager, ManagerError, ManagerEvent
from ivr.asterisk.media import MediaError, MediaLeg
from ivr.call.endpoint import Patience
from ivr.call.events import CallEvent, Kind
from ivr.call.listener import Detector, Listener
from ivr.call.parts import Ending, Parts
from ivr.call.session import CallSession
from ivr.call.speaker import Speaker, Voice
from ivr.call.teacher import TeachingCall
from ivr.routing.back import returned
from ivr.routing.numbers import caller_number
from ivr.settings import Settings
from ivr.workbook import Workbooks
from voices.languages.pack import load_packs
from voices.recognition.hearing import would_wait_s
from voices.recognition.hypothesis import Recogniser

log = logging.getLogger(__name__)

CALLER_LOOKUP_S = 0.4
"""The caller hears nothing while we look: a slow database must not cost more than this."""


CHANGED_S = 0.02
"""Pauses that differ by less from what is remembered are not written down again."""


async def _no_pauses(_number: str) -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Equipment:
    """What hears and speaks, and who knows the callers."""

    voice: Voice
    recogniser: Recogniser | None
    detector: Callable[[], Detector]
    profile: Callable[[str], Awaitable[CallerProfile]]
    """Number → what is known of the caller. May be slow or fail: the call goes on without."""
    unheard: Callable[[], tuple[str, ...]] = tuple
    """Languages that nothing can hear at this moment."""
    pauses: Callable[[str], Awaitable[float]] = _no_pauses
    """Number → what its caller's pauses add to the silence that ends a turn, in seconds. May be slow or fail."""
    remember_pauses: Callable[[str, float], None] = lambda _number, _added_s: None
    """(number, seconds): at the end of a call."""
    workbooks: Workbooks | None = None
    """Of native speakers who teach phrases; None: whoever dials for that gets a person."""


class Switchboard:
    """Holds the sessions. `wanted()` is called for every manager event."""

    def __init__(self, settings: Settings, parts: Parts, equipment: Equipment, manager: Manager) -> None:
        self._settings, self._parts, self._equipment, self._manager = settings, parts, equipment, manager
        self._tasks: dict[str, asyncio.Task[None]] = {}

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
        wait_s = would_wait_s(self._equipment.recogniser, self._settings.language)
        if wait_s > self._settings.speech.recogniser_wait_max_s:
            log.warning("call %s goes to a person: a recogniser would be free in %.1f s", call, wait_s)
            return
        if fields.get("Teaching") == "1":
            work = self._teach(call, connection, channel, fields.get("Number", ""))
        else:
            work = self._hold(call, connection, channel, fields.get("Number", ""), returned(fields.get("Start", "")))
        task = asyncio.create_task(work, name=f"call {call}")
        self._tasks[call] = task
        task.add_done_callback(lambda _: self._tasks.pop(call, None))

    async def close(self) -> None:
        """Let go of all calls: the dialplan takes each to a person."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _hold(self, call: str, connection: str, channel: str, given: str, back: Back | None) -> None:
        number = caller_number(given)
        leg = await self._open(call, connection)
        if leg is None:
            return
        # From here on the leg must be closed whatever happens, for the dialplan waits for its end.
        try:
            caller, patience = await asyncio.gather(self._known(call, number), self._patience(number))
            spoken = caller.speaks or caller.language
            if back is not None:
                self._record(call, Kind.RETURNED, flow=back.flow, again=back.again)
            else:
                self._record(call, Kind.CALL_STARTED, number=number, band=caller.band, language=spoken)
            if spoken != self._settings.language:  # before a word is said: key 0 may come at any moment
                await self._set(call, channel, "HOTLINE_LANG", spoken)
            known_s = patience.added_s
            try:
                await self._session(call, leg, caller, patience, back).run(
                    lambda ending: self._hand_over(call, channel, ending),
                    lambda: self._achieved(call, channel),
                    lambda language: self._set(call, channel, "HOTLINE_LANG", language),
                )
            finally:
                if number is not None and abs(patience.added_s - known_s) >= CHANGED_S:
                    self._equipment.remember_pauses(number, patience.added_s)
        except Exception:
            log.exception("call %s broke before it began; it goes to a person", call)
        finally:
            await leg.close()

    async def _open(self, call: str, connection: str) -> MediaLeg | None:
        try:
            return await MediaLeg.open(self._settings.asterisk.http_port, connection)
        except MediaError as error:
            self._record(call, Kind.ERROR, code=error.code, message=str(error))
            return None

    async def _teach(self, call: str, connection: str, channel: str, given: str) -> None:
        """A native speaker teaches phrases; whatever goes wrong, the dialplan gives them a person."""
        leg = await self._open(call, connection)
        if leg is None:
            return
        try:
            self._record(call, Kind.CALL_STARTED, number=caller_number(given), language=self._settings.language)
            equipment, packs = self._equipment, load_packs()
            if equipment.workbooks is None:
                return
            with equipment.workbooks.one() as workbook:
                await TeachingCall(
                    call,
                    leg,
                    self._parts.record,
                    voice=equipment.voice,
                    detector=equipment.detector(),
                    workbook=workbook,
                    name_of=lambda language: packs[language].called("zh") if language in packs else language,
                ).run(lambda ending: self._hand_over(call, channel, ending), lambda: self._achieved(call, channel))
        except Exception:
            log.exception("teaching call %s broke before it began; it goes to a person", call)
        finally:
            await leg.close()

    def _session(
        self, call: str, leg: MediaLeg, caller: CallerProfile, patience: Patience, back: Back | None
    ) -> CallSession:
        settings, equipment = self._settings, self._equipment
        listener = Listener(
            equipment.detector(),
            equipment.recogniser,
            settings.listening,
            settings.speech,
            caller.language,
            patience=patience,
        )
        speaker = Speaker(leg, equipment.voice)
        return CallSession(call, leg, self._parts, listener=listener, speaker=speaker, caller=caller, back=back)

    async def _patience(self, number: str | None) -> Patience:
        """How this number pauses, as far as it was heard in earlier calls."""
        patience = Patience(self._settings.listening.pause_s)
        if number is not None:
            try:
                async with asyncio.timeout(CALLER_LOOKUP_S):
                    patience.added_s = await self._equipment.pauses(number)
            except Exception as error:  # noqa: BLE001 - their pauses are learnt anew
                log.warning("what was known of a caller's pauses is not there: %s: %s", type(error).__name__, error)
        return patience

    async def _known(self, call: str, number: str | None) -> CallerProfile:
        by_key, unheard = self._equipment.recogniser is None, self._equipment.unheard()
        if number is not None:
            try:
                async with asyncio.timeout(CALLER_LOOKUP_S):
                    profile = await self._equipment.profile(number)
            except Exception as error:  # noqa: BLE001 - an unknown caller is served like a known one; it is on record
                self._record(call, Kind.ERROR, code="caller_unknown", message=f"{type(error).__name__}: {error}"[:200])
            else:
                return replace(profile, number=number, by_key=profile.by_key or by_key, unheard=unheard)
        return CallerProfile(number, language=self._settings.language, by_key=by_key, unheard=unheard)

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
        if ending.emergency:
            await self._set(call, channel, "HOTLINE_EMERGENCY", ending.emergency)
        if ending.told:
            await self._set(call, channel, "HOTLINE_EMERGENCY_TOLD", "1")
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
