"""From draft to published, and back: nothing is put in force that the linter or a rehearsal refuses."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypeAlias

from flows.drafts import Drafts, export
from flows.errors import FlowError
from flows.lint import PROMPTS, Finding, errors_in
from flows.lint_rules.languages import RECORDINGS
from flows.sets import FlowFiles
from flows.versions import Publication, Versions

Rehearse: TypeAlias = Callable[[Path], Sequence[str]]
"""Runs all rehearsals of the set in a folder; one sentence for each that failed."""


class RefusedError(FlowError):
    """A set was not published. `findings` and `failures` say why; what was in force stays in force."""

    def __init__(self, findings: Sequence[Finding], failures: Sequence[str] = ()) -> None:
        self.findings = tuple(findings)
        self.failures = tuple(failures)
        count = len(self.findings) or len(self.failures)
        what = "error(s) of the linter" if self.findings else "rehearsal(s) failed"
        super().__init__(
            "refused",
            f"Nothing was published: {count} {what}.",
            remedy="Correct the draft, and publish again. What was in force stays in force.",
        )


def publish(
    versions: Versions,
    drafts: Drafts,
    rehearse: Rehearse,
    names: Collection[str] = (),
    *,
    by: str = "",
    note: str = "",
    recordings: Path = RECORDINGS,
) -> Publication:
    """Put the drafts of `names` (or all) in force. Raises RefusedError, or FlowError when there is nothing to do."""
    after = versions.newest()  # asked first: whoever publishes from here on is noticed
    base, changes = versions.files(versions.current().version), drafts.selected(names)
    files = base.changed(changes)
    if files.identity == base.identity:
        drafts.settle(changes)
        raise FlowError(
            "nothing_new",
            "The drafts are what is in force already.",
            remedy="`yinling flows draft edit NAME` begins a draft; `yinling flows import DIR` takes a folder in.",
        )
    check(files, rehearse, recordings)
    publication = versions.publish(files, after=after, by=by, note=note)
    drafts.settle(changes)
    return publication


def check(files: FlowFiles, rehearse: Rehearse, recordings: Path = RECORDINGS) -> None:
    """Whether a set may be published. Raises RefusedError with the reasons."""
    errors = errors_in(files.lint(recordings))
    if errors:
        raise RefusedError(errors)
    files.load()
    with tempfile.TemporaryDirectory(prefix="flows-") as folder:
        export(files, Path(folder))
        failures = rehearse(Path(folder))
    if failures:
        raise RefusedError((), failures)


def roll_back(
    versions: Versions,
    rehearse: Rehearse,
    flow: str | None = None,
    to: int | None = None,
    *,
    by: str = "",
    recordings: Path = RECORDINGS,
) -> Publication:
    """Put an earlier set in force again, or an earlier state of one flow (with its rehearsals).

    The whole set was checked when it was published, and whoever goes back is in a hurry: it is only loaded. One flow
    among newer ones is a set that never was, so it is checked like any other. Raises FlowError."""
    after, current = versions.newest(), versions.current()
    number = to if to is not None else _before(versions, current)
    base, old = versions.files(current.version), versions.files(versions.publication(number).version)
    if flow is None:
        files = old
        files.load()
    else:
        files = _with_flow(base, old, flow, number)
        if files.identity != base.identity:
            check(files, rehearse, recordings)
    if files.identity == base.identity:
        raise FlowError(
            "nothing_new",
            f"Publication {number} is what is in force already.",
            remedy="Name another with --to; `yinling flows history` lists them.",
        )
    what = flow or "all flows"
    back_to = number if flow is None else None
    note = f"{what} back to publication {number}"
    return versions.publish(files, after=after, by=by, note=note, back_to=back_to)


def _before(versions: Versions, current: Publication) -> int:
    """The publication before the one in force; from one that went back, further back still."""
    number = current.number
    while number > 0:
        back_to = versions.publication(number).back_to
        if back_to is None:
            break
        number = back_to
    if number == 0:
        raise FlowError(
            "nothing_before",
            "There is nothing to go back to: the library that ships is in force.",
            remedy="Name a publication with --to; `yinling flows history` lists them.",
        )
    return number - 1


def _with_flow(base: FlowFiles, old: FlowFiles, flow: str, number: int) -> FlowFiles:
    then, now = old.of(flow), base.of(flow)
    if not then and not now:
        raise FlowError(
            "no_flow",
            f"There is no flow “{flow}”, neither now nor in publication {number}.",
            remedy=f"Name one of: {', '.join(sorted(Path(path).stem for path in base.flows))}, or {PROMPTS}.",
        )
    return base.changed({**dict.fromkeys(now), **then})
