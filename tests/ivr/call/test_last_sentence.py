"""What a caller said last can be heard again while the call goes on, and no longer."""

from __future__ import annotations

import asyncio
import io
import wave
from pathlib import Path

import pytest

from flows.actions import Action, End, Listen, Say
from flows.events import CallerProfile, Event
from ivr.asterisk.media import Audio
from ivr.call.events import CallEvent, Kind
from ivr.call.last_sentence import LastSentences
from ivr.call.listener import Listener
from ivr.call.parts import Ending, Parts
from ivr.call.session import CallSession
from ivr.call.speaker import Speaker
from ivr.settings import Listening, Speech
from tests.ivr.call.fakes import LOUD, QUIET, FakeDetector, FakeLeg, FakeRecogniser, FakeVoice
from tests.ivr.call.scripted import NOW, Desk, Plain, Script, until

CALL, OTHER = "1700000000.1", "1700000000.2"


def test_the_last_sentence_stands_in_place_of_the_one_before_and_is_for_us_alone(tmp_path: Path) -> None:
    kept = LastSentences(tmp_path / "sentences")
    assert kept.read(CALL) is None
    kept.keep(CALL, b"\1\0" * 1600)
    kept.keep(CALL, b"\2\0" * 3200)
    sound = kept.read(CALL)
    assert sound is not None
    with wave.open(io.BytesIO(sound)) as heard:
        assert (heard.getframerate(), heard.readframes(4000)) == (16_000, b"\2\0" * 3200)
    (file,) = (tmp_path / "sentences").iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_nothing_is_left_of_a_call_that_is_over(tmp_path: Path) -> None:
    kept = LastSentences(tmp_path)
    for call in (CALL, OTHER):
        kept.keep(call, b"\1\0")
    kept.forget(CALL)
    assert (kept.read(CALL), kept.read(OTHER) is None) == (None, False)
    kept.forget_others({CALL})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["", "../x", "1700000000.1/../../x", "x"])
def test_a_call_that_is_none_has_no_file(tmp_path: Path, call: str) -> None:
    kept = LastSentences(tmp_path / "s")
    kept.keep(call, b"\1\0")
    kept.forget(call)
    assert kept.read(call) is None
    assert not (tmp_path / "s").exists()


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    kept = LastSentences(tmp_path / "file")
    kept.keep(CALL, b"\1\0")
    kept.forget_others(set())
    assert kept.read(CALL) is None


@pytest.mark.parametrize(
    ("text", "expect", "kept"),
    [
        ("我想挂号", (), True),
        ("", (), True),  # not understood: all the more worth hearing again
        ("六三零一零二一九四八零三一二", (), False),
        ("后面是零四三", ("identity_number",), False),
    ],
)
async def test_a_sentence_is_kept_unless_it_may_hold_a_private_number(
    text: str, expect: tuple[str, ...], kept: bool
) -> None:
    def end(_: Event) -> tuple[Action, ...]:
        return (End("done"),)

    async def over(_: Ending) -> None:
        return

    heard: list[tuple[str, int]] = []
    record: list[CallEvent] = []
    leg, script = FakeLeg(), Script((Say(("问",), "ask"), Listen(expect, silence_s=3)), end)
    parts = Parts(
        script,
        Plain(),
        Desk(),
        record.append,
        lambda: NOW,
        lambda *_: None,
        keep_sentence=lambda call, audio: heard.append((call, len(audio))),
    )
    listener = Listener(FakeDetector(), FakeRecogniser(text), Listening(), Speech(), "zh")
    session = CallSession(
        CALL, leg, parts, listener=listener, speaker=Speaker(leg, FakeVoice()), caller=CallerProfile()
    )
    running = asyncio.create_task(session.run(over))
    await until(lambda: any(event.kind is Kind.PROMPT_ENDED for event in record))
    leg.line.put_nowait(Audio(LOUD * 30 + QUIET * 40))
    await asyncio.wait_for(running, 5)
    assert [call for call, length in heard if length > 16_000] == ([CALL] if kept else [])
