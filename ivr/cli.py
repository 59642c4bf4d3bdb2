"""The `yinling` command."""

from __future__ import annotations

import json
import logging
import shutil
import sys

import click

from ivr.asterisk.config import ledger_file
from ivr.asterisk.unpack import KEYRING, AsteriskError, find_or_unpack
from ivr.cli_try import rehearse_command, talk_command
from ivr.routing.ledger import LedgerCall, read
from ivr.routing.ledger import calls as group
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


@main.command()
def prepare() -> None:
    """Fetch the speech models and render what is said in every call. Does only what is missing."""
    from ivr.preparation import prepare as fetch_and_render  # noqa: PLC0415 - the voice takes 2 s to load

    for problem in fetch_and_render(_settings(), click.echo):
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
    settings = _settings()
    click.echo("settings: good")
    for program in ("apt-get", "dpkg-deb", "tar"):
        if shutil.which(program) is None:
            raise click.ClickException(f"{program} is missing; it is needed to unpack Asterisk. Use Debian 12.")
    if not KEYRING.exists():
        raise click.ClickException("Debian's signing keys are missing. sudo apt-get install debian-archive-keyring")
    try:
        tree = find_or_unpack(settings.parts_dir, settings.asterisk.minimum_version, click.echo)
    except AsteriskError as error:
        raise click.ClickException(f"{error}. {error.remedy}") from error
    click.echo(f"Asterisk {tree.version}: good ({tree.root})")


def _calls() -> list[LedgerCall]:
    events, _ = read(ledger_file(_settings()))
    return group(events)


@main.group(invoke_without_command=True)
@click.pass_context
def calls(context: click.Context) -> None:
    """List the calls, the newest last."""
    if context.invoked_subcommand is None:
        for call in _calls()[-200:]:
            began = call.events[0].at.astimezone().strftime("%m-%d %H:%M:%S")
            click.echo(f"{call.call_id:20} {began}  {call.number or '(no number)':15} {call.outcome or 'going on'}")


@calls.command()
@click.argument("call_id")
def show(call_id: str) -> None:
    """Print the story of one call."""
    for call in _calls():
        if call.call_id == call_id:
            for event in call.events:
                seconds = (event.at - call.events[0].at).total_seconds()
                facts = ", ".join(f"{k} {v}" for k, v in event.data.items() if v)
                click.echo(f"{seconds:8.2f} s  {event.kind:16} {facts}")
            return
    raise click.ClickException(f"there is no call {call_id}; `yinling calls` lists them")


main.add_command(rehearse_command)
main.add_command(talk_command)


if __name__ == "__main__":
    main()
