"""Answers to the question at the end of a call that were spoken and not pressed: heard when the recogniser has time.

The dialplan (context `closing`) records what the caller says; the recording is deleted once it was heard, or after an
hour. A key is on record already and is worth more than what was heard."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from datetime import UTC, datetime
from pathlib import Path

from integrations.database.calls import CallJournal
from integrations.errors import DatabaseError
from ivr.call.events import Kind
from voices.audio import RATE_HZ, read_wav_pcm
from voices.errors import VoiceError
from voices.recognition.hypothesis import Recogniser
from voices.recognition.vad import VoiceActivity

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
SETTLED_S = 3.0
"""Asterisk writes to a file until the caller has answered; nothing was written to it for so long when it is whole."""
KEEP_S = 3600.0
ANSWER_MAX_S = 20
TIMEOUT_S = 20.0
LEAST_SPEECH_S = 0.25
_CHUNK = 1024
_SPEECH = 0.6
SCORES = ("satisfied", "fair", "unsatisfied")
_WORDS = (
    ("unsatisfied", re.compile(r"不太?满意|没满意|不好|太差|很差|差得很|不行|气人|投诉|(?:^|按)(?:三|3)$")),
    ("fair", re.compile(r"一般|还行|还可以|凑合|马马虎虎|差不多|(?:^|按)(?:二|2)$")),
    ("satisfied", re.compile(r"满意|挺好|很好|蛮好|好得很|好着|不错|真好|(?:^|按)(?:一|幺|1)$")),
)
"""In this order: “不满意” contains “满意”. Thanks alone say nothing: who is polite is not yet satisfied."""


def score_of(words: str) -> str | None:
    """The score that these words give, or None."""
    plain = re.sub(r"[\s，。！？,.!?、]", "", words)
    return next((score for score, pattern in _WORDS if pattern.search(plain)), None)


def speaks(pcm: bytes) -> bool:
    """Whether anybody says anything: a recogniser hears words in silence, too. `pcm`: 16 kHz s16le."""
    detector = VoiceActivity()
    loud = sum(detector.probability(pcm[at : at + _CHUNK]) > _SPEECH for at in range(0, len(pcm) - _CHUNK + 1, _CHUNK))
    return loud * (_CHUNK / 2 / RATE_HZ) >= LEAST_SPEECH_S


class Ratings:
    """Runs beside the calls."""

    def __init__(self, folder: Path, journal: CallJournal, recogniser: Recogniser | None, language: str) -> None:
        self._folder, self._journal, self._recogniser, self._language = folder, journal, recogniser, language

    async def run(self) -> None:
        """Look every five seconds until cancelled."""
        failed = False
        while True:
            try:
                await self.look(time.time())
                failed = False
            except (DatabaseError, OSError) as error:
                if not failed:
                    log.warning("answers to the question at the end wait: %s", error)
                failed = True
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self, now: float) -> None:
        """One round over the files that are whole. `now`: epoch seconds. Raises DatabaseError, OSError."""
        for file in await asyncio.to_thread(lambda: sorted(self._folder.glob("*.wav"))):
            age_s = now - file.stat().st_mtime
            if age_s < SETTLED_S:
                continue
            if age_s > KEEP_S:
                log.warning("the answer of call %s was not heard within an hour and is deleted", file.stem)
            elif (told := await asyncio.to_thread(self._journal.story, file.stem)) is None:
                continue  # the call is not on record yet
            elif not (any(kind == Kind.RATED for _, kind, _ in told[1]) or await self._heard(file)):
                return  # busy with callers: later
            await asyncio.to_thread(file.unlink, missing_ok=True)

    async def _heard(self, file: Path) -> bool:
        """Whether this file is done with."""
        return self._recogniser is not None and await self._listen(file, self._recogniser)

    async def _listen(self, file: Path, recogniser: Recogniser) -> bool:
        try:
            pcm = (await asyncio.to_thread(read_wav_pcm, file))[: ANSWER_MAX_S * RATE_HZ * 2]
            if not await asyncio.to_thread(speaks, pcm):
                return True
            hypothesis = await recogniser.transcribe(pcm, self._language, timeout_s=TIMEOUT_S)
        except VoiceError as error:
            if error.code in {"busy", "timeout", "unavailable"}:
                return False
            log.info("the answer of call %s cannot be heard: %s", file.stem, error)
            return True
        if (score := score_of(hypothesis.text)) is not None:
            data = {"score": score, "by": "voice", "heard": hypothesis.text}
            await asyncio.to_thread(self._journal.add, file.stem, datetime.now(UTC), Kind.RATED.value, data)
        return True
