"""The register of people who may call: number, name, band, county and language, as the town's own list has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.database.audit import append
from integrations.database.models import CallerSpeech, Person
from integrations.database.store import Database

AT_ONCE = 500
"""Numbers in one query: SQLite takes 999 values at most before 3.32 (sqlite.org/limits.html)."""


@dataclass(frozen=True, slots=True)
class Registered:
    """One person of the list."""

    number: str
    """In national form, as the trunk's callers are stored."""
    name: str
    band: str | None = None
    """vulnerable, elder or general. None: what is known already stays; who is new is an elder."""
    county: str | None = None
    """None: what is known already stays."""
    language: str | None = None
    """Code of a language pack. One that the caller has chosen by telephone stays."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a list does to the register."""

    new: int
    changed: int
    same: int


class Register:
    """Takes lists. Every method raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, people: Sequence[Registered], who: str, *, write: bool = True) -> Change:
        """Add and change people, all or none, with one entry in the audit log. Nobody is removed.

        `who` did it. Without `write` it is only counted."""
        new = changed = 0
        with self._database.session() as session:
            for some in _batches(people):
                numbers = [one.number for one in some]
                known = {p.phone: p for p in session.scalars(select(Person).where(Person.phone.in_(numbers)))}
                spoken = session.scalars(select(CallerSpeech).where(CallerSpeech.number.in_(numbers)))
                speech = {row.number: row for row in spoken}
                for one in some:
                    person = known.get(one.number)
                    new += person is None
                    changed += person is not None and _differs(one, person, speech.get(one.number))
                    if write:
                        _put(session, one, person, speech.get(one.number))
            told = Change(new, changed, len(people) - new - changed)
            if write:
                append(session, who, "callers_imported", "", {"new": new, "changed": changed, "same": told.same})
        return told


def _batches(people: Iterable[Registered]) -> Iterable[list[Registered]]:
    rest = iter(people)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _differs(one: Registered, person: Person, speech: CallerSpeech | None) -> bool:
    if person.name != one.name or (one.band is not None and person.band != one.band):
        return True
    if one.county is not None and person.county != one.county:
        return True
    return one.language is not None and (speech is None or speech.language is None)


def _put(session: Session, one: Registered, person: Person | None, speech: CallerSpeech | None) -> None:
    if person is None:
        person = Person(phone=one.number)
        session.add(person)
    person.name, person.county = one.name, one.county or person.county
    person.band = one.band or person.band or "elder"
    if one.language is None:
        return
    if speech is None:
        session.add(CallerSpeech(number=one.number, rate="normal", loudness="normal", language=one.language))
    elif speech.language is None:
        speech.language = one.language
