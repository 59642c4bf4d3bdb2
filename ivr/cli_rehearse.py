"""Commands that try flows without callers: `yinling flows rehearse`, `outline`, `replay`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from flows.outline import outlines
from flows.rehearsal import Played, Rehearser
from flows.rehearsal_office import Town
from flows.rehearsal_script import LoadedScript, read_script
from flows.sets import REHEARSALS, FlowFiles, read_set
from integrations.database.journal import CallJournal
from integrations.database.store import Database
from integrations.errors import DatabaseError
from ivr.cli_flows import drafts_here, flows, in_force, told
from ivr.rehearsal import script as by_phone
from ivr.rehearsal.runner import rehearse
from ivr.replaying import Replaying
from ivr.settings import load
from ivr.supervisor import status
from nlu.understand import Understander
from voices.errors import VoiceError

SILENCE_S = 8.0
"""A silence by phone: longer than any step waits for the first word."""
LIKENESS = 0.7
"""Words that the recogniser at our end hears at least so like, by sound, were said."""


def understander_here() -> Understander:
    """The understanding that calls use."""
    from ivr.understanding import load_engine  # noqa: PLC0415 - takes seconds

    return load_engine(load())


def chosen_set(folder: Path | None, *, as_draft: bool) -> FlowFiles:
    """The flows of a folder, or those in force, or these with the drafts over them. Raises FlowError."""
    if folder is not None:
        return read_set(folder)
    files = in_force()
    return drafts_here().over(files) if as_draft else files


FOLDER = click.option(
    "--folder", type=click.Path(file_okay=False, exists=True, path_type=Path), help="The flows of this folder."
)
DRAFT = click.option("--draft", "as_draft", is_flag=True, help="With the drafts over what is in force.")


@click.command("rehearse")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@FOLDER
@DRAFT
@click.option("--call", "by_call", is_flag=True, help="By real calls to the hotline that runs here.")
@click.option("--list", "only_list", is_flag=True, help="Only list them.")
@click.option("-v", "--verbose", is_flag=True, help="Print every conversation.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@told
def rehearse_flows(
    names: tuple[str, ...],
    folder: Path | None,
    *,
    as_draft: bool,
    by_call: bool,
    only_list: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Play the scripts beside the flows, in text. NAME is FLOW or FLOW/NAME; all when left out. Fails when one fails.

    With --call, each is played by a real call to the hotline that runs here, which has its own flows in force."""
    files = chosen_set(folder, as_draft=as_draft)
    with Town() as town:
        if only_list or by_call:
            scripts = [read_script(text, path) for path, text in files.rehearsals(names).items()]
            sys.exit(_list(scripts) if only_list else _call_all(scripts))
        played = list(Rehearser(files, understander_here(), town).play_all(names))
    failed = [one for one in played if one.failures]
    if as_json:
        rows = [{"name": p.name, "seconds": round(p.seconds, 4), "failures": p.failures} for p in played]
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        _print(played if verbose else failed)
        seconds = sum(one.seconds for one in played)
        click.echo(f"{len(played)} rehearsals, {len(failed)} failed, {seconds:.2f} s", err=True)
    sys.exit(1 if failed else 0)


def _list(scripts: list[LoadedScript]) -> int:
    for one in scripts:
        click.echo(f"{one.name:44} {one.script.rehearsal}")
    return 0


def _print(played: list[Played]) -> None:
    for one in played:
        click.echo(f"{one.name}: {'failed' if one.failures else 'passed'} ({one.seconds * 1000:.0f} ms)")
        for who, what in one.lines:
            click.echo(f"  {'>' if who == 'caller' else ' '} {what}")
        for failure in one.failures:
            click.echo(f"  {failure}")


def call_script(loaded: LoadedScript) -> by_phone.Script:
    """The same script as a phone plays it. Raises ScriptError."""
    steps = []
    for step in loaded.script.steps:
        if step.say is not None:
            steps.append(by_phone.Step(say=step.say))
        elif step.press is not None:
            steps.append(by_phone.Step(press=step.press))
        else:
            steps.append(by_phone.Step(silent_s=SILENCE_S))
    expect = [words for step in loaded.script.steps for words in step.hear]
    return by_phone.Script(
        rehearsal=loaded.script.rehearsal,
        number=loaded.script.caller.number or "13909719999",
        steps=[*steps, by_phone.Step(listen=True)],
        expect=[*loaded.script.open_hear, *expect],
    )


