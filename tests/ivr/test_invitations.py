"""Codes for native speakers: good for some days, for one language, and never to be found by trying."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.invitations import WRONG_MAX, Invitations
from voices.errors import VoiceError

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_a_code_has_six_digits_without_zero_because_that_key_is_a_person(tmp_path: Path) -> None:
    kept = Invitations(tmp_path / "invitations.json")
    codes = {kept.invite("bo", f"s{n}", times=1, days=7).code for n in range(50)}
    assert len(codes) == 50
    assert all(len(code) == 6 and set(code) <= set("123456789") for code in codes)


def test_it_is_known_until_it_expires_and_to_another_program_too(tmp_path: Path) -> None:
    clock = Clock()
    made = Invitations(tmp_path / "i.json", clock).invite("bo", "Droma", times=2, days=3)
    other = Invitations(tmp_path / "i.json", clock)
    assert other.by_code(made.code) == made
    clock.now = NOW + timedelta(days=3)
    assert other.by_code(made.code) is None
    assert other.good() == []
    assert other.still(made), "a call that began in time may go on"


def test_a_new_code_takes_the_place_of_the_old_one_of_that_language_only(tmp_path: Path) -> None:
    kept = Invitations(tmp_path / "i.json")
    first, other = kept.invite("bo", "Droma", times=1, days=7), kept.invite("slr", "Droma", times=1, days=7)
    second = kept.invite("bo", "Droma", times=1, days=7)
    assert kept.by_code(first.code) is None
    assert kept.by_code(second.code) == second
    assert kept.by_code(other.code) == other


def test_codes_are_taken_back_and_a_call_that_has_one_keeps_nothing_more(tmp_path: Path) -> None:
    kept = Invitations(tmp_path / "i.json")
    made, left = kept.invite("bo", "Droma", times=1, days=7), kept.invite("bo", "Tashi", times=1, days=7)
    assert kept.forget("Droma") == 1
    assert not kept.still(made)
    assert kept.still(left)
    assert kept.forget("Nobody") == 0


def test_trying_many_codes_closes_the_door_also_to_the_right_one(tmp_path: Path) -> None:
    kept = Invitations(tmp_path / "i.json")
    made = kept.invite("bo", "Droma", times=1, days=7)
    for _ in range(WRONG_MAX):
        assert kept.by_code("000000") is None
    assert kept.by_code(made.code) is None
    assert Invitations(tmp_path / "i.json").by_code(made.code) == made


def test_nobody_else_on_the_machine_reads_the_codes(tmp_path: Path) -> None:
    Invitations(tmp_path / "i.json").invite("bo", "Droma", times=1, days=7)
    assert stat.S_IMODE((tmp_path / "i.json").stat().st_mode) == 0o600


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "i.json").write_text("{", encoding="utf-8")
    with pytest.raises(VoiceError, match=r"i\.json cannot be read"):
        Invitations(tmp_path / "i.json").by_code("482915")
