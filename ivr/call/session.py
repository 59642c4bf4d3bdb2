"""One call: ties listener, dialogue and speaker together, and owns the call's tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flows import record, wishes
from flows.actions import Action, CallOffice, End, Flag, GuessLanguage, Listen, Say, SetLanguage, SetSpeech, Transfer
from flows.events import (
    Back,
    CallerProfile,
    Event,
    Heard,
    Keyed,
    OfficeFailed,
    OfficeReplied,
    Silent,
    Started,
    Unclear,
)
from ivr.asterisk.media import Audio, Digit, Incoming, Mark
from ivr.call import breakdown, takeback
from ivr.call.asking import Asking
from ivr.call.events import CallEvent, Kind
from ivr.call.keys import Keys
from ivr.call.lessons import Lessons
from ivr.call.listener import Listener
from ivr.call.parts import Ending, Leg, Parts
from ivr.call.speaker import Speaker
from ivr.call.takeback import Before
from ivr.call.telling import LegEnd, LegEndedError, Telling
from ivr.call.utterance import SpeechBegan, Utterance
from ivr.call.words import Words, keyed_record

OFFICE_SLOW_S = 1.2
LOOK_EVERY_S = 0.3
"""While the caller speaks or the words are not known yet."""
TURNS_MAX = 200
"""A conversation that long is a loop: a person takes over."""


class CallSession:
    """One call, from the first frame to the hand-over."""

    def __init__(
        self,
        call_id: str,
        leg: Leg,
        parts: Parts,
        *,
        listener: Listener,
        speaker: Speaker,
        caller: CallerProfile,
        back: Back | None = None,
    ) -> None:
        self._id, self._leg, self._listener, self._speaker = call_id, leg, listener, speaker
        self._parts, self._caller, self._back = parts, caller, back
        self._language = caller.language
        speaker.language = caller.language
        self._keys = Keys()
        self._words = Words(parts.understander, caller.language, parts.local_now, self._record)
        self._words.identify = parts.languages
        self._lessons = Lessons(self._teach)
        listener.sense, listener.judge, listener.played = self._words.sense, self._words, speaker.played
        self._end = LegEnd()
        self._telling = Telling(speaker, self._record, self._end)
        self._state: Any = None
        self._wishes = wishes.told(None)
        self._usual_s, self._takes_back = 0.0, False
        """Silence until which more may follow the last words, or 0; whether it did, and the turn since is undone."""
        self._lingers = False
        """Whether an answer that cannot be taken back waits for what else the caller may say."""
        self._asked = Listen()
        self._before: Before | None = None
        """What the last turn can be taken back to; None when it cannot."""
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
        except LegEndedError:
            reason = await breakdown.left(self._id, reader, self._record, hand_over)
        except Exception as error:  # noqa: BLE001 - whatever breaks here, the caller gets a person
            reason = await breakdown.to_a_person(self._id, error, self._record, hand_over)
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
            self._end.come()

    def _take(self, item: Incoming) -> None:
        match item:
            case Audio(pcm):
                self._listener.feed(pcm)
            case Digit(digit):
                self._keys.press(digit)
            case Mark(name):
                self._speaker.marked(name)

    async def _converse(self) -> Ending:
        dialogue = self._parts.dialogue
        started = Started(self._parts.local_now(), self._caller, self._back)
        self._state, actions = dialogue.start(started)
        self._record(Kind.TURN, **record.turn(started, (), actions, getattr(self._state, "version", "")))
        for _ in range(TURNS_MAX):
            outcome = await self._perform(actions)
            if isinstance(outcome, Ending):
                return outcome
            if self._takes_back and (last := self._before) is not None:
                self._state, actions = last.state, last.actions
                self._record(Kind.TURN_TAKEN_BACK)
            actions = await self._turn(actions, outcome)
            if self._achieved is not None and dialogue.achieved(self._state):
                tell, self._achieved = self._achieved, None
                self._lessons.achieved()
                await tell()
        self._record(Kind.ERROR, code="too_many_turns", message=f"{TURNS_MAX} turns without an end")
        return Ending(reason="too_many_turns")

    async def _turn(self, asked: tuple[Action, ...], event: Event) -> tuple[Action, ...]:
        """One step of the dialogue. One that cannot be taken back waits until the caller has surely said all."""
        while True:
            usual_s, self._usual_s, self._takes_back = self._usual_s, 0.0, False
            then, actions = self._parts.dialogue.step(self._state, event)
            self._before = takeback.before(self._state, asked, event, self._words.expectation)
            undone = takeback.can_be_undone(actions) and self._parts.dialogue.achieved(then) == (
                self._parts.dialogue.achieved(self._state)
            )
            if self._before is None or undone or not usual_s:
                break
            more = await self._more(self._before, usual_s)
            if more is None:
                break
            event = more
        if not undone:
            self._before = None
        self._state = then
        self._record(Kind.TURN, **record.turn(event, asked, actions))
        if (kept := wishes.told(then)) != self._wishes:  # on record at once: key 0 and a hang-up ask nobody
            self._wishes = kept
            self._record(Kind.WISHES, **kept)
        return actions

    async def _more(self, last: Before, usual_s: float) -> Event | None:
        """What else the caller says or presses until their usual pause is over; None when that is nothing."""
        left_s = usual_s - self._listener.silent_s
        if left_s <= 0 and not self._listener.busy:
            return None
        self._lingers = True
        try:
            event = await self._listen([], replace(last.listen, silence_s=max(0.0, left_s)))
        finally:
            self._lingers = False
        return None if isinstance(event, Silent) else event

    async def _perform(self, actions: tuple[Action, ...]) -> Event | Ending:
        """Do one turn's actions. The last one decides what comes back."""
        self._telling.begin()
        says: list[Say] = []
        for action in actions:
            match action:
                case Say():
                    says.append(action)
                case SetSpeech() | Flag() | GuessLanguage():
                    await self._beside(action)
                case SetLanguage(language):
                    await self._telling.say_all(says)
                    says = []
                    await self._speak(language)
                case Listen():
                    return await self._listen(says, action)
                case CallOffice():
                    return await self._ask_office(says, action)
                case Transfer(to, reason, band, summary, language, emergency):
                    self._listener.shut()
                    by_asterisk = bool(emergency) and self._language == self._parts.announced
                    await self._telling.say_all(self._telling.advice(says, by_asterisk) if emergency else says)
                    if f"language:{language}" in summary.get("flags", ()):  # chosen, not guessed
                        self._parts.remember_language(self._caller.number, language)
                    self._record(Kind.TRANSFER, to=to, reason=reason, band=band, summary=dict(summary))
                    told = bool(emergency) and not by_asterisk
                    return Ending(to, reason, band=band or "", language=language, emergency=emergency, told=told)
                case End():
                    self._listener.shut()
                    await self._telling.say_all(says)
                    return Ending("goodbye", "done", outcome=action.outcome)
        raise RuntimeError("the dialogue gave a turn without an end")  # caught in run(): a person takes over

    async def _beside(self, action: SetSpeech | Flag | GuessLanguage) -> None:
        """What is done without a word."""
        match action:
            case SetSpeech(rate, loudness):
                self._speaker.rate, self._speaker.loudness = rate, loudness
                self._parts.remember_speech(self._caller.number, rate, loudness)
            case Flag(kind, reasons, in_words, words):
                self._record(Kind.FLAGGED, sign=kind, reasons=list(reasons), in_words=list(in_words), words=words)
            case GuessLanguage(language):
                if self._changed is not None:
                    await self._changed(language)

    def _teach(self, phrase: str, pcm: bytes) -> None:
        if self._parts.teach is not None:
            self._parts.teach(self._caller.number, self._language, phrase, pcm)

    async def _speak(self, language: str) -> None:
        """Hear and speak another language from now on."""
        self._language = self._words.language = language
        self._lessons.changed()
        self._speaker.language = self._listener.language = language
        self._record(Kind.LANGUAGE, language=language)
        self._parts.remember_language(self._caller.number, language)
        if self._changed is not None:
            await self._changed(language)

    async def _listen(self, says: list[Say], listen: Listen) -> Event:
        """Speak and listen at once; a key or speech over the prompt stops it."""
        self._words.listen = self._asked = listen
        self._telling.pieces_heard = 0
        protected = [s for s in says if not s.barge_in]
        self._listener.shut()
        if protected:
            last = says.index(protected[-1])
            await self._telling.say_all(says[: last + 1])
            says = says[last + 1 :]
        self._listener.expect = self._words.expectation
        self._listener.earlier = self._before.expectation if self._before is not None and not protected else None
        self._listener.wait(listen.pause_s)
        self._listener.open()
        talking = asyncio.create_task(self._telling.say_all(says), name=f"prompt {self._id}")
        try:
            return await self._end.or_end(self._answer(talking, listen))  # type: ignore[no-any-return]  # _answer gives Event
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    async def _answer(self, talking: asyncio.Task[None], listen: Listen) -> Event:
        """The caller's answer: speech, keys, or silence counted from the prompt's end."""
        key = asyncio.create_task(self._keys.answer(listen, lambda: not talking.done(), self._key_ignored))
        heard = asyncio.create_task(self._listener.heard.there())
        listening_until: float | None = None
        held = False
        clock = asyncio.get_running_loop().time
        try:
            while True:
                if talking.done() and listening_until is None:
                    talking.result()
                    listening_until = clock() + listen.silence_s
                    self._note(Kind.LISTENING, expect=list(listen.expect), silence_s=listen.silence_s)
                waits: set[asyncio.Task[Any]] = {key, heard} if talking.done() else {key, heard, talking}
                timeout = None if listening_until is None else max(0.0, listening_until - clock())
                if self._listener.busy or self._telling.waits:
                    timeout = LOOK_EVERY_S  # silence is counted again from the end of what is being said
                await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                if key.done():  # what is heard from here on waits, until it is known that it is late
                    await self._telling.hush(talking)
                    return await self._keyed(listen)
                if heard.done():
                    event = await self._spoken(self._listener.heard.get_nowait(), talking)
                    if event is not None:
                        return event
                    heard = asyncio.create_task(self._listener.heard.there())
                elif self._telling.waits and not self._listener.busy and self._listener.heard.empty():
                    self._telling.go_on()  # what was begun never became an utterance: nobody else will say so
                elif self._listener.busy:
                    if self._listener.slow and not held and (listening_until is not None or self._telling.waits):
                        held = True
                        await self._hold()
                    if listening_until is not None:
                        listening_until = clock() + listen.silence_s
                elif listening_until is not None and clock() >= listening_until:
                    self._note(Kind.SILENCE)
                    return Silent(self._parts.local_now())
        finally:
            key.cancel()
            heard.cancel()

    def _note(self, kind: Kind, **data: Any) -> None:
        """On record, unless nobody but us listens: the caller has answered, and may be about to say more."""
        if not self._lingers:
            self._record(kind, **data)

    async def _hold(self) -> None:
        """The recognisers have more to do than they can: better a word than silence."""
        if pieces := self._parts.hold(self._language):
            await self._telling.aside(Say(pieces, "main.hold"))

    def _key_ignored(self, key: str) -> None:
        self._record(Kind.KEY, **keyed_record(key, self._words), ignored=True)

    async def _keyed(self, listen: Listen) -> Event:
        """Collect a number of up to `listen.keys` digits, ended by # or a pause."""
        self._words.listen = listen
        digits = await self._keys.number(self._keys.take(), listen.keys)
        self._record(Kind.KEY, **keyed_record(digits, self._words))
        self._lessons.keyed(listen, digits)
        self._listener.answered()
        return Keyed(self._parts.local_now(), digits)

    async def _spoken(self, item: SpeechBegan | Utterance, talking: asyncio.Task[None]) -> Event | None:
        """The prompt falls silent at the first sound; what the sound was decides whether it goes on."""
        if isinstance(item, SpeechBegan):
            self._words.over_prompt = not talking.done()
            self._record(Kind.SPEECH_STARTED, barge_in=self._words.over_prompt)
            last = self._before if item.goes_on else None
            self._words.listen = self._asked if last is None else last.listen
            self._words.goes_on_with = None if last is None else last.text
            if not talking.done():
                await self._telling.wait()
            return None
        if item.late and not await self._words.count_late(item):
            self._words.ignored(item)
            return None
        if item.goes_on and self._before is not None:
            return await self._went_on(item, talking, self._before)
        self._listener.earlier = None  # what comes next goes on with this, not with the turn before
        if not talking.done():
            distant = self._listener.onset.distant
            if await self._words.is_listening(item, self._speaker.pieces_left, distant=distant):
                self._listener.onset.false_alarm()
                self._ignore(item)
                return None
            self._listener.onset.was_speech()
            await self._telling.hush(talking)
        return await self._meant(item)

    async def _went_on(self, item: Utterance, talking: asyncio.Task[None], last: Before) -> Event | None:
        """The turn before and what followed, heard together: they answer the question before, or else this one."""
        for question in (last.listen, self._asked):
            self._words.listen = question
            if await self._words.adds(item, last.text):
                await self._telling.hush(talking)
                self._takes_back = question is last.listen
                return await self._meant(item)
        self._ignore(item)
        return None

    def _ignore(self, item: Utterance) -> None:
        """It was no answer: the prompt goes on."""
        self._words.ignored(item)
        self._telling.ignored()

    async def _meant(self, item: Utterance) -> Event:
        """The caller's words, for the dialogue."""
        meaning = await self._words.understood(item)
        if self._words.private_in(item.hypothesis.text if item.hypothesis is not None else ""):
            item = replace(item, audio=b"")
        else:
            self._parts.keep_sentence(self._id, item.audio)
        self._lessons.heard(self._words.listen, item, meaning)
        self._usual_s = item.usual_s
        now = self._parts.local_now()
        if meaning is None:
            return Unclear(now)
        language = item.hypothesis.language if item.hypothesis is not None else ""
        heard = self._telling.pieces_heard if self._telling.barged and not self._takes_back else None
        return Heard(now, meaning, self._telling.barged and not self._takes_back, language, heard)

    async def _ask_office(self, says: list[Say], ask: CallOffice) -> Event:
        """Ask while speaking; after 1.2 s without an answer the dialogue gets a chance to say so."""
        self._listener.shut()
        asking = Asking(ask, self._parts.offices, self._parts.local_now, self._record)
        try:
            await self._telling.say_all(says)
            await self._end.or_end(asyncio.wait({asking.task}, timeout=OFFICE_SLOW_S))
            if not asking.task.done():
                for say in asking.fillers(self._parts.dialogue, self._state):
                    await self._end.or_end(self._telling.say(say))
            event: OfficeReplied | OfficeFailed = await self._end.or_end(asyncio.shield(asking.task))
        except LegEndedError:
            asking.leave_to(self._parts.late_answers)
            raise
        except BaseException:
            asking.task.cancel()
            raise
        asking.answered(event)
        return event
