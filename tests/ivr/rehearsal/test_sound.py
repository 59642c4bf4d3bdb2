"""The audio of a call ends a moment before the call does: the phone goes on, and tells the end of the call."""

from __future__ import annotations

from typing import Any

import pjsua2 as pj

from ivr.rehearsal.sound import Sound


class Ended:
    """A line, or what plays into it, after its audio has ended: whatever is asked of it is an error."""

    def getTxLevel(self) -> int:  # noqa: N802 - named by pjsua2
        raise pj.Error

    def stopTransmit(self, sink: object) -> None:  # noqa: N802 - named by pjsua2
        raise pj.Error


def ended_while_speaking(events: list[str]) -> Any:
    """The sound of a phone whose line has ended while it spoke."""
    made: Any = Sound(None, lambda event, **_: events.append(event))
    made._line, made._player = Ended(), Ended()
    return made


def test_listening_to_a_line_that_has_ended_hears_nothing() -> None:
    events: list[str] = []
    sound = ended_while_speaking(events)
    sound.listen(1.0)
    sound.listen(2.0)
    assert events == []


def test_speaking_into_a_line_that_has_ended_ends_with_it() -> None:
    events: list[str] = []
    sound = ended_while_speaking(events)
    sound.close()
    sound.play("after.wav")
    assert events == ["problem"]
