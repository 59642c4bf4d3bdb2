"""What is known of the people who call."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from integrations.database.models import CallerSpeech, Person
from integrations.database.store import Database


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """What a number tells."""

    name: str | None = None
    person_id: int | None = None
    band: str = "elder"
    """Of a number that nobody knows: the hotline is for older people, and so are most who call it."""
    rate: str = "normal"
    loudness: str = "normal"


class Callers:
    """People and their wishes, by number. Every method raises DatabaseError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_number(self, number: str) -> KnownCaller:
        """What is known of a number; the defaults where nothing is."""
        with self._database.session() as session:
            person = session.scalar(select(Person).where(Person.phone == number))
            speech = session.get(CallerSpeech, number)
            return KnownCaller(
                person.name if person else None,
                person.id if person else None,
                person.band if person else "elder",
                speech.rate if speech else "normal",
                speech.loudness if speech else "normal",
            )

    def remember_speech(self, number: str, rate: str, loudness: str) -> None:
        """Speak to this number like this from now on."""
        with self._database.session() as session:
            session.merge(CallerSpeech(number=number, rate=rate, loudness=loudness))

    def bands(self) -> dict[str, str]:
        """Number → priority band, of all people who are known."""
        with self._database.session() as session:
            return {person.phone: person.band for person in session.scalars(select(Person))}
