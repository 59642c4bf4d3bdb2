"""One call: ties listener, dialogue and speaker together, and owns the call's tasks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from flows import record
from flows.actions import Action, CallOffice, End, Flag, Listen, Say, SetLanguage, SetSpeech, Transfer
from flows.events import (
    CallerProfile,
    Event,
    Heard,
    Keyed,
    OfficeFailed,
    OfficeReplied,
    OfficeSlow,
    Silent,
    Started,
    Unclear,
)
from ivr.asterisk.media import Audio, Digit, Incoming, Mark
from ivr.call.asking import Asking, OfficeDesk
from ivr.call.events import CallEvent, Kind
from ivr.call.listener import Listener, SpeechBegan, Utterance
from ivr.call.speaker import Speaker
from ivr.call.words import Words, keyed_record
from nlu.understand import Understander

log = logging.getLogger(__name__)

OFFICE_SLOW_S = 1.2
KEY_PAUSE_S = 3.0
LOOK_EVERY_S = 0.3
"""While the caller speaks or the words are not known yet."""
HUSH_S = 1.0
TURNS_MAX = 200
"""A conversation that long is a loop: a person takes over."""


class Leg(Protocol):
    """The media leg, as the session sees it."""

    def incoming(self) -> Any: ...
    async def play(self, pcm: bytes) -> None: ...
    async def mark(self, name: str) -> None: ...
    async def flush(self) -> None: ...
    async def close(self) -> None: ...


class Dialogue(Protocol):
    """The dialogue engine, as the session sees it."""

    def start(self, event: Started) -> tuple[Any, tuple[Action, ...]]: ...
    def step(self, state: Any, event: Event) -> tuple[Any, tuple[Action, ...]]: ...
    def achieved(self, state: Any) -> bool: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What every call shares."""

    dialogue: Dialogue
    understander: Understander
    offices: OfficeDesk
    record: Callable[[CallEvent], None]
    local_now: Callable[[], datetime]
    remember_speech: Callable[[str | None, str, str], None]
    """(number, rate, loudness): how this number wants to be spoken to."""
    remember_language: Callable[[str | None, str], None] = lambda _number, _language: None
    """(number, language): in which language this number is to be greeted the next time."""
    hold: tuple[str, ...] = ()
    """What is said once when the words of a turn take long: the pieces of the prompt `main.hold`."""
    late_answers: set[asyncio.Task[OfficeReplied | OfficeFailed]] = field(default_factory=set)
    """Offices that were asked by calls which have left the dialogue since. Each ends within OFFICE_TIMEOUT_S."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What the dialplan is to do next: the values of HOTLINE_NEXT, HOTLINE_OUTCOME, HOTLINE_BAND and HOTLINE_LANG."""

    next: str = "human"
    reason: str = "error"
    outcome: str = ""
    band: str = ""
    language: str = ""


class _LegEndedError(Exception):
    """The caller hung up, or key 0 took the call away."""


