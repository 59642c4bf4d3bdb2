"""`yinling callbacks`, `yinling tickets`, `yinling hours`: what is owed, and when persons are there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import click

from integrations.database.hours import HoursTable
from integrations.database.owed import OWED, PLACED, REACHED, UNREACHED, VOID, Owed
from integrations.database.store import Database
from integrations.database.tickets import Tickets
from integrations.errors import DatabaseError
from ivr.routing.hours import spans_of
from ivr.settings import Settings, SettingsError, load
from ivr.settings_routing import day_spans

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MEANINGS = {
    "not_dialable": "this kind of number is never dialled",
    "owed_already": "this number is owed a call already",
    "called_again": "called again and was served",
}


def _open() -> tuple[Settings, Database]:
    try:
        settings = load()
        database = Database(settings.database_address)
        database.migrate()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    except DatabaseError as error:
        raise click.ClickException(f"{error} {error.remedy}") from error
    return settings, database


def _local(settings: Settings, at: datetime) -> str:
    return f"{at.replace(tzinfo=UTC).astimezone(ZoneInfo(settings.timezone)):%m-%d %H:%M}"


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also those that are done or void.")
def callbacks(*, everything: bool) -> None:
    """List the calls that are owed, the longest owed first."""
    settings, database = _open()
    owed = Owed(database, settings.language)
    owed.collect(datetime.now(UTC))
    rows = owed.all((OWED, PLACED, REACHED, UNREACHED, VOID) if everything else (OWED, PLACED))
    for one in rows:
        status = MEANINGS.get(one.status or "", one.status or "")
        due = f"next try {_local(settings, one.next_at)}" if one.state == OWED else ""
        since = _local(settings, one.wanted_at)
        click.echo(
            f"{one.number:13} since {since}  {one.language:3} {one.band:10} {one.state:9} "
            f"{one.tries} tries  {status} {due}".rstrip()
        )
    if not rows:
        click.echo("No call is owed.")
    elif not settings.sip.trunk_out:
        click.echo("None is dialled by itself: set sip.trunk_out to the carrier's host:port.")


@click.group(invoke_without_command=True)
@click.pass_context
def tickets(context: click.Context) -> None:
    """List the open tickets, the oldest first."""
    if context.invoked_subcommand is not None:
        return
    settings, database = _open()
    found = Tickets(database, settings.language)
    found.collect(datetime.now(UTC))
    rows = found.all()
    for one in rows:
        click.echo(f"#{one.id}  {_local(settings, one.created_at)}  {one.number or '(no number)':13}  {one.kind}")
        if one.file:
            sure = "" if not one.heard_with else f"  ({one.heard_with:.0%} sure)"
            click.echo(f"    {one.transcript or '(not listened to yet)'}{sure}")
            click.echo(f"    {one.file}")
        if one.follow_up_on:
            click.echo(f"    follow up on {one.follow_up_on}")
        if one.note:
            click.echo(f"    {one.note}")
    if not rows:
        click.echo("No ticket is open.")


@tickets.command()
@click.argument("number", type=int)
@click.option("--note", default="", help="What was done.")
def close(number: int, note: str) -> None:
    """Close a ticket."""
    settings, database = _open()
    if not Tickets(database, settings.language).close(number, datetime.now(UTC).replace(tzinfo=None), note):
        raise click.ClickException(f"there is no open ticket #{number}; `yinling tickets` lists them")
    click.echo(f"ticket #{number} is closed")


@click.group(invoke_without_command=True)
@click.pass_context
def hours(context: click.Context) -> None:
    """Show when persons are there."""
    if context.invoked_subcommand is not None:
        return
    settings, database = _open()
    table, today = HoursTable(database), datetime.now(ZoneInfo(settings.timezone)).date()
    week, holidays = table.week(), table.holidays(today)
    for place, name in enumerate(WEEKDAYS, 1):
        click.echo(f"{name}  {_readable(week.get(place, settings.hours.week[place - 1]))}")
    for day, (spans, name) in holidays.items():
        click.echo(f"{day}  {_readable(spans)}  {name}")
    click.echo(f"today  {_readable(spans_of(today, settings.hours.week, week, holidays))}")


def _readable(spans: str) -> str:
    if spans == "closed":
        return spans
    return ", ".join(f"{s[:2]}:{s[2:4]}-{s[5:7]}:{s[7:9]}" for s in spans.split("+"))


def _spans(text: str) -> str:
    try:
        return day_spans(text)
    except ValueError as error:
        raise click.ClickException(str(error)) from error


@hours.command("set")
@click.argument("weekday", type=click.Choice(WEEKDAYS))
@click.argument("spans")
def set_weekday(weekday: str, spans: str) -> None:
    """Set a weekday, for example: yinling hours set mon 08:30-12:00,14:00-18:00 (or: closed)."""
    _, database = _open()
    HoursTable(database).set_weekday(WEEKDAYS.index(weekday) + 1, _spans(spans))
    click.echo(f"{weekday}: {spans}; the hotline takes it up within ten seconds")


@hours.command()
@click.argument("day")
@click.argument("spans")
@click.option("--name", default="", help="What day it is.")
def holiday(day: str, spans: str, name: str) -> None:
    """Set one day, for example: yinling hours holiday 2026-10-01 closed --name 国庆."""
    _, database = _open()
    HoursTable(database).set_day(_day(day), _spans(spans), name[:40])
    click.echo(f"{day}: {spans}; the hotline takes it up within ten seconds")


@hours.command()
@click.argument("day")
def clear(day: str) -> None:
    """Let a day be as its weekday is again."""
    _, database = _open()
    if not HoursTable(database).clear_day(_day(day)):
        raise click.ClickException(f"{day} is as its weekday is")
    click.echo(f"{day} is as its weekday is again")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.ClickException(f"{text!r} is no day; write it as 2026-10-01") from error
