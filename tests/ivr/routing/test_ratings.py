"""A spoken answer to the question at the end is heard, counted once, and its recording is gone afterwards."""

from __future__ import annotations

import os
import time
import wave
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

import ivr.routing.ratings as ratings_module
from integrations.database.calls import CallJournal
from integrations.database.store import Database
from ivr.routing.ratings import Ratings, score_of, speaks
from voices.errors import VoiceError
from voices.recognition.hypothesis import Hypothesis, Recogniser

NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "score"),
    [
        ("满意", "satisfied"), ("满意，满意得很。", "satisfied"), ("挺好的", "satisfied"), ("一", "satisfied"),
        ("不满意", "unsatisfied"), ("不太满意", "unsatisfied"), ("不好，等了半天", "unsatisfied"),
        ("按三", "unsatisfied"),
        ("一般吧", "fair"), ("还行", "fair"), ("二。", "fair"),
        ("谢谢", None), ("再见", None), ("喂，喂", None), ("", None), ("三月份的养老金还没到", None),
    ],
)  # fmt: skip
def test_what_was_said_is_a_score_or_nothing(words: str, score: str | None) -> None:
    assert score_of(words) == score


def test_in_silence_nobody_speaks() -> None:
    assert not speaks(b"\0\0" * 16_000)


class Hears:
    """A recogniser that hears the same each time."""

    def __init__(self, text: str = "", error: str = "") -> None:
        self.text, self.error, self.asked = text, error, 0

    async def transcribe(self, pcm: bytes, language: str, *, timeout_s: float) -> Hypothesis:
        self.asked += 1
        if self.error:
            raise VoiceError(self.error, "no", "")
        return Hypothesis(self.text, 0.9)


@pytest.fixture
def journal(tmp_path: Path) -> CallJournal:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    database.migrate()
    made = CallJournal(database)
    made.begin("17.1", "13909710001", NOW)
    return made


@pytest.fixture
def spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], Path]:
    """A recording of so many seconds ago, in which somebody speaks."""
    monkeypatch.setattr(ratings_module, "speaks", lambda _: True)

    def make(age_s: float = 10) -> Path:
        file = tmp_path / "17.1.wav"
        with wave.open(str(file), "wb") as out:
            out.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
            out.writeframes(b"\1\1" * 8000)
        os.utime(file, (time.time() - age_s,) * 2)
        return file

    return make


def scores(journal: CallJournal) -> list[tuple[str, str]]:
    story = journal.story("17.1")
    assert story is not None
    return [(data["score"], data["by"]) for _, kind, data in story[1] if kind == "rated"]


async def look(folder: Path, journal: CallJournal, ear: Hears | None) -> None:
    await Ratings(folder, journal, cast("Recogniser | None", ear), "zh").look(time.time())


async def test_a_spoken_answer_is_on_record_and_its_sound_is_deleted(
    tmp_path: Path, journal: CallJournal, spoken: Callable[..., Path]
) -> None:
    file = spoken()
    await look(tmp_path, journal, Hears("满意"))
    assert scores(journal) == [("satisfied", "voice")]
    assert not file.exists()


async def test_a_key_is_worth_more_than_what_was_heard(
    tmp_path: Path, journal: CallJournal, spoken: Callable[..., Path]
) -> None:
    file, ear = spoken(), Hears("不满意")
    journal.add("17.1", NOW, "rated", {"score": "satisfied", "by": "key"})
    await look(tmp_path, journal, ear)
    assert (scores(journal), ear.asked, file.exists()) == ([("satisfied", "key")], 0, False)


async def test_a_file_that_is_still_written_waits(
    tmp_path: Path, journal: CallJournal, spoken: Callable[..., Path]
) -> None:
    file = spoken(1)
    await look(tmp_path, journal, Hears("满意"))
    assert (scores(journal), file.exists()) == ([], True)


@pytest.mark.parametrize("ear", [Hears(error="busy"), None])
async def test_an_answer_waits_for_a_recogniser_but_not_for_ever(
    tmp_path: Path, journal: CallJournal, spoken: Callable[..., Path], ear: Hears | None
) -> None:
    file = spoken()
    await look(tmp_path, journal, ear)
    assert file.exists()
    spoken(3700)
    await look(tmp_path, journal, ear)
    assert (scores(journal), file.exists()) == ([], False)


async def test_where_nobody_speaks_no_words_are_made_up(
    tmp_path: Path, journal: CallJournal, spoken: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, ear = spoken(), Hears("满意")
    monkeypatch.setattr(ratings_module, "speaks", lambda _: False)
    await look(tmp_path, journal, ear)
    assert (scores(journal), ear.asked, file.exists()) == ([], 0, False)


async def test_the_answer_of_a_call_that_is_not_on_record_yet_holds_up_no_other(
    tmp_path: Path, journal: CallJournal, spoken: Callable[..., Path]
) -> None:
    unknown = spoken().rename(tmp_path / "16.9.wav")  # looked at first
    file = spoken()
    await look(tmp_path, journal, Hears("满意"))
    assert (scores(journal), file.exists(), unknown.exists()) == ([("satisfied", "voice")], False, True)
