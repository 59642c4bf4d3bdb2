"""Writes talks down: after every caller who speaks with the bot, from a short line, and rather not at all than late."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ivr.call.events import CallEvent, Kind
from ivr.call.listener import Detector
from ivr.settings import Settings
from ivr.talks.discretion import Discretion
from ivr.talks.sides import Said, Side
from ivr.talks.tape import Tape, tape_name
from voices.errors import VoiceError
from voices.recognition.hearing import hear, would_wait_s
from voices.recognition.hypothesis import Expectation, Hypothesis, Priority, Recogniser

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
TALKS_MAX = 20
"""More talks at once than these are not written down: each costs as much voice activity as a call with the bot."""
LINE_MAX = 24
TOO_OLD_S = 20.0
"""An agent does not need to read what was said longer ago: what has waited so long is left out."""
TIMEOUT_S = 6.0
ASK_AGAIN_S = 0.1
LATEST = Expectation(priority=Priority.TALK)


@dataclass
class _Talk:
    tape: Tape
    agent: Side
    caller: Side
    discretion: Discretion = field(default_factory=Discretion)
    silent_sides: set[str] = field(default_factory=set)
    """Sides of which something was left out since their last words."""


class TalkWriter:
    """Follows the files of the talks. `record` keeps an event of a call: never waits, never raises."""

    def __init__(
        self,
        settings: Settings,
        recogniser: Recogniser | None,
        detector: Callable[[], Detector],
        record: Callable[[CallEvent], None],
    ) -> None:
        self._recogniser, self._detector, self._record = recogniser, detector, record
        self._recorded, self._fleeting = settings.recordings_dir, settings.taps_dir
        self._policy = settings.recording.transcript
        self._talks: dict[Path, _Talk] = {}
        self._known: set[Path] = set()
        """Files that are there and of which nothing more is to be read."""
        self._line: deque[tuple[_Talk, Said]] = deque()
        self._more = asyncio.Event()
        self._first = True

    @property
    def waiting(self) -> int:
        """Utterances that wait for the recogniser."""
        return len(self._line)

    async def run(self) -> None:
        """Follow until cancelled. What breaks here ends nobody's talk."""
        if self._policy == "off" or self._recogniser is None:
            await asyncio.Event().wait()
        self._first = True
        writing = asyncio.create_task(self._write(), name="talks written")
        try:
            while True:
                for talk, said in await asyncio.to_thread(self.look):
                    self._wait(talk, said)
                if writing.done():
                    writing.result()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            for talk in self._talks.values():
                talk.tape.close()
            self._talks.clear()

    # ---- the sound, in a thread ---------------------------------------------------------------------------------

    def look(self) -> list[tuple[_Talk, Said]]:
        """Read what is new in all talks; returns what was said in them."""
        self._find(self._recorded, fleeting=False)
        if self._policy == "always":
            self._find(self._fleeting, fleeting=True)
        self._first = False
        found: list[tuple[_Talk, Said]] = []
        for file, talk in list(self._talks.items()):
            try:
                sound = talk.tape.read()
            except OSError as error:
                log.warning("talk %s is not written down any more: %s", talk.tape.name.call_id, error)
                self._forget(file, talk)
                continue
            said = [*talk.agent.feed(sound[:, 0]), *talk.caller.feed(sound[:, 1])]
            if talk.tape.over:
                said += [*talk.agent.end(), *talk.caller.end()]
                self._forget(file, talk)
            found += [(talk, one) for one in sorted(said, key=lambda one: one.at)]
        return found

    def _find(self, folder: Path, *, fleeting: bool) -> None:
        files = set(folder.glob("*-agent.raw"))
        self._known = {file for file in self._known if file.parent != folder or file in files}
        for file in sorted(files - self._known - set(self._talks)):
            name = tape_name(file)
            if name is None or len(self._talks) >= TALKS_MAX:
                self._known.add(file)
                log.warning("the talk %s is not written down: %s", file.name, "too many at once" if name else "no name")
                continue
            try:
                # A talk that began before this program is followed from now on: its words may be on record already.
                tape = Tape(file, name, fleeting=fleeting, from_end=self._first)
            except OSError as error:  # it has just been sealed or removed
                log.info("the talk %s cannot be read: %s", file.name, error)
                continue
            agent, caller = (Side(name.call_id, name.language, s, self._detector()) for s in ("agent", "caller"))
            self._talks[file] = _Talk(tape, agent, caller)

    def _forget(self, file: Path, talk: _Talk) -> None:
        talk.tape.close()
        del self._talks[file]
        if file.exists():
            self._known.add(file)

    # ---- the words ----------------------------------------------------------------------------------------------

    def _wait(self, talk: _Talk, said: Said) -> None:
        if len(self._line) >= LINE_MAX:
            self._leave_out(*self._line.popleft(), "the line is full")
        self._line.append((talk, said))
        self._more.set()

    async def _write(self) -> None:
        while True:
            await self._more.wait()
            if not self._line:
                self._more.clear()
                continue
            talk, said = self._line.popleft()
            heard = await self._heard(said)
            if isinstance(heard, str):
                self._leave_out(talk, said, heard)
            elif heard.text.strip():
                self._tell(talk, said, heard)

    async def _heard(self, said: Said) -> Hypothesis | str:
        """The words, or why there are none. One utterance at a time: all other workers are for callers."""
        assert self._recogniser is not None
        until = said.at.timestamp() + said.duration_s + TOO_OLD_S
        while would_wait_s(self._recogniser, said.language) > 0 and time.time() < until:  # noqa: ASYNC110 - it has no event for this
            await asyncio.sleep(ASK_AGAIN_S)
        if time.time() >= until:
            return "it would come too late"
        hearing = hear(self._recogniser, said.language, LATEST)
        try:
            hearing.feed(said.pcm)
            return await hearing.final(timeout_s=TIMEOUT_S)
        except VoiceError as error:
            return f"{error.code}: {error}"
        finally:
            hearing.close()

    def _tell(self, talk: _Talk, said: Said, heard: Hypothesis) -> None:
        at_s = said.at.timestamp()
        asks = talk.discretion.asks(heard.text, at_s)
        text = talk.discretion.recorded(heard.text, at_s)
        data: dict[str, Any] = {
            "side": said.side,
            "text": text,
            "confidence": round(heard.confidence, 3),
            "duration_s": round(said.duration_s, 2),
            "late_s": round(datetime.now(UTC).timestamp() - at_s - said.duration_s, 2),
        }
        if text == heard.text and any(word.confidence for word in heard.words):
            data["words"] = [{"text": word.text, "confidence": round(word.confidence, 2)} for word in heard.words]
        if asks:
            data["asks"] = "private"
        talk.silent_sides.discard(said.side)
        self._record(CallEvent(said.call_id, said.at, Kind.TALK, data))

    def _leave_out(self, talk: _Talk, said: Said, why: str) -> None:
        """The page shows a gap, once: what is not there must not look as if nothing had been said."""
        log.info("call %s: an utterance of the %s is not written down: %s", said.call_id, said.side, why)
        if said.side not in talk.silent_sides:
            talk.silent_sides.add(said.side)
            self._record(CallEvent(said.call_id, said.at, Kind.TALK, {"side": said.side, "text": "", "left_out": True}))
