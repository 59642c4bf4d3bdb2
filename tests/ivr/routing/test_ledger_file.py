"""The ledger is read on where the last run stopped, and does not keep the names of callers for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.routing import ledger_file
from ivr.routing.ledger_file import LOOK_EVERY_S, OLD_S, RESTS_S, LedgerFile

BEGAN = 1_795_516_860.0


class Town:
    """A ledger that Asterisk writes, and who reads it."""

    def __init__(self, tmp_path: Path) -> None:
        self.file, self.offset = tmp_path / "calls.csv", tmp_path / "ledger.offset"
        self.now = BEGAN
        self.ledger = self.opened()

    @property
    def old(self) -> Path:
        return self.file.with_name("calls.csv.old")

    def opened(self) -> LedgerFile:
        return LedgerFile(self.file, self.offset, lambda: self.now)

    def writes(self, call_id: str, file: Path | None = None) -> None:
        with (file or self.file).open("a", encoding="utf-8") as target:
            target.write(
                f'"ENDED","{self.now}","{call_id}","1","139","PJSIP/trunk-0","ENDED","{{""extra"":""person""}}"\n'
            )

    def round(self, safe: bool = True) -> list[str]:
        """The calls of which was read."""
        events = self.ledger.fresh()
        if self.ledger.ahead and safe:
            self.ledger.kept()
        self.ledger.tidy()
        return [event.call_id for event in events]


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_each_line_is_told_once_and_the_next_run_goes_on_there(town: Town) -> None:
    town.writes("1.1")
    assert town.round() == ["1.1"]
    assert town.round() == []
    town.writes("1.2")
    town.ledger = town.opened()
    assert town.round() == ["1.2"]


def test_what_is_not_safe_is_told_again_by_the_next_run(town: Town) -> None:
    town.writes("1.1")
    assert town.round(safe=False) == ["1.1"]
    town.ledger = town.opened()
    assert town.round() == ["1.1"]


def test_lines_of_yesterday_are_gone_and_none_was_missed(town: Town) -> None:
    town.writes("1.1")
    town.round()
    town.now += OLD_S + LOOK_EVERY_S
    assert town.round() == []
    assert not town.file.exists()
    town.writes("1.2", town.old)  # Asterisk had the file open
    town.writes("1.3")
    assert town.round() == ["1.2", "1.3"]
    town.now += RESTS_S + 1
    assert town.round() == []
    assert not town.old.exists()
    town.writes("1.4")
    assert town.round() == ["1.4"]
    town.ledger = town.opened()
    assert town.round() == []


def test_lines_of_today_stay(town: Town) -> None:
    town.writes("1.1")
    town.round()
    town.now += OLD_S / 2
    town.round()
    assert town.file.exists()


def test_old_lines_stay_while_they_are_not_safe(town: Town) -> None:
    town.writes("1.1")
    town.now += OLD_S + LOOK_EVERY_S
    town.round(safe=False)
    assert town.file.exists()


def test_a_run_that_ended_while_the_file_was_taken_away_is_gone_on_with(town: Town) -> None:
    town.writes("1.1")
    town.round()
    town.now += OLD_S + LOOK_EVERY_S
    town.round()
    town.writes("1.2", town.old)
    town.writes("1.3")
    town.ledger = town.opened()
    assert town.round() == ["1.1", "1.2", "1.3"]
    town.now += RESTS_S + 1
    town.round()
    assert not town.old.exists()
    assert town.round() == []


def test_a_full_file_is_taken_away_before_its_day_is_over(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_file, "FULL_BYTES", 100)
    for number in range(5):
        town.writes(f"1.{number}")
    assert len(town.round()) == 5
    assert town.old.exists()


def test_a_file_that_cannot_be_taken_away_is_told_and_read_on(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(_: Path, __: Path) -> None:
        raise PermissionError("this folder is not yours")

    town.writes("1.1")
    town.round()
    monkeypatch.setattr(Path, "rename", refused)
    town.now += OLD_S + LOOK_EVERY_S
    town.round()
    assert "not yours" in caplog.text
    town.writes("1.2")
    assert town.round() == ["1.2"]
