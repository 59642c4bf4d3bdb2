"""Published sets of flows: each numbered, never changed, and there as a whole or not at all.

Kept as files, not in the database: calls must find their flows while the database is away, and one link of a finished
file is all that publishing changes, so that a program that is killed at any moment has published the whole set or none.

    objects/SHA256                  the text of one file
    sets/IDENTITY.json              path within the set → SHA256
    publications/000007.json        which set is in force from the seventh publication on

The highest publication that can be read is in force; number 0 is the library that ships. Going back is a publication
too: history is never rewritten.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows import durable
from flows.errors import FlowError
from flows.sets import FlowFiles, shipped

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Publication:
    """One set in force from a moment on."""

    number: int
    """0 is the library that ships."""
    version: str
    """Identity of the set; a call remembers it."""
    at: str
    """UTC, ISO 8601; empty for the library."""
    by: str = ""
    note: str = ""
    back_to: int | None = None
    """Number of the publication to which this one goes back."""


class Versions:
    """All published sets in a folder. Every method raises FlowError; none leaves anything half done."""

    def __init__(self, folder: Path) -> None:
        self._objects, self._sets = folder / "objects", folder / "sets"
        self._publications = folder / "publications"

    def newest(self) -> int:
        """The highest number, whether or not it can be read. Cheap: one folder is listed."""
        try:
            numbers = [int(path.stem) for path in self._publications.glob("*.json") if path.stem.isdecimal()]
        except OSError as error:
            raise _disk(error, self._publications) from error
        return max(numbers, default=0)

    def current(self) -> Publication:
        """What is in force. A publication that cannot be read is passed over, and said so in the log."""
        for number in range(self.newest(), 0, -1):
            try:
                found = self.publication(number)
                self.files(found.version)
            except FlowError as error:
                log.error("publication %d is passed over: %s", number, error)  # noqa: TRY400 - the sentence says it all
            else:
                return found
        return self.publication(0)

    def publication(self, number: int) -> Publication:
        """One publication. Raises FlowError (`no_publication`, `damaged`)."""
        if number == 0:
            return Publication(0, shipped().identity, "", note="the library that ships")
        path = self._path(number)
        if not path.exists():
            raise FlowError(
                "no_publication",
                f"There is no publication {number}.",
                remedy="`yinling flows history` lists them; 0 is the library that ships.",
            )
        data = _json(path)
        try:
            return Publication(**data)
        except TypeError as error:
            raise _damaged(path) from error

    def history(self) -> list[Publication]:
        """All publications that can be read, the oldest first; the library is number 0."""
        found = []
        for number in range(self.newest() + 1):
            try:
                found.append(self.publication(number))
            except FlowError as error:
                log.warning("%s", error)
        return found

    def files(self, version: str) -> FlowFiles:
        """A set by its identity. Raises FlowError (`no_version`, `damaged`)."""
        if version == shipped().identity:
            return shipped()
        path = self._sets / f"{version}.json"
        if not version.isalnum() or not path.exists():
            raise FlowError(
                "no_version",
                f"The set of flows {version} is not kept here.",
                remedy="Restore the folder of the flows from its backup, or publish again.",
            )
        files = FlowFiles({name: self._object(digest) for name, digest in _json(path).items()})
        if files.identity != version:
            raise _damaged(path)
        return files

    def keep(self, files: FlowFiles) -> str:
        """Keep a set without publishing it, so that calls that began with it find it again. Returns its identity."""
        digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in files.texts.items()}
        try:
            missing = {d: files.texts[path] for path, d in digests.items() if not (self._objects / d).exists()}
            durable.write_all(self._objects, missing)
            target = self._sets / f"{files.identity}.json"
            if not target.exists():
                durable.write(target, json.dumps(digests, ensure_ascii=False, indent=1))
        except OSError as error:
            raise _disk(error, self._sets) from error
        return files.identity

    def publish(
        self, files: FlowFiles, *, after: int, by: str = "", note: str = "", back_to: int | None = None
    ) -> Publication:
        """Put a set in force. `after` is the number that the publisher saw last.

        Raises FlowError `published_meanwhile` when somebody else was faster. What may be published is not asked here:
        see flows.publishing."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        publication = Publication(after + 1, self.keep(files), at, by, note, back_to)
        text = json.dumps(asdict(publication), ensure_ascii=False, indent=1)
        if self.newest() != after:
            raise _meanwhile()
        try:
            durable.create(self._path(publication.number), text)
        except FileExistsError as error:
            raise _meanwhile() from error
        except OSError as error:
            raise _disk(error, self._publications) from error
        return publication

    def _path(self, number: int) -> Path:
        return self._publications / f"{number:06}.json"

    def _object(self, digest: object) -> str:
        path = self._objects / str(digest)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise _disk(error, path) from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise _damaged(path)
        return data.decode("utf-8")


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _disk(error, path) from error
    except ValueError as error:
        raise _damaged(path) from error
    if not isinstance(data, dict):
        raise _damaged(path)
    return data


def _meanwhile() -> FlowError:
    return FlowError(
        "published_meanwhile",
        "Somebody else has published meanwhile; nothing of yours is in force.",
        remedy="Look at `yinling flows history`, then publish again.",
    )


def _damaged(path: Path) -> FlowError:
    return FlowError(
        "damaged",
        "The file is not as it was written.",
        file=str(path),
        remedy="Restore it from the backup, or publish again.",
    )


def _disk(error: OSError, path: Path) -> FlowError:
    return FlowError(
        "disk",
        f"The flows cannot be kept or read: {error.strerror or error}.",
        file=str(error.filename or path),
        remedy="Free space on the disk, or give the program the right to that folder.",
    )
