"""How far a speaker has come, and where a recording goes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ivr.call.take import PHRASE, STRANGE
from ivr.call.teaching import Wanted, topics
from ivr.invitations import Invitation, Invitations
from ivr.workbook import Workbooks, all_said, wanted
from voices.audio import RATE_HZ, to_pcm
from voices.errors import VoiceError
from voices.recognition.taught_phrases import phrases
from voices.recognition.teaching import keep


def speech(seconds: float = 1.0) -> bytes:
    at = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return to_pcm((0.3 * np.sin(2 * np.pi * 180 * at)).astype(np.float32))


def invitation(times: int = 1) -> Invitation:
    return Invitation("482915", "bo", "Droma", times, "2999-01-01T00:00:00+00:00")


def kept(folder: Path, phrase: str, at: float, speaker: str = "Droma") -> None:
    file = keep(folder, "bo", phrase, speaker, speech())
    os.utime(file, (at, at))


def test_all_phrases_in_order_then_speech_that_is_none(tmp_path: Path) -> None:
    names = [one.name for one in wanted(tmp_path, invitation())]
    assert names == [*phrases(), *["strange"] * len(topics())]
    assert names[:3] == ["affirm", "deny", "person"]
    assert {"help", "fire", "digit_9", "monday", "am", "pension"} <= set(names)


def test_a_second_call_goes_on_after_what_was_kept_last_and_comes_back_to_what_was_skipped(tmp_path: Path) -> None:
    kept(tmp_path, "affirm", 1.0)
    kept(tmp_path, "person", 2.0)  # deny was skipped
    kept(tmp_path, "again", 3.0, speaker="Tashi")
    names = [one.name for one in wanted(tmp_path, invitation()) if one.name != "strange"]
    assert names[0] == "again", "another speaker's recordings are not this one's"
    assert names[-1] == "deny"
    assert "affirm" not in names


def test_several_times_means_a_round_for_each(tmp_path: Path) -> None:
    kept(tmp_path, "affirm", 1.0)
    names = [one.name for one in wanted(tmp_path, invitation(times=2))]
    assert names.count("affirm") == 1
    assert names.count("deny") == 2
    assert names.index("strange") > names.index("fire"), "all phrases once before any twice"


def test_whoever_has_said_all_is_asked_for_nothing(tmp_path: Path) -> None:
    for n, name in enumerate(phrases()):
        kept(tmp_path, name, float(n))
    for _ in topics():
        keep(tmp_path, "bo", "strange", "Droma", speech())
    assert wanted(tmp_path, invitation()) == []


async def test_a_phrase_and_free_speech_are_kept_where_the_recogniser_finds_them(tmp_path: Path) -> None:
    invitations = Invitations(tmp_path / "i.json")
    made = invitations.invite("bo", "Droma", times=1, days=7)
    books = Workbooks(invitations, tmp_path / "examples", lambda: lambda chunk: 0.9 if any(chunk) else 0.0)
    with books.one() as book:
        assert await book.invited(made.code) == made
        await book.keep(made, Wanted("affirm", "对", PHRASE), speech())
        talk = speech(2.0) + bytes(32_000) + speech(0.5) + bytes(32_000) + speech(2.0)
        await book.keep(made, Wanted("strange", "天气", STRANGE, "strange"), talk)
        with pytest.raises(VoiceError, match="as long as a phrase"):
            await book.keep(made, Wanted("strange", "天气", STRANGE, "strange"), speech(0.5))
    names = sorted(str(one.relative_to(tmp_path / "examples")) for one in (tmp_path / "examples").rglob("*.wav"))
    assert names == ["bo/affirm/Droma-1.wav", "bo/strange/Droma-1.wav", "bo/strange/Droma-2.wav"]


async def test_nothing_is_kept_after_the_code_was_taken_back(tmp_path: Path) -> None:
    invitations = Invitations(tmp_path / "i.json")
    made = invitations.invite("bo", "Droma", times=1, days=7)
    with Workbooks(invitations, tmp_path / "examples", lambda: lambda _: 0.9).one() as book:
        invitations.forget("Droma")
        with pytest.raises(VoiceError) as problem:
            await book.keep(made, Wanted("affirm", "对", PHRASE), speech())
    assert problem.value.code == "revoked"
    assert not (tmp_path / "examples").exists()


async def test_one_code_is_for_one_call_at_a_time(tmp_path: Path) -> None:
    invitations = Invitations(tmp_path / "i.json")
    made = invitations.invite("bo", "Droma", times=1, days=7)
    books = Workbooks(invitations, tmp_path / "examples", lambda: lambda _: 0.9)
    with books.one() as first:
        await first.invited(made.code)
        with books.one() as second:
            with pytest.raises(VoiceError) as problem:
                await second.invited(made.code)
            assert problem.value.code == "in_use"
        with books.one() as third, pytest.raises(VoiceError):
            await third.invited(made.code)  # the second call's end did not free what the first one has
    with books.one() as later:
        assert await later.invited(made.code) == made


def test_sentences_are_rendered_ahead_for_those_who_are_invited_only(tmp_path: Path) -> None:
    invitations = Invitations(tmp_path / "i.json")
    assert all_said(invitations) == []
    invitations.invite("slr", "Fatima", times=1, days=7)
    said = all_said(invitations)
    assert "请用撒拉语说，" in said
    assert "数字九。" in said
