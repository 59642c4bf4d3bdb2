"""`yinling voices`: what can be said in which language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivr.cli_voices import voices


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YINLING_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YINLING_SETTINGS", str(tmp_path / "none.toml"))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(voices, list(arguments))


def test_the_table_has_every_language_and_says_what_nobody_can_speak(here: Path) -> None:
    done = run("coverage")
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.output.splitlines()[1:10]] == [
        *("zh", "bo", "mn", "kk", "ug", "ko", "en", "slr", "mjg")
    ]
    found = json.loads(run("coverage", "--language", "bo", "--json").output)
    states = {line["prompt"]: line["state"] for line in found[0]["prompts"]}
    assert states["main.open"] == "nothing"
    assert states["pension.confirm_name"] == "no text"
    assert not any(line["checked"] for line in found[0]["prompts"])


def test_missing_recordings_are_listed_by_their_path(here: Path) -> None:
    lines = run("coverage", "--language", "bo", "--missing").output.splitlines()
    assert str(here / "var" / "voices" / "bo" / "main.open.wav") in lines
    assert any(line.startswith("pension.confirm_name: no words yet") for line in lines)


def test_a_language_that_does_not_exist_is_an_error_that_names_those_that_do(here: Path) -> None:
    done = run("coverage", "--language", "xx")
    assert done.exit_code == 1
    assert "Known: zh, bo" in done.output


def test_teaching_is_found_under_voices_too(here: Path) -> None:
    assert "affirm" in run("teach", "list", "bo").output
