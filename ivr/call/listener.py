"""Audio in, utterances out: voice activity, the end of a turn, and recognition that starts before the turn is over."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from ivr.call.bargein import Onset
from ivr.call.endpoint import RESUMED_S, Endpoint, Patience, Sense, held
from ivr.call.last_turn import GOES_ON_S, LastTurn
from ivr.call.prosody import drawn_out
from ivr.call.second import Judge, second_opinion
from ivr.call.utterance import Heard, SpeechBegan, Untaken, Utterance
from ivr.settings import Listening, Speech
from voices.audio import Samples, from_pcm, rms_db
from voices.errors import VoiceError
from voices.recognition.hearing import hear, to_spare, would_wait_s
from voices.recognition.hypothesis import ANYTHING, Expectation, Hearing, Hypothesis, Recogniser

log = logging.getLogger(__name__)

RATE_HZ = 16_000
CHUNK_BYTES = 1024
CHUNK_S = 0.032
"""The voice activity model works on 512 samples."""
PRE_ROLL_S = 0.45
"""Kept from before the detected start, so that a soft first syllable is not lost."""
RUN_KEEP_S = 1.2
"""Of sound that took long to be believed, so much is kept from before."""
SILENCE_AT = 0.35
"""Hysteresis: speech goes on until the probability falls below this."""
STIRS_AT, STIRS_S = 0.12, 0.16
"""A turn does not end in the very moment at which the caller may be beginning again; noise delays it by no more."""
EARLY_S = 0.128
"""After so much silence the recogniser starts; more speech throws its result away."""
EAGER_S = 0.064
"""The same while the recogniser has time for what may be thrown away: gaps between syllables are as long."""
SHUT_KEEP_S = 8.0
"""What is said while the listener is shut, and goes on when it opens, is kept from its beginning up to this length."""
TAIL_BYTES = RATE_HZ * 2 * 2
"""The last 2 s tell how the last sound was said."""
AGAIN_S = 0.4
"""A recogniser that is full is asked again after this."""
SLOW_S = 1.2
"""Words that take longer than this after the end of a turn are worth a “please wait”."""
FULL_S = 1.0
"""So is a recogniser that says that it will not begin before this."""


class Detector(Protocol):
    """Voice activity of one call."""

    def probability(self, chunk: bytes) -> float:
        """Probability that these 512 samples contain speech."""
        ...


async def _untold(_: Hypothesis) -> Sense:
    return Sense.OPEN


class Listener:
    """Listens to one call. Feed every frame; results come out of `heard` in order."""

    def __init__(
        self,
        detector: Detector,
        recogniser: Recogniser | None,
        listening: Listening,
        speech: Speech,
        language: str,
        *,
        patience: Patience | None = None,
        endpoint: Endpoint | None = None,
    ) -> None:
        self.heard = Untaken(maxsize=100)
        self.patience = patience or Patience(listening.pause_s)
        self.onset = Onset(listening)
        self.expect: Expectation = ANYTHING
        """What the question can take: the recogniser leans towards it."""
        self.earlier: Expectation | None = None
        """What the question before could take, while its answer can be taken back; None when it cannot."""
        self.sense: Callable[[Hypothesis], Awaitable[Sense]] = _untold
        """What the words so far are, to the question that stands. What comes too late is not waited for."""
        self.judge: Judge | None = None
        """Who tells which words are worth a second opinion; None: nobody asks for one."""
        self.played: Callable[[], Samples | None] = lambda: None
        """What the caller has been hearing; see `Speaker.played`."""
        self._detector, self._recogniser, self.language = detector, recogniser, language
        self._limits, self._timeout_s = listening, speech.recogniser_timeout_s
        self._endpoint = endpoint or Endpoint()
        self._at_least_s: float | None = None
        self._rest = b""
        self._pre: deque[bytes] = deque(maxlen=round((PRE_ROLL_S + RUN_KEEP_S) / CHUNK_S))
        self._speech = bytearray()
        self._hearing: Hearing | None = None
        """The utterance that is being said, at the recogniser."""
        self._silent_s = 0.0
        self._loudest_db = -120.0
        self._open = False
        self._in_speech = False
        self._last = LastTurn()
        self._lead = b""
        """What the caller goes on with: the turn before, and the silence since."""
        self._goes_on = False
        """Whether what is being said belongs to the turn before, and is heard together with it …"""
        self._takes_back = False
        """… which has been answered already."""
        self._early: asyncio.Task[Utterance] | None = None
        self._judging: asyncio.Task[None] | None = None
        self._sense = Sense.OPEN
        """What the words before this silence are; nothing can be told before the recogniser has them."""
        self._drawn = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._late: set[asyncio.Task[None]] = set()
        self._waiting_since: float | None = None
        self._order = asyncio.Lock()

    def wait(self, pause_s: float | None) -> None:
        """How much silence this question needs at least, unless the answer is complete; None for the usual."""
        self._at_least_s = pause_s

    def open(self) -> None:
        """Take speech from now on; what is being said at this moment is taken from its beginning."""
        if self._open:
            return
        self._open = True
        if self._in_speech:
            self._begin()

    def shut(self) -> None:
        """Ignore speech: the bot is saying something that must be heard to its end, or is at work.

        An utterance that is being spoken is kept for when the listener opens before its end."""
        self._open = False
        self._let_go()

    def answered(self) -> None:
        """The question was answered by key: what was said to it by now is late when it comes."""
        self._late |= self._tasks
        self._last.let_go()
        self.heard.late()

    @property
    def speaking(self) -> bool:
        """Whether the caller is in the middle of an utterance."""
        return self._open and self._in_speech

    @property
    def silent_s(self) -> float:
        """Silence since the last word of the turn that was over last, as far as it matters."""
        return self._last.silence_s

    @property
    def recognising(self) -> bool:
        """Whether a turn is over and its words are not known yet."""
        return bool(self._tasks)

    @property
    def busy(self) -> bool:
        """Whether an utterance is being spoken or recognised."""
        return self.speaking or self.recognising

    @property
    def slow(self) -> bool:
        """Whether the words of a turn that is over let the caller wait."""
        if self._waiting_since is None or self.speaking:
            return False
        waited_s = asyncio.get_running_loop().time() - self._waiting_since
        return waited_s >= SLOW_S or (waited_s >= AGAIN_S and would_wait_s(self._recogniser, self.language) > FULL_S)

    def feed(self, pcm: bytes) -> None:
        """Take audio of the caller, 16 kHz s16le, of any length."""
        self._rest += pcm
        while len(self._rest) >= CHUNK_BYTES:
            chunk, self._rest = self._rest[:CHUNK_BYTES], self._rest[CHUNK_BYTES:]
            self._chunk(chunk, self._detector.probability(chunk))

    async def close(self) -> None:
        """Stop all recognition of this call."""
        self._open = False
        tasks = [t for t in (*self._tasks, self._early, self._judging) if t is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._let_go()

    def _let_go(self) -> None:
        """The recogniser need not hear this utterance."""
        self._drop_early()
        if self._hearing is not None:
            self._hearing.close()
            self._hearing = None

    def _drop_early(self) -> None:
        if self._early is not None:
            self._early.cancel()
            self._early = None
        if self._judging is not None:
            self._judging.cancel()
            self._judging = None
        self._sense = Sense.OPEN

    def _chunk(self, chunk: bytes, probability: float) -> None:
        if not self._in_speech:
            self._wait_for_speech(chunk, probability)
            return
        self._speech += chunk
        if probability >= SILENCE_AT:
            if self._silent_s:
                self.patience.paused(self._silent_s)
            self._silent_s = 0.0
            self._loudest_db = max(self._loudest_db, rms_db(from_pcm(chunk)))
            self._drop_early()
        else:
            self._silent_s += CHUNK_S
        if self._open:
            if self._hearing is not None:
                self._hearing.feed(chunk)
            self._listen_on(probability)
        elif self._silent_s >= self._limits.pause_s:
            self._forget()
        elif len(self._speech) > SHUT_KEEP_S * RATE_HZ * 2:
            del self._speech[: len(chunk)]
            self._lead = b""

    def _wait_for_speech(self, chunk: bytes, probability: float) -> None:
        self._pre.append(chunk)
        self._last.passes(chunk)
        if not self.onset.take(chunk, probability, self.played()):
            return
        self._in_speech = True
        self._silent_s = 0.0
        kept_s = PRE_ROLL_S + max(0.0, self.onset.run_s - self._limits.barge_in_speech_s)
        self._speech = bytearray(b"".join(self._pre)[-round(kept_s / CHUNK_S) * CHUNK_BYTES :])
        self._pre.clear()
        pause_s = self._last.pause_s(self.onset.run_s)
        self._lead = self._last.before(self._speech) if pause_s <= self._last.goes_on_s else b""
        if self._last.silence_s <= self.patience.pause_s + RESUMED_S:
            self.patience.cut_in(pause_s)
        self._last.let_go()
        if self._open:
            self._begin()

    def _begin(self) -> None:
        """Words are being said that count."""
        expect = self._joined()
        if self._recogniser is not None:
            self._hearing = hear(self._recogniser, self.language, expect)
            self._hearing.feed(self._audio)
        self._put(SpeechBegan(self._takes_back))

    def _joined(self) -> Expectation:
        """See whether the caller goes on with the turn before. Gives what the question can take that they answer."""
        self._goes_on = self._takes_back = False
        if self._lead and self._last.recall():  # nobody has heard of that turn yet
            self._goes_on, self._takes_back = True, self._last.takes_back and self.earlier is not None
        elif self._lead and self._last.told and self.earlier is not None:
            self._goes_on = self._takes_back = True
        return self.earlier if self._takes_back and self.earlier is not None else self.expect

    def _listen_on(self, probability: float) -> None:
        """Recognise early, and end the turn when there has been silence enough for what was said."""
        if self._early is None and self._silent_s >= self._early_s:
            self._drawn = drawn_out(bytes(self._speech[-TAIL_BYTES:]), self._silent_s)
            self._early = asyncio.create_task(self._recognise(self._hearing, self._audio), name="early recognition")
            self._judging = asyncio.create_task(self._judge(self._early, self._length_s - self._silent_s), name="sense")
        if self._silent_s > 0:
            needed_s = self._endpoint.silence_s(self._sense, self.patience.pause_s, self._at_least_s)
            stirs = probability >= STIRS_AT and self._silent_s < needed_s + STIRS_S
            if self._silent_s >= needed_s and not stirs:
                self._finish()
                return
        if self._length_s >= self._limits.utterance_max_s:
            self._finish()

    @property
    def _early_s(self) -> float:
        """Silence after which the recogniser starts on what may be a whole turn."""
        return EAGER_S if self._silent_s >= EAGER_S and to_spare(self._recogniser) else EARLY_S

    async def _judge(self, early: asyncio.Task[Utterance], speech_s: float) -> None:
        """See what the words so far are, as soon as they are known."""
        said = await asyncio.shield(early)
        if said.hypothesis is None:
            return
        try:
            sense = await self.sense(replace(said.hypothesis, duration_s=speech_s))
        except Exception:  # the call must go on listening; patience alone ends this turn
            log.exception("it could not be told whether a sentence was complete")
            return
        if early is self._early:
            self._sense = held(sense) if self._drawn else sense

    def _finish(self) -> None:
        early, self._early = self._early, None
        hearing, self._hearing = self._hearing, None
        audio = self._audio if self._length_s < self._limits.utterance_max_s else b""
        sooner = self._sense is Sense.LIKELY and audio and self._silent_s < self.patience.pause_s
        usual_s = self.patience.pause_s if sooner else 0.0
        work = early or asyncio.create_task(self._recognise(hearing, self._audio), name="recognition")
        said = Utterance(
            None,
            self._length_s,
            silence_s=round(self._silent_s, 3),
            audio=self._audio,
            usual_s=usual_s,
            goes_on=self._takes_back,
        )
        task = asyncio.create_task(self._deliver(work, said, self._loudest_db), name="utterance")
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._delivered(done, work, hearing))
        self._waiting_since = asyncio.get_running_loop().time()
        self._last = LastTurn(
            audio, self._silent_s, task, takes_back=self._takes_back, goes_on_s=max(GOES_ON_S, usual_s)
        )
        self._forget()
        self.patience.turn_ended()

    def _forget(self) -> None:
        self._speech = bytearray()
        self._silent_s, self._loudest_db = 0.0, -120.0
        self._in_speech = self._drawn = self._goes_on = self._takes_back = False
        self._lead = b""
        self._let_go()
        self.onset.reset()

    @property
    def _length_s(self) -> float:
        return (len(self._speech) + (len(self._lead) if self._goes_on else 0)) / RATE_HZ / 2

    @property
    def _audio(self) -> bytes:
        """What is being said, with what it goes on with."""
        return (self._lead if self._goes_on else b"") + bytes(self._speech)

    async def _deliver(self, work: asyncio.Task[Utterance], said: Utterance, loudest_db: float) -> None:
        async with self._order:  # utterances come out in the order in which they were said
            heard = await work
            self.onset.sounded(loudest_db)
            if heard.hypothesis is not None and heard.hypothesis.text:
                self.onset.heard(loudest_db)
            late = asyncio.current_task() in self._late
            self._put(
                replace(said, hypothesis=heard.hypothesis, duration_s=heard.duration_s, error=heard.error, late=late)
            )

    def _delivered(self, task: asyncio.Task[None], work: asyncio.Task[Utterance], hearing: Hearing | None) -> None:
        work.cancel()
        if hearing is not None:
            hearing.close()
        self._tasks.discard(task)
        self._late.discard(task)
        if not self._tasks:
            self._waiting_since = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an utterance was lost", exc_info=error)

    async def _recognise(self, hearing: Hearing | None, audio: bytes) -> Utterance:
        duration_s = len(audio) / RATE_HZ / 2
        if hearing is None:
            return Utterance(None, duration_s, "no_recogniser")
        try:
            hypothesis = await self._final(hearing)
        except VoiceError as error:
            log.warning("an utterance of %.1f s was not recognised: %s", duration_s, error)
            return Utterance(None, duration_s, error.code)
        if self.judge is not None:
            hypothesis = await second_opinion(
                self._recogniser, self.judge, hypothesis, audio, self.language, self.expect
            )
        return Utterance(hypothesis, duration_s)

    async def _final(self, hearing: Hearing) -> Hypothesis:
        """Ask again while the recogniser is full: what an old person said once is not to be said again for that."""
        clock = asyncio.get_running_loop().time
        until = clock() + self._timeout_s
        while True:
            left_s = max(0.1, until - clock())
            try:
                return await hearing.final(timeout_s=left_s)
            except VoiceError as error:
                if error.code != "busy" or clock() + AGAIN_S >= until:
                    raise
            await asyncio.sleep(AGAIN_S)

    def _put(self, item: Heard) -> None:
        if self.heard.full():  # nobody says a hundred things unheard: the session is stuck, and its watchdog acts
            log.error("utterances are not being taken by the session")
            return
        self.heard.put_nowait(item)
