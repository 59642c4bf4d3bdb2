"""A town's list of people is taken from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from integrations.database.callers import Callers
from integrations.database.store import Database
from ivr.cli import main
from ivr.settings import load


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YINLING_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("YINLING_SETTINGS", str(tmp_path / "none.toml"))
    return tmp_path


def do(*words: str) -> Result:
    return CliRunner().invoke(main, ["callers", "import", *words])


def test_a_list_is_counted_then_taken(var: Path) -> None:
    file = var / "people.csv"
    file.write_text("姓名,电话,人群\n王秀英,13909710001,特殊困难\n马占祥,13909710002,\n", encoding="gb18030")
    tried = do(str(file), "--dry-run")
    assert (tried.exit_code, "2 would be added" in tried.output) == (0, True)
    assert Callers(Database(load().database_address)).bands() == {}
    done = do(str(file))
    assert "2 were added, 0 changed, 0 are as they were." in done.output
    assert "1 of 2 are put through before others." in done.output
    assert Callers(Database(load().database_address)).bands() == {"13909710001": "vulnerable", "13909710002": "elder"}


def test_a_wrong_list_is_refused_with_its_lines(var: Path) -> None:
    file = var / "people.csv"
    file.write_text("姓名,电话\n王秀英,1\n", encoding="utf-8")
    refused = do(str(file))
    assert refused.exit_code == 1
    assert f"{file}:2:" in refused.output
    assert "Nothing was taken" in refused.output


def test_counting_leaves_the_tables_as_they_are(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = var / "people.csv"
    file.write_text("姓名,电话\n王秀英,13909710001\n", encoding="utf-8")
    assert do(str(file)).exit_code == 0
    migrated: list[Database] = []

    def migrate(database: Database) -> None:
        migrated.append(database)

    monkeypatch.setattr(Database, "migrate", migrate)
    assert do(str(file), "--dry-run").exit_code == 0
    assert migrated == [], "an older hotline may be running on them"
    assert do(str(file)).exit_code == 0
    assert len(migrated) == 1
