"""Phrases taught by calling: a native speaker is asked for each phrase, hears it played back, and keeps it or not.

The sequence alone, without a telephone: `Booth` is what it needs of one (`ivr/call/teacher.py`). Hanging up is a
cancellation, at any moment; what was kept by then is on disk. Key 0 never comes here: Asterisk takes the caller to a
person."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import zip_longest
from typing import Protocol

import yaml

from ivr.call.parts import Ending
from ivr.call.take import PHRASE, Fault, Limits, Taken
from ivr.invitations import DIGITS, Invitation
from voices.errors import VoiceError

log = logging.getLogger(__name__)

CODES_MAX = 3
UNANSWERED_MAX = 3
"""After so many questions, or tones, in a row without an answer a person takes the call."""
FAULTS_MAX = 3
"""So often one phrase is asked for again; then the next one comes."""
KEY_S, CODE_KEY_S = 10.0, 20.0
LONGEST_S = 3600.0
KEEP, AGAIN, SKIP = "1", "2", "3"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to say: a phrase, or something that is none of them."""

    name: str
    """Of the phrase; `strange`."""
    asked: str
    """In Mandarin."""
    limits: Limits = PHRASE
    sentence: str = "phrase"


class Booth(Protocol):
    """The speaker's telephone. All of it raises CancelledError when the speaker has hung up, MediaError, VoiceError."""

    async def say(self, prompt: str, **values: str) -> str:
        """Say a sentence of `teaching.yaml`; the key that was pressed over it, which ends it, or an empty string."""
        ...

    def prepare(self, prompt: str, **values: str) -> None:
        """Have a sentence ready that comes soon."""
        ...

    async def play(self, pcm: bytes) -> str:
        """Play 16 kHz s16le; else as `say`."""
        ...

    async def key(self, timeout_s: float) -> str:
        """The next key; empty when none comes in time."""
        ...

    async def take(self, limits: Limits) -> Taken | str:
        """The tone, then what is said, or the key that was pressed meanwhile."""
        ...


class Workbook(Protocol):
    """Who is invited, what is there, and where recordings go. Nothing of it may keep the event loop waiting."""

    async def invited(self, code: str) -> Invitation | None:
        """Whose code it is; the code is in use until `close`. Raises VoiceError (`in_use` …)."""
        ...

    async def wanted(self, invitation: Invitation) -> Sequence[Wanted]:
        """What is still to be said, in order."""
        ...

    async def keep(self, invitation: Invitation, wanted: Wanted, pcm: bytes) -> None:
        """Raises VoiceError (`revoked`, `no_speech`, `too_long`), OSError."""
        ...


@cache
def sentences() -> Mapping[str, str]:
    """The words of `voices/prompts/teaching.yaml`, without the topics."""
    return {name: text for name, text in _words().items() if isinstance(text, str)}


def topics() -> Sequence[str]:
    """What a speaker is asked to talk about when no phrase is wanted."""
    return tuple(_words()["topics"])


@cache
def _words() -> dict[str, str | list[str]]:
    text = resources.files("voices.prompts").joinpath("teaching.yaml").read_text(encoding="utf-8")
    words: dict[str, str | list[str]] = yaml.safe_load(text)
    return words


def pieces(prompt: str, **values: str) -> tuple[str, ...]:
    """A sentence in the pieces in which it is spoken."""
    return tuple(piece.format(**values) for piece in sentences()[prompt].split("|"))


def all_pieces(language_names: Collection[str], asked: Collection[str]) -> list[str]:
    """All that may be said in such calls, to be rendered ahead."""
    said = (pieces(p, language=n, phrase=one) for p in sentences() for n in language_names for one in asked)
    return list(dict.fromkeys(piece for some in said for piece in some))


class _GoneSilentError(Exception):
    """Nobody has answered several times in a row."""


