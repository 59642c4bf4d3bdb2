"""`yinling check`: every part that is missing is named, with what a caller notices and what to do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ivr.checkup import Finding, checkup
from ivr.settings import Asterisk, Settings, Sip, Speech


def found(settings: Settings) -> dict[str, Finding]:
    return {one.part: one for one in checkup(settings)}


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A machine on which nothing was set up, and whose programs are not found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return Settings(var_dir=tmp_path / "var", parts_dir=tmp_path / "parts")


def test_everything_that_is_missing_is_named_at_once_with_its_remedy(bare: Settings) -> None:
    findings = found(bare)
    wrong = {part for part, one in findings.items() if one.remedy}
    assert {"programs", "Asterisk", "whisper-base", "kokoro", "announcements"} <= wrong
    assert "callers answer by key" in findings["whisper-base"].words
    assert "npm" in findings["programs"].remedy
    assert findings["settings"].remedy == ""


def test_the_recogniser_that_is_asked_for_is_the_one_that_prepare_fetches(bare: Settings) -> None:
    vosk = found(bare.model_copy(update={"speech": Speech(recognisers={"*": ["vosk-model-small-cn-0.22"]})}))
    assert vosk["vosk-model-small-cn-0.22"].remedy
    assert "whisper-base" not in vosk
    server = found(bare.model_copy(update={"speech": Speech(recognisers={"*": ["funasr:ws://127.0.0.1:10095"]})}))
    assert [part for part in server if "funasr" in part or "whisper" in part] == []
    wrong = found(bare.model_copy(update={"speech": Speech(recognisers={"*": ["wisper"]})}))
    assert "whisper-base" in wrong["wisper"].remedy, "it says which there are"


def test_a_port_that_another_program_has_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        settings = Settings(var_dir=tmp_path, asterisk=Asterisk(manager_port=port), sip=Sip(port=45061))
        ports = found(settings)["ports"]
    assert str(port) in ports.words
    assert "asterisk.manager_port" in ports.remedy


def test_a_folder_whose_path_is_too_long_for_sockets_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path / ("x" * 90))
    assert "too long" in found(settings)["var_dir"].words


def test_a_database_that_cannot_be_opened_has_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a database at all, but long enough to be looked at" * 40, encoding="utf-8")
    settings = Settings(var_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'file'}")
    assert found(settings)["database"].remedy
