"""A voice counts only where all that it needs is on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from voices.languages.pack import load_packs
from voices.prompts.catalogue import Catalogue
from voices.synthesis import english
from voices.synthesis.voices import Folders, Voices, voice_of


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Kokoro with its voices is here, as far as names of files tell."""
    kokoro = tmp_path / "models" / "kokoro"
    kokoro.mkdir(parents=True)
    for name in ("model.onnx", "af_heart.bin", "zf_xiaobei.bin"):
        (kokoro / name).touch()
    return Folders(tmp_path / "prompts", tmp_path / "models", tmp_path / "recordings")


@pytest.mark.parametrize("there", [True, False])
def test_english_has_a_good_voice_only_where_the_program_is_that_gives_it_its_sounds(
    folders: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, there: bool
) -> None:
    if there:
        (tmp_path / english.PROGRAM).write_text("#!/bin/sh\n", encoding="utf-8")
        (tmp_path / english.PROGRAM).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("voices.synthesis.espeak.installed", lambda: True)  # the library, of another package
    packs = load_packs()
    voice = voice_of(packs["en"], folders.models)
    assert voice is not None
    assert voice.engine == ("kokoro" if there else "espeak")
    assert Voices(folders, packs, "zh").can_say(Catalogue.load("en"), ["main.by_key"]) is there
    mandarin = voice_of(packs["zh"], folders.models)
    assert mandarin is not None
    assert mandarin.engine == "kokoro", "it needs no such program"
