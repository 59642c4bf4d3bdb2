"""What a test phone says and hears: WAV files in, two recordings on one clock out.

`heard.wav` is what came over the line, `said.wav` what was sent, both from the moment at which the call's audio began:
a delay between them is a delay at the caller's ear."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pjsua2 as pj

RATE_HZ = 8000
SOUND_LEVEL = 0.04
"""Of full scale, as pjsua2 meters it; comfort noise and A-law quantisation stay below."""
QUIET_AFTER_S = 0.9
"""Longer than any pause within a prompt: the hotline has finished speaking."""

LENGTH = slice(4, 8)
"""Where a WAV file tells its length: zero until the recording has ended."""


class Player(pj.AudioMediaPlayer):  # type: ignore[misc]  # pjsua2 publishes no types
    """Plays one file once."""

    def __init__(self, ended: Callable[[], None]) -> None:
        super().__init__()
        self._ended = ended

    def onEof2(self) -> None:  # noqa: N802 - named by pjsua2
        """The file has been played."""
        self._ended()


class Sound:
    """The audio of one call of a test phone."""

    def __init__(self, folder: Path | None, tell: Callable[..., None]) -> None:
        self._folder, self._tell = folder, tell
        self._line: Any = None
        self._player: Player | None = None
        self._old: list[Player] = []
        self._silence: Any = None
        self._recorders: list[Any] = []
        self._files: list[Path] = []
        self._sounding = False
        self._quiet_since: float | None = None

    def open(self, line: Any) -> None:
        """The call's audio is up. A second offer within the call gives the same line again."""
        self._line = line
        # Its level is metered only while somebody listens; the null device does.
        line.startTransmit(pj.Endpoint.instance().audDevManager().getPlaybackDevMedia())
        if self._folder is None or self._recorders:
            return
        self._silence = pj.AudioMediaPlayer()
        self._silence.createPlayer(str(_silence(self._folder)))
        for name, source in (("heard.wav", line), ("said.wav", None)):
            recorder = pj.AudioMediaRecorder()
            recorder.createRecorder(str(self._folder / name))
            self._files.append(self._folder / name)
            self._silence.startTransmit(recorder)  # without a source nothing is written, and time would be lost
            if source is not None:
                source.startTransmit(recorder)
            self._recorders.append(recorder)
        self._tell("recording")

    def play(self, file: str) -> None:
        """Say a file, instead of what is being said."""
        self.hush()
        if self._line is None:
            self._tell("problem", text="there is no audio yet")
            return
        player = Player(lambda: self._tell("said", file=file))
        player.createPlayer(file, pj.PJMEDIA_FILE_NO_LOOP)
        player.startTransmit(self._line)
        if self._recorders:
            player.startTransmit(self._recorders[1])
        self._player = player
        self._tell("saying", file=file)

    def hush(self) -> None:
        """Stop speaking."""
        if self._player is not None:
            if self._line is not None:
                self._player.stopTransmit(self._line)
            if self._recorders:
                self._player.stopTransmit(self._recorders[1])
            self._old.append(self._player)  # pjsua2 may still call it from its own thread
            self._player = None

    def listen(self, now: float) -> None:
        """Tell when sound begins and when the line has become quiet."""
        if self._line is None:
            return
        try:
            level = self._line.getTxLevel() / 255
        except pj.Error:  # the audio ends a moment before the call does
            self._line = None
            return
        if level > SOUND_LEVEL:
            self._quiet_since = None
            if not self._sounding:
                self._sounding = True
                self._tell("sound")
        elif self._sounding:
            if self._quiet_since is None:
                self._quiet_since = now
            elif now - self._quiet_since > QUIET_AFTER_S:
                self._sounding = False
                self._tell("quiet", since=self._quiet_since)

    def whole(self) -> bool:
        """Whether what was recorded can be read: pjsua2 writes a length in its own thread, a moment after the end."""
        return all(file.stat().st_size > LENGTH.stop and any(_head(file)[LENGTH]) for file in self._files)

    def close(self) -> None:
        """End the recordings; `whole` tells when the files are."""
        self._line = None  # it has ended: nothing can be taken away from it any more
        self.hush()
        if self._recorders:
            self._recorders.clear()
            self._silence = None
            self._tell("recorded")


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(LENGTH.stop)


def _silence(folder: Path) -> Path:
    file = folder / "silence.wav"
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE_HZ, 0, "NONE", "not compressed"))
        out.writeframes(bytes(RATE_HZ * 2))
    return file
