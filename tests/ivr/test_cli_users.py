"""People are managed and the audit log is checked from the command line."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli import main


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YINLING_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("YINLING_SETTINGS", str(tmp_path / "none.toml"))
    return tmp_path


def do(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_a_person_is_added_listed_closed_and_opened(var: Path) -> None:
    made = do("users", "add", "li.na", "--name", "李娜", "--role", "agent")
    assert made.exit_code == 0
    assert "otpauth://totp/" in made.output
    assert "李娜" in do("users", "list").output
    assert do("users", "close", "li.na").exit_code == 0
    assert "(closed)" in do("users", "list").output
    assert do("users", "open", "li.na").exit_code == 0
    assert do("users", "role", "li.na", "supervisor").exit_code == 0
    assert '"role": "supervisor", "active": true' in do("users", "list", "--json").output
    log = do("audit", "list").output
    assert [word in log for word in ("staff_added", "staff_closed", "staff_active", "staff_role")] == [True] * 4


def test_a_second_one_of_the_name_is_refused_in_a_sentence(var: Path) -> None:
    do("users", "add", "li.na", "--role", "agent")
    again = do("users", "add", "li.na", "--role", "agent")
    assert again.exit_code == 1
    assert again.output == "Error: There is a user li.na already.\n"


def test_verify_is_content_until_somebody_changes_the_log(var: Path) -> None:
    do("users", "add", "li.na", "--role", "agent")
    do("users", "renew", "li.na")
    good = do("audit", "verify")
    assert good.exit_code == 0
    head = good.output.split("Head: ")[1].split("\n")[0]
    assert do("audit", "verify", "--head", head).exit_code == 0
    with sqlite3.connect(var / "yinling.db") as raw:
        raw.execute("DELETE FROM audit WHERE id = 2")
    assert "cut off" in do("audit", "verify", "--head", head).output
    with sqlite3.connect(var / "yinling.db") as raw:
        raw.execute("UPDATE audit SET who = 'nobody' WHERE id = 1")
    changed = do("audit", "verify")
    assert changed.exit_code == 1
    assert "entry 1 was changed" in changed.output
