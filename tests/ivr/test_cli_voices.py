"""`yinling voices`: what can be said in which language, and phrases that are taught."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from ivr.cli_voices import voices
from voices.audio import to_pcm, wav_bytes


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YINLING_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YINLING_SETTINGS", str(tmp_path / "none.toml"))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(voices, list(arguments))


def phrase(folder: Path) -> Path:
    at = np.arange(16_000) / 16_000
    file = folder / "phrase.wav"
    file.write_bytes(wav_bytes(to_pcm((0.2 * np.sin(2 * np.pi * 300 * at)).astype(np.float32))))
    return file


def test_the_table_has_every_language_and_says_what_nobody_can_speak(here: Path) -> None:
    done = run("coverage")
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.output.splitlines()[1:10]] == [
        *("zh", "bo", "mn", "kk", "ug", "ko", "en", "slr", "mjg")
    ]
    found = json.loads(run("coverage", "--language", "bo", "--json").output)
    states = {line["prompt"]: line["state"] for line in found[0]["prompts"]}
    assert states["main.open"] == "nothing"
    assert states["appointment.ask_date"] == "no text"
    assert not any(line["checked"] for line in found[0]["prompts"])


def test_missing_recordings_are_listed_by_their_path(here: Path) -> None:
    lines = run("coverage", "--language", "bo", "--missing").output.splitlines()
    assert str(here / "var" / "voices" / "bo" / "main.open.wav") in lines
    assert any(line.startswith("appointment.ask_date: no words yet") for line in lines)


def test_a_language_that_does_not_exist_is_an_error_that_names_those_that_do(here: Path) -> None:
    done = run("coverage", "--language", "xx")
    assert done.exit_code == 1
    assert "Known: zh, bo" in done.output


def test_a_phrase_is_taught_listed_and_exported(here: Path) -> None:
    file = phrase(here)
    assert run("teach", "record", "slr", "affirm", str(file), "--speaker", "Fatima").exit_code == 0
    listed = next(line for line in run("teach", "list", "slr").output.splitlines() if line.startswith("affirm"))
    assert "1 recordings, 1 speakers" in listed
    done = run("teach", "export", "slr", str(here / "salar.zip"))
    assert done.exit_code == 0
    assert "slr/affirm/Fatima-1.wav" in zipfile.ZipFile(here / "salar.zip").namelist()
    refused = run("teach", "record", "slr", "hello", str(file), "--speaker", "Fatima")
    assert refused.exit_code == 1
    assert "There is no phrase “hello”" in refused.output
    assert run("teach", "export", "mjg", str(here / "tu.zip")).exit_code == 1
