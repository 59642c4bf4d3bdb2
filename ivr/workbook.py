"""What is still to be taught by whom, and where it goes: the folder of examples tells how far a speaker has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ivr.call.take import PHRASE, STRANGE
from ivr.call.teaching import Wanted, all_pieces, topics
from ivr.invitations import Invitation, Invitations
from voices.errors import VoiceError
from voices.languages.pack import load_packs
from voices.recognition.taught_phrases import phrases

STRANGE_NAME = "strange"
"""As `voices.recognition.examples.STRANGE`, which is expensive to import."""


class Workbooks:
    """Of all speakers. One call at a time has one code."""

    def __init__(
        self, invitations: Invitations, folder: Path, activity: Callable[[], Callable[[bytes], float]]
    ) -> None:
        """`activity`: makes what tells speech from silence in 1024 bytes, for one recording."""
        self._invitations, self._folder, self._activity = invitations, folder, activity
        self._open: set[str] = set()

    @contextmanager
    def one(self) -> Iterator[Workbook]:
        """For one call."""
        book = Workbook(self, self._invitations, self._folder, self._activity)
        try:
            yield book
        finally:
            self._open.discard(book.code)

    def take(self, code: str) -> bool:
        """False when another call has it."""
        free = code not in self._open
        self._open.add(code)
        return free


class Workbook:
    """Of one call. See `ivr.call.teaching.Workbook`."""

    def __init__(
        self,
        all_books: Workbooks,
        invitations: Invitations,
        folder: Path,
        activity: Callable[[], Callable[[bytes], float]],
    ) -> None:
        self._all, self._invitations, self._folder, self._activity = all_books, invitations, folder, activity
        self.code = ""

    async def invited(self, code: str) -> Invitation | None:
        """Raises VoiceError (`in_use`, `invitations`)."""
        found = await asyncio.to_thread(self._invitations.by_code, code)
        if found is not None:
            if not self._all.take(code):
                raise VoiceError("in_use", "this code is being used by another call", "Call again later.")
            self.code = code
        return found

    async def wanted(self, invitation: Invitation) -> Sequence[Wanted]:
        """What is still to be said, in order."""
        return await asyncio.to_thread(wanted, self._folder, invitation)

    async def keep(self, invitation: Invitation, wanted: Wanted, pcm: bytes) -> None:
        """Raises VoiceError (`revoked`, `no_speech`, `too_long`), OSError."""
        await asyncio.to_thread(self._keep, invitation, wanted, pcm)

    def _keep(self, invitation: Invitation, one: Wanted, pcm: bytes) -> None:
        # Both load the recogniser's libraries.
        from voices.recognition.strange import keep_strange  # noqa: PLC0415
        from voices.recognition.teaching import keep  # noqa: PLC0415

        if not self._invitations.still(invitation):
            raise VoiceError("revoked", "the code has been taken back", "yinling examples invite")
        if one.name != STRANGE_NAME:
            keep(self._folder, invitation.language, one.name, invitation.speaker, pcm)
        elif not keep_strange(self._folder, invitation.language, invitation.speaker, pcm, self._activity()):
            raise VoiceError("no_speech", "nothing in it is as long as a phrase", "Say two or three sentences.")


def all_said(invitations: Invitations) -> list[str]:
    """All pieces that may be said to those who are invited now; none without an invitation. Raises VoiceError."""
    packs = load_packs()
    names = {packs[one.language].called("zh") for one in invitations.good() if one.language in packs}
    return all_pieces(names, [*(one.ask or one.meaning for one in phrases().values()), *topics()])


def wanted(folder: Path, invitation: Invitation) -> list[Wanted]:
    """What this speaker has not said often enough. Every round goes on after the phrase that was kept last; speech
    that is no phrase comes after the first round."""
    there = _recorded(folder, invitation)
    known = list(phrases())
    newest = max((mtime, name) for name, times in there.items() for mtime in times)[1] if any(there.values()) else ""
    start = known.index(newest) + 1 if newest in known else 0
    order = known[start:] + known[:start]
    rounds = [
        [
            Wanted(name, phrases()[name].ask or phrases()[name].meaning, PHRASE)
            for name in order
            if len(there.get(name, ())) <= n
        ]
        for n in range(invitation.times)
    ]
    enough = len(there.get(STRANGE_NAME, ())) >= len(topics())
    strange = [] if enough else [Wanted(STRANGE_NAME, topic, STRANGE, "strange") for topic in topics()]
    return [*rounds[0], *strange, *(one for some in rounds[1:] for one in some)]


def _recorded(folder: Path, invitation: Invitation) -> dict[str, list[float]]:
    """Phrase → when each of the speaker's recordings was made."""
    found: dict[str, list[float]] = {}
    for file in (folder / invitation.language).glob(f"*/{invitation.speaker}-*.wav"):
        found.setdefault(file.parent.name, []).append(file.stat().st_mtime)
    return found
