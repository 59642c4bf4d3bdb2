"""The `yinling` command."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from integrations.database.journal import CallJournal
from integrations.database.store import Database
from integrations.errors import DatabaseError
from ivr.asterisk.unpack import AsteriskError
from ivr.checkup import checkup
from ivr.cli_flows import flows
from ivr.cli_nlu import nlu
from ivr.cli_rehearse import rehearsal_commands
from ivr.cli_routing import callbacks, hours, tickets
from ivr.cli_speech import hear_command, models_group, say_command
from ivr.cli_try import prompts_command, rehearse_command, talk_command
from ivr.cli_users import audit, users
from ivr.cli_voices import voices
from ivr.settings import Settings, SettingsError, load
from ivr.supervisor import Supervisor
from ivr.supervisor import status as read_status


def _settings(*, demo: bool = False) -> Settings:
    try:
        return load(demo=True) if demo else load()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@click.group()
def main() -> None:
    """Yinling 银铃: a voice-first phone hotline for older people."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


@main.command()
@click.option("--demo", is_flag=True, help="Add two seats and write var/demo.json.")
def run(*, demo: bool) -> None:
    """Run the hotline in the foreground."""
    try:
        Supervisor(_settings(demo=demo), click.echo).run()
    except AsteriskError as error:
        raise click.ClickException(f"{error}. {error.remedy}") from error
    except OSError as error:
        raise click.ClickException(
            f"{error.filename}: {error.strerror}. The hotline must be able to write there: free space, or set var_dir."
        ) from error


@main.command()
@click.option("--all", "everything", is_flag=True, help="Render all likely sentences, not only those of every call.")
def prepare(*, everything: bool) -> None:
    """Fetch the speech models and render what is said in every call. Does only what is missing."""
    from ivr.preparation import prepare as fetch_and_render  # noqa: PLC0415 - the voice takes 2 s to load

    for problem in fetch_and_render(_settings(), click.echo, everything=everything):
        click.echo(problem, err=True)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def status(*, as_json: bool) -> None:
    """Say what runs."""
    facts = read_status(_settings())
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
    elif not facts:
        click.echo("No hotline is running here. Start it with: make run")
    else:
        for name, state in facts["parts"].items():
            click.echo(f"{name}: {state}")
    sys.exit(0 if facts else 1)


@main.command()
def check() -> None:
    """Say what is missing, in plain words, with the remedy."""
    findings = checkup(_settings())
    for one in findings:
        click.echo(f"{one.part}: {one.words}" + (f". Remedy: {one.remedy}" if one.remedy else ""))
    if any(one.remedy for one in findings):
        sys.exit(1)


def _journal() -> CallJournal:
    database = Database(_settings().database_address)
    try:
        database.migrate()
    except DatabaseError as error:
        raise click.ClickException(f"{error} {error.remedy}") from error
    return CallJournal(database)


@main.group(invoke_without_command=True)
@click.pass_context
def calls(context: click.Context) -> None:
    """List the calls, the newest last."""
    if context.invoked_subcommand is None:
        for call in _journal().calls():
            began = _local(call.started_at).strftime("%m-%d %H:%M:%S")
            click.echo(f"{call.call_id:20} {began}  {call.number or '(no number)':15} {call.outcome or 'going on'}")


@calls.command()
@click.argument("call_id")
def show(call_id: str) -> None:
    """Print the story of one call."""
    story = _journal().story(call_id)
    if story is None:
        raise click.ClickException(f"there is no call {call_id}; `yinling calls` lists them")
    call, events = story
    click.echo(f"{call_id}  {call.number or '(no number)'}  {_local(call.started_at):%Y-%m-%d %H:%M:%S}")
    for at, kind, data in events:
        seconds = (at - call.started_at).total_seconds()
        facts = ", ".join(f"{k} {v}" for k, v in data.items() if v not in (None, "", [], {}))
        click.echo(f"{seconds:8.2f} s  {kind:16} {facts}")
    click.echo(f"outcome: {call.outcome or 'going on'}")


def _local(at: datetime) -> datetime:
    """UTC as the database keeps it → the hotline's time."""
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(_settings().timezone))


main.add_command(rehearse_command)
main.add_command(talk_command)
main.add_command(prompts_command)
for command in rehearsal_commands:
    flows.add_command(command)
main.add_command(flows)
main.add_command(hear_command)
main.add_command(say_command)
main.add_command(models_group)
main.add_command(callbacks)
main.add_command(tickets)
main.add_command(hours)
main.add_command(nlu)
main.add_command(voices)
main.add_command(users)
main.add_command(audit)


if __name__ == "__main__":
    main()
