"""Commands for the flows: `yinling flows lint`, `format`, `draft …`, `publish`, `rollback`, `export` …"""

from __future__ import annotations

import difflib
import getpass
import json
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from flows.drafts import Drafts, bring_in, export
from flows.errors import FlowError
from flows.formatter import format_file
from flows.lint import Finding, errors_in, lint_path
from flows.loader import read_flow
from flows.publishing import RefusedError, publish, roll_back
from flows.rehearsal import rehearse_folder
from flows.schema_json import schema_text
from flows.sets import REHEARSALS, FlowFiles
from flows.versions import Versions
from ivr.settings import SettingsError, load

P = ParamSpec("P")
R = TypeVar("R")
PATH = click.Path(exists=True, path_type=Path)


def told(command: Callable[P, R]) -> Callable[P, R]:
    """Errors of the flows as a sentence for the person at the terminal."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except RefusedError as error:
            for reason in [*error.findings, *error.failures]:
                click.echo(reason, err=True)
            raise click.ClickException(str(error)) from error
        except (FlowError, SettingsError) as error:
            raise click.ClickException(str(error)) from error

    return wrapped


def versions_here() -> Versions:
    return Versions(load().flows_dir)


def drafts_here() -> Drafts:
    return Drafts(load().drafts_dir)


def in_force() -> FlowFiles:
    versions = versions_here()
    return versions.files(versions.current().version)


def _by() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return ""


def rehearse_set(folder: Path) -> list[str]:
    """Run the rehearsals of a set. One that cannot be run is one that failed."""
    if not any(folder.glob(f"{REHEARSALS}/*/*.yaml")):
        return []
    from ivr.understanding import load_engine  # noqa: PLC0415 - takes seconds; most commands do without

    return rehearse_folder(folder, load_engine(load()))


@click.group("flows")
def flows() -> None:
    """What callers can get done: check, format, draft, publish and go back."""


@flows.command("lint")
@click.argument("paths", nargs=-1, type=PATH, metavar="[PATH]...")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@told
def lint_command(paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Say what is wrong with flows, with file, line and remedy. PATH is any file or folder.

    Without PATH: what would be published now, that is the drafts over the flows in force. Fails when there are errors.
    """
    if paths:
        findings = [finding for path in paths for finding in lint_path(path)]
    else:
        findings = drafts_here().over(in_force()).lint(load().voices_dir)
    _print_findings(findings, as_json=as_json)


def _print_findings(findings: Iterable[Finding], *, as_json: bool) -> None:
    findings = list(dict.fromkeys(findings))
    errors = errors_in(findings)
    if as_json:
        click.echo(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(finding)
        click.echo(f"{len(errors)} errors, {len(findings) - len(errors)} warnings", err=True)
    sys.exit(1 if errors else 0)


@flows.command("format")
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="PATH...")
@click.option("--check", is_flag=True, help="Change nothing; fail when a file would be changed.")
def format_command(paths: tuple[Path, ...], *, check: bool) -> None:
    """Give YAML files the one layout. Comments stay. PATH is any file, or a folder with all *.yaml below it."""
    files = [file for path in paths for file in (sorted(path.rglob("*.yaml")) if path.is_dir() else [path])]
    changed, failed = 0, 0
    for file in files:
        try:
            if format_file(file, check=check):
                changed += 1
                click.echo(f"{file}: {'would be laid out anew' if check else 'laid out anew'}")
        except FlowError as error:
            failed += 1
            click.echo(error, err=True)
    click.echo(f"{len(files)} files, {changed} {'to change' if check else 'changed'}, {failed} unreadable", err=True)
    sys.exit(1 if failed or (check and changed) else 0)


