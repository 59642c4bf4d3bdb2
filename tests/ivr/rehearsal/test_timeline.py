"""Delays are read from the two recordings of a call, which share a clock."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ivr.rehearsal.script import ScriptError, load_script, script_of_sentences
from ivr.rehearsal.timeline import Segment, answer_delays, segments, stop_delays
from voices.audio import to_pcm, wav_bytes

RATE_HZ = 8000


def recording(file: Path, *speech: tuple[float, float], length_s: float = 10.0) -> Path:
    t = np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    wave = np.zeros_like(t)
    for start, end in speech:
        wave[(t >= start) & (t < end)] = 0.3 * np.sin(2 * np.pi * 300 * t[(t >= start) & (t < end)])
    file.write_bytes(wav_bytes(to_pcm(wave.astype(np.float32)), RATE_HZ))
    return file


def test_speech_is_found_and_short_pauses_belong_to_it(tmp_path: Path) -> None:
    found = segments(recording(tmp_path / "a.wav", (1.0, 2.0), (2.3, 3.0), (5.0, 6.0)))
    assert [(round(s.start_s, 1), round(s.end_s, 1)) for s in found] == [(1.0, 3.0), (5.0, 6.0)]


def test_the_delay_counts_from_the_end_of_what_was_said_to_the_next_sound() -> None:
    heard = [Segment(0.5, 2.0), Segment(4.6, 6.0), Segment(9.0, 9.5)]
    assert answer_delays(heard, [Segment(3.0, 4.0), Segment(7.0, 8.0)]) == pytest.approx([0.6, 1.0])


def test_what_got_no_answer_before_the_next_sentence_has_no_delay() -> None:
    assert answer_delays([Segment(9.0, 9.5)], [Segment(3.0, 4.0), Segment(5.0, 6.0)]) == pytest.approx([3.0])


def test_a_barge_in_is_measured_to_the_last_sound_of_the_prompt(tmp_path: Path) -> None:
    heard = recording(tmp_path / "heard.wav", (1.0, 3.2))
    assert stop_delays(heard, [Segment(3.0, 4.0)]) == pytest.approx([0.2], abs=0.02)


def test_the_rehearsals_that_ship_can_be_read() -> None:
    assert load_script("book").steps[0].say == "我想挂后天上午的骨科"
    assert load_script("keys").steps[0].press == "1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rehearsal: a\nsteps: [{say: 好, press: '1'}]", "exactly one"),
        ("rehearsal: a\nsteps: [{sing: 好}]", "sing"),
        ("rehearsal: [", "not YAML"),
    ],
)
def test_a_broken_rehearsal_is_named_with_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScriptError, match=says):
        load_script(str(file))


def test_a_rehearsal_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(ScriptError, match="book"):
        load_script("nothing")


def test_digits_on_the_command_line_are_keys() -> None:
    steps = script_of_sentences(("挂号", "1"), "13909710001").steps
    assert (steps[0].say, steps[1].press) == ("挂号", "1")
