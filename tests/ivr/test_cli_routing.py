"""The commands about who answers: what is owed is listed, hours are set, and what is wrong is said in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from integrations.database.calls import CallJournal
from integrations.database.store import Database
from ivr.cli import main


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YINLING_VAR_DIR", str(tmp_path))
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def journal(var: Path) -> CallJournal:
    database = Database(f"sqlite:///{var / 'yinling.db'}")
    database.migrate()
    return CallJournal(database)


def test_a_call_that_is_owed_is_listed_and_it_is_said_that_nothing_dials_it(var: Path) -> None:
    calls, now = journal(var), datetime.now(UTC)
    calls.begin("1.1", "13900000001", now)
    calls.end("1.1", now, "abandoned")
    said = run("callbacks").output
    assert "13900000001" in said
    assert "set sip.trunk_out" in said


def test_a_message_is_listed_and_its_ticket_closed(var: Path) -> None:
    calls, now = journal(var), datetime.now(UTC)
    calls.begin("1.1", "13900000001", now)
    calls.add("1.1", now, "message_left", {"file": "/messages/1.1.wav"})
    calls.end("1.1", now, "message_left")
    assert "/messages/1.1.wav" in run("tickets").output
    assert run("tickets", "close", "1", "--note", "已回电话").exit_code == 0
    assert run("tickets").output.strip() == "No ticket is open."
    assert "there is no open ticket #1" in run("tickets", "close", "1").output


def test_hours_are_set_shown_and_cleared() -> None:
    assert run("hours", "set", "sun", "closed").exit_code == 0
    assert run("hours", "set", "mon", "08:30-12:00,14:00-18:00").exit_code == 0
    assert run("hours", "holiday", "2099-10-01", "closed", "--name", "国庆").exit_code == 0
    shown = run("hours").output
    assert "mon  08:30-12:00, 14:00-18:00" in shown
    assert "sun  closed" in shown
    assert "2099-10-01  closed  国庆" in shown
    assert run("hours", "clear", "2099-10-01").exit_code == 0
    assert "国庆" not in run("hours").output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("set", "mon", "8-12"), "write spans such as 08:30-12:00"),
        (("set", "mon", "18:00-08:00"), "ends before it begins"),
        (("holiday", "1.10.2026", "closed"), "write it as 2026-10-01"),
        (("clear", "2026-10-01"), "is as its weekday is"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    result = run("hours", *words)
    assert result.exit_code == 1
    assert sentence in result.output
