"""Who may teach phrases by calling: codes that an administrator gives to native speakers, good for some days."""

from __future__ import annotations

import fcntl
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from voices.errors import VoiceError
from voices.whole import write_whole

DIGITS = 6
WRONG_MAX, WRONG_WITHIN_S = 20, 3600.0
"""So many wrong codes within so long, and none is taken until that time is over: nobody tries them all."""
INVITED_MAX = 200
LOCK_S = 3.0


@dataclass(frozen=True, slots=True)
class Invitation:
    """One code."""

    code: str
    """Six digits without 0: key 0 is a person."""
    language: str
    speaker: str
    times: int
    """How often each phrase is asked for."""
    until: str
    """UTC, ISO 8601."""

    def good(self, now: datetime) -> bool:
        """Whether it has not expired."""
        return now < datetime.fromisoformat(self.until)


class Invitations:
    """Kept in one file (0600), which the command and the hotline share."""

    def __init__(self, file: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._file, self._now = file, now
        self._wrong: list[float] = []
        """Monotonic seconds of wrong codes."""

    def invite(self, language: str, speaker: str, *, times: int, days: int) -> Invitation:
        """A new code; one that the speaker had for this language is good no longer. Raises VoiceError, OSError."""
        with self._locked():
            known = [one for one in self._read() if (one.language, one.speaker) != (language, speaker)]
            if len(known) >= INVITED_MAX:
                raise VoiceError("invitations", f"{INVITED_MAX} codes are good at the moment.", "Forget some first.")
            taken = {one.code for one in known}
            code = next(code for code in iter(_code, "") if code not in taken)
            until = (self._now() + timedelta(days=days)).isoformat(timespec="seconds")
            made = Invitation(code, language, speaker, times, until)
            self._write([*known, made])
        return made

    def good(self) -> list[Invitation]:
        """Those that have not expired. Raises VoiceError when the file cannot be read."""
        return self._read()

    def forget(self, speaker: str, language: str | None = None) -> int:
        """Take back the codes of a speaker, for one language or all; returns how many. Raises VoiceError, OSError."""
        if not self._file.exists():
            return 0
        with self._locked():
            known = self._read()
            left = [one for one in known if one.speaker != speaker or language not in {None, one.language}]
            self._write(left)
        return len(known) - len(left)

    def by_code(self, code: str) -> Invitation | None:
        """Whose code it is; None when nobody's, or when too many were wrong lately. Raises VoiceError."""
        now = time.monotonic()
        self._wrong = [at for at in self._wrong if now - at < WRONG_WITHIN_S]
        if len(self._wrong) >= WRONG_MAX:
            return None
        found = next((one for one in self._read() if secrets.compare_digest(one.code, code)), None)
        if found is None:
            self._wrong.append(now)
        return found

    def still(self, invitation: Invitation) -> bool:
        """Whether it has not been taken back since. One that expires during a call is good until its end."""
        return any(replace(one, until="") == replace(invitation, until="") for one in self._read(expired=True))

    def _read(self, *, expired: bool = False) -> list[Invitation]:
        try:
            known = [Invitation(**one) for one in json.loads(self._file.read_text(encoding="utf-8"))]
            return [one for one in known if expired or one.good(self._now())]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            raise VoiceError(
                "invitations", f"{self._file} cannot be read: {error}", "Delete it, and invite the speakers again."
            ) from error

    def _write(self, invitations: list[Invitation]) -> None:
        write_whole(self._file, json.dumps([asdict(one) for one in invitations]).encode(), mode=0o600)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Two commands at once must not lose one another's code."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + LOCK_S
        with self._file.with_suffix(".lock").open("w") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise VoiceError("invitations", "another command is inviting somebody", "Try again.") from None
                    time.sleep(0.05)
            yield


def _code() -> str:
    return "".join(secrets.choice("123456789") for _ in range(DIGITS))
