"""Whether what Asterisk says by itself is there."""

from __future__ import annotations

from pathlib import Path

from voices.announced import EMERGENCIES, announced, lacking


def test_asterisk_is_relied_on_in_danger_only_where_all_of_it_was_rendered(tmp_path: Path) -> None:
    assert announced(tmp_path) == ""
    for name in EMERGENCIES:
        (tmp_path / f"{name}.wav").touch()
    assert announced(tmp_path) == "zh"
    (tmp_path / "emergency-119.wav").unlink()
    assert announced(tmp_path) == ""


def test_each_announcement_that_is_not_there_is_named(tmp_path: Path) -> None:
    absent = lacking(tmp_path)
    assert {"transfer", "closed-119", "digits/1"} <= set(absent)
    (tmp_path / "transfer.wav").touch()
    assert set(absent) - set(lacking(tmp_path)) == {"transfer"}
