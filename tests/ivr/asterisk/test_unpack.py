"""A package that cannot be unpacked is an error that says so, at once."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ivr.asterisk import unpack

pytestmark = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is of Debian")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with more in it than a pipe holds."""
    content = tmp_path / "content"
    (content / "DEBIAN").mkdir(parents=True)
    (content / "DEBIAN/control").write_text(
        "Package: big\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: big\n",
        encoding="utf-8",
    )
    (content / "usr").mkdir()
    (content / "usr/big").write_bytes(os.urandom(1 << 20))
    made = tmp_path / "big.deb"
    subprocess.run(["dpkg-deb", "--build", str(content), str(made)], check=True, capture_output=True, timeout=60)
    return made


def test_a_package_is_unpacked(package: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    unpack._extract(package, root)
    assert (root / "usr/big").stat().st_size == 1 << 20


@pytest.mark.timeout(50)  # the packer used to be waited for, for a minute, after the unpacker had gone
def test_where_it_cannot_be_put_the_error_names_the_package(package: Path, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"^big\.deb: .*missing"):
        unpack._extract(package, tmp_path / "missing")


def test_what_takes_too_long_is_an_error_of_the_same_kind(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "APT_TIMEOUT_S", 0.0)
    with pytest.raises(OSError, match=r"^big\.deb: "):
        unpack._extract(package, tmp_path)