class CallSession:
    """One call, from the first frame to the hand-over."""

    def __init__(
        self, call_id: str, leg: Leg, parts: Parts, *, listener: Listener, speaker: Speaker, caller: CallerProfile
    ) -> None:
        self._id, self._leg, self._listener, self._speaker = call_id, leg, listener, speaker
        self._parts, self._caller = parts, caller
        self._language = caller.language
        speaker.language = caller.language
        self._keys: asyncio.Queue[str] = asyncio.Queue(maxsize=64)
        self._words = Words(parts.understander, caller.language, parts.local_now, self._record)
        listener.sense, listener.played = self._words.sense, speaker.played
        self._ended = asyncio.Event()
        self._barged = False
        self._pieces_heard = 0
        self._state: Any = None
        self._achieved: Callable[[], Awaitable[None]] | None = None
        self._changed: Callable[[str], Awaitable[None]] | None = None

    async def run(
        self,
        hand_over: Callable[[Ending], Awaitable[None]],
        achieved: Callable[[], Awaitable[None]] | None = None,
        changed: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """Talk until the dialogue ends, then tell the dialplan by `hand_over` and end the leg.

        `achieved` is called once, when the caller has got something done; `changed` whenever the call goes on in
        another language, so that a person who speaks it comes also when the caller presses 0."""
        self._achieved, self._changed = achieved, changed
        self._record(Kind.MEDIA_OPENED)
        reader = asyncio.create_task(self._read(), name=f"media {self._id}")
        reason = "handed_over"
        try:
            ending = await self._converse()
            await hand_over(ending)
        except _LegEndedError:
            reason = "leg_ended"
        except Exception as error:  # whatever breaks here, the caller gets a person
            log.exception("call %s broke; it goes to a person", self._id)
            self._record(Kind.ERROR, code=getattr(error, "code", "internal"), message=str(error)[:300])
            reason = "error"
            await hand_over(Ending())
        finally:
            await self._leg.close()
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            await self._listener.close()
            await self._speaker.close()
            self._record(Kind.MEDIA_CLOSED, reason=reason)

    def _record(self, kind: Kind, **data: Any) -> None:
        self._parts.record(CallEvent(self._id, datetime.now(UTC), kind, data))

    async def _read(self) -> None:
        try:
            async for item in self._leg.incoming():
                self._take(item)
        finally:
            self._ended.set()

    def _take(self, item: Incoming) -> None:
        match item:
            case Audio(pcm):
                self._listener.feed(pcm)
            case Digit(digit):
                if not self._keys.full():
                    self._keys.put_nowait(digit)
            case Mark(name):
                self._speaker.marked(name)

    async def _converse(self) -> Ending:
        dialogue = self._parts.dialogue
        started = Started(self._parts.local_now(), self._caller)
        self._state, actions = dialogue.start(started)
        self._record(Kind.TURN, **record.turn(started, (), actions, getattr(self._state, "version", "")))
        for _ in range(TURNS_MAX):
            outcome = await self._perform(actions)
            if isinstance(outcome, Ending):
                return outcome
            before = actions
            self._state, actions = dialogue.step(self._state, outcome)
            self._record(Kind.TURN, **record.turn(outcome, before, actions))
            if self._achieved is not None and dialogue.achieved(self._state):
                tell, self._achieved = self._achieved, None
                await tell()
        self._record(Kind.ERROR, code="too_many_turns", message=f"{TURNS_MAX} turns without an end")
        return Ending(reason="too_many_turns")

    async def _perform(self, actions: tuple[Action, ...]) -> Event | Ending:
        """Do one turn's actions. The last one decides what comes back."""
        says: list[Say] = []
        for action in actions:
            match action:
                case Say():
                    says.append(action)
                case SetSpeech(rate, loudness):
                    self._speaker.rate, self._speaker.loudness = rate, loudness
                    self._parts.remember_speech(self._caller.number, rate, loudness)
                case Flag():
                    self._record(
                        Kind.FLAGGED,
                        sign=action.kind,
                        reasons=list(action.reasons),
                        in_words=list(action.in_words),
                        words=action.words,
                    )
                case SetLanguage(language):
                    await self._say_all(says)
                    says = []
                    await self._speak(language)
                case Listen():
                    return await self._listen(says, action)
                case CallOffice():
                    return await self._ask_office(says, action)
                case Transfer():
                    self._listener.shut()
                    await self._say_all(says)
                    if action.language:
                        self._parts.remember_language(self._caller.number, action.language)
                    self._record(
                        Kind.TRANSFER,
                        to=action.to,
                        reason=action.reason,
                        band=action.band,
                        summary=dict(action.summary),
                    )
                    return Ending(action.to, action.reason, band=action.band or "", language=action.language)
                case End():
                    self._listener.shut()
                    await self._say_all(says)
                    return Ending("goodbye", "done", outcome=action.outcome)
        raise RuntimeError("the dialogue gave a turn without an end")  # caught in run(): a person takes over

    async def _speak(self, language: str) -> None:
        """Hear and speak another language from now on."""
        self._language = self._words.language = language
        self._speaker.language = self._listener.language = language
        self._record(Kind.LANGUAGE, language=language)
        self._parts.remember_language(self._caller.number, language)
        if self._changed is not None:
            await self._changed(language)

    async def _say_all(self, says: list[Say]) -> None:
        for say in says[1:]:
            self._speaker.prepare(say.pieces, say.language)
        for say in says:
            if self._barged or await self._or_leg_end(self._say(say)):
                return

    async def _say(self, say: Say) -> bool:
        """True when the caller interrupted: what would have followed is not said."""
        self._record(Kind.PROMPT_STARTED, prompt=say.prompt, text="（不记录）" if say.private else "".join(say.pieces))
        spoken = await self._speaker.say(say.pieces, say.language)
        self._pieces_heard += spoken.pieces_heard
        self._record(
            Kind.PROMPT_ENDED, prompt=say.prompt, heard_s=round(spoken.heard_s, 2), interrupted=spoken.interrupted
        )
        return spoken.interrupted

    async def _or_leg_end(self, work: Awaitable[Any]) -> Any:
        """Await `work`, but no longer than the leg lives."""
        task = asyncio.ensure_future(work)
        ended = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait({task, ended}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise _LegEndedError
        finally:
            for t in (task, ended):
                t.cancel()
            await asyncio.gather(task, ended, return_exceptions=True)

    async def _listen(self, says: list[Say], listen: Listen) -> Event:
        """Speak and listen at once; a key or speech over the prompt stops it."""
        self._words.listen = listen
        self._barged, self._pieces_heard = False, 0
        self._speaker.go_on()
        protected = [s for s in says if not s.barge_in]
        self._listener.shut()
        if protected:
            last = says.index(protected[-1])
            await self._say_all(says[: last + 1])
            says = says[last + 1 :]
        self._listener.expect = self._words.expectation
        self._listener.wait(listen.pause_s)
        self._listener.open()
        talking = asyncio.create_task(self._say_all(says), name=f"prompt {self._id}")
        try:
            return await self._or_leg_end(self._answer(talking, listen))  # type: ignore[no-any-return]  # _answer gives Event
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    async def _answer(self, talking: asyncio.Task[None], listen: Listen) -> Event:
        """The caller's answer: speech, keys, or silence counted from the prompt's end."""
        key = asyncio.create_task(self._keys.get())
        heard = asyncio.create_task(self._listener.heard.get())
        listening_until: float | None = None
        held = False
        clock = asyncio.get_running_loop().time
        try:
            while True:
                if talking.done() and listening_until is None:
                    talking.result()
                    listening_until = clock() + listen.silence_s
                    self._record(Kind.LISTENING, expect=list(listen.expect), silence_s=listen.silence_s)
                waits: set[asyncio.Task[Any]] = {key, heard} if talking.done() else {key, heard, talking}
                timeout = None if listening_until is None else max(0.0, listening_until - clock())
                if self._listener.busy:
                    timeout = LOOK_EVERY_S  # silence is counted again from the end of what is being said
                await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                if key.done():
                    await self._hush(talking)
                    return await self._keyed(key.result(), listen)
                if heard.done():
                    event = await self._spoken(heard.result(), talking)
                    if event is not None:
                        return event
                    heard = asyncio.create_task(self._listener.heard.get())
                elif self._listener.busy and listening_until is not None:
                    if self._listener.slow and not held:
                        held = True
                        await self._hold()
                    listening_until = clock() + listen.silence_s
                elif listening_until is not None and clock() >= listening_until:
                    self._record(Kind.SILENCE)
                    return Silent(self._parts.local_now())
        finally:
            key.cancel()
            heard.cancel()

    async def _hold(self) -> None:
        """The recognisers have more to do than they can: better a word than silence."""
        if self._parts.hold:
            await self._say(Say(self._parts.hold, "main.hold"))

    async def _hush(self, talking: asyncio.Task[None]) -> None:
        if not talking.done():
            self._barged = True
            await self._speaker.stop()
            await asyncio.wait({talking}, timeout=HUSH_S)  # then it is known what was heard

    async def _keyed(self, first: str, listen: Listen) -> Event:
        """Collect a number of up to `listen.keys` digits, ended by # or a pause."""
        digits = first
        while len(digits) < listen.keys and first not in "*#":
            try:
                async with asyncio.timeout(KEY_PAUSE_S):
                    digit = await self._keys.get()
            except TimeoutError:
                break
            if digit == "#":
                break
            digits += digit
        self._record(Kind.KEY, **keyed_record(digits, self._words))
        return Keyed(self._parts.local_now(), digits)

    async def _spoken(self, item: SpeechBegan | Utterance, talking: asyncio.Task[None]) -> Event | None:
        """The prompt falls silent at the first sound; what the sound was decides whether it goes on."""
        if isinstance(item, SpeechBegan):
            self._record(Kind.SPEECH_STARTED, barge_in=not talking.done())
            if not talking.done():
                await self._speaker.wait()
            return None
        if not talking.done():
            if await self._words.is_listening(item, self._speaker.pieces_left):
                self._words.ignored(item)
                self._listener.onset.false_alarm()
                self._speaker.go_on()
                return None
            self._listener.onset.was_speech()
            await self._hush(talking)
        meaning = await self._words.understood(item)
        now = self._parts.local_now()
        if meaning is None:
            return Unclear(now)
        language = item.hypothesis.language if item.hypothesis is not None else ""
        heard = self._pieces_heard if self._barged else None
        return Heard(now, meaning, self._barged, language, heard)

    async def _ask_office(self, says: list[Say], ask: CallOffice) -> Event:
        """Ask while speaking; after 1.2 s without an answer the dialogue gets a chance to say so."""
        self._listener.shut()
        asking = Asking(ask, self._parts.offices, self._parts.local_now, self._record)
        try:
            await self._say_all(says)
            await self._or_leg_end(asyncio.wait({asking.task}, timeout=OFFICE_SLOW_S))
            if not asking.task.done():
                await self._say_slow(ask)
            event: OfficeReplied | OfficeFailed = await self._or_leg_end(asyncio.shield(asking.task))
        except _LegEndedError:
            asking.leave_to(self._parts.late_answers)
            raise
        except BaseException:
            asking.task.cancel()
            raise
        asking.answered(event)
        return event

    async def _say_slow(self, ask: CallOffice) -> None:
        """The spoken filler. States are values: the one that waits for the office stays as it is."""
        _, actions = self._parts.dialogue.step(self._state, OfficeSlow(self._parts.local_now(), ask.request))
        for say in (action for action in actions if isinstance(action, Say)):
            await self._or_leg_end(self._say(say))
