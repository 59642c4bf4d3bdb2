"""The people of a demonstration: two agents, a supervisor and an administrator."""

from __future__ import annotations

from integrations.database.people import NewPerson, People, PeopleError
from integrations.database.store import Database
from integrations.errors import DatabaseError
from ivr.settings import Settings

DEMO_PEOPLE = (
    ("agent1", "李娜", "agent"),
    ("agent2", "王强", "agent"),
    ("supervisor", "赵敏", "supervisor"),
    ("admin", "陈静", "administrator"),
)


def demo_users(settings: Settings) -> list[dict[str, str]]:
    """Make them, or give them new passwords, which only demo.json has. Empty while the database is away."""
    database = Database(settings.database_address)
    try:
        database.migrate()
        people = People(database)
        return [_facts(_made(people, user, name, role)) for user, name, role in DEMO_PEOPLE]
    except DatabaseError:
        return []
    finally:
        database.close()


def _made(people: People, user: str, name: str, role: str) -> NewPerson:
    try:
        return people.add("yinling --demo", user, name, role)
    except PeopleError as error:
        if error.code != "user_exists":
            raise
        return people.renew("yinling --demo", user)


def _facts(made: NewPerson) -> dict[str, str]:
    return {
        "user": made.person.user,
        "password": made.password,
        "role": made.person.role.value,
        "totp_secret": made.totp_secret,
    }
