"""Commands for people and the audit log: `yinling users add`, `list`, `renew`, …, and `yinling audit`."""

from __future__ import annotations

import getpass
import json
from zoneinfo import ZoneInfo

import click
import pyotp

from integrations.database.audit import AuditLog
from integrations.database.links import Links
from integrations.database.people import NewPerson, People, PeopleError, Role
from integrations.database.store import Database
from integrations.errors import DatabaseError
from ivr.settings import Settings, SettingsError, load


class _Group(click.Group):
    """Errors as a sentence for the person at the terminal."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (PeopleError, SettingsError) as error:
            raise click.ClickException(str(error)) from error
        except DatabaseError as error:
            raise click.ClickException(f"{error} {error.remedy}") from error


def _open() -> tuple[Settings, Database]:
    settings = load()
    database = Database(settings.database_address)
    database.migrate()
    return settings, database


def _people() -> People:
    return People(_open()[1])


def _by() -> str:
    return f"shell:{getpass.getuser()}"


def _show(made: NewPerson) -> None:
    address = pyotp.TOTP(made.totp_secret).provisioning_uri(name=made.person.user, issuer_name="银铃")
    click.echo(f"user:        {made.person.user} ({made.person.name}, {made.person.role})")
    click.echo(f"password:    {made.password}")
    click.echo(f"TOTP secret: {made.totp_secret}")
    click.echo(f"             {address}")
    click.echo("Neither is shown again. Hand them over in person; `yinling users renew` makes new ones.")


@click.group(cls=_Group)
def users() -> None:
    """The people who work here, and what they may do."""


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_users(*, as_json: bool) -> None:
    """List all people."""
    for person in _people().list():
        if as_json:
            facts = {"user": person.user, "name": person.name, "role": person.role, "active": person.active}
            click.echo(json.dumps(facts, ensure_ascii=False))
        else:
            state = "" if person.active else "  (closed)"
            click.echo(f"{person.user:20} {person.role:14} {','.join(person.languages):8} {person.name}{state}")


@users.command()
@click.argument("user")
@click.option("--name", default="", help="As colleagues know them.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--languages", default="zh", show_default=True, help="Codes of language packs, with commas between.")
def add(user: str, name: str, role: str, languages: str) -> None:
    """Add a person; shows the password and the TOTP secret once."""
    _show(_people().add(_by(), user, name, role, languages=languages))


@users.command()
@click.argument("user")
def renew(user: str) -> None:
    """Give a new password and TOTP secret; ends all sessions and unlocks."""
    _show(_people().renew(_by(), user))


@users.command()
@click.argument("user")
def close(user: str) -> None:
    """Keep a person out from now on."""
    _people().set_active(_by(), user, False)
    click.echo(f"{user}: closed; all sessions have ended")


@users.command("open")
@click.argument("user")
def open_(user: str) -> None:
    """Let a closed or locked person in again."""
    _people().set_active(_by(), user, True)
    click.echo(f"{user}: open")


@users.command()
@click.argument("user")
@click.argument("role", type=click.Choice([role.value for role in Role]))
def role(user: str, role: str) -> None:
    """Change what a person may do."""
    _people().set_role(_by(), user, role)
    click.echo(f"{user}: {role}")


@users.command()
@click.argument("user")
@click.argument("subject")
def link(user: str, subject: str) -> None:
    """Say who USER is at the town's identity provider: SUBJECT is the `sub` that the provider gives."""
    settings, database = _open()
    issuer = settings.desk.oidc.issuer
    if not issuer:
        raise click.ClickException("There is no provider: set desk.oidc.issuer first.")
    Links(database).link(_by(), user, issuer, subject)
    click.echo(f"{user}: is {subject} of {issuer}")


@click.group(cls=_Group)
def audit() -> None:
    """The log of who did and saw what. It only grows."""


@audit.command()
@click.option("--head", default="", help="A head that was written down earlier; must be among the entries.")
def verify(head: str) -> None:
    """Check that no entry was changed or removed."""
    log = AuditLog(_open()[1])
    verdict = log.verify()
    if verdict.broken_at is not None:
        raise click.ClickException(
            f"entry {verdict.broken_at} was changed, or the one before it removed. Entries up to "
            f"{verdict.entries} are good. Compare with a backup, and ask who could write to the database."
        )
    if head and not log.has_head(head):
        raise click.ClickException("the entry with that head is gone: the end of the log was cut off")
    click.echo(f"{verdict.entries} entries, all good. Head: {verdict.head}")
    click.echo("Write the head down elsewhere: with --head it shows later that nothing was cut off.")


@audit.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
def list_entries(limit: int) -> None:
    """Print the newest entries, the newest last."""
    settings, database = _open()
    zone = ZoneInfo(settings.timezone)
    for entry in reversed(AuditLog(database).entries(limit)):
        at = entry.at.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone)
        facts = ", ".join(f"{k} {v}" for k, v in entry.data.items())
        click.echo(f"{entry.number:6} {at:%m-%d %H:%M:%S} {entry.who:16} {entry.what:18} {entry.target}  {facts}")
