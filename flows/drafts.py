"""Drafts: files that are being worked on, over the set that is in force. They may be wrong; calls never see them.

A draft is a folder like that of a set, which an editor may open. A file to be taken out is marked by a file of its
name with `.removed` behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from flows import durable
from flows.errors import FlowError
from flows.lint import PROMPTS
from flows.loader import MAX_BYTES
from flows.sets import FlowFiles, owner, read_set

REMOVED = ".removed"


class Drafts:
    """The drafts in a folder. Every method raises FlowError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def changes(self) -> dict[str, str | None]:
        """Path within the set → new text, or None where the file is to be taken out."""
        if not self.folder.is_dir():
            return {}
        gone = [path.relative_to(self.folder).as_posix() for path in self.folder.rglob(f"*{REMOVED}")]
        return {**read_set(self.folder).texts, **{name.removesuffix(REMOVED): None for name in gone}}

    def names(self) -> list[str]:
        """The flows, and perhaps `prompts`, of which there is a draft."""
        return sorted({owner(path) for path in self.changes()})

    def over(self, base: FlowFiles, names: Collection[str] = ()) -> FlowFiles:
        """The set as it would be with the drafts of `names`, or with all of them when none is named."""
        return base.changed(self.selected(names))

    def selected(self, names: Collection[str] = ()) -> dict[str, str | None]:
        """The changes of `names`, or all. Raises FlowError (`no_draft`) for a name without one."""
        changes = self.changes()
        missing = sorted(set(names) - {owner(path) for path in changes})
        if missing:
            raise FlowError(
                "no_draft",
                f"There is no draft of {', '.join(missing)}.",
                remedy="`yinling flows list` shows the drafts; `yinling flows draft edit NAME` begins one.",
            )
        return {path: text for path, text in changes.items() if not names or owner(path) in names}

    def write(self, path: str, text: str) -> None:
        """Put a file into the drafts: as a whole or not at all."""
        owner(path)
        try:
            size = len(text.encode("utf-8"))
        except UnicodeError as error:
            raise FlowError("not_text", "This is not text.", file=path, remedy="Save it as UTF-8.") from error
        if size > MAX_BYTES:
            raise FlowError(
                "too_large", f"The file is larger than {MAX_BYTES // 1024} KB.", file=path, remedy="Split it."
            )
        try:
            durable.write(self.folder / path, text)
            (self.folder / f"{path}{REMOVED}").unlink(missing_ok=True)
        except OSError as error:
            raise self._disk(error) from error

    def remove(self, path: str) -> None:
        """Mark a file as one to be taken out."""
        owner(path)
        try:
            durable.write(self.folder / f"{path}{REMOVED}", "")
            (self.folder / path).unlink(missing_ok=True)
        except OSError as error:
            raise self._disk(error) from error

    def edit(self, name: str, base: FlowFiles) -> list[Path]:
        """Begin drafts of a flow's files (or of `prompts`) from `base`; a draft that is there stays. Their paths."""
        files, there = base.of(name), self.changes()
        paths = [path for path in files if path not in there]
        for path in paths:
            self.write(path, files[path])
        if not files and not any(owner(path) == name for path in there):
            raise FlowError(
                "no_flow",
                f"There is no flow “{name}” in force.",
                remedy=f"Put a new one into {self.folder / f'{name}.yaml'}.",
            )
        return [self.folder / path for path in {**files, **there} if owner(path) == name]

    def discard(self, names: Collection[str] = ()) -> list[str]:
        """Throw drafts away. Their paths."""
        paths = list(self.selected(names))
        self._delete(paths)
        return paths

    def settle(self, published: Mapping[str, str | None]) -> None:
        """Forget the drafts that are in force now; one that was changed meanwhile stays."""
        now = self.changes()
        self._delete([path for path, text in published.items() if path in now and now[path] == text])

    def _delete(self, paths: list[str]) -> None:
        try:
            for path in paths:
                (self.folder / path).unlink(missing_ok=True)
                (self.folder / f"{path}{REMOVED}").unlink(missing_ok=True)
        except OSError as error:
            raise self._disk(error) from error

    def _disk(self, error: OSError) -> FlowError:
        return FlowError(
            "disk",
            f"The draft cannot be written: {error.strerror or error}.",
            file=str(error.filename or self.folder),
            remedy="Free space on the disk, or get the right to that folder.",
        )


def export(files: FlowFiles, folder: Path) -> list[str]:
    """Write a set as a folder that lives well in git: the same set gives the same bytes. Paths that changed.

    Flow files, sentences and rehearsals of that folder that the set does not have are removed; nothing else is
    touched. Raises FlowError, before anything is written when the folder holds files that are no part of a set."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = read_set(folder).texts
        changed = [path for path in sorted({**before, **files.texts}) if before.get(path) != files.texts.get(path)]
        for path in changed:
            text = files.texts.get(path)
            if text is None:
                (folder / path).unlink()
            else:
                durable.write(folder / path, text)
    except OSError as error:
        raise FlowError(
            "disk",
            f"The folder cannot be written: {error.strerror or error}.",
            file=str(error.filename or folder),
            remedy="Free space on the disk, or name another folder.",
        ) from error
    return changed


def bring_in(folder: Path, drafts: Drafts, base: FlowFiles, *, whole: bool = False) -> list[str]:
    """Take a folder into the drafts: what differs from `base`. The paths. With `whole`, what it lacks is taken out.

    Raises FlowError before anything is written when a file cannot be read."""
    given = read_set(folder)
    if not given.texts:
        raise FlowError(
            "no_flows",
            "The folder holds no flow files.",
            file=str(folder),
            remedy=f"Name a folder with NAME.yaml, and perhaps {PROMPTS}/ and rehearsals/.",
        )
    changed = [path for path, text in given.texts.items() if base.texts.get(path) != text]
    gone = [path for path in base.texts if whole and path not in given.texts]
    for path in changed:
        drafts.write(path, given.texts[path])
    for path in gone:
        drafts.remove(path)
    return sorted([*changed, *gone])