class Teaching:
    """One call of one speaker. `run` once."""

    def __init__(self, booth: Booth, workbook: Workbook, name_of: Callable[[str], str]) -> None:
        """`name_of`: language → its name in Mandarin."""
        self._booth, self._workbook, self._name_of = booth, workbook, name_of
        self._unanswered = 0
        self.kept: list[str] = []
        """Names of the phrases that were kept, in order."""
        self.invitation: Invitation | None = None

    async def run(self, admitted: Callable[[], object] = lambda: None) -> Ending:
        """Until all is said. `admitted` is called when the code is known: whoever hangs up later is owed nothing."""
        try:
            async with asyncio.timeout(LONGEST_S):
                invitation = await self._code()
                if isinstance(invitation, Ending):
                    return invitation
                self.invitation = invitation
                admitted()
                await self._consent(invitation)
                return await self._phrases(invitation)
        except _GoneSilentError:
            await self._booth.say("person")
            return Ending(reason="silent")
        except TimeoutError:
            await self._booth.say("enough")
            return _GOODBYE

    async def _code(self) -> Invitation | Ending:
        prompt = "code"
        for _ in range(CODES_MAX):
            code = await self._digits(prompt)
            try:
                found = await self._workbook.invited(code)
            except VoiceError as error:
                if error.code == "in_use":
                    await self._booth.say("code_used")
                    return Ending("goodbye", "in_use")
                log.warning("no code can be looked up: %s %s", error, error.remedy)
                break
            if found is not None:
                return found
            prompt = "code_wrong"
        await self._booth.say("code_away")
        return Ending(reason="teaching_code")

    async def _digits(self, prompt: str) -> str:
        """Six keys. Whoever presses none, or stops in the middle, is asked again."""
        while True:
            code = await self._booth.say(prompt)
            while len(code) < DIGITS and (key := await self._booth.key(CODE_KEY_S)):
                code = "" if key in "*#" else code + key
            if len(code) >= DIGITS:
                self._answered()
                return code
            self._not_answered()

    async def _consent(self, invitation: Invitation) -> None:
        while await self._booth.say("consent", language=self._name_of(invitation.language)):
            self._not_answered()  # what was not heard to its end cannot be agreed to: a seventh digit is no yes
        while True:  # only an explicit yes; whoever does not want it hangs up, or presses 0
            key = await self._booth.say("consent_keys") or await self._booth.key(KEY_S)
            if key == KEEP:
                self._answered()
                return
            self._not_answered()

    async def _phrases(self, invitation: Invitation) -> Ending:
        wanted = await self._workbook.wanted(invitation)
        if wanted:
            await self._booth.say("begin")
        for one, then in zip_longest(wanted, wanted[1:]):
            if then is not None:
                self._booth.prepare(then.sentence, language=self._name_of(invitation.language), phrase=then.asked)
            try:
                await self._phrase(invitation, one)
            except VoiceError as error:
                if error.code != "revoked":
                    raise
                await self._booth.say("revoked")
                return _GOODBYE
            except OSError as error:
                log.warning("what a speaker taught cannot be kept: %s", error)
                await self._booth.say("full")
                return Ending(reason="error")
        await self._booth.say("done")
        return _GOODBYE

    async def _phrase(self, invitation: Invitation, wanted: Wanted) -> None:
        """One phrase, until it is kept or skipped."""
        faults = 0
        name = self._name_of(invitation.language)
        while faults < FAULTS_MAX:
            key = await self._booth.say(wanted.sentence, language=name, phrase=wanted.asked)
            taken = key if key == SKIP else await self._booth.take(wanted.limits)
            if isinstance(taken, str):
                self._answered()
                if taken == SKIP:
                    return
                continue
            fault = taken.fault
            if fault is Fault.SILENT:
                self._not_answered()
            else:
                self._answered()
            if fault is None:
                choice = await self._choice(taken.pcm)
                if choice == SKIP:
                    return
                if choice == AGAIN:
                    continue
                fault = await self._keep(invitation, wanted, taken.pcm)
                if fault is None:
                    return
            faults += 1
            await self._booth.say(fault.value)
        await self._booth.say("later")

    async def _choice(self, pcm: bytes) -> str:
        """Played back, and asked until a key says what becomes of it."""
        while True:
            key = await self._booth.say("yours") or await self._booth.play(pcm)
            key = key or await self._booth.say("keys") or await self._booth.key(KEY_S)
            if key in {KEEP, AGAIN, SKIP}:
                self._answered()
                return key
            self._not_answered()

    async def _keep(self, invitation: Invitation, wanted: Wanted, pcm: bytes) -> Fault | None:
        """None when it is on disk."""
        try:
            await self._workbook.keep(invitation, wanted, pcm)
        except VoiceError as error:
            if error.code == "revoked":
                raise
            return Fault.LONG if error.code == "too_long" else Fault.SHORT
        self.kept.append(wanted.name)
        await self._booth.say("kept")
        return None

    def _answered(self) -> None:
        self._unanswered = 0

    def _not_answered(self) -> None:
        self._unanswered += 1
        if self._unanswered >= UNANSWERED_MAX:
            raise _GoneSilentError


_GOODBYE = Ending("goodbye", "done", outcome="done")
