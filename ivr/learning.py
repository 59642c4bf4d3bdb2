"""Examples that confirmed calls teach: kept beside the calls, not too many, no longer than the settings say."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from integrations.errors import DatabaseError
from ivr.settings import Examples
from voices.errors import VoiceError

log = logging.getLogger(__name__)

WAITING_MAX = 20
"""Utterances that wait to be kept; more are let go: there will be other calls."""
CLEAN_EVERY_S = 6 * 3600.0


class Learning:
    """`run()` belongs to a task of its own and does not end by itself."""

    def __init__(self, rules: Examples, folder: Path, pseudonym: Callable[[str], str]) -> None:
        """`pseudonym`: number → a name that does not tell it. Raises DatabaseError; may be slow."""
        self._rules, self._folder, self._pseudonym = rules, folder, pseudonym
        self._waiting: asyncio.Queue[tuple[str, str, str, bytes]] = asyncio.Queue(maxsize=WAITING_MAX)

    def take(self, number: str | None, language: str, phrase: str, pcm: bytes) -> None:
        """Keep what this caller said, as soon as there is time. Nothing of who withholds the number: too many by one
        speaker teach that speaker."""
        if self._rules.from_calls and number and not self._waiting.full():
            self._waiting.put_nowait((number, language, phrase, pcm))

    async def run(self) -> None:
        """Keep what comes, and delete what was kept long enough, also when nothing new is kept any more."""
        while True:
            await asyncio.to_thread(self._clean)
            try:
                async with asyncio.timeout(CLEAN_EVERY_S):
                    while True:
                        one = await self._waiting.get()
                        await asyncio.to_thread(self._keep, *one)
            except TimeoutError:
                continue

    def _keep(self, number: str, language: str, phrase: str, pcm: bytes) -> None:
        from voices.recognition.teaching import keep_from_call  # noqa: PLC0415 - loads the recogniser's libraries

        rules = self._rules
        try:
            kept = keep_from_call(
                self._folder,
                language,
                phrase,
                self._pseudonym(number),
                pcm,
                per_phrase=rules.per_phrase,
                per_caller=rules.per_caller,
            )
        except (VoiceError, DatabaseError, OSError) as error:  # one example fewer
            log.warning("what a call taught of “%s” in “%s” is not kept: %s", phrase, language, error)
        else:
            if kept is not None:
                log.info("a call taught “%s” in “%s”; it counts from the next start", phrase, language)

    def _clean(self) -> None:
        if not any(self._folder.glob("*/*/*.wav")):
            return
        from voices.recognition.teaching import forget_calls  # noqa: PLC0415 - loads the recogniser's libraries

        before = datetime.now(UTC) - timedelta(days=self._rules.keep_days)
        try:
            gone = forget_calls(self._folder, before=before)
        except OSError as error:
            log.warning(
                "examples of calls that are older than %d days are still there: %s", self._rules.keep_days, error
            )
        else:
            if gone:
                log.info("%d examples of calls were older than %d days and are deleted", gone, self._rules.keep_days)
