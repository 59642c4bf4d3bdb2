"""Commands for the people who call: `yinling callers import`."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from integrations.database.register import Register
from integrations.database.store import Database
from integrations.errors import DatabaseError
from ivr.register_list import ListError, read_list
from ivr.settings import SettingsError, load


@click.group()
def callers() -> None:
    """The people who call: who they are, and who is put through first."""


@callers.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def import_list(file: Path, *, dry_run: bool) -> None:
    """Take a town's list of people: a table (CSV) with the columns 电话, 姓名 and, if known, 人群, 县区, 语言.

    人群 is 特殊困难 (put through first), 老人 or 普通. People who are known by their number are changed, nobody is
    removed, and a language that somebody chose by telephone stays. A running hotline follows within a minute. With
    an error in any line nothing is taken."""
    try:
        people = read_list(file)
        database = Database(load().database_address)
        if not dry_run or "person" not in database.tables():
            database.migrate()
        change = Register(database).take(people, f"shell:{getpass.getuser()}", write=not dry_run)
    except (ListError, SettingsError) as error:
        raise click.ClickException(str(error)) from error
    except DatabaseError as error:
        raise click.ClickException(f"{error} {error.remedy}") from error
    first = sum(one.band == "vulnerable" for one in people)
    done = "would be" if dry_run else "were"
    click.echo(f"{change.new} {done} added, {change.changed} changed, {change.same} are as they were.")
    click.echo(f"{first} of {len(people)} are put through before others.")
