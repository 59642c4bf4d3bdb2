"""The benchmark of speech counts what it claims, and one part that fails costs none of the others."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.settings import Settings
from nlu.training import Example
from tests.bench.speech_dynamic import Turn, starts_after
from tests.bench.speech_languages import Told, cut_short, summary
from tests.bench.speech_load import late
from tests.bench.speech_prompts import Piece, character_errors, unheard, worst
from tests.bench.speech_recognition import Row, shares_by, winners
from tests.bench.speech_report import Part, failures, run, show
from tests.bench.speech_sets import Spoken
from tests.bench.speech_tables import lines_of, percentiles, table, together
from tests.bench.speech_understanding import folds
from tests.bench.turn_curve import point
from tests.bench.turn_interruptions import nods
from tests.bench.turntaking import Outcome
from voices.audio import RATE_HZ, Samples, to_pcm
from voices.errors import VoiceError
from voices.languages.pack import load_packs

ASKED = ("骨科", "内科")


def tone(level: float, seconds: float) -> Samples:
    """So much of one level."""
    return np.full(int(seconds * RATE_HZ), level, dtype=np.float32)


def row(engine: str, right: float, cer: float, line: str = "phone") -> dict[str, Any]:
    """As `Row.figures` has it."""
    return {
        **Row(engine, "callers", line, "hint, phrases", count=10).figures(),
        "slots_repaired": right,
        "cer_repaired": cer,
    }


def arguments(**values: Any) -> argparse.Namespace:
    """As the command line gives them."""
    return argparse.Namespace(**{"only": None, "every": None, "full": False, "json": None, **values})


def giving(figures: dict[str, Any]) -> Callable[[argparse.Namespace, int], Awaitable[dict[str, Any]]]:
    """A part that measures at once."""

    async def measure(_: argparse.Namespace, every: int) -> dict[str, Any]:
        return {**figures, "seen": every}

    return measure


def failing(error: Exception) -> Callable[[argparse.Namespace, int], Awaitable[dict[str, Any]]]:
    """A part that cannot be measured."""

    async def measure(_: argparse.Namespace, __: int) -> dict[str, Any]:
        raise error

    return measure


async def test_a_part_that_fails_says_why_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "found.json"
    parts = {
        "first": Part(failing(VoiceError("no_voice", "there is no voice.", "Fetch one."))),
        "second": Part(failing(ZeroDivisionError("division by zero"))),
        "third": Part(giving({"right": 0.9}), every=3),
    }
    found = await run(arguments(json=file), parts)
    assert failures(found) == ["first", "second"]
    assert found["first"]["failed"] == "there is no voice. Fetch one."
    assert found["second"]["failed"] == "ZeroDivisionError: division by zero"
    assert found["third"]["right"] == 0.9
    assert json.loads(file.read_text(encoding="utf-8")) == found
    show(found, parts)
    printed = capsys.readouterr()
    assert "failed: there is no voice. Fetch one." in printed.out
    assert "right: 0.9" in printed.out
    assert "[3/3] third: done after" in printed.err


@pytest.mark.parametrize(
    ("given", "seen"), [({}, 3), ({"full": True}, 2), ({"every": 7}, 7), ({"every": 7, "full": True}, 7)]
)
async def test_each_part_has_a_sample_of_its_own_unless_one_is_asked_for(given: dict[str, Any], seen: int) -> None:
    found = await run(arguments(only=["it"], **given), {"it": Part(giving({}), every=3, full_every=2)})
    assert (found["it"]["seen"], found["it"]["every"]) == (seen, seen)


def test_an_utterance_counts_by_voice_and_speed_and_only_with_exactly_what_was_said() -> None:
    one = Row("whisper", "callers", "phone", "hint, phrases")
    said = Spoken(b"", "我看骨科。", ASKED, ("骨科",), speaker="xiaoni", speed=0.75)
    one.add(said, "我看谷科", "我看骨科", ("骨科",), 0.4)
    one.add(said, "骨科，内科", "骨科，内科", ("骨科", "内科"), 0.6)
    figures = one.figures()
    assert (figures["slots_raw"], figures["slots_repaired"]) == (0.0, 0.5)
    assert figures["cer_raw"] == round((1 + 3) / 8, 3)
    assert figures["work_s"] == 0.5
    assert shares_by([figures], "voice") == {"xiaoni": "1 of 2 (50%)"}
    assert shares_by([figures], "speed") == {"0.75": "1 of 2 (50%)"}
    assert shares_by([{**figures, "engine": "vosk"}], "speed") == {}


def test_the_winner_has_most_slots_right_then_fewest_errors_and_equals_leave_it_to_the_first() -> None:
    rows = [
        *(row("a", 0.9, 0.2), row("b", 0.95, 0.3)),
        *(row("a", 0.9, 0.2, line="loud"), row("b", 0.9, 0.1, line="loud")),
        *(row("a", 0.9, 0.2, line="equal"), row("b", 0.9, 0.2, line="equal")),
        row("a", 1.0, 0.0, line="alone"),
    ]
    assert winners(rows) == {1, 3, 4}


def test_an_engine_that_heard_nothing_wins_nothing() -> None:
    assert winners([{**row("a", 1.0, 0.0), "utterances": 0}, row("b", 0.1, 0.9)]) == set()


def test_the_worst_prompts_are_told_by_name() -> None:
    pieces = [Piece("请按零。", "请按零"), Piece("您想哪天去？", "你想那天"), Piece("好的，再见。", "哈哈哈")]
    assert [one.errors for one in pieces] == [0, 3, 4]
    assert worst(pieces, 1) == ["好的，再见。 → 哈哈哈"]
    assert character_errors(pieces) == round(sum(one.errors for one in pieces) / 12, 3)
    assert character_errors([]) == 0.0


@pytest.mark.parametrize(
    ("language", "reason"),
    [("kk", "omnilingual"), ("bo", "no synthetic voice"), ("slr", "phrases that are taught")],
)
def test_a_language_whose_prompts_cannot_be_measured_says_why(language: str, reason: str, tmp_path: Path) -> None:
    settings = Settings(parts_dir=tmp_path)
    assert reason in unheard(load_packs()[language], settings)


@pytest.mark.parametrize(
    ("figures", "too_many"),
    [
        ({"refused": 0, "p95_s": 1.4}, False),
        ({"refused": 0, "p95_s": 1.6}, True),
        ({"refused": 1, "p95_s": 0.5}, True),
        ({"refused": 0, "p95_s": None}, True),
    ],
)
def test_callers_are_too_many_when_one_is_refused_or_waits(figures: dict[str, Any], too_many: bool) -> None:
    assert late(figures) is too_many


def test_another_language_is_told_apart_from_the_right_one() -> None:
    told = [Told("zh", "zh", 0.99), Told("zh", "zh", 0.5), Told("zh", "en", 0.98), Told("zh", "ja", 0.4)]
    found = summary("Mandarin", told)
    assert found["best guess is right"] == 2
    assert found["right from 0.97 on"] == 1
    assert (found["another"], found["another from 0.97 on"], found["surest of another"]) == (2, 1, 0.98)
    assert found["languages of another"] == ["en", "ja"]


def test_speech_is_cut_short_from_its_first_sound_on() -> None:
    quiet, loud = bytes(RATE_HZ * 2), to_pcm(tone(0.5, 3.0))
    assert cut_short(quiet + loud) == loud[: int(1.5 * RATE_HZ) * 2]


def test_every_sentence_is_held_out_once_and_every_intent_is_in_all_parts() -> None:
    sentences = [Example(f"{intent}{n}", intent) for n in range(10) for intent in ("yes", "no")]
    parts = folds(sentences)
    assert sorted(one.text for _, held_out in parts for one in held_out) == sorted(one.text for one in sentences)
    for learnt, held_out in parts:
        assert not set(learnt) & set(held_out)
        assert len(learnt) + len(held_out) == len(sentences)
        assert {one.intent for one in held_out} == {"yes", "no"}


def test_a_point_of_the_curve_has_the_delay_of_whole_sentences_and_the_cuts_of_paused_ones() -> None:
    whole = [Outcome(0.5, cut=False), Outcome(0.7, cut=False)]
    found = point("ours", "known", whole, {0.8: [Outcome(None, cut=True), *[Outcome(0.5, cut=False)] * 3]})
    assert (found["p50_s"], found["cut at 0.8 s"], found["cut at 0.8 s, %"]) == (0.6, "1 of 4", 25.0)


def test_sounds_of_listening_come_one_after_the_other() -> None:
    line = nods([tone(0.5, 0.2)], 20.0, 4.0)
    assert len(line) == 20 * RATE_HZ
    starts = [at for at in range(1, len(line)) if line[at] and not line[at - 1]]
    assert starts == [RATE_HZ * second for second in (1, 5, 9, 13)]


async def test_no_more_work_is_under_way_than_is_allowed_and_results_keep_their_order() -> None:
    under_way = most = 0

    async def job(number: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return number

    assert await together(2, [job(n) for n in range(7)]) == list(range(7))
    assert most == 2


async def test_the_first_error_ends_the_work() -> None:
    ended = []

    async def job(number: int) -> None:
        if number == 1:
            raise VoiceError("crashed", "it is gone")
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(number)

    with pytest.raises(VoiceError):
        await together(2, [job(n) for n in range(4)])
    assert 0 in ended  # it was under way, and was not left so
    assert 3 not in ended


def test_tables_have_every_column_and_no_torn_cells() -> None:
    assert table([{"a": 1, "b": None}, {"a": "x|y", "c": ["p", "q"]}]) == [
        "| a | b | c |",
        "| --- | --- | --- |",
        "| 1 |  |  |",
        "| x/y |  | p; q |",
    ]
    assert table([]) == []
    assert lines_of({"n": 3, "rows": [{"a": 1}], "why": {"bo": "no voice"}})[:2] == ["n: 3", ""]
    assert lines_of({"why": {"bo": "no voice"}}) == ["why: bo no voice"]


def test_percentiles_of_nothing_are_none() -> None:
    assert percentiles([]) == {"p50_s": None, "p95_s": None}
    assert percentiles([1.0, 2.0, 3.0]) == {"p50_s": 2.0, "p95_s": 2.9}


def test_a_sentence_begins_when_its_first_piece_is_there_and_is_silent_while_a_later_one_is_made() -> None:
    lasts_s = {"好，": 0.5, "三月十二号，": 1.5, "您要来吗？": 1.0}
    made = {"好，": 0.2, "三月十二号，": 2.0}
    pieces = ("好，", "三月十二号，", "您要来吗？")
    assert starts_after(Turn(("p",), pieces, frozenset()), made, lasts_s) == (0.0, 0.0)
    assert starts_after(Turn(("p",), pieces, frozenset({"三月十二号，"})), made, lasts_s) == (0.0, 1.5)
    first, gap = starts_after(Turn(("p",), pieces, frozenset({"好，", "三月十二号，"})), made, lasts_s)
    assert first == pytest.approx(0.2)
    assert gap == pytest.approx(1.5)
    twice = Turn(("p",), ("三月十二号，", "三月十二号，"), frozenset({"三月十二号，"}))
    assert starts_after(twice, made, lasts_s) == (2.0, 0.0)