@flows.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of flow files, for editors."""
    click.echo(schema_text(), nl=False)


@flows.command("list")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@told
def list_command(*, as_json: bool) -> None:
    """List the flows in force, and what is being worked on."""
    versions, drafts = versions_here(), drafts_here().names()
    current = versions.current()
    rows = []
    for path, text in versions.files(current.version).flows.items():
        loaded, _ = read_flow(text, path)
        name = Path(path).stem
        rows.append(
            {
                "flow": name,
                "title": loaded.flow.title if loaded else "",
                "intents": loaded.flow.intents if loaded else [],
                "languages": loaded.flow.languages if loaded else [],
                "draft": name in drafts,
            }
        )
    new = [name for name in drafts if name not in {row["flow"] for row in rows}]
    if as_json:
        facts = {"publication": current.number, "version": current.version, "flows": rows, "new_drafts": new}
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    click.echo(f"in force: publication {current.number} ({current.version})")
    for row in rows:
        mark = "draft" if row["draft"] else ""
        click.echo(f"{row['flow']:28} {row['title']:12} {mark}".rstrip())
    for name in new:
        click.echo(f"{name:28} (only as a draft)")


@flows.command("show")
@click.argument("name")
@click.option("--publication", type=int, help="As it was in that publication.")
@click.option("--draft", "as_draft", is_flag=True, help="With the draft.")
@told
def show_command(name: str, publication: int | None, *, as_draft: bool) -> None:
    """Print the files of a flow, or of `prompts`."""
    versions = versions_here()
    number = versions.current().number if publication is None else publication
    files = versions.files(versions.publication(number).version)
    texts = (drafts_here().over(files) if as_draft else files).of(name)
    if not texts:
        known = ", ".join(Path(path).stem for path in files.flows)
        raise click.ClickException(f"there is no flow {name}; there are: {known}")
    for path, text in texts.items():
        if len(texts) > 1:
            click.echo(f"# --- {path}")
        click.echo(text, nl=not text.endswith("\n"))


@flows.command("publish")
@click.argument("names", nargs=-1, metavar="[FLOW]...")
@click.option("--note", default="", help="What was changed, for the history.")
@told
def publish_command(names: tuple[str, ...], note: str) -> None:
    """Put drafts in force for new calls: those of FLOW (or `prompts`), or all.

    Refused when the linter finds an error or a rehearsal fails; then nothing changes. Calls that are going on keep the
    flows that they began with."""
    folder = load().voices_dir
    done = publish(versions_here(), drafts_here(), rehearse_set, names, by=_by(), note=note, recordings=folder)
    click.echo(f"publication {done.number} ({done.version}) is in force for new calls within 2 s")


@flows.command("rollback")
@click.argument("flow", required=False)
@click.option("--to", type=int, help="Number of the publication; the one before when left out.")
@told
def rollback_command(flow: str | None, to: int | None) -> None:
    """Go back to an earlier publication: with all flows, or with FLOW alone."""
    done = roll_back(versions_here(), rehearse_set, flow, to, by=_by(), recordings=load().voices_dir)
    click.echo(f"publication {done.number} ({done.version}): {done.note}; in force for new calls within 2 s")


@flows.command("history")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@told
def history_command(*, as_json: bool) -> None:
    """List the publications, the oldest first."""
    versions = versions_here()
    current = versions.current().number
    for one in versions.history():
        if as_json:
            facts = {"number": one.number, "version": one.version, "at": one.at, "by": one.by, "note": one.note}
            click.echo(json.dumps({**facts, "in_force": one.number == current}, ensure_ascii=False))
        else:
            mark = "in force" if one.number == current else ""
            click.echo(f"{one.number:4} {one.at or '-':26} {one.version}  {one.by:10} {one.note}  {mark}".rstrip())


@flows.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--publication", type=int, help="As it was in that publication.")
@click.option("--draft", "as_draft", is_flag=True, help="With the drafts.")
@told
def export_command(folder: Path, publication: int | None, *, as_draft: bool) -> None:
    """Write the flows as a folder of text files that lives well in git."""
    versions = versions_here()
    number = versions.current().number if publication is None else publication
    files = versions.files(versions.publication(number).version)
    changed = export(drafts_here().over(files) if as_draft else files, folder)
    click.echo(f"publication {number} is in {folder}: {len(changed)} of {len(files.texts)} files changed")


@flows.command("import")
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--whole", is_flag=True, help="Take out the flows that the folder does not hold.")
@told
def import_command(folder: Path, *, whole: bool) -> None:
    """Take a folder of flows into the drafts. Nothing is in force before it is published."""
    paths = bring_in(folder, drafts_here(), in_force(), whole=whole)
    for path in paths:
        click.echo(path)
    click.echo(f"{len(paths)} files in the drafts" if paths else "nothing differs from what is in force")


@flows.group("draft")
def draft() -> None:
    """Work on flows without touching what is in force."""


@draft.command("edit")
@click.argument("name")
@told
def draft_edit(name: str) -> None:
    """Begin a draft of a flow, or of `prompts`, and print the paths of its files."""
    for path in drafts_here().edit(name, in_force()):
        click.echo(path)


@draft.command("remove")
@click.argument("name")
@told
def draft_remove(name: str) -> None:
    """Mark a flow as one to be taken out by the next publication."""
    drafts, paths = drafts_here(), in_force().of(name)
    if not paths:
        raise click.ClickException(
            f"there is no flow {name} in force; `yinling flows draft discard {name}` drops a draft"
        )
    for path in paths:
        drafts.remove(path)
        click.echo(path)


@draft.command("discard")
@click.argument("names", nargs=-1, metavar="[FLOW]...")
@told
def draft_discard(names: tuple[str, ...]) -> None:
    """Throw drafts away: those of FLOW, or all."""
    for path in drafts_here().discard(names):
        click.echo(path)


@draft.command("diff")
@click.argument("names", nargs=-1, metavar="[FLOW]...")
@told
def draft_diff(names: tuple[str, ...]) -> None:
    """Show what the drafts change."""
    base = in_force()
    for path, text in drafts_here().selected(names).items():
        before = base.texts.get(path, "").splitlines(keepends=True)
        click.echo("".join(difflib.unified_diff(before, (text or "").splitlines(keepends=True), path, path)), nl=False)
