"""The `yinling` command."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from ivr.settings import Settings, SettingsError, load

if TYPE_CHECKING:
    from integrations.database.journal import CallJournal

ELSEWHERE = {
    "audit": "ivr.cli_users:audit",
    "callbacks": "ivr.cli_routing:callbacks",
    "callers": "ivr.cli_callers:callers",
    "examples": "ivr.cli_examples:examples",
    "flows": "ivr.cli_rehearse:flows",
    "hear": "ivr.cli_speech:hear_command",
    "hours": "ivr.cli_routing:hours",
    "models": "ivr.cli_speech:models_group",
    "nlu": "ivr.cli_nlu:nlu",
    "prompts": "ivr.cli_try:prompts_command",
    "rehearse": "ivr.cli_try:rehearse_command",
    "say": "ivr.cli_speech:say_command",
    "talk": "ivr.cli_try:talk_command",
    "tickets": "ivr.cli_routing:tickets",
    "users": "ivr.cli_users:users",
    "voices": "ivr.cli_voices:voices",
}
"""Commands of other modules, which are imported when one of them is called: all together take seconds, and the hotline
starts by a command, too."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = ELSEWHERE[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


def _settings(*, demo: bool = False) -> Settings:
    try:
        return load(demo=True) if demo else load()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@click.group(cls=_Commands)
def main() -> None:
    """Yinling 银铃: a voice-first phone hotline for older people."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


@main.command()
@click.option("--demo", is_flag=True, help="Add two seats and write var/demo.json.")
def run(*, demo: bool) -> None:
    """Run the hotline in the foreground."""
    from ivr.asterisk.unpack import AsteriskError
    from ivr.supervisor import Supervisor

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
    from ivr.preparation import prepare as fetch_and_render

    for problem in fetch_and_render(_settings(), click.echo, everything=everything):
        click.echo(problem, err=True)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def status(*, as_json: bool) -> None:
    """Say what runs."""
    from ivr.supervisor import status as read_status

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
    from ivr.checkup import checkup

    findings = checkup(_settings())
    for one in findings:
        click.echo(f"{one.part}: {one.words}" + (f". Remedy: {one.remedy}" if one.remedy else ""))
    if any(one.remedy for one in findings):
        sys.exit(1)


def _journal() -> CallJournal:
    from integrations.database.journal import CallJournal
    from integrations.database.store import Database
    from integrations.errors import DatabaseError

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


if __name__ == "__main__":
    main()