def _call_all(scripts: list[LoadedScript]) -> int:
    """Play them by phone, one after the other. The exit code."""
    settings = load()
    facts = status(settings)
    if not facts:
        raise click.ClickException('No hotline is running here. Start it with: make run ARGS="--demo"')
    failed = passed = 0
    for one in scripts:
        if one.not_by_call:
            click.echo(f"{one.name}: not by call: {one.not_by_call}")
            continue
        script = call_script(one)
        try:
            result = asyncio.run(rehearse(settings, facts, script, None, lambda text: click.echo(text, err=True)))
        except VoiceError as error:
            raise click.ClickException(str(error)) from error
        missing = missing_words(result.heard, script.expect)
        why = result.problem or (f"not heard: {', '.join(missing)}" if missing else "")
        click.echo(f"{one.name}: {f'failed: {why}' if why else 'passed'}")
        failed, passed = failed + bool(why), passed + (not why)
    click.echo(f"{passed} passed, {failed} failed, {len(scripts) - passed - failed} not by call", err=True)
    return 1 if failed or not passed else 0


def missing_words(heard: str, expect: Iterable[str]) -> list[str]:
    """Expected words that were not heard, compared by sound: the recogniser at our end writes homophones."""
    from nlu.pinyin import find_in  # noqa: PLC0415 - only for calls

    found = []
    for words in expect:
        match = find_in(heard, [words])
        if match is None or match.score < LIKENESS:
            found.append(words)
    return found


@click.command("outline")
@click.argument("flow")
@FOLDER
@DRAFT
@click.option("--all", "everything", is_flag=True, help="Also the branches that a rehearsal goes through already.")
@click.option("--write", is_flag=True, help="Put them into the drafts, as rehearsals to be completed.")
@told
def outline_command(flow: str, folder: Path | None, *, as_draft: bool, everything: bool, write: bool) -> None:
    """Print outlines of the rehearsals that FLOW still needs: one for each branch that none goes through.

    A person writes the words in the place of every ……; until then such a script fails."""
    files = chosen_set(folder, as_draft=as_draft)
    flows = files.load()
    loaded = flows.loaded.get(flow)
    if loaded is None:
        raise click.ClickException(f"there is no flow {flow}; there are: {', '.join(flows.flows)}")
    trails = []
    if not everything and any(path.startswith(f"{REHEARSALS}/") for path in files.texts):
        with Town() as town:
            trails = [one.trail for one in Rehearser(files, understander_here(), town).play_all() if not one.failures]
    found = outlines(loaded, trails, files.catalogue(loaded.flow.languages[0]))
    for one in found:
        path = f"{REHEARSALS}/{flow}/{one.name}.yaml"
        if write:
            drafts_here().write(path, one.text)
            click.echo(path)
        else:
            click.echo(f"# --- {path}\n{one.text}")
    click.echo(f"{len(found)} branches without a rehearsal", err=True)


@click.command("replay")
@click.argument("calls", nargs=-1, metavar="[CALL]...")
@FOLDER
@DRAFT
@click.option("--last", default=20, show_default=True, help="How many calls, when none is named.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@told
def replay_command(calls: tuple[str, ...], folder: Path | None, *, as_draft: bool, last: int, as_json: bool) -> None:
    """Play stored calls against edited flows, and show what callers would hear instead.

    Each call is compared with the flows that it began with, as long as they are kept. Fails when something differs."""
    settings = load()
    database = Database(settings.database_address)
    try:
        database.migrate()
        journal = CallJournal(database)
        names = calls or tuple(one.call_id for one in journal.calls(last))
        stories = {name: journal.story(name) for name in names}
    except DatabaseError as error:
        raise click.ClickException(f"{error} {error.remedy}") from error
    finally:
        database.close()
    edited = Replaying(settings, chosen_set(folder, as_draft=as_draft))
    changed = unplayed = 0
    for name, story in stories.items():
        if story is None:
            raise click.ClickException(f"there is no call {name}; `yinling calls` lists them")
        report = edited.compare(name, story)
        changed, unplayed = changed + bool(report.differences), unplayed + bool(report.problem)
        click.echo(json.dumps(report.as_json(), ensure_ascii=False) if as_json else str(report), nl=bool(str(report)))
    click.echo(f"{len(stories)} calls, {changed} differ, {unplayed} cannot be played again", err=True)
    sys.exit(1 if changed else 0)


for command in (rehearse_flows, outline_command, replay_command):
    flows.add_command(command)
